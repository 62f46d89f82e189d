//! A meeting that has been looked up, for many participants.

use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::time::SystemTime;

use crate::geo::LocationSet;
use crate::policy::Policy;
use crate::policy::decision::{Block, Decision, Keep};
use crate::policy::meeting::Meeting;
use crate::policy::name_index::Named;
use crate::policy::tables::Query;
use crate::region::Region;

/// A meeting of a policy, looked up once for decisions about many participants: most joins come in bursts to one meeting.
///
/// It decides by the policy from which it was taken: take a new one after a reload.
///
/// ```
/// # use bailiwick::{Atlas, Docket, Meeting, Order, Policy, Region};
/// # let mut docket = Docket::default();
/// # docket.orders.push(Order::new("cn-2020-m2", "CN"));
/// # docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// # let policy = Policy::compile(&docket, &Atlas::builder().build()?)?;
/// let vigil = policy.meeting(Meeting::new("june-4-vigil").hosted_by("account-17"));
/// for ip in ["203.0.113.7".parse()?, "198.51.100.7".parse()?] {
///     assert!(vigil.decide(ip, Region::UNKNOWN).admits());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
#[must_use = "a meeting that is looked up decides nothing by itself"]
pub struct InMeeting<'p> {
    policy: &'p Policy,
    named: Named,
    /// The area of the only order that names the meeting, when that order always holds, and has neither `networks` nor `exempt`:
    /// what nearly every listed meeting has. Then nothing else of the order matters to who is blocked.
    area: Option<&'p LocationSet>,
}

impl Policy {
    /// Looks up a meeting, and the account that hosts it, for decisions about many participants.
    // A call would return it through memory, where reading it at once waits for the writes: 20 ns where each row is another meeting.
    #[inline(always)]
    pub fn meeting<'p, 'm>(&'p self, meeting: impl Into<Meeting<'m>>) -> InMeeting<'p> {
        let tables = &self.inner.tables;
        let named = tables.in_force.named(meeting.into());
        InMeeting { policy: self, named, area: tables.only_area(named) }
    }
}

impl<'p> InMeeting<'p> {
    /// Decides about one participant of the meeting now, as [`Policy::decide`] does.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[inline]
    pub fn decide(&self, participant_ip: IpAddr, host_region: Region) -> Decision<'p> {
        self.decide_when(participant_ip, host_region, SystemTime::now)
    }

    /// Decides about one participant of the meeting at a given time, as [`Policy::decide_at`] does.
    #[inline]
    pub fn decide_at(&self, participant_ip: IpAddr, host_region: Region, at: SystemTime) -> Decision<'p> {
        self.decide_when(participant_ip, host_region, || at)
    }

    #[inline(always)]
    fn decide_when(&self, ip: IpAddr, host_region: Region, clock: impl Fn() -> SystemTime) -> Decision<'p> {
        let InMeeting { policy, named, area } = *self;
        let Some(area) = area else { return policy.decide_named(named, ip, host_region, clock) };
        let tables = &policy.inner.tables;
        let location = tables.subset.location_id(ip);
        let query = Query { tables, named, ip, location, host_region, at: SystemTime::UNIX_EPOCH };
        if area.contains(location) {
            Decision::BlockParticipant(Block::new(query))
        } else {
            Decision::KeepMeeting(Keep::new(query))
        }
    }
}

/// Without the meeting's name, which is not kept.
impl Debug for InMeeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMeeting").field("policy", self.policy).field("is_named", &!self.named.is_empty()).finish_non_exhaustive()
    }
}
