//! The bundle that a node has taken: in force, and in its state directory.
//!
//! - `seen`: the record of the highest version;
//! - `offer`: the decision about an offered bundle;
//! - `install`: writing it so that a crash at any step leaves the one before or the new one, whole.

mod seen;
mod offer;
mod install;

use std::fmt::{self, Debug, Display};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use crate::disk::{Directory, Files};
pub use offer::{Offered, Taken};

use super::check::Signed;
use super::contents::InPlaceOf;
use super::error::Error;
use super::manifest::{Manifest, shown};
use super::trust::Trust;
use crate::digest::Digest;
use crate::disk::is_unfinished;
use crate::policy::Policy;
use crate::text::quote::Quoted;
use seen::Seen;

/// The bundle that was taken last.
const CURRENT: &str = "current.bundle";

/// The record of the highest version.
const SEEN: &str = "seen";

/// The most bytes of the record, which has fewer than 150.
const MAX_SEEN: u64 = 1 << 10;

/// The beginning of the name of a bundle that another one of its version was taken in the place of.
const CONFLICT: &str = "conflict-";

/// The node's side of bundles: the one in force, the state directory, and the configuration.
///
/// A backend opens a store at its start, puts the policy of [`current`](Store::current) in force if there is one, and then
/// [offers](Store::offer) to it whatever it fetches. It does nothing by itself: no thread, no network, no clock.
///
/// ```no_run
/// use std::time::SystemTime;
///
/// use bailiwick::bundle::{Offered, Store, Trust, read};
/// # use bailiwick::{LivePolicy, note::VerifierKey};
/// # fn fetched() -> std::fs::File { todo!() }
/// # fn backend(live: &LivePolicy, key: VerifierKey) -> Result<(), Box<dyn std::error::Error>> {
///
/// let trust = Trust::builder("example.org/orders").key("legal", key).build()?;
/// let mut store = Store::open("/var/lib/backend/bundles", trust)?;
/// if let Some(current) = store.current() {
///     live.replace(current.policy().clone());
/// }
///
/// // Whenever the place that bundles are fetched from has another one:
/// let now = SystemTime::now();
/// match read(fetched(), store.trust()).and_then(|bytes| store.offer(&bytes, now)) {
///     Ok(Offered::Taken(taken)) => {
///         live.replace(taken.policy().clone());
///         taken.cautions().iter().for_each(|caution| eprintln!("{caution}"));
///     }
///     Ok(_) => {}
///     Err(refused) => eprintln!("{refused}"),          // and count it, by `refused.reason()`
/// }
/// store.alerts(now).iter().for_each(|alert| eprintln!("{alert}"));
/// # Ok(())
/// # }
/// ```
pub struct Store<F = Directory> {
    files: F,
    trust: Trust,
    seen: Option<Seen>,
    current: Option<Current>,
    /// Why the bundle in the directory was not put in force at the start.
    not_loaded: Option<Error>,
    unwritten: Option<Unwritten>,
}

/// What the directory should have and does not.
#[derive(Debug)]
struct Unwritten {
    /// The bundle, or `None` when only the record of its version, or the wait for the disk, is missing.
    bytes: Option<Vec<u8>>,
    error: String,
}

/// The bundle in force.
#[derive(Debug, Clone)]
pub struct Current {
    manifest: Manifest,
    digest: Digest,
    policy: Policy,
}

impl Current {
    /// Its manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its digest: that of the text of its manifest.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl Store {
    /// Opens a state directory, and makes it when it is absent. The bundle in it is checked as when it was taken, but that it may
    /// have expired and the age of its geo sources only warns: it was taken before.
    ///
    /// When it cannot be used, such as after a key was taken out of the configuration, the store has no bundle in force, and
    /// [`alerts`](Store::alerts) says why. Older ones are refused even so.
    ///
    /// # Errors
    ///
    /// When the directory cannot be used, another process uses it, or its record of the highest version is damaged.
    pub fn open(path: impl AsRef<Path>, trust: Trust) -> Result<Store, OpenError> {
        let path = path.as_ref();
        let files = Directory::open(path).map_err(|error| match error.kind() {
            ErrorKind::WouldBlock => OpenError::InUse { path: path.to_owned() },
            _ => OpenError::Io { path: path.to_owned(), error },
        })?;
        Store::with_files(files, trust)
    }
}

impl<F: Files> Store<F> {
    /// Opens a store over files of the caller.
    ///
    /// # Errors
    ///
    /// As [`open`](Store::open).
    pub fn with_files(files: F, trust: Trust) -> Result<Store<F>, OpenError> {
        let mut store = Store { files, trust, seen: None, current: None, not_loaded: None, unwritten: None };
        store.remove_unfinished();
        store.seen = store.read_seen()?;
        store.load()?;
        Ok(store)
    }

    /// The configuration.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Checks bundles by another configuration from now on. The bundle in force stays: it was taken by the one before.
    pub fn set_trust(&mut self, trust: Trust) {
        self.trust = trust;
    }

    /// The bundle in force, if there is one. Without one nobody is blocked.
    #[must_use]
    pub fn current(&self) -> Option<&Current> {
        self.current.as_ref()
    }

    /// The highest version that was ever taken: no version before it is taken, whether or not its bundle is still there.
    #[must_use]
    pub fn highest_version(&self) -> Option<u64> {
        self.seen.map(|seen| seen.version)
    }

    /// All that somebody should look at now.
    #[must_use]
    pub fn alerts(&self, now: SystemTime) -> Vec<Alert> {
        let expired = self.current.as_ref().map(Current::manifest).filter(|manifest| manifest.expires() <= now);
        let expired = expired.map(|manifest| Alert::Expired { version: manifest.version(), expires: manifest.expires() });
        let not_loaded = self.not_loaded.as_ref().filter(|_| self.current.is_none());
        let not_loaded = not_loaded.map(|error| Alert::NotLoaded { path: self.files.path(CURRENT), reason: error.to_string() });
        let unwritten = self.unwritten.as_ref().zip(self.current.as_ref());
        let unwritten = unwritten.map(|(unwritten, current)| Alert::Unwritten {
            version: current.manifest.version(),
            reason: unwritten.error.clone(),
            is_lost: unwritten.bytes.is_some(),
        });
        let none = self.current.is_none().then_some(Alert::None);
        [none, not_loaded, expired, unwritten].into_iter().flatten().collect()
    }

    /// Removes what a crash left. What cannot be removed does no harm: it is written anew.
    fn remove_unfinished(&mut self) {
        for name in self.files.names().unwrap_or_default() {
            if is_unfinished(&name) {
                let _ = self.files.remove(&name);
            }
        }
    }

    fn read_seen(&self) -> Result<Option<Seen>, OpenError> {
        let path = || self.files.path(SEEN);
        let bytes = self.files.read(SEEN, MAX_SEEN).map_err(|error| OpenError::Io { path: path(), error })?;
        let Some(bytes) = bytes else { return Ok(None) };
        let seen = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok());
        seen.map(Some).ok_or_else(|| OpenError::Seen { path: path() })
    }

    /// Puts the bundle of the directory in force.
    fn load(&mut self) -> Result<(), OpenError> {
        let limit = self.trust.max_size.saturating_add(1);
        let bytes = self.files.read(CURRENT, limit).map_err(|error| OpenError::Io { path: self.files.path(CURRENT), error })?;
        let Some(bytes) = bytes else { return Ok(()) };
        match self.loaded(&bytes) {
            Ok(current) => {
                // A crash after the bundle was written may have come before its version was.
                let seen = Seen::of(&current.manifest);
                if self.seen != Some(seen) {
                    self.unwritten = self.record(seen).err().map(|error| Unwritten { bytes: None, error: error.to_string() });
                }
                self.seen = Some(seen);
                self.current = Some(current);
            }
            Err(error) => self.not_loaded = Some(error),
        }
        Ok(())
    }

    fn loaded(&self, bytes: &[u8]) -> Result<Current, Error> {
        let signed = Signed::read(bytes, &self.trust)?;
        let version = signed.manifest.version();
        match self.seen {
            Some(seen) if version < seen.version => return Err(Error::OlderVersion { version, taken: seen.version }),
            Some(seen) if version == seen.version && signed.digest != seen.digest => {
                return Err(Error::Conflict { version, taken: seen.digest, offered: signed.digest, kept: None });
            }
            _ => {}
        }
        let policy = signed.contents()?.compile(&signed.manifest, None, InPlaceOf::Itself)?;
        Ok(Current { manifest: signed.manifest, digest: signed.digest, policy })
    }
}

impl<F> Debug for Store<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("trust", &self.trust)
            .field("seen", &self.seen)
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

/// A state of a store that somebody should look at, for as long as it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alert {
    /// No bundle is in force: nobody is blocked.
    None,
    /// The bundle of the state directory was not put in force.
    NotLoaded {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The bundle in force has expired. It goes on: each of its orders has an end of its own.
    Expired {
        /// Its version.
        version: u64,
        /// The end of its time.
        expires: SystemTime,
    },
    /// The bundle in force is not, or not safely, in the state directory.
    Unwritten {
        /// Its version.
        version: u64,
        /// The reason.
        reason: String,
        /// Whether a restart would put the one before in force.
        is_lost: bool,
    },
}

impl Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Alert::None => f.write_str("no bundle is in force, so nobody is blocked: publish one, and see why none was taken"),
            Alert::NotLoaded { path, reason } => {
                write!(f, "{} was taken before and is not in force: {reason}", Quoted(&path.to_string_lossy()))
            }
            Alert::Expired { version, expires } => write!(
                f,
                "version {version} expired at {} and is still in force: publish a new bundle, and see that this node fetches it",
                shown(*expires)
            ),
            Alert::Unwritten { version, reason, is_lost: true } => write!(
                f,
                "version {version} is in force and not written ({reason}): a restart would put the one before in force until this one \
                 is fetched; make room on the disk of the state directory"
            ),
            Alert::Unwritten { version, reason, is_lost: false } => write!(
                f,
                "version {version} is in force and may not be safely on the disk ({reason}): see to the disk of the state directory"
            ),
        }
    }
}

/// The reason why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A file cannot be read or made.
    #[error("{} cannot be used: {error}", Quoted(&path.to_string_lossy()))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// Another store has it open.
    #[error("{} is used by another process: give each its own state directory", Quoted(&path.to_string_lossy()))]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The record of the highest version was changed by something else.
    #[error(
        "{} is damaged, so that an old bundle cannot be told from a new one: see what changed it, set `minimum_version` to the version \
         in force elsewhere, and remove the file",
        Quoted(&path.to_string_lossy())
    )]
    Seen {
        /// The file.
        path: PathBuf,
    },
}
