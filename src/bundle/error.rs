//! Why a bundle is refused: one variant for each reason, in the sequence in which they are checked.

use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use super::archive::ArchiveError;
use super::manifest::{ManifestError, shown};
use crate::change::Change;
use crate::digest::Digest;
use crate::geo::AtlasFileError;
use crate::note::NoteError;
use crate::order::ReadError;
use crate::policy::CompileError;
use crate::text::number::Thousands;
use crate::text::quote::Quoted;

/// The reason why a bundle was refused. What is in force stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More bytes than are read.
    #[error(
        "the bundle has more than {} bytes: it is not one of yours, or `max_size` is too small for it",
        Thousands(u128::from(*limit))
    )]
    Size {
        /// The most bytes.
        limit: u64,
    },
    /// The bundle cannot be fetched or read to its end.
    #[error("the bundle cannot be read: {error}")]
    Read {
        /// The reader's error.
        #[source]
        error: io::Error,
    },
    /// The archive is not one of a bundle.
    #[error("the archive is not a bundle: {0}")]
    Archive(#[from] ArchiveError),
    /// `manifest.note` is not a signed note, or a signature of a trusted key is wrong.
    #[error("`manifest.note`: {0}")]
    Note(#[from] NoteError),
    /// `manifest.note` is signed by nobody.
    #[error("the bundle is not signed: sign it with `bailiwick bundle sign`")]
    Unsigned,
    /// Fewer keys of a role than must have signed.
    #[error(
        "{found} of the {threshold} keys that must sign in the role {} did: sign the bundle with more keys of this role, with \
         `bailiwick bundle sign`, or trust the keys that did",
        Quoted(role)
    )]
    Threshold {
        /// The role.
        role: String,
        /// The number of its keys that must sign.
        threshold: usize,
        /// The number of those that did.
        found: usize,
    },
    /// The signed text is not a manifest.
    #[error("`manifest.note`: {0}")]
    Manifest(#[from] ManifestError),
    /// It belongs to another series of bundles.
    #[error(
        "the bundle is of {}, and this node takes those of {}: fetch it from another place, or correct `origin`",
        Quoted(found),
        Quoted(expected)
    )]
    Origin {
        /// The origin that is trusted.
        expected: String,
        /// That of the bundle.
        found: String,
    },
    /// It is older than what the configuration demands.
    #[error(
        "the bundle has version {version}, and none before {minimum} is taken: publish a newer one, or lower `minimum_version`"
    )]
    MinimumVersion {
        /// The version of the bundle.
        version: u64,
        /// The first version that is taken.
        minimum: u64,
    },
    /// It is older than one that was taken.
    #[error("the bundle has version {version}, and version {taken} was taken before: make one with a version after that")]
    OlderVersion {
        /// The version of the bundle.
        version: u64,
        /// The highest version that was taken.
        taken: u64,
    },
    /// It has the version of the one that was taken, and says something else.
    #[error(
        "two bundles have version {version}: {taken} was taken, and {offered} was offered{}; find out who signed both, and make one \
         with a higher version",
        kept.as_ref().map_or_else(String::new, |path| format!(" and is kept in {}", Quoted(&path.to_string_lossy())))
    )]
    Conflict {
        /// The version of both.
        version: u64,
        /// The digest of the one that was taken.
        taken: Digest,
        /// The digest of the other one.
        offered: Digest,
        /// The file in which the other one is kept.
        kept: Option<PathBuf>,
    },
    /// It is the next version, and goes on from another bundle.
    #[error(
        "the bundle goes on from {found}, and {taken} was taken as the version before: make it after that, with `--before`, or with a \
         version that is not the next one"
    )]
    Before {
        /// The digest of the one that was taken.
        taken: Digest,
        /// The digest that it names.
        found: Digest,
    },
    /// It is not taken any more.
    #[error(
        "the bundle expired at {}, and it is {}: publish a new one, or set the clock right",
        shown(*expires),
        shown(*now)
    )]
    Expired {
        /// The end of its time.
        expires: SystemTime,
        /// The time of the check.
        now: SystemTime,
    },
    /// A member is not the one that was signed.
    #[error(
        "`{member}` has {found_size} bytes and the digest {found}, and the manifest {size} bytes and {expected}: get the file again; if \
         it stays so, somebody changed it"
    )]
    Member {
        /// The member.
        member: &'static str,
        /// The number of bytes that the manifest has.
        size: u64,
        /// The digest that the manifest has.
        expected: Digest,
        /// The number of bytes that are there.
        found_size: u64,
        /// The digest of what is there.
        found: Digest,
    },
    /// `docket.json` cannot be read.
    #[error("`docket.json`: {0}")]
    Docket(#[source] ReadError),
    /// `docket.json` or `requirements.json` is not JSON as it must be.
    #[error("`{member}` cannot be read: {reason}; make the bundle with the `bailiwick` of these nodes")]
    Json {
        /// The member.
        member: &'static str,
        /// The reason.
        reason: String,
    },
    /// `atlas.bin` cannot be read.
    #[error("`atlas.bin` is {0}")]
    Atlas(#[source] AtlasFileError),
    /// The docket or the atlas is not the one whose digest was signed.
    #[error(
        "the {what} has the digest {found}, and the manifest says {expected}: make the bundle with the `bailiwick` of these nodes"
    )]
    Content {
        /// `docket` or `atlas`.
        what: &'static str,
        /// The digest that the manifest has.
        expected: Digest,
        /// The digest of what is there.
        found: Digest,
    },
    /// The docket does not compile.
    #[error("the orders do not compile: {0}")]
    Compile(#[source] CompileError),
    /// It blocks people whom the docket in force admits, and nobody acknowledged that for this version.
    #[error(
        "the orders block people whom those of version {from} admit: look at the change, and acknowledge it with \
         `bailiwick bundle make --acknowledged-from {from}`"
    )]
    Wider {
        /// The version in force.
        from: u64,
        /// The change of the orders, on the atlas in force.
        change: Box<Change>,
    },
    /// Its atlas adds more addresses to the reach of an order than the configuration allows.
    #[error(
        "the new geo data add {} addresses to what order {} reaches, and at most {} are taken: look at them, and acknowledge them with \
         `bailiwick bundle make --acknowledged-from {from}`",
        Thousands(u128::from(*addresses)),
        Quoted(order),
        Thousands(u128::from(*limit))
    )]
    NewlyLocated {
        /// The version in force.
        from: u64,
        /// The order.
        order: String,
        /// The number of addresses: of IPv4, and IPv6 networks of length 64.
        addresses: u64,
        /// The most that are taken.
        limit: u64,
    },
    /// It blocks people who are admitted, and cannot be written, so that a restart would forget it.
    #[error(
        "the bundle blocks people who are admitted, and cannot be written: {error}; make room on the disk of the state directory"
    )]
    Unwritten {
        /// The system's error.
        #[source]
        error: io::Error,
    },
}

impl Error {
    /// A word for the reason, for metrics and logs: it stays as it is, and has no value of the bundle in it.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Error::Size { .. } => "size",
            Error::Read { .. } => "read",
            Error::Archive(_) => "archive",
            Error::Note(_) | Error::Unsigned => "signature",
            Error::Threshold { .. } => "threshold",
            Error::Manifest(_) => "manifest",
            Error::Origin { .. } => "origin",
            Error::MinimumVersion { .. } => "minimum-version",
            Error::OlderVersion { .. } => "older-version",
            Error::Conflict { .. } => "conflict",
            Error::Before { .. } => "before",
            Error::Expired { .. } => "expired",
            Error::Member { .. } | Error::Content { .. } => "digest",
            Error::Docket(_) | Error::Json { .. } => "docket",
            Error::Atlas(_) => "atlas",
            Error::Compile(_) => "compile",
            Error::Wider { .. } => "wider",
            Error::NewlyLocated { .. } => "newly-located",
            Error::Unwritten { .. } => "unwritten",
        }
    }
}
