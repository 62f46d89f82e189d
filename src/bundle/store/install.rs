//! Writing a bundle to the state directory.
//!
//! A file is written under another name, synced, renamed, and the directory synced. A crash before the rename leaves the bundle
//! before, and one after it the new bundle; both are whole. The record of the version comes behind: until it is there, the bundle
//! itself tells its version.

use std::io;
use std::path::PathBuf;

use super::seen::Seen;
use super::{CONFLICT, CURRENT, SEEN, Store, Unwritten};
use crate::digest::Digest;
use crate::disk::{Files, put};

/// The most files of bundles with equal versions: four pairs. Somebody with enough keys can sign many bundles of one version, and must
/// not be able to fill the disk with them.
const MAX_CONFLICTS: usize = 8;

impl<F: Files> Store<F> {
    /// Writes a bundle and the record of its version. The outer error comes before the bundle has its name: the one before is still
    /// there. The inner one comes after that: the bundle is there, and may not be safely on the disk.
    pub(super) fn install(&mut self, bytes: &[u8], seen: Seen) -> io::Result<io::Result<()>> {
        put(&mut self.files, CURRENT, bytes)?;
        Ok(self.record(seen))
    }

    /// Syncs the names and writes the record of the version.
    pub(super) fn record(&mut self, seen: Seen) -> io::Result<()> {
        self.files.sync_names()?;
        put(&mut self.files, SEEN, seen.to_string().as_bytes())?;
        self.files.sync_names()
    }

    /// Writes what an error of the disk left unwritten, if anything, and returns whether all is written. A backend calls it now and
    /// then while [`alerts`](Store::alerts) has [`Alert::Unwritten`](super::Alert::Unwritten); an offer of the bundle in force
    /// does, too.
    pub fn write_again(&mut self) -> bool {
        let (Some(Unwritten { bytes, .. }), Some(seen)) = (self.unwritten.take(), self.seen) else { return true };
        let written = match &bytes {
            Some(bytes) => put(&mut self.files, CURRENT, bytes),
            None => Ok(()),
        };
        self.unwritten = match written {
            Err(error) => Some(Unwritten { bytes, error: error.to_string() }),
            Ok(()) => self.record(seen).err().map(|error| Unwritten { bytes: None, error: error.to_string() }),
        };
        self.unwritten.is_none()
    }

    /// Writes two bundles of one version to files of their own, as evidence: the one that was taken, and the one that was offered
    /// after it. Returns the file of the second one. `None` when a file cannot be written, or there are as many such files as
    /// are allowed.
    pub(super) fn save_conflict(&mut self, taken: Seen, offered: Digest, bytes: &[u8]) -> Option<PathBuf> {
        let name = |digest: Digest| {
            let digits = digest.to_string();
            let digits = digits.get(7..23).unwrap_or_default();
            format!("{CONFLICT}{}-{digits}.bundle", taken.version)
        };
        let (taken_name, offered_name) = (name(taken.digest), name(offered));
        let names = self.files.names().ok()?;
        let (has_taken, has_offered) = (names.contains(&taken_name), names.contains(&offered_name));
        let kept = names.iter().filter(|name| name.starts_with(CONFLICT)).count();
        if !has_offered && kept + 2 > MAX_CONFLICTS {
            return None;
        }
        let has_taken = has_taken || self.save_taken(&taken_name).is_ok();
        if !has_offered {
            put(&mut self.files, &offered_name, bytes).ok()?;
        }
        // Files that are there may be of a process that ended before their names were on the disk.
        self.files.sync_names().ok().filter(|()| has_taken)?;
        Some(self.files.path(&offered_name))
    }

    /// Writes the bundle that was taken to a file of its own, as the next version replaces `current.bundle`.
    fn save_taken(&mut self, name: &str) -> io::Result<()> {
        let unwritten = self.unwritten.as_ref().and_then(|unwritten| unwritten.bytes.clone());
        let limit = self.trust.max_size.saturating_add(1);
        let taken = unwritten.map_or_else(|| self.files.read(CURRENT, limit), |bytes| Ok(Some(bytes)));
        taken?.map_or(Ok(()), |bytes| put(&mut self.files, name, &bytes))
    }
}
