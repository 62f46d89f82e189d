//! The number of distinct meetings: exact up to a bound, then an estimate from a sample that every partition agrees on.

use std::collections::BTreeSet;

use crate::disclosure::Count;
use crate::ledger::MeetingHash;

/// The number of meetings from which on there is an estimate. No government has named so many. One set then takes some 2 MiB of
/// memory, and the estimate has a relative standard error of 1 / sqrt(65,534), which is 0.4 %.
pub(super) const LIMIT: usize = 1 << 16;

/// The number of meetings of which a set of [`LIMIT`] gives proof.
pub(super) const LEAST_ESTIMATED: u64 = 1 << 16;

/// The error that is shown with an estimate, in thousandths: two standard errors, rounded up. An estimate is off by more in fewer
/// than 5 of 100 cases.
pub(super) const ERROR_PER_MILLE: u16 = 8;

/// The bytes of a hash that tell meetings apart. Among 2^32 meetings, two have the same first 128 bits with a probability below
/// 2^-64.
const BYTES: usize = 16;

/// The beginning of a [`MeetingHash`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MeetingPrefix(pub(super) [u8; BYTES]);

/// The distinct meetings of a group: all of them while there are fewer than `MOST`, and those with the `MOST` least hashes after
/// that.
///
/// The hashes are keyed, and so as good as random numbers: how small the greatest of the least ones is tells how many there are
/// (the estimator of k minimum values: Bar-Yossef and others, RANDOM 2002; Beyer and others, SIGMOD 2007). Which hashes are the
/// least depends on nothing but the meetings, so sets that are joined in any sequence and grouping end as the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Meetings<const MOST: usize = LIMIT>(BTreeSet<MeetingPrefix>);

/// A number of meetings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Distinct {
    Exactly(u64),
    About(u64),
}

impl From<&MeetingHash> for MeetingPrefix {
    fn from(hash: &MeetingHash) -> MeetingPrefix {
        let mut prefix = [0; BYTES];
        prefix.iter_mut().zip(hash.as_bytes()).for_each(|(byte, of_hash)| *byte = *of_hash);
        MeetingPrefix(prefix)
    }
}

impl<const MOST: usize> Meetings<MOST> {
    /// Adds a meeting. One that is there already changes nothing.
    pub(super) fn insert(&mut self, meeting: MeetingPrefix) {
        if self.0.len() < MOST {
            self.0.insert(meeting);
        } else if self.0.last().is_some_and(|greatest| meeting < *greatest) && self.0.insert(meeting) {
            self.0.pop_last();
        }
    }

    /// Adds the meetings of another set.
    pub(super) fn union(&mut self, mut other: Meetings<MOST>) {
        // The smaller set is looked up in the larger one.
        if other.0.len() > self.0.len() {
            std::mem::swap(self, &mut other);
        }
        other.0.into_iter().for_each(|meeting| self.insert(meeting));
    }

    /// The number of meetings.
    pub(super) fn number(&self) -> Distinct {
        let held = u64::try_from(self.0.len()).unwrap_or(u64::MAX);
        match self.0.last() {
            Some(greatest) if self.0.len() >= MOST => Distinct::About(estimate(held, *greatest)),
            _ => Distinct::Exactly(held),
        }
    }

    /// The hashes that are held, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = MeetingPrefix> {
        self.0.iter().copied()
    }

    /// The number of hashes that are held.
    pub(super) fn held(&self) -> usize {
        self.0.len()
    }
}

/// The number of hashes below 2^64 of which `held` are up to the greatest: (held - 1) / greatest, and at least as many as are held.
/// In integers, so that every machine computes the same.
fn estimate(held: u64, MeetingPrefix(greatest): MeetingPrefix) -> u64 {
    let fraction = u128::from_be_bytes(greatest) >> 64;
    let estimate = (u128::from(held.saturating_sub(1)) << 64) / (fraction + 1);
    u64::try_from(estimate).unwrap_or(u64::MAX).max(held)
}

impl Distinct {
    /// The number, exact or not.
    pub(super) fn get(self) -> u64 {
        match self {
            Distinct::Exactly(number) | Distinct::About(number) => number,
        }
    }

    pub(super) fn is_estimate(self) -> bool {
        matches!(self, Distinct::About(_))
    }
}

/// An estimate as it is shown.
pub(super) fn about(number: u64) -> Count {
    Count::About { number, per_mille: ERROR_PER_MILLE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers that are as good as random (SplitMix64).
    fn random(seed: u64) -> u64 {
        let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    }

    fn meeting(number: u64) -> MeetingPrefix {
        let (high, low) = (u128::from(random(number)), u128::from(random(!number)));
        MeetingPrefix((high << 64 | low).to_be_bytes())
    }

    fn of<const MOST: usize>(numbers: impl IntoIterator<Item = u64>) -> Meetings<MOST> {
        let mut meetings = Meetings::default();
        numbers.into_iter().for_each(|number| meetings.insert(meeting(number)));
        meetings
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

        /// With a bound of 16, which most of the unions cross.
        #[test]
        fn sets_joined_in_any_sequence_and_grouping_are_the_set_of_all(
            parts in prop::collection::vec(prop::collection::vec(0..60_u64, 0..24), 1..7),
            picks in prop::collection::vec(any::<(prop::sample::Index, prop::sample::Index)>(), 8),
        ) {
            let whole: Meetings<16> = of(parts.iter().flatten().copied());
            let mut sets: Vec<Meetings<16>> = parts.into_iter().map(of).collect();
            for (one, other) in picks {
                if sets.len() == 1 {
                    break;
                }
                let taken = sets.swap_remove(one.index(sets.len()));
                let at = other.index(sets.len());
                sets[at].union(taken);
            }
            let rest = sets.split_off(1);
            let mut joined = sets.remove(0);
            rest.into_iter().for_each(|set| joined.union(set));
            prop_assert_eq!(joined, whole);
        }
    }

    #[test]
    fn a_number_below_the_bound_is_exact_and_an_estimate_from_there_on() {
        assert_eq!(of::<64>(0..63).number(), Distinct::Exactly(63));
        assert!(of::<64>(0..64).number().is_estimate());
        assert_eq!((of::<64>(0..64).held(), of::<64>(0..100).held()), (64, 64));
        assert_eq!(of::<64>((0..63).chain(0..63)).number(), Distinct::Exactly(63));
        assert_eq!(of::<64>(0..0).number(), Distinct::Exactly(0));
    }

    #[test]
    fn estimates_are_within_the_error_that_is_shown() {
        let worst = |numbers: std::ops::Range<u64>| {
            let number = numbers.end - numbers.start;
            let estimate = of::<LIMIT>(numbers).number();
            assert!(estimate.is_estimate());
            estimate.get().abs_diff(number) * 1000 / number
        };
        let cases = [0..65_536, 0..65_537, 1_000_000..1_100_000, 2_000_000..2_200_000, 3_000_000..3_500_000, 5_000_000..6_000_000];
        cases.into_iter().for_each(|numbers| {
            let name = format!("{numbers:?}");
            assert!(worst(numbers) < u64::from(ERROR_PER_MILLE), "{name}");
        });
    }

    #[test]
    fn hashes_that_nobody_makes_at_random_make_no_fault() {
        assert_eq!(estimate(64, MeetingPrefix([0; BYTES])), u64::MAX);
        assert_eq!(estimate(64, MeetingPrefix([0xff; BYTES])), 64);
        assert_eq!(estimate(0, MeetingPrefix([0; BYTES])), 0);
    }
}
