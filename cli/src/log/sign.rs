//! The key that signs, and the file that remembers what it signed.

use std::path::PathBuf;

use bailiwick::Quoted;
use bailiwick::log::LogFolder;
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
        let text = trust::text(&self.key)?;
        let key = text.trim_end_matches(['\n', '\r']).parse();
        let key = key.map_err(|error| Failure::unusable(format_args!("{}: {error}", Quoted(&self.key))))?;
        warn_of_readers(&self.key);
        Ok(key)
    }

    /// Opens the folder to publish there.
    pub(super) fn open(&self, folder: &str, key: &SigningKey, progress: &Progress) -> Result<LogFolder, Failure> {
        let memory = self.signed.clone().unwrap_or_else(|| format!("{}.signed", self.key));
        LogFolder::open(folder, &key.verifier(), Some(&PathBuf::from(memory)), |tile| {
            progress.say(|| format!("verifying {tile}"));
        })
        .map_err(failure)
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
