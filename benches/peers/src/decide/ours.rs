//! bailiwick's policy.

use bailiwick::{Policy, Region};

use super::{Answer, Decider, Given};
use crate::workload::questions::Question;

/// `Policy::decide`.
pub struct Ours {
    pub(super) policy: Policy,
    pub(super) home: Region,
}

impl Decider for Ours {
    const NAME: &'static str = "bailiwick";

    fn build(given: &Given<'_>) -> Ours {
        let policy = Policy::compile(given.docket, given.atlas).expect("the docket is well formed");
        Ours { policy, home: "US".parse().expect("a code") }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        self.policy.decide(&question.meeting, question.ip, self.home).into()
    }
}
