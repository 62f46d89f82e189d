//! `bailiwick bundle show`.

use std::io::Write;
use std::path::Path;

use bailiwick::bundle::{Bundle, Manifest};
use bailiwick::note::Signature;
use bailiwick::text::Timestamp;
use bailiwick::{Digest, Policy, Status};
use serde::Serialize;

use super::file;
use crate::args::BundleShowArgs;
use crate::failure::Failure;
use crate::output;

/// A bundle, for machines.
#[derive(Serialize)]
pub(super) struct BundleJson<'a> {
    file: String,
    origin: &'a str,
    version: u64,
    digest: Digest,
    issued: Option<String>,
    expires: Option<String>,
    before: Option<Digest>,
    acknowledged_from: Option<u64>,
    members: Vec<MemberJson>,
    policy: Digest,
    atlas: Digest,
    orders: usize,
    in_force: usize,
}

#[derive(Serialize)]
struct MemberJson {
    name: &'static str,
    size: u64,
    digest: Digest,
}

#[derive(Serialize)]
struct ShowJson<'a> {
    #[serde(flatten)]
    bundle: BundleJson<'a>,
    signatures: Vec<SignatureJson<'a>>,
}

#[derive(Serialize)]
struct SignatureJson<'a> {
    name: &'a str,
    id: String,
}

impl<'a> BundleJson<'a> {
    pub(super) fn new(path: &Path, manifest: &'a Manifest, policy: &Policy) -> BundleJson<'a> {
        let time = |time| Timestamp::new(time).map(|time| time.to_string());
        BundleJson {
            file: path.to_string_lossy().into_owned(),
            origin: manifest.origin(),
            version: manifest.version(),
            digest: manifest.digest(),
            issued: time(manifest.issued()),
            expires: time(manifest.expires()),
            before: manifest.before(),
            acknowledged_from: manifest.acknowledged_from(),
            members: manifest.members().map(|(name, size, digest)| MemberJson { name, size, digest }).collect(),
            policy: manifest.policy_digest(),
            atlas: manifest.atlas_digest(),
            orders: policy.orders().count(),
            in_force: policy.orders().filter(|order| order.status == Status::InForce).count(),
        }
    }
}

pub(crate) fn run(args: &BundleShowArgs) -> Result<(), Failure> {
    show(&args.bundle, &file::read(&args.bundle)?, args.json)
}

pub(super) fn show(path: &Path, bytes: &[u8], json: bool) -> Result<(), Failure> {
    let wrong = |error| Failure::wrong(format_args!("{}: {error}", file::name(path)));
    let bundle = Bundle::read(bytes).map_err(wrong)?;
    let policy = bundle.compile().map_err(wrong)?;
    let of_bundle = BundleJson::new(path, bundle.manifest(), &policy);
    let id = |signature: &Signature| format!("{:08x}", signature.id());
    if json {
        let signatures = bundle.signatures().iter().map(|signature| SignatureJson { name: signature.name(), id: id(signature) });
        return output::json(&ShowJson { bundle: of_bundle, signatures: signatures.collect() });
    }
    let mut out = output::stdout();
    write!(out, "{}", bundle.manifest())?;
    writeln!(out, "\ndigest: {}", of_bundle.digest)?;
    writeln!(out, "orders: {}, {} in force", of_bundle.orders, of_bundle.in_force)?;
    for signature in bundle.signatures() {
        writeln!(out, "signature, not verified: {} ({})", signature.name(), id(signature))?;
    }
    if bundle.signatures().is_empty() {
        writeln!(out, "not signed yet: sign it with `bailiwick bundle sign`")?;
    }
    Ok(())
}
