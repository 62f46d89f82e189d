//! A meeting that has been looked up, for many participants.

use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::time::SystemTime;

use crate::policy::Policy;
use crate::policy::decision::Decision;
use crate::policy::meeting::Meeting;
use crate::policy::name_index::Named;
use crate::region::Region;

/// A meeting of a policy, looked up once for decisions about many participants.
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
}

impl Policy {
    /// Looks up a meeting, and the account that hosts it, for decisions about many participants.
    #[inline]
    pub fn meeting<'p, 'm>(&'p self, meeting: impl Into<Meeting<'m>>) -> InMeeting<'p> {
        InMeeting { policy: self, named: self.inner.tables.in_force.named(meeting.into()) }
    }
}

impl<'p> InMeeting<'p> {
    /// Decides about one participant of the meeting now, as [`Policy::decide`] does.
    #[inline]
    pub fn decide(&self, participant_ip: IpAddr, host_region: Region) -> Decision<'p> {
        self.policy.decide_named(self.named, participant_ip, host_region, SystemTime::now)
    }

    /// Decides about one participant of the meeting at a given time, as [`Policy::decide_at`] does.
    #[inline]
    pub fn decide_at(&self, participant_ip: IpAddr, host_region: Region, at: SystemTime) -> Decision<'p> {
        self.policy.decide_named(self.named, participant_ip, host_region, || at)
    }
}

/// Without the meeting's name, which is not kept.
impl Debug for InMeeting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InMeeting").field("policy", self.policy).field("is_named", &!self.named.is_empty()).finish_non_exhaustive()
    }
}
