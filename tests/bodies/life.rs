//! Theorems about the life of an order: meetings under way.

use std::collections::BTreeMap;

use bailiwick::{Block, Count, Counts, Decision, Location, Sweep, Threshold};

use super::world::World;

/// Everyone of a world in every meeting that it asks about: a sweep says of each what a decision says.
pub fn sweep_agrees_with_decide(world: &World) {
    let policy = world.policy();
    for q in &world.questions {
        let participants = world.questions.iter().map(|other| other.ip).enumerate();
        let sweep = policy.sweep_at(q.meeting(), q.home, participants, q.at);
        let removed: BTreeMap<usize, Block<'_>> = sweep.to_remove().iter().copied().collect();
        assert_eq!(removed.len() + sweep.staying().len(), world.questions.len());
        assert_eq!(removed.is_empty(), sweep.is_undisturbed());
        for (n, other) in world.questions.iter().enumerate() {
            let decision = policy.decide_at(q.meeting(), other.ip, q.home, q.at);
            match decision {
                Decision::BlockParticipant(_) => {
                    assert_eq!(Decision::BlockParticipant(removed[&n]), decision, "{q:?} {other:?} in {world:#?}");
                }
                Decision::Allow => assert!(sweep.staying().contains(&n) && sweep.orders().next().is_none(), "{q:?} in {world:#?}"),
                Decision::KeepMeeting(keep) => {
                    assert!(sweep.staying().contains(&n) && sweep.orders().eq(keep.orders()), "{q:?} in {world:#?}");
                }
            }
            assert_eq!(sweep.host_account(), decision.host_account(), "{q:?} {other:?} in {world:#?}");
        }
        counts_are_true(world, &sweep);
    }
}

/// What a sweep shows about where people are is true, and no number of it is small.
fn counts_are_true(world: &World, sweep: &Sweep<'_, usize>) {
    let policy = world.policy();
    let count = |keys: &mut dyn Iterator<Item = usize>| {
        let mut people: BTreeMap<Location, u64> = BTreeMap::new();
        keys.for_each(|n| *people.entry(policy.locate(world.questions[n].ip)).or_default() += 1);
        Counts::new(people, Threshold::default())
    };
    let counts = sweep.counts(Threshold::default());
    assert_eq!(counts.to_remove, count(&mut sweep.to_remove().iter().map(|&(n, _)| n)));
    assert_eq!(counts.staying, count(&mut sweep.staying().iter().copied()));
    for (_, count) in counts.to_remove.iter().chain(counts.staying.iter()) {
        assert!(!matches!(count, Count::Exactly(1..10)), "{counts:?} in {world:#?}");
    }
}
