//! `bailiwick bundle check`.

use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use bailiwick::Quoted;
use bailiwick::bundle::{self, Checked, Trust};
use bailiwick::note::VerifierKey;
use bailiwick::text::Timestamp;
use serde::Serialize;

use super::file;
use super::show::BundleJson;
use crate::args::BundleCheckArgs;
use crate::failure::Failure;
use crate::output::{self, GOOD};

#[derive(Serialize)]
struct CheckJson<'a> {
    #[serde(flatten)]
    bundle: BundleJson<'a>,
    /// The number of keys of each role that signed.
    signed: std::collections::BTreeMap<&'a str, usize>,
    cautions: Vec<String>,
}

pub(crate) fn run(args: &BundleCheckArgs) -> Result<(), Failure> {
    let trust = trust(args)?;
    let bytes = file::read(&args.bundle)?;
    let now = args.at.map_or_else(SystemTime::now, SystemTime::from);
    let name = file::name(&args.bundle);
    let checked = bundle::check(&bytes, &trust, args.newer_than, now);
    let Checked { manifest, policy, signed, cautions, .. } =
        &checked.map_err(|error| Failure::wrong(format_args!("{name} is refused: {error}")))?;
    let of_bundle = BundleJson::new(&args.bundle, manifest, policy);
    if args.json {
        let signed = signed.iter().map(|(role, keys)| (role.as_str(), *keys)).collect();
        return output::json(&CheckJson {
            bundle: of_bundle,
            signed,
            cautions: cautions.iter().map(ToString::to_string).collect(),
        });
    }
    cautions.iter().for_each(|caution| output::warning(&caution.to_string()));
    let signed: Vec<String> =
        signed.iter().map(|(role, keys)| format!("{} of {}", output::count(*keys, "key"), Quoted(role))).collect();
    let expires = Timestamp::new(manifest.expires()).map(|time| time.to_string()).unwrap_or_default();
    let mut out = output::stdout();
    writeln!(
        out,
        "{GOOD}{name}: version {} of {}, signed by {}, to be taken until {expires}{GOOD:#}",
        manifest.version(),
        Quoted(manifest.origin()),
        signed.join(" and ")
    )?;
    Ok(())
}

/// The configuration of a node.
fn trust(args: &BundleCheckArgs) -> Result<Trust, Failure> {
    let mut trust = Trust::builder(args.origin.as_str());
    for (role, path) in &args.key_of {
        let path = Path::new(path);
        let key: Result<VerifierKey, _> = file::key(path)?.parse();
        trust = trust.key(role, key.map_err(|error| Failure::wrong(format_args!("{}: {error}", file::name(path))))?);
    }
    for (role, keys) in &args.threshold {
        let keys = keys.parse().map_err(|_| {
            let message = format_args!("{} is not a number of keys: write one, as in `{role}=2`", Quoted(keys)).to_string();
            Failure::Unusable(message)
        })?;
        trust = trust.threshold(role, keys);
    }
    trust.build().map_err(Failure::unusable)
}
