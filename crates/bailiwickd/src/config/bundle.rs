//! `[policy]` with `bundle`: where bundles are fetched, and whom the daemon believes.

use std::path::PathBuf;
use std::time::Duration;

use bailiwick::bundle::{self, MAX_BUNDLE, MAX_MANIFEST, Trust, TrustBuilder, TrustError};
use bailiwick::note::{Algorithm, VerifierKey};
use toml::Spanned;

use super::error::{Problems, quoted};
use super::policy::time;
use super::raw::{RawKey, RawPolicy};
use crate::fetch::{Limits, Place};

/// The time between two polls, if the configuration has none.
const POLL: Duration = Duration::from_secs(60);

/// The longest time between two polls: a withdrawal must reach a node on the same day.
const LONGEST_POLL: Duration = Duration::from_secs(86_400);

/// The longest time of a fetch, if the configuration has none: 30 MB, an atlas of the world by country, at half a megabyte a second.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The bounds of the longest time of a fetch.
const TIMEOUTS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3600));

/// The most bytes that a bundle may be allowed to have: it is in memory while it is checked.
const LARGEST: u64 = 4 << 30;

/// The names of roles that a message lists at most.
const LISTED: usize = 8;

/// Bundles, and what is demanded of them.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BundleConfig {
    /// Where they are fetched.
    pub place: Place,
    /// The bounds of a fetch.
    pub limits: Limits,
    /// The origin, the keys by role, and the first version that is taken.
    pub trust: Trust,
    /// The folder in which the bundle in force is kept.
    pub state: PathBuf,
    /// The time between two polls.
    pub poll: Duration,
}

/// Checks the keys of `[policy]` for bundles. All that is wrong is said, each with its place.
pub(super) fn check(raw: RawPolicy, problems: &mut Problems) -> Option<BundleConfig> {
    let RawPolicy { bundle, origin, keys, threshold, state, poll, minimum_version, timeout, max_size, max_newly_reached, .. } = raw;
    let bundle = bundle?;
    let missing = [("origin", origin.is_none()), ("keys", keys.is_none()), ("state", state.is_none())];
    for (name, _) in missing.into_iter().filter(|(_, is_missing)| *is_missing) {
        problems.add(Some(bundle.span()), format!("a `bundle` needs {}", need(name)));
    }
    let place = bundle.get_ref().parse::<Place>().map_err(|error| problems.add(Some(bundle.span()), format!("{error}"))).ok();
    let poll = duration(poll.as_ref(), POLL, (Duration::ZERO, LONGEST_POLL), problems);
    let timeout = duration(timeout.as_ref(), TIMEOUT, TIMEOUTS, problems);
    let size = max_size.map_or(Some(MAX_BUNDLE), |size| self::size(&size, problems));
    let state = state.and_then(|state| folder(state, problems));
    let keys = keys.and_then(|keys| checked_keys(keys, problems));
    let origin = origin.and_then(|origin| checked_origin(origin, problems));
    let first = minimum_version.and_then(|version| first_version(&version, problems));
    let size = size?;
    let mut builder = with_keys(Trust::builder(origin?).max_size(size), keys.as_deref()?);
    if let Some(most) = max_newly_reached {
        builder = builder.max_newly_located(most.into_inner());
    }
    if let Some(first) = first {
        builder = builder.minimum_version(first);
    }
    for (role, number) in threshold.map(Spanned::into_inner).into_iter().flatten() {
        builder =
            reachable(&role, &number, keys.as_deref()?, problems).map_or(builder.clone(), |number| builder.threshold(role, number));
    }
    // What is wrong with it was said above, each with its place.
    let trust = builder.build().map_err(|error| problems.add(Some(bundle.span()), error.to_string())).ok();
    Some(BundleConfig { place: place?, limits: Limits { size, time: timeout? }, trust: trust?, state: state?, poll: poll? })
}

/// What to write for a key that is missing.
fn need(name: &str) -> &'static str {
    match name {
        "origin" => "`origin`: the name that your bundles have, such as `example.org/orders`",
        "keys" => "`keys`: whose signatures count, such as `[{ vkey = \"…\", role = \"legal\" }]`",
        _ => "`state`: a folder of the daemon's own, where the bundle in force is kept",
    }
}

fn duration(
    text: Option<&Spanned<String>>,
    default: Duration,
    bounds: (Duration, Duration),
    problems: &mut Problems,
) -> Option<Duration> {
    let Some(text) = text else { return Some(default) };
    let time = time(text, problems)?;
    if time < bounds.0 || time > bounds.1 {
        let (least, most) = (bounds.0.as_secs(), bounds.1.as_secs());
        problems.add(Some(text.span()), format!("{} is not from `{least}s` to `{most}s`", quoted(text.get_ref())));
        return None;
    }
    Some(time)
}

fn size(size: &Spanned<u64>, problems: &mut Problems) -> Option<u64> {
    let number = *size.get_ref();
    if (MAX_MANIFEST..=LARGEST).contains(&number) {
        return Some(number);
    }
    problems
        .add(Some(size.span()), format!("the size is in bytes, from {MAX_MANIFEST} to {LARGEST}: leave it out for {MAX_BUNDLE}"));
    None
}

fn folder(state: Spanned<String>, problems: &mut Problems) -> Option<PathBuf> {
    if state.get_ref().is_empty() {
        problems.add(Some(state.span()), "the folder is empty: write one of the daemon's own, such as `/var/lib/bailiwickd`");
        return None;
    }
    Some(PathBuf::from(state.into_inner()))
}

fn first_version(version: &Spanned<u64>, problems: &mut Problems) -> Option<u64> {
    if *version.get_ref() == 0 {
        problems.add(Some(version.span()), "versions begin at 1: write the version in force elsewhere, or leave it out");
    }
    Some(*version.get_ref())
}

/// A key with its role.
type Key = (String, VerifierKey);

fn checked_keys(keys: Spanned<Vec<RawKey>>, problems: &mut Problems) -> Option<Vec<Key>> {
    let at = keys.span();
    let (before, keys) = (problems.len(), keys.into_inner());
    if keys.is_empty() {
        problems.add(Some(at), "no key is trusted, so that no bundle is ever taken: give at least one");
    }
    let mut checked: Vec<Key> = Vec::new();
    for RawKey { vkey, role } in keys {
        if let Err(error) = bundle::check_role(role.get_ref()) {
            problems.add(Some(role.span()), error.to_string());
        }
        match vkey.get_ref().trim_end().parse::<VerifierKey>() {
            Ok(key) if key.algorithm() != Algorithm::Ed25519 => {
                let (role, name) = (role.get_ref().clone(), key.name().to_owned());
                problems.add(Some(vkey.span()), TrustError::Witness { role, name }.to_string());
            }
            Ok(key) if checked.contains(&(role.get_ref().clone(), key.clone())) => {
                problems.add(
                    Some(vkey.span()),
                    format!("the key is given twice in the role {}, and counts once: remove one", quoted(role.get_ref())),
                );
            }
            Ok(key) => checked.push((role.into_inner(), key)),
            Err(error) => problems.add(Some(vkey.span()), format!("the key cannot be read: {error}")),
        }
    }
    (problems.len() == before).then_some(checked)
}

fn checked_origin(origin: Spanned<String>, problems: &mut Problems) -> Option<String> {
    // The library checks an origin together with the rest: one key of nobody is enough to ask about it alone.
    let error = Trust::builder(origin.get_ref().as_str()).build().err();
    match error {
        Some(error @ TrustError::Origin { .. }) => {
            problems.add(Some(origin.span()), error.to_string());
            None
        }
        _ => Some(origin.into_inner()),
    }
}

fn with_keys(builder: TrustBuilder, keys: &[Key]) -> TrustBuilder {
    keys.iter().fold(builder, |builder, (role, key)| builder.key(role.clone(), key.clone()))
}

/// The number of keys of a role that must sign, when it can be reached.
fn reachable(role: &str, number: &Spanned<u32>, keys: &[Key], problems: &mut Problems) -> Option<usize> {
    let of_role = keys.iter().filter(|(other, _)| other == role).count();
    let threshold = usize::try_from(*number.get_ref()).ok();
    let message = match threshold {
        _ if of_role == 0 => unknown_role(role, keys),
        Some(0) => TrustError::NoThreshold { role: role.to_owned() }.to_string(),
        Some(threshold) if threshold <= of_role => return Some(threshold),
        _ => {
            TrustError::Unreachable { role: role.to_owned(), threshold: threshold.unwrap_or(usize::MAX), keys: of_role }.to_string()
        }
    };
    problems.add(Some(number.span()), message);
    None
}

fn unknown_role(role: &str, keys: &[Key]) -> String {
    let mut roles: Vec<&str> = keys.iter().map(|(role, _)| role.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    let listed = roles.iter().take(LISTED).map(|role| quoted(role)).collect::<Vec<_>>().join(", ");
    format!("no key has the role {}: the roles of `keys` are {listed}", quoted(role))
}
