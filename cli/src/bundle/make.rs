//! `bailiwick bundle make`.

use std::path::Path;
use std::time::SystemTime;

use bailiwick::Digest;
use bailiwick::bundle::{self, Bundle, MakeError, Release};

use super::{file, show};
use crate::args::BundleMakeArgs;
use crate::failure::Failure;
use crate::{diagnostics, orders, output};
use bailiwick::Quoted;

pub(crate) fn run(args: &BundleMakeArgs) -> Result<(), Failure> {
    args.geo.check_stdin([args.orders.as_str()])?;
    output::refuse_stdout(&args.out, "a bundle", "name a file")?;
    let release = release(args)?;
    let docket = orders::read_or_fail(&args.orders)?;
    let geo = args.geo.load_some()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    let made = bundle::make(release, &docket, &args.require, &geo.atlas).map_err(|error| match &error {
        MakeError::Compile(error) => diagnostics::refuse(error, &args.orders),
        error => Failure::wrong(error),
    })?;
    output::replace(&args.out, &made)?;
    show::show(&args.out, &made, args.geo.json)
}

/// What the arguments say about the bundle.
fn release(args: &BundleMakeArgs) -> Result<Release, Failure> {
    let issued = args.issued.map_or_else(SystemTime::now, SystemTime::from);
    let release = Release::new(args.origin.as_str(), args.version, issued, args.expires.into()).map_err(Failure::unusable)?;
    let release = match args.acknowledged_from {
        Some(version) => release.acknowledged_from(version).map_err(Failure::unusable)?,
        None => release,
    };
    let before = match &args.before {
        Some(before) => Some(named(before, args)?),
        None => replaced(args),
    };
    if before.is_none() && args.version > 1 {
        output::warning(&format!(
            "the bundle does not name the one before: give version {} with `--before`, so that nodes notice two that go on from it",
            args.version - 1
        ));
    }
    Ok(before.into_iter().fold(release, Release::after))
}

/// The bundle of `--before`: a digest or a file.
fn named(before: &str, args: &BundleMakeArgs) -> Result<Digest, Failure> {
    if before.starts_with("sha256:") {
        return before.parse().map_err(Failure::unusable);
    }
    let path = Path::new(before);
    let (name, bytes) = (file::name(path), file::read(path)?);
    let read = Bundle::read(&bytes).map_err(|error| Failure::wrong(format_args!("{name}: {error}")))?;
    let (manifest, version) = (read.manifest(), read.manifest().version());
    if manifest.origin() != args.origin {
        return Err(Failure::wrong(format_args!("{name} is of another origin, {}: name another file", Quoted(manifest.origin()))));
    }
    if version.checked_add(1) != Some(args.version) {
        return Err(Failure::wrong(format_args!(
            "{name} has version {version}, and the one before {} is needed: name that, or give `--version {}`",
            args.version,
            version.saturating_add(1)
        )));
    }
    Ok(manifest.digest())
}

/// The bundle of `--out`, whose place the new one takes, if it is that of the version before.
fn replaced(args: &BundleMakeArgs) -> Option<Digest> {
    let bytes = args.out.is_file().then(|| file::read(&args.out).ok()).flatten()?;
    let read = Bundle::read(&bytes).ok()?;
    let manifest = read.manifest();
    if manifest.origin() == args.origin && manifest.version() >= args.version {
        output::warning(&format!(
            "{} had version {}: nodes that took it refuse this one",
            file::name(&args.out),
            manifest.version()
        ));
    }
    let is_before = manifest.origin() == args.origin && manifest.version().checked_add(1) == Some(args.version);
    is_before.then(|| manifest.digest())
}
