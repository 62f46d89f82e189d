//! Reading an orders file and what stands beside it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use bailiwick::change::{Acknowledgement, Change};
use bailiwick::order::MAX_FILE;
use bailiwick::text::utf8;
use bailiwick::{CompileError, Docket, Requirements};

use super::Refused;
use crate::path::quoted;

/// The most bytes of an acknowledgement, which has fewer than 200.
const MAX_ACKNOWLEDGEMENT: usize = 4096;

/// The most bytes of a file of requirements, which has a line for each.
const MAX_REQUIREMENTS: usize = 64 * 1024;

/// Reads a file of at most so many bytes.
pub(super) fn read(path: &Path, most: usize) -> io::Result<Vec<u8>> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    if bytes.len() > most {
        return Err(io::Error::other(format!("it has more than {most} bytes: is this the right file?")));
    }
    Ok(bytes)
}

/// Reads an orders file: TOML or JSON, as the command-line tool tells them apart.
pub(super) fn docket(path: &Path, bytes: &[u8]) -> Result<Docket, Refused> {
    let unread = |error| Refused::Wrong(format!("{} cannot be read: {error}", quoted(path)));
    let text = utf8(bytes).map_err(unread)?;
    let is_json = path.extension().is_some_and(|extension| extension == "json") || text.trim_start().starts_with('{');
    let docket = if is_json { Docket::from_json(text) } else { Docket::from_toml(text) };
    docket.map_err(|error| Refused::Wrong(error.render(&path.to_string_lossy(), false)))
}

/// The bytes of an orders file.
pub(super) fn orders(path: &Path) -> Result<Vec<u8>, Refused> {
    read(path, MAX_FILE).map_err(|error| Refused::Wrong(format!("{} cannot be read: {error}", quoted(path))))
}

/// All that is wrong with a docket.
pub(super) fn refused(path: &Path, error: &CompileError) -> Refused {
    Refused::Wrong(error.render(&path.to_string_lossy(), false))
}

/// The bytes of the requirements.
pub(super) fn requirements_text(path: Option<&Path>) -> Result<Vec<u8>, Refused> {
    let Some(path) = path else { return Ok(Vec::new()) };
    read(path, MAX_REQUIREMENTS).map_err(|error| Refused::Wrong(format!("{} cannot be read: {error}", quoted(path))))
}

/// Reads requirements: TOML, as in `bailiwick check --require`.
pub(super) fn requirements(path: Option<&Path>, bytes: &[u8]) -> Result<Requirements, Refused> {
    let wrong = |cause: &dyn std::fmt::Display| {
        let name = path.map(quoted).unwrap_or_default();
        Refused::Wrong(format!("{name} cannot be read: {}", cause.to_string().trim_end()))
    };
    let text = utf8(bytes).map_err(|error| wrong(&error))?;
    toml::from_str(text).map_err(|error| wrong(&error))
}

/// Refuses a change that blocks somebody who is admitted now, unless the file beside the orders acknowledges it.
pub(super) fn unless_wider(change: &Change, orders: &Path) -> Result<(), Refused> {
    change.unless_wider(Some(orders)).map_err(|error| Refused::Wider(error.to_string()))
}

/// The acknowledgement beside the orders, as far as it is there.
pub(super) fn acknowledgement_text(orders: &Path) -> Vec<u8> {
    read(&Acknowledgement::beside(orders), MAX_ACKNOWLEDGEMENT).unwrap_or_default()
}
