//! The files of the ledger that an archive has.

use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::ArchiveError;

/// A file of a ledger in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ArchivedFile {
    /// Its name, without folders.
    pub name: String,
    /// The number of its rows: of lines, where the ledger verifies.
    pub rows: u64,
    /// The number of its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, as 64 hexadecimal digits in lower case.
    pub sha256: String,
}

/// Refuses what is not one name of a file, on this system and on others.
pub(crate) fn check_name(name: &str) -> Result<(), ArchiveError> {
    let mut components = Path::new(name).components();
    let is_one = matches!((components.next(), components.next()), (Some(Component::Normal(only)), None) if only == name);
    if is_one && !name.contains(|c: char| c.is_control() || c == '/' || c == '\\') {
        return Ok(());
    }
    Err(ArchiveError::Name { name: name.to_owned() })
}

/// A file whose bytes are being summed.
#[derive(Default)]
pub(crate) struct Summed {
    name: Option<String>,
    rows: u64,
    bytes: u64,
    hash: Sha256,
}

impl Summed {
    pub(crate) fn begin(name: &str) -> Summed {
        Summed { name: Some(name.to_owned()), ..Summed::default() }
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.hash.update(bytes);
    }

    pub(crate) fn row(&mut self) {
        self.rows += 1;
    }

    /// `None` when no file was begun.
    pub(crate) fn end(self) -> Option<ArchivedFile> {
        let digest: [u8; 32] = self.hash.finalize().into();
        let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        self.name.map(|name| ArchivedFile { name, rows: self.rows, bytes: self.bytes, sha256 })
    }
}
