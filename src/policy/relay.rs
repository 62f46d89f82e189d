//! The rule on servers that may carry a meeting.

use std::iter;

use crate::policy::Policy;
use crate::region::Region;

impl Policy {
    /// Whether a server may carry a meeting: never through a fenced region, unless everyone is of that region.
    ///
    /// A docket lists [`fenced`](crate::Docket::fenced) regions. Which of them *concern* a server depends on where it stands:
    ///
    /// | the server's region | fences that concern it |
    /// |---|---|
    /// | `CN-GD` | `CN-GD`, and `CN`, which covers it |
    /// | `CN` | `CN`, and each `CN-…`, as it may stand there |
    /// | [`Region::UNKNOWN`] | all, as it may stand anywhere |
    ///
    /// | | the meeting may run through it |
    /// |---|---|
    /// | no fence concerns the server | yes |
    /// | each fence that does covers the host's region and that of every participant | yes |
    /// | otherwise | no |
    ///
    /// A person of unknown region is inside no fence, and one known only to be in `CN` is not inside a fenced `CN-GD`. `HK`, `MO`
    /// and `TW` are not inside a fenced `CN`. So nobody's call runs through a server that may stand in a fenced region, unless that
    /// person is known to be there.
    ///
    /// `host_region` is where the host's account is at home, as for [`decide`](Policy::decide); `participants` are where everyone
    /// in the meeting is, according to [`locate`](Policy::locate), or where they are expected. Ask again when someone joins. Orders
    /// do not matter here. Participants are looked at only when a fence concerns the server. Allocates nothing.
    ///
    /// ```
    /// use bailiwick::{Atlas, Docket, Policy, Region};
    ///
    /// let docket: Docket = toml::from_str(r#"fenced = ["CN"]"#)?;
    /// let policy = Policy::compile(&docket, &Atlas::builder().build()?)?;
    /// let [cn, us]: [Region; 2] = ["CN".parse()?, "US".parse()?];
    ///
    /// assert!(policy.may_relay(cn, [cn, cn], cn));
    /// assert!(!policy.may_relay(us, [us, cn], cn));
    /// assert!(policy.may_relay(us, [us, cn], us));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn may_relay(&self, host_region: Region, participants: impl IntoIterator<Item = Region>, server_region: Region) -> bool {
        let mut concerning = self.inner.tables.fenced.iter().filter(|&fence| concerns(fence, server_region)).peekable();
        if concerning.peek().is_none() {
            return true;
        }
        let mut people = iter::once(host_region).chain(participants);
        people.all(|person| concerning.clone().all(|fence| fence.covers(person)))
    }
}

/// Whether a server may stand inside a fence.
fn concerns(fence: Region, server: Region) -> bool {
    server == Region::UNKNOWN || fence.covers(server) || server.covers(fence)
}
