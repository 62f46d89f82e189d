//! Paths in messages.

use std::path::Path;

use bailiwick::Quoted;

/// A file as messages name it.
pub(crate) fn quoted(path: &Path) -> String {
    Quoted(&path.to_string_lossy()).to_string()
}
