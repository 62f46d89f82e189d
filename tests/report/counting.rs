//! A docket and a ledger whose figures are known.

use std::time::Duration;

use bailiwick::disclosure::Count;
use bailiwick::ledger::{Head, Verification, VerifyError};
use bailiwick::report::{Party, People, Report, ReportError};
use bailiwick::{Demand, Docket, Order, Status};

use super::{CN, CONTESTED, HK, NOWHERE, US, day, docket, ledger, midnight, order, report, row};

/// The numbers of people in a report, in words.
fn shown(people: &People) -> [String; 5] {
    let People { blocked, outside, unlocated, contested, meetings_kept, .. } = people;
    [blocked, outside, unlocated, contested, meetings_kept].map(ToString::to_string)
}

#[test]
fn each_join_is_counted_in_one_row_and_one_cell() {
    let docket = docket();
    let ledger = ledger(
        &docket,
        &[
            ("vigil", CN, 12, 57),
            ("vigil", US, 12, 100),
            ("vigil", HK, 12, 20),
            ("vigil", NOWHERE, 12, 11),
            ("vigil", CONTESTED, 12, 3),
            ("march", HK, 16, 12),
            ("march", CN, 16, 30),
            // Both name the meeting, and one reaches: then only that one is given.
            ("shared", CN, 16, 40),
            ("shared", HK, 16, 15),
            ("shared", US, 16, 25),
            // No order in force concerns these.
            ("unlisted", CN, 12, 1000),
            ("vigil-3", CN, 12, 1000),
            ("march", HK, 14, 1000),
        ],
    );
    let report = report(&docket, &[&ledger], 10).unwrap();
    let expected: [(Party, [&str; 5]); 4] = [
        (Party::Issuer("=EAST|WEST".to_owned()), ["0", "0", "0", "0", "0"]),
        (Party::Issuer("CN".to_owned()), ["97", "120", "11", "fewer than 10", "fewer than 10"]),
        (Party::Issuer("HK".to_owned()), ["27", "30", "0", "0", "fewer than 10"]),
        (Party::Several, ["0", "25", "0", "0", "fewer than 10"]),
    ];
    assert_eq!(report.rows.len(), expected.len());
    for (row, (party, people)) in report.rows.iter().zip(expected) {
        assert_eq!((&row.party, shown(&row.people)), (&party, people.map(str::to_owned)));
    }
    assert_eq!(shown(&report.total.people), ["124", "175", "11", "fewer than 10", "fewer than 28"]);
}

#[test]
fn orders_are_counted_by_when_they_came_and_where_they_stand() {
    let docket = docket();
    let report = report(&docket, &[], 10).unwrap();
    let cn = &row(&report, "CN").orders;
    assert_eq!((cn.received, cn.in_force, cn.rejected, cn.carried_over, cn.narrowed), (2, 1, 1, 1, 0));
    assert_eq!((cn.demanded.terminate_meeting, cn.demanded.suspend_host, cn.demanded.disclose_data), (2, 2, 0));
    assert_eq!(cn.median_wait, Some(Duration::ZERO), "it was to take effect before it came");
    let hk = &row(&report, "HK").orders;
    assert_eq!((hk.received, hk.in_force, hk.narrowed, hk.median_wait), (1, 1, 1, Some(Duration::from_secs(3 * 86_400))));
    let group = &row(&report, "=EAST|WEST").orders;
    assert_eq!((group.received, group.under_review, group.carried_over), (0, 0, 0), "nobody knows when it came");
    let total = &report.total.orders;
    assert_eq!((total.received, total.carried_over, total.demanded.terminate_meeting), (3, 1, 3));
    assert_eq!(total.median_wait, Some(Duration::from_secs(36 * 3600)));
}

#[test]
fn a_period_holds_its_first_instant_and_not_its_last() {
    let mut docket = docket();
    docket.orders[0].effective = None;
    let count = |at: u64| {
        let ledger = ledger(&docket, &[("vigil", CN, at, 12)]);
        let with = |from, until| {
            Report::builder(&docket)
                .period(from, until)
                .finer_than_days_reveals_more()
                .ledger("ledger", &*ledger)
                .unwrap()
                .build()
                .unwrap()
        };
        [with(day(at), midnight(at + 1)), with(midnight(at), day(at)), with(day(at), day(at))]
            .map(|report| report.total.people.blocked)
    };
    assert_eq!(count(12), [Count::Exactly(12), Count::Exactly(0), Count::Exactly(0)]);
    let received = |order: &Order| {
        let (received, second) = (order.received.unwrap(), Duration::from_secs(1));
        let periods = [(received, received + second), (received - second, received)];
        periods.map(|(from, until)| {
            Report::builder(&docket).period(from, until).finer_than_days_reveals_more().build().unwrap().total.orders.received
        })
    };
    assert_eq!(received(&docket.orders[0]), [1, 0]);
}

#[test]
fn without_orders_and_without_a_ledger_there_is_nothing() {
    for ledgers in [&[][..], &[&ledger(&Docket::default(), &[])[..]], &[&ledger(&Docket::default(), &[("m", CN, 12, 99)])]] {
        let report = report(&Docket::default(), ledgers, 10).unwrap();
        assert_eq!((report.rows.len(), report.total.orders.received), (0, 0));
        assert_eq!(shown(&report.total.people), ["0"; 5]);
    }
}

#[test]
fn joins_under_orders_that_left_the_docket_are_counted_apart() {
    let then = docket();
    let ledger = ledger(&then, &[("vigil", CN, 12, 57), ("march", HK, 16, 12), ("shared", US, 16, 33)]);
    let mut now = then.clone();
    now.orders.retain(|order| order.issuer != "HK");
    let report = report(&now, &[&ledger], 10).unwrap();
    let parties: Vec<String> = report.rows.iter().map(|row| format!("{}: {}", row.party, row.people.blocked)).collect();
    assert_eq!(parties, ["=EAST|WEST: 0", "CN: 57", "several issuers: 0", "not in the docket: 12"]);
    assert_eq!(report.rows[2].people.outside, Count::Exactly(33));
}

#[test]
fn orders_of_one_issuer_are_one_however_its_region_is_written() {
    let mut docket = Docket::default();
    docket.orders = ["cn", "CN", "Cn"].map(|issuer| order(issuer, issuer, &["vigil"], Status::InForce, Some(12))).to_vec();
    let ledger = ledger(&docket, &[("vigil", CN, 12, 21)]);
    let report = report(&docket, &[&ledger], 10).unwrap();
    assert_eq!((report.rows.len(), report.rows[0].orders.received), (1, 3));
    assert_eq!(row(&report, "CN").people.blocked, Count::Exactly(21));
}

/// Such a docket does not compile, and a report is made of it all the same: its numbers are put to nobody's account.
#[test]
fn joins_under_an_id_that_two_issuers_have_are_of_neither() {
    let docket = docket();
    let ledger = ledger(&docket, &[("vigil", CN, 12, 57), ("march", HK, 16, 12)]);
    let mut twice = docket.clone();
    twice.orders.push(order("cn-1", "HK", &["march"], Status::InForce, Some(12)));
    let report = report(&twice, &[&ledger], 10).unwrap();
    let blocked = |party: Party| report.rows.iter().find(|row| row.party == party).unwrap().people.blocked;
    assert_eq!(blocked(Party::Issuer("CN".to_owned())), Count::Exactly(0));
    assert_eq!(blocked(Party::Issuer("HK".to_owned())), Count::Exactly(12));
    assert_eq!(blocked(Party::NotInDocket), Count::Exactly(57));
    // Twice in one issuer's list, it is that issuer's.
    let mut same = docket.clone();
    same.orders.push(order("cn-1", "CN", &["march"], Status::InForce, Some(12)));
    let report = self::report(&same, &[&ledger], 10).unwrap();
    assert_eq!(row(&report, "CN").people.blocked, Count::Exactly(57));
}

/// A docket with a group that is named like a region does not compile, either. The group is not counted as that region.
#[test]
fn a_group_that_is_named_like_a_region_is_not_that_region() {
    let mut docket = docket();
    docket.jurisdictions.insert("hk".to_owned(), vec!["US".parse().unwrap()]);
    docket.orders.push(order("group-2", "hk", &["march"], Status::InForce, Some(12)));
    let report = report(&docket, &[], 10).unwrap();
    assert_eq!((row(&report, "HK").orders.in_force, row(&report, "hk").orders.in_force), (1, 1));
}

#[test]
fn whatever_is_demanded_nothing_was_ended_and_nobody_suspended() {
    let mut docket = docket();
    docket
        .orders
        .iter_mut()
        .for_each(|order| order.demands = vec![Demand::TerminateMeeting, Demand::SuspendHost, Demand::DiscloseData]);
    let ledger = ledger(&docket, &[("vigil", CN, 12, 57)]);
    let json = serde_json::to_value(report(&docket, &[&ledger], 10).unwrap()).unwrap();
    let rows = json["rows"].as_array().unwrap().iter().chain([&json["total"]]);
    let done: Vec<_> = rows.map(|row| &row["done"]).collect();
    assert_eq!(done, [&serde_json::json!({ "meetings_ended": 0, "accounts_affected": 0 }); 4]);
    assert_eq!(json["total"]["orders"]["demanded"]["terminate_meeting"], 3);
}

#[test]
fn a_ledger_that_tells_of_anything_else_is_refused() {
    let docket = docket();
    let text = String::from_utf8(ledger(&docket, &[("vigil", CN, 12, 12), ("vigil", US, 12, 12)])).unwrap();
    let changes = [
        ("block-participant", "end-meeting"),
        ("block-participant", "suspend-host"),
        ("keep-meeting", "block-participant"),
        ("keep-meeting", "allow"),
        ("\"cn-1\"", "\"hk-1\""),
    ];
    for (from, to) in changes {
        let changed = text.replacen(from, to, 1);
        assert!(changed != text && report(&docket, &[changed.as_bytes()], 10).is_err(), "{from} -> {to}");
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let without: String = lines.iter().enumerate().filter(|(n, _)| *n != 5).map(|(_, line)| *line).collect();
    assert!(matches!(report(&docket, &[without.as_bytes()], 10), Err(ReportError::Verify(VerifyError::Fault(_)))));
    assert!(report(&docket, &[text.as_bytes(), text.as_bytes()], 10).is_err(), "the same file twice");
}

#[test]
fn a_ledger_that_was_cut_is_refused_when_its_head_was_published() {
    let docket = docket();
    let whole = ledger(&docket, &[("vigil", CN, 12, 57)]);
    let verified = bailiwick::ledger::verify([("ledger", &*whole)]).unwrap();
    let cut = whole.split_inclusive(|&byte| byte == b'\n').take(40).collect::<Vec<_>>().concat();
    let with = |bytes: &[u8], head: Head| {
        let builder =
            Report::builder(&docket).period(midnight(10), midnight(20)).verified_by(Verification::new().expect_head(head));
        builder.ledger("ledger", bytes).map_err(ReportError::from).and_then(|builder| builder.build())
    };
    assert!(with(&whole, verified.head.unwrap()).is_ok());
    assert!(with(&cut, verified.head.unwrap()).is_err());
    assert!(report(&docket, &[&cut], 10).is_ok(), "nothing else would tell");
}
