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

/// The joins of a day: those that are shown, and those that are not.
const DAYS: [(u64, u64, u64); 3] = [(160, 120, 4), (150, 131, 7), (140, 112, 2)];

/// A ledger of three days, and the number of lines that a head shows at each midnight: any head, or the public one.
fn three_days(public: bool) -> (Vec<u8>, Vec<u64>) {
    let docket = docket();
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&KEY).unwrap()).unwrap();
    ledger.pad().unwrap();
    let mut shown = Vec::new();
    let mut publish = |ledger: &Ledger<Vec<u8>>| {
        let head = if public { ledger.public_head().unwrap() } else { ledger.head() };
        shown.push(head.seq + 1);
    };
    publish(&ledger);
    for ((inside, outside, hidden), at) in DAYS.into_iter().zip(11..) {
        for (ip, times) in [(CN, inside), (HK, outside), (NOWHERE, hidden)] {
            let explanation = policy.explain(Meeting::new("vigil"), ip.parse().unwrap(), "US".parse().unwrap(), day(at));
            (0..times).for_each(|_| _ = ledger.record(&explanation).unwrap());
        }
        publish(&ledger);
    }
    (ledger.into_inner(), shown)
}

/// The hidden numbers of three days that agree with daily reports and with what heads show, for somebody who knows that the ledger
/// was padded when the first head was published.
fn hidden_numbers(known: [u64; 3], shown: &[u64], public: bool) -> Vec<[u64; 3]> {
    let most_more = if public { 255 } else { 0 };
    let all = (1..10).flat_map(|a| (1..10).flat_map(move |b| (1..10).map(move |c| [a, b, c])));
    let agrees = |hidden: &[u64; 3]| {
        let mut lines = shown[0];
        known.iter().zip(hidden).zip(&shown[1..]).all(|((known, hidden), &head)| {
            lines += known + hidden;
            (head..=head + most_more).contains(&lines)
        })
    };
    all.filter(agrees).collect()
}

#[test]
fn heads_of_any_size_give_the_hidden_numbers_of_several_periods_away_and_public_heads_do_not() {
    for (public, expected) in [(false, 1), (true, 9 * 9 * 9)] {
        let (ledger, shown) = three_days(public);
        let known: Vec<u64> = (11..14)
            .map(|at| {
                let docket = docket();
                let report = Report::builder(&docket).period(midnight(at), midnight(at + 1)).ledger("ledger", ledger.as_slice());
                let people = report.unwrap().build().unwrap().total.people;
                assert_eq!(people.unlocated, Count::FewerThan(10));
                let (Count::Exactly(blocked), Count::Exactly(outside)) = (people.blocked, people.outside) else { panic!("shown") };
                blocked + outside
            })
            .collect();
        let found = hidden_numbers(known.try_into().unwrap(), &shown, public);
        assert_eq!(found.len(), expected, "public: {public}");
        assert!(found.contains(&DAYS.map(|(_, _, hidden)| hidden)));
    }
}

/// What remains: a public head tells whether a multiple of 256 was crossed. When all other lines are known, which is rare, and end a few
/// lines before one, that is a bit about the hidden number: in 8 of 256 cases.
#[test]
fn a_public_head_tells_at_most_whether_a_multiple_was_crossed() {
    let candidates = |known: u64, hidden: u64| (1..10).filter(|other| (known + other) / 256 == (known + hidden) / 256).count();
    let narrowed = (0..256).filter(|&known| (1..10).any(|hidden| candidates(known, hidden) < 9)).count();
    let given_away = (0..256).flat_map(|known| (1..10).map(move |hidden| (known, hidden)));
    let given_away = given_away.filter(|&(known, hidden)| candidates(known, hidden) == 1).count();
    assert_eq!((narrowed, given_away), (8, 2));
}
