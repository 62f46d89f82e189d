//! The people of one meeting, under the old policy and under the new.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::net::IpAddr;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::Change;
use crate::disclosure::{Counts, Threshold};
use crate::geo::Location;
use crate::policy::Meeting;
use crate::policy::{Block, Decision};
use crate::region::Region;

/// The effect of a [`Change`] on the people of one meeting: participants, and people who were kept out.
///
/// As of a [`Sweep`](crate::policy::Sweep), what `Debug`, `Display` and `Serialize` write has neither keys nor addresses in it.
#[must_use = "a roster removes nobody by itself, and lets nobody back"]
#[derive(Clone)]
pub struct Roster<'c, K> {
    to_remove: Vec<(K, Block<'c>)>,
    reinstated: Vec<(K, Block<'c>)>,
    still_blocked: Vec<(K, Block<'c>)>,
    unaffected: Vec<K>,
    at: SystemTime,
    /// The number of each, in this sequence, by location in the new policy.
    locations: [BTreeMap<Location, u64>; 4],
}

/// The numbers of people of a [`Roster`], by location in the new policy: a table of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RosterCounts {
    /// The people who must be removed.
    pub to_remove: Counts<Location>,
    /// The people who may come back.
    pub reinstated: Counts<Location>,
    /// The people who were blocked and still are.
    pub still_blocked: Counts<Location>,
    /// The people who were admitted and still are.
    pub unaffected: Counts<Location>,
}

impl Change {
    /// Determines the effect of the change on the people of a meeting, now. They come as [`Policy::sweep`](crate::Policy::sweep)
    /// takes them. Include people who were removed or turned away: some may come back.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn roster<'c, 'm, K>(
        &'c self,
        meeting: impl Into<Meeting<'m>>,
        host_region: Region,
        participants: impl IntoIterator<Item = (K, IpAddr)>,
    ) -> Roster<'c, K> {
        self.roster_at(meeting, host_region, participants, SystemTime::now())
    }

    /// Determines the effect of the change on the people of a meeting at a given time.
    pub fn roster_at<'c, 'm, K>(
        &'c self,
        meeting: impl Into<Meeting<'m>>,
        host_region: Region,
        participants: impl IntoIterator<Item = (K, IpAddr)>,
        at: SystemTime,
    ) -> Roster<'c, K> {
        let meeting = meeting.into();
        let (before, after) = (self.before().meeting(meeting), self.after().meeting(meeting));
        let mut roster = Roster {
            to_remove: Vec::new(),
            reinstated: Vec::new(),
            still_blocked: Vec::new(),
            unaffected: Vec::new(),
            at,
            locations: Default::default(),
        };
        for (key, ip) in participants {
            let [to_remove, reinstated, still_blocked, unaffected] = &mut roster.locations;
            let decisions = (before.decide_at(ip, host_region, at), after.decide_at(ip, host_region, at));
            let locations = match decisions {
                (Decision::BlockParticipant(_), Decision::BlockParticipant(block)) => {
                    roster.still_blocked.push((key, block));
                    still_blocked
                }
                (_, Decision::BlockParticipant(block)) => {
                    roster.to_remove.push((key, block));
                    to_remove
                }
                (Decision::BlockParticipant(block), _) => {
                    roster.reinstated.push((key, block));
                    reinstated
                }
                _ => {
                    roster.unaffected.push(key);
                    unaffected
                }
            };
            *locations.entry(self.after().locate(ip)).or_default() += 1;
        }
        roster
    }
}

impl<'c, K> Roster<'c, K> {
    /// The people whom the new policy blocks and the old one did not, each with the new policy's block. Remove those who are in the
    /// meeting.
    #[must_use]
    pub fn to_remove(&self) -> &[(K, Block<'c>)] {
        &self.to_remove
    }

    /// The people whom the new policy admits and the old one blocked, each with the old policy's block, which has ended. They may
    /// come back.
    #[must_use]
    pub fn reinstated(&self) -> &[(K, Block<'c>)] {
        &self.reinstated
    }

    /// The people whom both policies block, each with the new policy's block.
    #[must_use]
    pub fn still_blocked(&self) -> &[(K, Block<'c>)] {
        &self.still_blocked
    }

    /// The people whom both policies admit.
    #[must_use]
    pub fn unaffected(&self) -> &[K] {
        &self.unaffected
    }

    /// The instant that was decided about.
    #[must_use]
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// The number of each, by location in the new policy, with small groups suppressed.
    #[must_use]
    pub fn counts(&self, threshold: Threshold) -> RosterCounts {
        let [to_remove, reinstated, still_blocked, unaffected] =
            self.locations.clone().map(|locations| Counts::new(locations, threshold));
        RosterCounts { to_remove, reinstated, still_blocked, unaffected }
    }
}

impl Display for RosterCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "to be removed: {}\nmay come back: {}", self.to_remove, self.reinstated)?;
        write!(f, "\nstill blocked: {}\nunaffected: {}", self.still_blocked, self.unaffected)
    }
}

/// With the lowest [`Threshold`].
impl<K> Display for Roster<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.counts(Threshold::default()), f)
    }
}

/// Writes the counts, never a key, so that a roster can be logged.
impl<K> Debug for Roster<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Roster").field(&self.counts(Threshold::default())).finish()
    }
}

/// With the lowest [`Threshold`].
impl<K> Serialize for Roster<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.counts(Threshold::default()).serialize(serializer)
    }
}
