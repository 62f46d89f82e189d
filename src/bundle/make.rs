//! Making bundles, signing them, and looking into them.

use super::archive::{self, Reader};
use super::check::unsigned;
use super::contents::{ATLAS, Contents, DOCKET, InPlaceOf, MANIFEST, MAX_ATLAS, MAX_MANIFEST, REQUIREMENTS, max_docket};
use super::error::Error;
use super::manifest::{Content, Manifest, Release};
use crate::geo::Atlas;
use crate::note::{Signature, SignedNote, Signer};
use crate::order::Docket;
use crate::policy::{CompileError, Policy, Requirements};
use crate::text::number::Thousands;

/// Makes a bundle that nobody has signed yet.
///
/// Its bytes depend on what is given and on nothing else, so that two people who make it get the same file.
///
/// # Errors
///
/// When the docket does not compile on the atlas with the requirements, or an order in force has no end: `expires` is required in
/// every bundle. When a member is larger than a node reads.
pub fn make(release: Release, docket: &Docket, requirements: &Requirements, atlas: &Atlas) -> Result<Vec<u8>, MakeError> {
    let requirements = requirements.clone().expiry();
    let policy = Policy::check(docket, atlas, &requirements)?;
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(|error| MakeError::Json { reason: error.to_string() });
    let docket = json(serde_json::to_vec(docket))?;
    let requirements = json(serde_json::to_vec(&requirements))?;
    let atlas_file = atlas.to_bytes();
    check_size(DOCKET, &docket, max_docket())?;
    check_size(ATLAS, &atlas_file, MAX_ATLAS)?;
    let manifest = Manifest {
        release,
        docket: Content::of(&docket),
        requirements: Content::of(&requirements),
        atlas_file: Content::of(&atlas_file),
        policy: policy.digest(),
        atlas: policy.atlas_digest(),
    };
    let contents = Contents { docket: &docket, requirements: &requirements, atlas: &atlas_file };
    Ok(write(manifest.to_string().as_bytes(), contents))
}

/// What a node would not read is not written.
fn check_size(member: &'static str, bytes: &[u8], limit: u64) -> Result<(), MakeError> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > limit { Err(MakeError::TooLarge { member, size, limit }) } else { Ok(()) }
}

/// Adds the signature of a key to a bundle, or makes it anew. What is signed is checked before: its digests, and that it compiles.
///
/// # Errors
///
/// When the bundle is not whole or does not compile, and when the signer fails.
pub fn sign(bytes: &[u8], signer: &dyn Signer) -> Result<Vec<u8>, Error> {
    let Bundle { manifest, note, contents } = Bundle::read(bytes)?;
    contents.compile(&manifest, None, InPlaceOf::Itself)?;
    let mut note = note.map_or_else(|| SignedNote::new(manifest.to_string()), Ok)?;
    note.sign(signer)?;
    Ok(write(note.to_string().as_bytes(), contents))
}

fn write(note: &[u8], contents: Contents<'_>) -> Vec<u8> {
    let Contents { docket, requirements, atlas } = contents;
    archive::write(&[(MANIFEST, note), (DOCKET, docket), (REQUIREMENTS, requirements), (ATLAS, atlas)])
}

/// A bundle, to be looked at. Nobody's signature is verified: [`check`](super::check()) does that.
#[derive(Debug)]
pub struct Bundle<'b> {
    manifest: Manifest,
    /// `None` while nobody has signed.
    note: Option<SignedNote>,
    contents: Contents<'b>,
}

impl<'b> Bundle<'b> {
    /// Reads a bundle, signed or not, whose members are those of its manifest.
    ///
    /// # Errors
    ///
    /// When it is not a bundle, or a member is not what the manifest says.
    pub fn read(bytes: &'b [u8]) -> Result<Bundle<'b>, Error> {
        let mut reader = Reader::new(bytes);
        let first = reader.member(MANIFEST, MAX_MANIFEST)?;
        let (manifest, note) = match unsigned(first) {
            Some(manifest) => (manifest, None),
            None => {
                let note = SignedNote::parse(first)?;
                (note.text().parse()?, Some(note))
            }
        };
        let contents = Contents::read(reader, &manifest)?;
        Ok(Bundle { manifest, note, contents })
    }

    /// The manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The signatures, none of which is verified.
    #[must_use]
    pub fn signatures(&self) -> &[Signature] {
        self.note.as_ref().map_or(&[], SignedNote::signatures)
    }

    /// The requirements with which the docket is compiled.
    ///
    /// # Errors
    ///
    /// When the member cannot be read.
    pub fn requirements(&self) -> Result<Requirements, Error> {
        self.contents.requirements()
    }

    /// The docket.
    ///
    /// # Errors
    ///
    /// When the member cannot be read.
    pub fn docket(&self) -> Result<Docket, Error> {
        self.contents.docket()
    }

    /// Compiles the docket on the atlas. The age of the sources only warns.
    ///
    /// # Errors
    ///
    /// When the members cannot be read or do not compile, or are not those whose digests the manifest has.
    pub fn compile(&self) -> Result<Policy, Error> {
        self.contents.compile(&self.manifest, None, InPlaceOf::Itself)
    }
}

/// The reason why a bundle cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MakeError {
    /// The docket does not compile, or an order in force has no end.
    #[error("the orders do not compile: {0}")]
    Compile(#[from] CompileError),
    /// A value cannot be written as JSON.
    #[error("the orders cannot be written: {reason}")]
    Json {
        /// The reason.
        reason: String,
    },
    /// A member has more bytes than a node reads.
    #[error(
        "`{member}` has {} bytes, and nodes read at most {}: {}",
        Thousands(u128::from(*size)),
        Thousands(u128::from(*limit)),
        if *member == DOCKET { "take out orders that ended long ago" } else { "use geo data by country or subdivision" }
    )]
    TooLarge {
        /// The member.
        member: &'static str,
        /// Its size in bytes.
        size: u64,
        /// The most bytes of such a member.
        limit: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_as_large_as_a_node_reads_and_no_larger() {
        assert_eq!(check_size(ATLAS, &[0; 4], 4).map_err(|error| error.to_string()), Ok(()));
        let error = check_size(ATLAS, &[0; 5], 4).unwrap_err();
        assert!(matches!(error, MakeError::TooLarge { member: ATLAS, size: 5, limit: 4 }), "{error}");
    }
}
