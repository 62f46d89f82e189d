//! The members of a bundle: reading those that a manifest has the digests of, and compiling them.

use super::archive::Reader;
use super::error::Error;
use super::manifest::{Content, Manifest};
use crate::geo::Atlas;
use crate::order::{Docket, MAX_FILE};
use crate::policy::{Policy, Requirements};
use crate::text::encoding::utf8;

/// The first member.
pub(super) const MANIFEST: &str = "manifest.note";

/// The others, in their sequence.
pub(super) const DOCKET: &str = "docket.json";
pub(super) const REQUIREMENTS: &str = "requirements.json";
pub(super) const ATLAS: &str = "atlas.bin";

/// The most bytes of `manifest.note`: 64 KiB. Its text has less than 2 KiB, and a signature of a key with the longest name 400 bytes,
/// so that it holds all 100 signatures that a note can have. Of a bundle by strangers no more than this is read.
pub const MAX_MANIFEST: u64 = 64 << 10;

/// The most bytes of `requirements.json`: 4 KiB. It has a dozen members, each a number or `true`.
pub const MAX_REQUIREMENTS: u64 = 4 << 10;

/// The most bytes of `atlas.bin`: 1 GiB. An atlas of the world by country has some ten megabytes, by city a few hundred.
pub const MAX_ATLAS: u64 = 1 << 30;

/// The most bytes of `docket.json`: as many as an orders file may have.
pub(super) fn max_docket() -> u64 {
    u64::try_from(MAX_FILE).unwrap_or(u64::MAX)
}

/// The members after the manifest, which are those that it has the digests of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Contents<'b> {
    pub(super) docket: &'b [u8],
    pub(super) requirements: &'b [u8],
    pub(super) atlas: &'b [u8],
}

/// The policy that a bundle is compiled in the place of.
#[derive(Debug, Clone, Copy)]
pub(super) enum InPlaceOf<'p> {
    /// None was in force before: all that the bundle requires is checked.
    Nothing,
    /// A bundle in force. The age of its sources only warns, as when a docket is recompiled: old data never keep an order from being
    /// withdrawn.
    Policy(&'p Policy),
    /// Itself: it was taken before. The age of its sources only warns, or a restart would take it out of force.
    Itself,
}

impl<'b> Contents<'b> {
    /// Reads the members from behind the manifest to the end of the archive.
    pub(super) fn read(mut reader: Reader<'b>, manifest: &Manifest) -> Result<Contents<'b>, Error> {
        let docket = reader.member(DOCKET, max_docket())?;
        let requirements = reader.member(REQUIREMENTS, MAX_REQUIREMENTS)?;
        let atlas = reader.member(ATLAS, MAX_ATLAS)?;
        reader.end()?;
        signed(DOCKET, docket, manifest.docket)?;
        signed(REQUIREMENTS, requirements, manifest.requirements)?;
        signed(ATLAS, atlas, manifest.atlas_file)?;
        Ok(Contents { docket, requirements, atlas })
    }

    pub(super) fn docket(&self) -> Result<Docket, Error> {
        let text = utf8(self.docket).map_err(|error| Error::Json { member: DOCKET, reason: error.to_string() })?;
        Docket::from_json(text).map_err(Error::Docket)
    }

    pub(super) fn requirements(&self) -> Result<Requirements, Error> {
        serde_json::from_slice(self.requirements).map_err(|error| Error::Json { member: REQUIREMENTS, reason: error.to_string() })
    }

    /// Compiles the docket, on an atlas that is loaded already if it is this one.
    pub(super) fn compile(&self, manifest: &Manifest, loaded: Option<&Atlas>, before: InPlaceOf<'_>) -> Result<Policy, Error> {
        let docket = self.docket()?;
        // No order in force is without an end, whoever made the bundle: when bundles stop coming, every block ends by itself.
        let requirements = self.requirements()?.expiry();
        let atlas = loaded.cloned().map_or_else(|| Atlas::from_bytes(self.atlas).map_err(Error::Atlas), Ok)?;
        let compiled = match before {
            InPlaceOf::Nothing => Policy::check(&docket, &atlas, &requirements),
            InPlaceOf::Policy(before) => Policy::in_place_of(Some(before), &docket, &atlas, &requirements),
            InPlaceOf::Itself => Policy::in_place_of(None, &docket, &atlas, &requirements),
        };
        let policy = compiled.map_err(Error::Compile)?;
        for (what, expected, found) in
            [("docket", manifest.policy, policy.digest()), ("atlas", manifest.atlas, policy.atlas_digest())]
        {
            if expected != found {
                return Err(Error::Content { what, expected, found });
            }
        }
        Ok(policy)
    }
}

/// Refuses a member that is not the one that was signed.
fn signed(member: &'static str, bytes: &[u8], Content { size, digest }: Content) -> Result<(), Error> {
    let found = Content::of(bytes);
    if (found.size, found.digest) == (size, digest) {
        return Ok(());
    }
    Err(Error::Member { member, size, expected: digest, found_size: found.size, found: found.digest })
}
