//! `[policy]`: where the policy comes from.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bailiwick::geo::SourceSpec;
use toml::Spanned;

use super::duration;
use super::error::{Problems, quoted};
use super::raw::{RawKey, RawPolicy};

/// The shortest time between two looks at files or for a bundle: each look reads the orders.
const SHORTEST: Duration = Duration::from_millis(100);

/// The time between two looks for a bundle, if the configuration has none.
const POLL: Duration = Duration::from_secs(60);

/// Where the policy comes from, and when it is looked for anew.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PolicyConfig {
    /// Files, or a bundle.
    pub supply: SupplyConfig,
    /// The time between two looks. `None` looks at SIGHUP alone.
    pub watch: Option<Duration>,
    /// The most addresses that a new atlas may newly reach under the orders in force: IPv4 addresses and IPv6 /64 networks.
    pub max_newly_reached: Option<u64>,
}

/// Where the policy comes from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum SupplyConfig {
    /// An orders file and geo files.
    Files {
        /// The orders file, TOML or JSON.
        orders: PathBuf,
        /// The geo sources, those that exclude included. Paths are as the daemon opens them.
        geo: Vec<SourceSpec>,
        /// How many sources must place an address.
        min_sources: usize,
        /// A TOML file with requirements.
        requirements: Option<PathBuf>,
    },
    /// A signed bundle.
    Bundle(BundleConfig),
}

/// A bundle, and what is demanded of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BundleConfig {
    /// The URL or path.
    pub bundle: String,
    /// The origin that it must name.
    pub origin: String,
    /// The keys whose signatures count.
    pub keys: Vec<BundleKey>,
    /// How many signatures of each role are needed.
    pub threshold: BTreeMap<String, u32>,
    /// The folder in which the bundle in force is kept.
    pub state: PathBuf,
    /// The time between two looks.
    pub poll: Duration,
    /// The least version.
    pub minimum_version: u64,
}

/// A key of a bundle's signer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BundleKey {
    /// The verifier key of a signed note.
    pub vkey: String,
    /// The signer's role.
    pub role: String,
}

pub(super) fn check(raw: Spanned<RawPolicy>, problems: &mut Problems) -> Option<PolicyConfig> {
    let at = raw.span();
    let raw = raw.into_inner();
    let watch = raw.watch.as_ref().and_then(|text| time(text, problems));
    let max_newly_reached = raw.max_newly_reached.as_ref().map(|number| *number.get_ref());
    let supply = match (&raw.orders, &raw.bundle) {
        (Some(_), Some(bundle)) => {
            problems.add(Some(bundle.span()), "the policy comes from `orders` and `geo` or from a `bundle`: remove one of them");
            None
        }
        (None, None) => {
            problems.add(Some(at), "nothing says where the policy comes from: give `orders` and `geo`");
            None
        }
        (Some(_), None) => files(raw, problems),
        (None, Some(_)) => bundle(raw, problems),
    };
    supply.map(|supply| PolicyConfig { supply, watch, max_newly_reached })
}

fn time(text: &Spanned<String>, problems: &mut Problems) -> Option<Duration> {
    match duration::parse(text.get_ref()) {
        Some(time) if time >= SHORTEST => Some(time),
        Some(_) => {
            problems.add(Some(text.span()), format!("{} is too short: write at least `100ms`", quoted(text.get_ref())));
            None
        }
        None => {
            let message = format!("{} is not a duration: write a number with `ms`, `s`, `m` or `h`", quoted(text.get_ref()));
            problems.add(Some(text.span()), message);
            None
        }
    }
}

fn files(raw: RawPolicy, problems: &mut Problems) -> Option<SupplyConfig> {
    let RawPolicy {
        orders, geo, exclude, min_sources, requirements, origin, keys, threshold, state, poll, minimum_version, ..
    } = raw;
    let of_bundles = [
        origin.map(|value| value.span()),
        keys.map(|value| value.span()),
        threshold.map(|value| value.span()),
        state.map(|value| value.span()),
        poll.map(|value| value.span()),
        minimum_version.map(|value| value.span()),
    ];
    for at in of_bundles.into_iter().flatten() {
        problems.add(Some(at), "this is for a `bundle`, and the policy comes from files: remove it");
    }
    let mut specs = Vec::new();
    for text in geo.into_iter().flatten() {
        specs.extend(source(&text, problems));
    }
    for text in exclude.into_iter().flatten() {
        specs.extend(source(&text, problems).map(SourceSpec::excluding));
    }
    Some(SupplyConfig::Files {
        orders: PathBuf::from(orders?.into_inner()),
        geo: specs,
        min_sources: min_sources.map_or(1, Spanned::into_inner),
        requirements: requirements.map(|path| PathBuf::from(path.into_inner())),
    })
}

/// Reads the text that names a source.
fn source(text: &Spanned<String>, problems: &mut Problems) -> Option<SourceSpec> {
    match text.get_ref().parse() {
        Ok(spec) => Some(spec),
        Err(error) => {
            problems.add(Some(text.span()), format!("{error}"));
            None
        }
    }
}

fn bundle(raw: RawPolicy, problems: &mut Problems) -> Option<SupplyConfig> {
    let RawPolicy {
        geo, exclude, min_sources, requirements, bundle, origin, keys, threshold, state, poll, minimum_version, ..
    } = raw;
    let first = |list: Option<Vec<Spanned<String>>>| list.and_then(|list| list.first().map(Spanned::span));
    let of_files = [first(geo), first(exclude), min_sources.map(|value| value.span()), requirements.map(|value| value.span())];
    for at in of_files.into_iter().flatten() {
        problems.add(Some(at), "a `bundle` has this in itself: remove it here");
    }
    let bundle = bundle?;
    let at = bundle.span();
    let mut need = |name: &str| problems.add(Some(at.clone()), format!("a `bundle` needs `{name}`"));
    if origin.is_none() {
        need("origin");
    }
    if keys.is_none() {
        need("keys");
    }
    if state.is_none() {
        need("state");
    }
    let poll = poll.as_ref().map_or(Some(POLL), |text| time(text, problems));
    let keys = keys.map(Spanned::into_inner).unwrap_or_default();
    let key = |RawKey { vkey, role }: RawKey| BundleKey { vkey: vkey.into_inner(), role: role.into_inner() };
    let config = BundleConfig {
        bundle: bundle.into_inner(),
        origin: origin?.into_inner(),
        keys: keys.into_iter().map(key).collect(),
        threshold: threshold.map(Spanned::into_inner).unwrap_or_default(),
        state: PathBuf::from(state?.into_inner()),
        poll: poll?,
        minimum_version: minimum_version.map_or(0, Spanned::into_inner),
    };
    problems.add(Some(at), "this version does not fetch bundles yet: give `orders` and `geo`");
    Some(SupplyConfig::Bundle(config))
}
