//! The checks of a bundle, in their sequence: size, signatures, origin, version, expiry, digests, compiling.
//!
//! Nothing of a bundle but its first member is looked at before its signatures are verified, and nothing is kept.

use std::io::Read;
use std::time::SystemTime;

use super::archive::Reader;
use super::caution::{Caution, issued_ahead};
use super::contents::{Contents, InPlaceOf, MANIFEST, MAX_MANIFEST};
use super::error::Error;
use super::manifest::{Manifest, whole_second};
use super::trust::Trust;
use crate::digest::Digest;
use crate::note::{NoteError, SignedNote};
use crate::policy::Policy;

/// Reads a bundle to its end, and not one byte more than the configuration allows: a server that sends without end is cut off.
///
/// # Errors
///
/// When there are more bytes, and when the reader fails.
pub fn read(reader: impl Read, trust: &Trust) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    reader.take(trust.max_size.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| Error::Read { error })?;
    check_size(&bytes, trust)?;
    Ok(bytes)
}

/// A bundle that was checked without a node: what it is, and what it compiles to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Checked {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its policy.
    pub policy: Policy,
    /// The number of trusted keys that signed, of each role, ascending by role.
    pub signed: Vec<(String, usize)>,
    /// What somebody should look at.
    pub cautions: Vec<Caution>,
}

/// Checks a bundle as a node would that has no bundle, or one of version `newer_than`. The bundle of that version is not compared:
/// [`Store`](super::Store) does that.
///
/// # Errors
///
/// The first reason to refuse it.
pub fn check(bytes: &[u8], trust: &Trust, newer_than: Option<u64>, now: SystemTime) -> Result<Checked, Error> {
    let signed = Signed::read(bytes, trust)?;
    let version = signed.manifest.version();
    if let Some(taken) = newer_than.filter(|&taken| version <= taken) {
        return Err(Error::OlderVersion { version, taken });
    }
    signed.check_expiry(now)?;
    let policy = signed.contents()?.compile(&signed.manifest, None, InPlaceOf::Nothing)?;
    let cautions = issued_ahead(&signed.manifest, now).into_iter().collect();
    Ok(Checked { manifest: signed.manifest, policy, signed: signed.signed, cautions })
}

/// A bundle of the trusted origin and of a version that the configuration takes, with the signatures that it demands.
#[derive(Debug)]
pub(super) struct Signed<'b> {
    pub(super) manifest: Manifest,
    pub(super) digest: Digest,
    /// The number of keys that signed, by role.
    signed: Vec<(String, usize)>,
    rest: Reader<'b>,
}

impl<'b> Signed<'b> {
    /// Checks size, signatures, origin, and the first version that is taken.
    pub(super) fn read(bytes: &'b [u8], trust: &Trust) -> Result<Signed<'b>, Error> {
        check_size(bytes, trust)?;
        let mut rest = Reader::new(bytes);
        let note = note(rest.member(MANIFEST, MAX_MANIFEST)?)?;
        let signed = signatures(&note, trust)?;
        let manifest: Manifest = note.text().parse()?;
        if manifest.origin() != trust.origin {
            return Err(Error::Origin { expected: trust.origin.clone(), found: manifest.origin().to_owned() });
        }
        if manifest.version() < trust.minimum_version {
            return Err(Error::MinimumVersion { version: manifest.version(), minimum: trust.minimum_version });
        }
        Ok(Signed { digest: Digest::of(note.text().as_bytes()), manifest, signed, rest })
    }

    pub(super) fn check_expiry(&self, now: SystemTime) -> Result<(), Error> {
        let expires = self.manifest.expires();
        if expires <= now { Err(Error::Expired { expires, now: whole_second(now) }) } else { Ok(()) }
    }

    /// Checks the rest of the archive, and the digests of its members.
    pub(super) fn contents(&self) -> Result<Contents<'b>, Error> {
        Contents::read(self.rest, &self.manifest)
    }
}

fn check_size(bytes: &[u8], trust: &Trust) -> Result<(), Error> {
    if u64::try_from(bytes.len()).is_ok_and(|len| len <= trust.max_size) {
        Ok(())
    } else {
        Err(Error::Size { limit: trust.max_size })
    }
}

/// Reads `manifest.note`.
fn note(bytes: &[u8]) -> Result<SignedNote, Error> {
    SignedNote::parse(bytes).map_err(|error| match error {
        NoteError::NoSeparator if unsigned(bytes).is_some() => Error::Unsigned,
        error => Error::Note(error),
    })
}

/// The manifest that nobody has signed yet: the text alone.
pub(super) fn unsigned(bytes: &[u8]) -> Option<Manifest> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// Counts the keys of each role that signed. A wrong signature of any trusted key refuses the bundle, as C2SP signed-note has it:
/// somebody changed something.
fn signatures(note: &SignedNote, trust: &Trust) -> Result<Vec<(String, usize)>, Error> {
    let (mut signed, mut missing) = (Vec::new(), None);
    for (name, role) in &trust.roles {
        let mut found = 0;
        for key in &role.keys {
            match note.verify(key) {
                Ok(()) => found += 1,
                Err(NoteError::NotSigned { .. }) => {}
                Err(error) => return Err(Error::Note(error)),
            }
        }
        if found < role.threshold && missing.is_none() {
            missing = Some(Error::Threshold { role: name.clone(), threshold: role.threshold, found });
        }
        signed.push((name.clone(), found));
    }
    missing.map_or(Ok(signed), Err)
}
