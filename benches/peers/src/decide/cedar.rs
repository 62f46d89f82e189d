//! Cedar, with the meetings as entities whose parents are the countries that ordered something about them.

use std::collections::HashSet;

use cedar_policy::{Authorizer, Context, Decision, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request};

use super::{Answer, Decider, Given};
use crate::workload::questions::Question;

/// Two policies tell three answers apart: refused by the second, permitted by the first, and permitted by none.
const POLICIES: &str = r#"
permit(principal, action, resource in Docket::"orders");
forbid(principal, action, resource) when { resource in principal };
"#;

/// `Authorizer::is_authorized`, given the country. Policies and entities are parsed once; the request is made for each question,
/// from parts rather than from text, without a schema.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    country: EntityTypeName,
    meeting: EntityTypeName,
    join: EntityUid,
}

impl Decider for Cedar {
    const NAME: &'static str = "cedar-policy, given the country";

    fn build(given: &Given<'_>) -> Cedar {
        let country: EntityTypeName = "Country".parse().expect("a name");
        let meeting: EntityTypeName = "Meeting".parse().expect("a name");
        let listed: EntityUid = r#"Docket::"orders""#.parse().expect("an id");
        let mut entities = Vec::new();
        for order in &given.docket.orders {
            let parents = HashSet::from([listed.clone(), uid(&country, &order.issuer)]);
            entities.extend(order.meetings.iter().map(|id| Entity::new_no_attrs(uid(&meeting, id), parents.clone())));
        }
        Cedar {
            authorizer: Authorizer::new(),
            policies: POLICIES.parse().expect("the policies are well formed"),
            entities: Entities::from_entities(entities, None).expect("one order for each meeting"),
            country,
            meeting,
            join: r#"Action::"join""#.parse().expect("an id"),
        }
    }

    #[inline(always)]
    fn decide(&mut self, question: &Question<'_>) -> Answer {
        let principal = uid(&self.country, question.country);
        let resource = uid(&self.meeting, &question.meeting);
        let request = Request::new(principal, self.join.clone(), resource, Context::empty(), None).expect("no schema to break");
        let response = self.authorizer.is_authorized(&request, &self.policies, &self.entities);
        match response.decision() {
            Decision::Allow => Answer::Keep,
            Decision::Deny if response.diagnostics().reason().next().is_some() => Answer::Block,
            Decision::Deny => Answer::Allow,
        }
    }
}

fn uid(kind: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(id))
}
