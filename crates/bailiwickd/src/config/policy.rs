//! `[policy]`: where the policy comes from.

use std::path::PathBuf;
use std::time::Duration;

use bailiwick::geo::SourceSpec;
use toml::Spanned;

use super::bundle::{self, BundleConfig};
use super::duration;
use super::error::{Problems, quoted};
use super::raw::RawPolicy;

/// The shortest time between two looks at files or for a bundle, and of any other time here: each look reads the orders.
const SHORTEST: Duration = Duration::from_millis(100);

/// Where the policy comes from, and when it is looked for anew.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PolicyConfig {
    /// Files, or a bundle.
    pub supply: SupplyConfig,
    /// The time between two looks at files. `None` looks at SIGHUP alone.
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
            problems.add(Some(at), "nothing says where the policy comes from: give `orders` and `geo`, or a `bundle`");
            None
        }
        (Some(_), None) => files(raw, problems),
        (None, Some(_)) => bundle(raw, problems),
    };
    supply.map(|supply| PolicyConfig { supply, watch, max_newly_reached })
}

pub(super) fn time(text: &Spanned<String>, problems: &mut Problems) -> Option<Duration> {
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
        orders,
        geo,
        exclude,
        min_sources,
        requirements,
        origin,
        keys,
        threshold,
        state,
        poll,
        minimum_version,
        timeout,
        max_size,
        ..
    } = raw;
    let of_bundles = [
        origin.map(|value| value.span()),
        keys.map(|value| value.span()),
        threshold.map(|value| value.span()),
        state.map(|value| value.span()),
        poll.map(|value| value.span()),
        minimum_version.map(|value| value.span()),
        timeout.map(|value| value.span()),
        max_size.map(|value| value.span()),
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
    let first = |list: &Option<Vec<Spanned<String>>>| list.as_ref().and_then(|list| list.first().map(Spanned::span));
    let of_files = [
        first(&raw.geo),
        first(&raw.exclude),
        raw.min_sources.as_ref().map(Spanned::span),
        raw.requirements.as_ref().map(Spanned::span),
    ];
    for at in of_files.into_iter().flatten() {
        problems.add(Some(at), "a `bundle` has this in itself: remove it here");
    }
    if let Some(watch) = &raw.watch {
        problems.add(Some(watch.span()), "this is for files, and the policy comes from a `bundle`: write `poll`");
    }
    bundle::check(raw, problems).map(SupplyConfig::Bundle)
}
