//! `bailiwick bundle sign`.

use std::io::Write;

use bailiwick::Quoted;
use bailiwick::bundle::{self, Bundle, check_role};
use bailiwick::note::{Signer, SigningKey};

use super::file;
use crate::args::BundleSignArgs;
use crate::failure::Failure;
use crate::{output, trust};

pub(crate) fn run(args: &BundleSignArgs) -> Result<(), Failure> {
    check_role(&args.role).map_err(Failure::unusable)?;
    let wrong =
        |path: &std::path::Path, error: &dyn std::fmt::Display| Failure::wrong(format_args!("{}: {error}", file::name(path)));
    let key: SigningKey = trust::secret(&args.key)?.parse().map_err(|error| wrong(&args.key, &error))?;
    let bytes = file::read(&args.bundle)?;
    let signed = bundle::sign(&bytes, &key).map_err(|error| wrong(&args.bundle, &error))?;
    let read = Bundle::read(&signed).map_err(|error| wrong(&args.bundle, &error))?;
    output::replace(&args.bundle, &signed)?;
    let manifest = read.manifest();
    writeln!(
        output::stdout(),
        "{}, version {} of {}, is signed by {} ({:08x}), in the role {} where nodes trust that key in it; {} now",
        file::name(&args.bundle),
        manifest.version(),
        Quoted(manifest.origin()),
        Quoted(key.name()),
        key.id(),
        Quoted(&args.role),
        output::count(read.signatures().len(), "signature")
    )?;
    Ok(())
}
