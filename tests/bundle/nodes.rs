//! Nodes that skip versions, start with an expired bundle or with none, or have a wrong clock.

use std::time::Duration;

use bailiwick::bundle::{Alert, Caution, Error, Offered};
use bailiwick::{DecisionKind, Region};

use crate::disk::{Disk, open};
use crate::{HOUR, Plan, noon, plan, refuse, take, taken, trust, version};

#[test]
fn a_node_that_skipped_versions_takes_what_was_acknowledged_since_its_own() {
    let wide = plan(5).meetings(&["vigil", "another"]);
    let cases =
        [(1, None, false), (4, None, false), (2, Some(3), false), (3, Some(3), true), (4, Some(3), true), (1, Some(1), true)];
    for (at, acknowledged, is_taken) in cases {
        let mut store = open(&Disk::new(), trust());
        take(&mut store, &plan(at).made());
        let offered = match acknowledged {
            Some(from) => wide.clone().acknowledged_from(from).made(),
            None => wide.made(),
        };
        if is_taken {
            let taken = taken(&mut store, &offered);
            assert!(taken.change().unwrap().widens());
        } else {
            let refused = refuse(&mut store, &offered);
            assert!(matches!(&refused, Error::Wider { from, change } if *from == at && change.widens()), "{refused}");
        }
    }
    // Who does not ask for it, takes it.
    let mut store = open(&Disk::new(), trust().unless_wider(false));
    take(&mut store, &plan(1).made());
    take(&mut store, &wide.made());
}

#[test]
fn a_node_that_starts_with_an_expired_bundle_goes_on_with_it_and_says_so() {
    let disk = Disk::new();
    take(&mut open(&disk, trust()), &plan(1).made());
    let mut store = open(&disk, trust());
    let later = noon() + 240 * HOUR;
    assert_eq!(version(&store), Some(1));
    assert!(matches!(store.alerts(later)[..], [Alert::Expired { version: 1, expires }] if expires == noon() + 24 * HOUR));
    let decide = |at| {
        let policy = store.current().unwrap().policy();
        policy.decide_at("vigil", "203.0.113.7".parse().unwrap(), Region::UNKNOWN, at).kind()
    };
    assert_eq!(decide(later), DecisionKind::BlockParticipant);
    // Nobody is blocked longer for it: each order ends by itself.
    assert_eq!(decide(noon() + 1000 * HOUR), DecisionKind::Allow);
    let next = Plan { issued: later, ..plan(2) }.made();
    assert!(matches!(store.offer(&next, later), Ok(Offered::Taken(_))));
    assert_eq!(store.alerts(later), []);
}

#[test]
fn a_node_that_starts_with_none_has_none_until_it_takes_one() {
    let disk = Disk::new();
    let mut store = open(&disk, trust());
    assert!(store.current().is_none() && store.highest_version().is_none());
    assert_eq!(store.alerts(noon()), [Alert::None]);
    let expired = noon() + 24 * HOUR;
    assert!(matches!(store.offer(&plan(1).made(), expired), Err(Error::Expired { .. })));
    assert_eq!(store.alerts(expired), [Alert::None]);
    assert_eq!(disk.durable_names(), Vec::<String>::new(), "nothing of a refused bundle is kept");
    // The first one is compared with nothing.
    let taken = taken(&mut store, &plan(9).meetings(&["vigil", "another"]).made());
    assert!(taken.change().is_none() && taken.is_written());
    assert_eq!(store.alerts(noon()), []);
}

/// An expired bundle whose file was lost is no new one for a node that took it.
#[test]
fn a_bundle_that_was_taken_before_is_taken_again_after_it_expired() {
    let disk = Disk::new();
    let bytes = plan(1).made();
    take(&mut open(&disk, trust()), &bytes);
    bailiwick::bundle::store::Files::remove(&mut disk.clone(), "current.bundle").unwrap();
    let mut store = open(&disk, trust());
    let later = noon() + 240 * HOUR;
    assert!(matches!(store.offer(&bytes, later), Ok(Offered::Taken(_))));
    assert!(matches!(store.alerts(later)[..], [Alert::Expired { .. }]));
}

#[test]
fn a_clock_that_is_behind_warns_from_five_minutes_on() {
    for (behind, is_told) in [(0, false), (299, false), (300, false), (301, true), (86_400 * 365, true)] {
        let now = noon() - Duration::from_secs(behind);
        let mut store = open(&Disk::new(), trust());
        let Ok(Offered::Taken(taken)) = store.offer(&plan(1).made(), now) else { panic!("{behind}") };
        let told =
            taken.cautions().iter().any(|caution| matches!(caution, Caution::IssuedAhead { by, .. } if by.as_secs() == behind));
        assert_eq!(told, is_told, "{behind}");
    }
}

#[test]
fn a_clock_that_is_ahead_keeps_what_is_in_force_and_takes_nothing_that_it_thinks_expired() {
    let mut store = open(&Disk::new(), trust());
    let first = plan(1).made();
    take(&mut store, &first);
    let second = plan(2).after(&first).made();
    let ahead = noon() + 24 * HOUR;
    assert!(matches!(store.offer(&second, ahead), Err(Error::Expired { .. })));
    assert_eq!(version(&store), Some(1));
    // The last moment is one before `expires`.
    assert!(matches!(store.offer(&second, ahead - Duration::from_nanos(1)), Ok(Offered::Taken(_))));
}
