//! Attacks by outsiders who have a report and heads of the ledger.

use bailiwick::disclosure::Count;
use bailiwick::ledger::{Head, Key, Ledger};
use bailiwick::report::{People, Report, ReportError};
use bailiwick::{Meeting, Policy};

use super::{CN, HK, KEY, NOWHERE, atlas, day, docket, midnight, report};

/// The number that the report does not show.
const HIDDEN: u64 = 4;

/// A ledger whose joins are all in one row and in the period; and the heads that it had before and after them, each as it is
/// published: any head, or the public one.
fn published(public: bool) -> (Vec<u8>, Option<Head>, Option<Head>) {
    let docket = docket();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&KEY).unwrap()).unwrap();
    let head = |ledger: &Ledger<Vec<u8>>| if public { ledger.public_head() } else { Some(ledger.head()) };
    ledger.pad().unwrap();
    let before = head(&ledger);
    for (ip, times) in [(CN, 160), (HK, 120), (NOWHERE, HIDDEN)] {
        let explanation = policy.explain(Meeting::new("vigil"), ip.parse().unwrap(), "US".parse().unwrap(), day(12));
        (0..times).for_each(|_| _ = ledger.record(&explanation).unwrap());
    }
    let after = head(&ledger);
    (ledger.into_inner(), before, after)
}

/// The attack: which numbers can be behind the one that is not shown, for whoever has the report and both heads? Lines that are not
/// covered by a public head yet are from 0 to 255.
fn possible(report: &Report, before: Head, after: Head, public: bool) -> Vec<u64> {
    let People { blocked: Count::Exactly(blocked), outside: Count::Exactly(outside), .. } = report.total.people else {
        panic!("the others are shown")
    };
    let most_after = if public { 255 } else { 0 };
    let lines = after.seq - before.seq;
    let is_possible = |hidden: &u64| (lines..=lines + most_after).contains(&(blocked + outside + hidden));
    (1..10).filter(is_possible).collect()
}

#[test]
fn the_number_of_lines_gives_a_hidden_number_away_and_a_public_head_does_not() {
    for (public, expected) in [(false, vec![HIDDEN]), (true, (1..10).collect())] {
        let (ledger, before, after) = published(public);
        let report = report(&docket(), &[&ledger], 10).unwrap();
        assert_eq!(report.total.people.unlocated, Count::FewerThan(10));
        assert_eq!(possible(&report, before.unwrap(), after.unwrap(), public), expected, "public: {public}");
    }
}

/// Covering all lines by padding tells nothing, either: how much of a block is padding is not known.
#[test]
fn a_padded_ledger_gives_nothing_away() {
    let seqs: Vec<u64> = [1_usize, 9, 100, 254]
        .into_iter()
        .map(|joins| {
            let docket = docket();
            let policy = Policy::compile(&docket, &atlas()).unwrap();
            let mut ledger = Ledger::begin(Vec::new(), Key::new(&KEY).unwrap()).unwrap();
            let explanation = policy.explain(Meeting::new("vigil"), CN.parse().unwrap(), "US".parse().unwrap(), day(12));
            (0..joins).for_each(|_| _ = ledger.record(&explanation).unwrap());
            ledger.pad().unwrap();
            ledger.public_head().unwrap().seq
        })
        .collect();
    assert_eq!(seqs, [255; 4]);
}

#[test]
fn a_period_is_of_whole_days_unless_finer_ones_are_allowed() {
    let docket = docket();
    let hour = std::time::Duration::from_secs(3600);
    let start = || Report::builder(&docket);
    for (from, until) in [(day(10), day(12)), (midnight(10), midnight(10) + hour), (midnight(10), midnight(10))] {
        let error = start().period(from, until).build().unwrap_err();
        assert!(matches!(error, ReportError::Period), "{error}");
        assert!(error.to_string().contains("at midnight UTC"), "{error}");
        assert!(start().period(from, until).finer_than_days_reveals_more().build().is_ok());
    }
    assert!(start().period(midnight(10), midnight(11)).build().is_ok());
}
