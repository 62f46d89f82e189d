//! casbin, with roles in domains: in the domain of a meeting, the countries whose orders name it have the role `ordered`.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi};

use super::{Answer, Decider, Given};
use crate::workload::questions::Question;

/// One matcher, evaluated once, that is a lookup by hash. A rule for each meeting, or roles without domains, would make casbin
/// walk all rules or all meetings for one that it does not know.
const MODEL: &str = "
[request_definition]
r = country, meeting
[policy_definition]
p = unused
[role_definition]
g = _, _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = g(r.country, \"ordered\", r.meeting)
";

/// `Enforcer::enforce`, given the country.
pub struct Casbin(Enforcer);

impl Decider for Casbin {
    const NAME: &'static str = "casbin, given the country";

    const TELLS_KEEP: bool = false;

    fn build(given: &Given<'_>) -> Casbin {
        let mut links = Vec::new();
        for order in &given.docket.orders {
            let link = |meeting: &String| vec![order.issuer.clone(), String::from("ordered"), meeting.clone()];
            links.extend(order.meetings.iter().map(link));
        }
        Casbin(ready(async {
            let model = DefaultModel::from_str(MODEL).await.expect("the model is well formed");
            let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await.expect("the model is well formed");
            enforcer.add_grouping_policies(links).await.expect("each link is new");
            enforcer
        }))
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        let request = (question.country, question.meeting.as_str());
        if self.0.enforce(request).expect("the matcher is well formed") { Answer::Block } else { Answer::Keep }
    }
}

/// The outcome of a future that has nothing to wait for, as with everything in memory.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => unreachable!("nothing here waits"),
    }
}
