//! Diagnostics about the sources of an atlas, for every docket that is compiled on it.

use std::time::{Duration, SystemTime};

use crate::geo::Atlas;
use crate::order::subject::Subject;
use crate::policy::diagnostic::{Defect, DefectCause, Warning, WarningCause};
use crate::policy::requirements::Requirements;

/// The field of a diagnostic about a source.
const FIELD: &str = "geo";

/// The age in days from which on a source is old: blocks of addresses are sold, leased and moved between countries, and providers
/// publish every week or month.
const OLD: u64 = 180;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How far ahead of the clock a source may be dated, and be new: registries date their files by the day, in time zones of up to 14
/// hours ahead of UTC, and clocks are not all right. The age of a source that is dated later is not known, else it would never grow old.
const AHEAD: Duration = DAY;

#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
impl Atlas {
    /// The warnings about the sources, ascending by name: those that every policy has that is compiled on this atlas. They depend on
    /// the clock, as data grow old.
    #[must_use]
    pub fn warnings(&self) -> Vec<Warning> {
        warnings(self, SystemTime::now())
    }
}

/// The warnings about the sources, ascending by name.
pub(super) fn warnings(atlas: &Atlas, now: SystemTime) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for source in atlas.sources() {
        let mut subject = None;
        let mut warn = |cause| {
            let subject = subject.get_or_insert_with(|| Subject::source(source.name())).clone();
            warnings.push(Warning::new(subject, FIELD, cause));
        };
        if source.located() == 0 && !source.is_excluding() {
            warn(WarningCause::SourceLocatesNothing);
        }
        if source.special_purpose() > 0 {
            warn(WarningCause::SpecialPurpose { rows: source.special_purpose() });
        }
        match source.known_as_of() {
            Some(made) if is_older(made, now, OLD) => warn(WarningCause::OldSource { days: age(made, now) }),
            Some(made) if is_ahead(made, now) => warn(WarningCause::FutureSource { days: age(now, made) }),
            _ => {}
        }
    }
    warnings
}

/// The sources that are older than allowed, or of unknown age.
pub(crate) fn defects(atlas: &Atlas, requirements: &Requirements, now: SystemTime) -> Vec<Defect> {
    let Some(limit) = requirements.max_source_age() else { return Vec::new() };
    let cause = |made: Option<SystemTime>| match made {
        None => Some(DefectCause::UnknownSourceAge { limit }),
        Some(made) if is_older(made, now, limit) => Some(DefectCause::OldSource { days: age(made, now), limit }),
        Some(made) if is_ahead(made, now) => Some(DefectCause::FutureSource { days: age(now, made), limit }),
        Some(_) => None,
    };
    let defect = |(name, made)| Some(Defect::new(Subject::source(name), FIELD, cause(made)?));
    atlas.sources().iter().map(|source| (source.name(), source.known_as_of())).filter_map(defect).collect()
}

/// The whole days between two times; none when the second is not after the first.
fn age(made: SystemTime, now: SystemTime) -> u64 {
    now.duration_since(made).unwrap_or_default().as_secs() / DAY.as_secs()
}

fn is_ahead(made: SystemTime, now: SystemTime) -> bool {
    made.duration_since(now).unwrap_or_default() > AHEAD
}

fn is_older(made: SystemTime, now: SystemTime, days: u64) -> bool {
    now.duration_since(made).unwrap_or_default() > Duration::from_secs(days.saturating_mul(DAY.as_secs()))
}
