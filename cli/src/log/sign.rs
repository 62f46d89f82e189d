//! The key that signs, and the file that remembers what it signed.

use std::path::{Path, PathBuf};

use bailiwick::Quoted;
use bailiwick::log::{LogError, LogFolder};
use bailiwick::note::SigningKey;

use super::failure;
use crate::failure::Failure;
use crate::log_args::SignArgs;
use crate::output;
use crate::progress::Progress;
use crate::trust;

impl SignArgs {
    /// Reads the key.
    pub(super) fn key(&self) -> Result<SigningKey, Failure> {
        let key = trust::secret(&self.key)?.parse();
        let key = key.map_err(|error| Failure::unusable(format_args!("{}: {error}", Quoted(&self.key))))?;
        warn_of_readers(&self.key);
        Ok(key)
    }

    /// Opens the folder to publish there.
    pub(super) fn open(&self, folder: &str, key: &SigningKey, progress: &Progress) -> Result<LogFolder, Failure> {
        output::refuse_stdout(Path::new(folder), "a log", "name a folder")?;
        let memory = self.signed.clone().unwrap_or_else(|| format!("{}.signed", self.key));
        let memory = PathBuf::from(memory);
        let opened = LogFolder::open(folder, &key.verifier(), Some(&memory), |tile| {
            progress.say(|| format!("verifying {tile}"));
        });
        opened.map_err(|error| match &error {
            LogError::Checkpoint { path, .. } if *path == memory => Failure::wrong(format_args!(
                "{error}. The file has the last checkpoint that the key signed: restore it, or copy `checkpoint` there from the folder that was \
                 published to, once `bailiwick log fsck` finds that right"
            )),
            LogError::Checkpoint { .. } => Failure::wrong(format_args!(
                "{error}. Give the key that signed it, restore it from a backup, or publish all files of the ledger into a new folder"
            )),
            _ => failure(error),
        })
    }
}

#[cfg(unix)]
fn warn_of_readers(path: &str) {
    use std::os::unix::fs::PermissionsExt;

    if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0) {
        output::warning(&format!("others can read the secret key {}: take that from them with `chmod 600`", Quoted(path)));
    }
}

#[cfg(not(unix))]
fn warn_of_readers(_: &str) {}
