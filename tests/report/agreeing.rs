//! Random ledgers, beside a naive count of their lines.

use std::collections::{BTreeMap, BTreeSet};

use bailiwick::DecisionKind;
use bailiwick::disclosure::{Count, Threshold};
use bailiwick::ledger::{Line, Lines, Record};
use bailiwick::report::{Party, Report};
use bailiwick::{Docket, Location};
use proptest::prelude::*;

use super::{CN, CONTESTED, HK, NOWHERE, US, docket, ledger, midnight, report};

const MEETINGS: [&str; 5] = ["vigil", "vigil-2", "shared", "march", "unlisted"];
const ADDRESSES: [&str; 5] = [CN, HK, US, CONTESTED, NOWHERE];

/// The raw numbers of each row: the four cells of joins, and the meetings.
type Raw = BTreeMap<String, ([u64; 4], BTreeSet<String>)>;

fn records(ledger: &[u8]) -> impl Iterator<Item = Record> {
    Lines::new(ledger).filter_map(|line| match line.unwrap() {
        Line::Record(record) => Some(record),
        _ => None,
    })
}

fn naive(docket: &Docket, ledger: &[u8]) -> Raw {
    let mut raw = Raw::new();
    for record in records(ledger).filter(|record| (midnight(10)..midnight(20)).contains(&record.time)) {
        let cell = match (record.verdict, record.region) {
            (DecisionKind::Allow, _) => continue,
            (DecisionKind::BlockParticipant, _) => 0,
            (_, Location::In(_)) => 1,
            (_, Location::Unknown) => 2,
            (_, Location::Contested) => 3,
        };
        let issuer = |id: &String| docket.orders.iter().find(|order| order.id == *id).unwrap().issuer.to_uppercase();
        let issuers: BTreeSet<String> = record.orders.iter().map(issuer).collect();
        let row = if issuers.len() == 1 { issuers.into_iter().next().unwrap() } else { "several issuers".to_owned() };
        let (joins, meetings) = raw.entry(row).or_default();
        joins[cell] += 1;
        meetings.insert(record.meeting.to_string());
    }
    raw
}

fn agrees(count: Count, number: u64, threshold: u64) {
    match count {
        Count::Exactly(exactly) => assert!(exactly == number && (number == 0 || number >= threshold), "{count} for {number}"),
        Count::FewerThan(limit) => assert!((1..limit).contains(&number) && limit >= threshold, "{count} for {number}"),
        count => panic!("{count} for {number}"),
    }
}

fn check(report: &Report, raw: &Raw, threshold: u64) {
    let nothing = Default::default();
    for row in &report.rows {
        let name = match &row.party {
            Party::Issuer(name) => name.clone(),
            party => party.to_string(),
        };
        let (joins, meetings) = raw.get(&name).unwrap_or(&nothing);
        let people = &row.people;
        let shown = [people.blocked, people.outside, people.unlocated, people.contested];
        shown.into_iter().zip(joins).for_each(|(count, &joins)| agrees(count, joins, threshold));
        agrees(people.meetings_kept, meetings.len() as u64, threshold);
    }
    let shown = report.rows.iter().filter(|row| !(row.people.meetings_kept == Count::Exactly(0))).count();
    assert_eq!(shown, raw.len(), "every row of the ledger is there");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_report_counts_what_its_ledger_records(
        joins in prop::collection::vec((0..5_usize, 0..5_usize, 8..22_u64, prop_oneof![0..3_usize, 8..12_usize, 30..40_usize]), 0..20),
        threshold in 0..30_u64,
        cut in any::<prop::sample::Index>(),
    ) {
        let docket = docket();
        let joins: Vec<_> = joins.into_iter().map(|(m, ip, day, times)| (MEETINGS[m], ADDRESSES[ip], day, times)).collect();
        let ledger = ledger(&docket, &joins);
        let threshold = Threshold::at_least(threshold).get();
        let whole = report(&docket, &[&ledger], threshold).unwrap();
        check(&whole, &naive(&docket, &ledger), threshold);

        // Any number of lines from the beginning are a ledger, too.
        let lines: Vec<&[u8]> = ledger.split_inclusive(|&byte| byte == b'\n').collect();
        let part = lines[..=cut.index(lines.len())].concat();
        check(&report(&docket, &[&part], threshold).unwrap(), &naive(&docket, &part), threshold);
    }
}
