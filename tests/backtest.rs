//! The backtest: its counts beside a naive recount, parts in any cut and sequence, and the bytes of parts.

#![cfg(feature = "ledger")]

mod bodies;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use bailiwick::backtest::{Backtest, BacktestError, Changes, Day, Figure, Join, Partial, Summary};
use bailiwick::disclosure::{Count, Threshold};
use bailiwick::{Atlas, DecisionKind, Digest, Docket, Location, Meeting, Order, Policy, Region, Source, spec};
use bodies::world::{Question, World};
use proptest::prelude::*;

/// The joins of one direction, counted without the module: by order, region and day, and by day.
#[derive(Debug, Default)]
struct Recount {
    cells: BTreeMap<(String, Region, Day), u64>,
    days: BTreeMap<Day, u64>,
}

impl Recount {
    fn count(&mut self, orders: &[String], location: Location, at: SystemTime, times: u64) {
        let Location::In(region) = location else { panic!("nobody is blocked who is not located") };
        let day = Day::of(at).unwrap();
        *self.days.entry(day).or_default() += times;
        for order in orders {
            *self.cells.entry((order.clone(), region, day)).or_default() += times;
        }
    }
}

/// Everything that a summary tells, as it is.
#[derive(Debug, Default)]
struct Naive {
    blocked: Recount,
    admitted: Recount,
    both: u64,
    unlocated: u64,
    contested: u64,
    all: u64,
}

/// Decides each question twice, by linear scan.
fn naive(world: &World, proposed: &Docket, questions: &[(Question, u64)]) -> Naive {
    let (sources, atlas) = (world.sources(), world.atlas());
    let mut naive = Naive::default();
    for (question, times) in questions {
        let Question { ip, home, at, .. } = *question;
        let [old, new] = [&world.docket, proposed]
            .map(|docket| spec::decide_at(docket, &sources, world.min_sources, question.meeting(), ip, home, at));
        let is_blocked = |kind: DecisionKind| kind == DecisionKind::BlockParticipant;
        naive.all += times;
        match (is_blocked(old.kind), is_blocked(new.kind)) {
            (true, true) => naive.both += times,
            (false, true) => naive.blocked.count(&new.orders, atlas.locate(ip), at, *times),
            (true, false) => naive.admitted.count(&old.orders, atlas.locate(ip), at, *times),
            (false, false) => match atlas.locate(ip) {
                Location::In(_) => {}
                Location::Unknown => naive.unlocated += times,
                Location::Contested => naive.contested += times,
            },
        }
    }
    naive
}

fn join(question: &Question) -> Join<'static> {
    Join::new(question.meeting(), question.ip, question.at).hosted_in(question.home)
}

fn count(policies: (&Policy, &Policy), questions: &[(Question, u64)]) -> Partial {
    let mut backtest = Backtest::new(policies.0, policies.1);
    questions.iter().for_each(|(question, times)| (0..*times).for_each(|_| backtest.add(&join(question))));
    backtest.finish().unwrap()
}

/// Two worlds: the docket of the second one is proposed. The questions of both, each on its hour or some days later, and each as
/// often as is said.
fn worlds(bytes: &[u8], often: &[u8]) -> (World, Docket, Vec<(Question, u64)>) {
    let (one, other) = bytes.split_at(bytes.len() / 2);
    let (world, other) = (World::from_bytes(one), World::from_bytes(other));
    let questions = world.questions.iter().chain(&other.questions).enumerate().map(|(at, question)| {
        let dice = often.get(at).copied().unwrap_or(1);
        let days = Duration::from_secs(u64::from(dice / 64 % 3) * 86_400);
        (Question { at: question.at + days, ..*question }, u64::from(dice % 64))
    });
    let questions = questions.filter(|(_, times)| *times > 0).collect();
    (world, other.docket, questions)
}

fn holds(figure: Figure, number: u64, threshold: u64) {
    assert!(figure.least <= number && figure.most.is_none_or(|most| number <= most), "{figure} for {number}");
    assert!(figure.number().is_none_or(|shown| shown == 0 || shown >= threshold), "{figure}");
}

fn agrees(changes: &Changes, recount: &Recount, threshold: u64) {
    let total = |cells: &dyn Fn(&str, Region, Day) -> bool| -> u64 {
        recount.cells.iter().filter(|((order, region, day), _)| cells(order, *region, *day)).map(|(_, joins)| joins).sum()
    };
    assert_eq!(changes.cells.len(), recount.cells.len());
    for (cell, (key, &joins)) in changes.cells.iter().zip(&recount.cells) {
        assert_eq!((&cell.order, cell.region, cell.day), (&key.0, key.1, key.2));
        holds(cell.joins, joins, threshold);
    }
    for row in &changes.by_order_and_region {
        holds(row.joins, total(&|order, region, _| order == row.order && region == row.region), threshold);
    }
    changes.by_order.iter().for_each(|row| holds(row.joins, total(&|order, _, _| order == row.order), threshold));
    assert_eq!(changes.by_day.len(), recount.days.len());
    for (row, (&day, &joins)) in changes.by_day.iter().zip(&recount.days) {
        assert_eq!(row.day, day);
        holds(row.joins, joins, threshold);
        assert!(row.shown <= joins && (row.joins.number().is_none() || row.shown == joins));
    }
    holds(changes.joins, recount.days.values().sum(), threshold);
}

/// Whether every number of the tables is shown, so that the comparison was one of numbers.
fn is_exact(changes: &Changes) -> bool {
    let figures = changes.by_order.iter().map(|row| row.joins).chain(changes.by_day.iter().map(|row| row.joins));
    let figures = figures.chain(changes.by_order_and_region.iter().map(|row| row.joins)).chain([changes.joins]);
    figures.chain(changes.cells.iter().map(|row| row.joins)).all(|figure| figure.number().is_some())
}

fn agrees_with(summary: &Summary, naive: &Naive, threshold: u64) {
    agrees(&summary.newly_blocked, &naive.blocked, threshold);
    agrees(&summary.newly_admitted, &naive.admitted, threshold);
    holds(summary.blocked_by_both, naive.both, threshold);
    holds(summary.unlocated, naive.unlocated, threshold);
    holds(summary.contested, naive.contested, threshold);
    holds(summary.decided, naive.all, threshold);
    let changed: u64 = [&naive.blocked, &naive.admitted].iter().flat_map(|recount| recount.days.values()).sum();
    holds(summary.unchanged, naive.all - changed, threshold);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_backtest_counts_what_the_rule_decides_twice(
        bytes in prop::collection::vec(any::<u8>(), 0..1400),
        often in prop::collection::vec(any::<u8>(), 24),
        threshold in 0..40_u64,
    ) {
        let (world, proposed, questions) = worlds(&bytes, &often);
        let atlas = world.atlas();
        let (old, new) = (Policy::compile(&world.docket, &atlas).unwrap(), Policy::compile(&proposed, &atlas).unwrap());
        let whole = count((&old, &new), &questions);
        let threshold = Threshold::at_least(threshold);
        agrees_with(&whole.summary(threshold), &naive(&world, &proposed, &questions), threshold.get());

        // Each question so often that nothing is small: then all numbers are shown, and are right.
        let many: Vec<(Question, u64)> = questions.iter().map(|&(question, times)| (question, times * 10)).collect();
        let summary = count((&old, &new), &many).summary(Threshold::default());
        agrees_with(&summary, &naive(&world, &proposed, &many), 10);
        prop_assert!(is_exact(&summary.newly_blocked) && is_exact(&summary.newly_admitted));
        prop_assert!(summary.decided.number() == Some(many.iter().map(|(_, times)| times).sum()) && summary.unchanged.number().is_some());
    }

    #[test]
    fn parts_merge_to_one_result_however_the_joins_are_cut(
        bytes in prop::collection::vec(any::<u8>(), 0..1400),
        often in prop::collection::vec(any::<u8>(), 24),
        parts in prop::collection::vec(0..5_usize, 1..200),
        sequence in Just(vec![0_usize, 1, 2, 3, 4]).prop_shuffle(),
    ) {
        let (world, proposed, questions) = worlds(&bytes, &often);
        let atlas = world.atlas();
        let (old, new) = (Policy::compile(&world.docket, &atlas).unwrap(), Policy::compile(&proposed, &atlas).unwrap());
        let whole = count((&old, &new), &questions);
        let mut merged = Partial::empty(&old, &new);
        for part in sequence {
            // The times of a question are cut, too.
            let is_of_part = |at: usize, time: u64| parts[(at + time as usize) % parts.len()] == part;
            let times = |at, times: u64| (0..times).filter(|&time| is_of_part(at, time)).count() as u64;
            let of_part = questions.iter().enumerate().map(|(at, &(question, all))| (question, times(at, all)));
            let of_part: Vec<(Question, u64)> = of_part.collect();
            let shipped = count((&old, &new), &of_part).to_bytes();
            merged.merge(&Partial::from_bytes(&shipped).unwrap()).unwrap();
        }
        prop_assert!(merged == whole && merged.to_bytes() == whole.to_bytes());
    }
}

/// Orders of CN, all about one meeting but the last.
fn docket(orders: &[&str]) -> Docket {
    let mut docket = Docket::default();
    docket.orders = orders
        .iter()
        .map(|id| {
            let mut order = Order::new(*id, "CN");
            order.meetings = vec!["vigil".to_owned()];
            order
        })
        .collect();
    docket
}

fn atlas() -> Atlas {
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,HK\n".as_bytes());
    Atlas::builder().source(source.unwrap()).build().unwrap()
}

fn noon(day: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs((18_417 + day) * 86_400 + 43_200)
}

/// Joins of CN to the vigil: a day, and how many.
fn vigil(old: &Docket, new: &Docket, joins: &[(u64, usize)]) -> Partial {
    let atlas = atlas();
    let (old, new) = (Policy::compile(old, &atlas).unwrap(), Policy::compile(new, &atlas).unwrap());
    let mut backtest = Backtest::new(&old, &new);
    for &(day, joins) in joins {
        (0..joins).for_each(|_| backtest.add(&Join::new("vigil", [203, 0, 113, 9].into(), noon(day))));
    }
    backtest.finish().unwrap()
}

#[test]
fn a_join_under_several_orders_counts_under_each_and_once_in_all() {
    let summary = vigil(&docket(&[]), &docket(&["cn-1", "cn-2"]), &[(0, 12), (1, 20)]).summary(Threshold::default());
    let changes = summary.newly_blocked;
    assert!(changes.shared);
    assert_eq!(changes.joins.number(), Some(32));
    assert_eq!(changes.by_order.iter().map(|row| row.joins.number()).collect::<Vec<_>>(), [Some(32); 2]);
    let days: Vec<_> = changes.by_day.iter().map(|row| (row.day.to_string(), row.joins.number(), row.shown)).collect();
    assert_eq!(days, [("2020-06-04".to_owned(), Some(12), 12), ("2020-06-05".to_owned(), Some(20), 20)]);
}

#[test]
fn a_join_that_another_order_blocks_as_well_is_not_newly_admitted() {
    let summary = vigil(&docket(&["cn-1", "cn-2"]), &docket(&["cn-3"]), &[(0, 12)]).summary(Threshold::default());
    assert_eq!((summary.blocked_by_both.number(), summary.unchanged.least), (Some(12), 12));
    assert!(summary.newly_admitted.by_order.is_empty() && summary.newly_blocked.by_order.is_empty());
    let summary = vigil(&docket(&["cn-1", "cn-2"]), &docket(&[]), &[(0, 12)]).summary(Threshold::default());
    assert_eq!(summary.newly_admitted.by_order.iter().map(|row| row.order.as_str()).collect::<Vec<_>>(), ["cn-1", "cn-2"]);
}

#[test]
fn a_small_number_is_not_to_be_had_by_subtraction() {
    // 57 on one day and 3 on another: the sum must not be 60, by order, by region or in all, and neither may what is left of it.
    let summary = vigil(&docket(&[]), &docket(&["cn-1"]), &[(0, 57), (1, 3)]).summary(Threshold::default());
    let changes = &summary.newly_blocked;
    let bounds = |figure: Figure| (figure.least, figure.most);
    assert_eq!(bounds(changes.by_day[1].joins), (1, Some(9)));
    for figure in [changes.joins, changes.by_order[0].joins, changes.by_order_and_region[0].joins] {
        assert_eq!(bounds(figure), (58, Some(66)));
    }
    assert_eq!((bounds(summary.decided), bounds(summary.unchanged)), ((58, None), (0, None)));
    // Thirty days with five each: no day is shown, and the sum, which leaves each day open, is.
    let joins: Vec<(u64, usize)> = (0..30).map(|day| (day, 5)).collect();
    let changes = vigil(&docket(&[]), &docket(&["cn-1"]), &joins).summary(Threshold::default()).newly_blocked;
    assert_eq!(changes.joins.number(), Some(150));
    assert!(changes.by_day.iter().all(|row| row.shown == 0 && bounds(row.joins) == (1, Some(9))));
}

/// Two orders, of which one exempts most of what the other reaches: the difference of their numbers would be a small group.
#[test]
fn the_difference_of_two_orders_is_no_small_number() {
    let mut new = docket(&["cn-1", "cn-2"]);
    new.orders[1].exempt = vec!["203.0.113.200/32".parse().unwrap()];
    let atlas = atlas();
    let (old, new) = (Policy::compile(&docket(&[]), &atlas).unwrap(), Policy::compile(&new, &atlas).unwrap());
    let mut backtest = Backtest::new(&old, &new);
    for (host, joins) in [(9, 55), (200, 2)] {
        (0..joins).for_each(|_| backtest.add(&Join::new("vigil", [203, 0, 113, host].into(), noon(0))));
    }
    let changes = backtest.finish().unwrap().summary(Threshold::default()).newly_blocked;
    let figures: Vec<(u64, Option<u64>)> = changes.by_order.iter().map(|row| (row.joins.least, row.joins.most)).collect();
    assert_eq!(figures, [(56, Some(64)), (55, Some(55))]);
}

#[test]
fn a_row_that_cannot_be_read_blocks_nobody_and_is_counted() {
    let (atlas, docket) = (atlas(), docket(&["cn-1"]));
    let policy = Policy::compile(&docket, &atlas).unwrap();
    let nobody = Policy::compile(&Docket::default(), &atlas).unwrap();
    let mut backtest = Backtest::new(&nobody, &policy);
    backtest.add_not_read(3);
    let far = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 40)).unwrap();
    backtest.add(&Join::new("vigil", [203, 0, 113, 9].into(), far));
    let summary = backtest.finish().unwrap().summary(Threshold::default());
    assert_eq!((summary.not_read, summary.decided.number(), summary.days), (4, Some(0), None));
}

#[test]
fn parts_of_other_policies_are_refused_and_change_nothing() {
    let mut part = vigil(&docket(&[]), &docket(&["cn-1"]), &[(0, 12)]);
    let before = part.to_bytes();
    for other in [vigil(&docket(&[]), &docket(&["cn-2"]), &[]), vigil(&docket(&["cn-2"]), &docket(&["cn-1"]), &[])] {
        let error = part.merge(&other).unwrap_err();
        assert!(matches!(error, BacktestError::Policies { .. }), "{error}");
        assert_eq!(part.to_bytes(), before);
    }
    let elsewhere = Atlas::builder().build().unwrap();
    let [old, new] = [docket(&[]), docket(&["cn-1"])].map(|docket| Policy::compile(&docket, &elsewhere).unwrap());
    assert!(part.merge(&Partial::empty(&old, &new)).unwrap_err().to_string().contains("geo data"));
}

/// A part with the digest of its bytes, whatever they are.
fn with_digest(text: &str) -> Vec<u8> {
    let (body, _) = text.rsplit_once(",\"digest\":\"").unwrap();
    format!("{body},\"digest\":\"{}\"}}\n", Digest::of(body.as_bytes())).into_bytes()
}

#[test]
fn any_changed_or_missing_byte_of_a_part_is_refused() {
    let part = vigil(&docket(&[]), &docket(&["cn-1", "cn-2"]), &[(0, 12), (1, 3)]);
    let bytes = part.to_bytes();
    assert!(String::from_utf8_lossy(&bytes).contains("not for publication"));
    assert!(Partial::from_bytes(&bytes).unwrap() == part);
    let error = |bytes: &[u8]| Partial::from_bytes(bytes).map(|_| ()).unwrap_err();
    // The beginning says that it is a part, and of which form.
    let beginning = "{\"bailiwick_backtest\":1".len();
    for at in 0..bytes.len() {
        let cut = error(&bytes[..at]);
        assert!(matches!(cut, BacktestError::CutOff) || at < beginning, "cut off at {at}: {cut}");
        let changes = (0..8).map(|bit| bytes[at] ^ 1 << bit).chain([b'0', b'"', b' ', b'}', b'\n']);
        for value in changes.filter(|&value| value != bytes[at]) {
            let mut changed = bytes.clone();
            changed[at] = value;
            let found = error(&changed);
            let is_named = matches!(found, BacktestError::Damaged { .. } | BacktestError::CutOff);
            assert!(is_named || at <= beginning, "byte {at} as {value}: {found}");
        }
        let without = [&bytes[..at], &bytes[at + 1..]].concat();
        assert!(Partial::from_bytes(&without).is_err(), "without byte {at}");
    }
    let more = [bytes.as_slice(), b"\n"].concat();
    assert!(matches!(error(&more), BacktestError::CutOff));
    let twice = [bytes.as_slice(), &bytes].concat();
    assert!(matches!(error(&twice), BacktestError::Damaged { .. }));
    // A pair of bits that changed together, and a later part over an earlier one.
    for at in 1..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        changed[at - 1] ^= 1;
        assert!(Partial::from_bytes(&changed).is_err());
    }
    assert!(matches!(error(b"{\"partial_report\":1}\n"), BacktestError::Other));
}

#[test]
fn a_part_whose_digest_was_computed_anew_is_refused_where_it_cannot_be() {
    let part = vigil(&docket(&[]), &docket(&["cn-1", "cn-2"]), &[(0, 12), (1, 3)]);
    let text = String::from_utf8(part.to_bytes()).unwrap();
    assert_eq!(with_digest(&text), part.to_bytes());
    let later = text.replace("\"bailiwick_backtest\":1", "\"bailiwick_backtest\":2");
    assert!(matches!(Partial::from_bytes(later.as_bytes()), Err(BacktestError::Form { found: 2, expected: 1 })));
    for (from, to) in [
        ("not for publication", "for publication"),
        (",12]", ",0]"),
        (",12]", ", 12]"),
        ("2020-06-05\",3", "2020-06-06\",3"),
        ("\"in_force\":", "\"digest\":null,\"in_force\":"),
        ("\"in_force\":", "\"more\":1,\"in_force\":"),
        ("[\"2020-06-04\",\"2020-06-05\"]", "null"),
        ("[\"2020-06-04\",\"2020-06-05\"]", "[\"2020-06-05\",\"2020-06-04\"]"),
        // A set of orders in another sequence, with one twice, without any, and without cells.
        ("[[[0,1],", "[[[1,0],"),
        ("[[[0,1],", "[[[0,0,1],"),
        ("[[[0,1],", "[[[],[[\"CN\",\"2020-06-04\",12]]],[[0,1],"),
        ("[[[0,1],", "[[[0],[]],[[0,1],"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert!(changed != text && Partial::from_bytes(&with_digest(&changed)).is_err(), "{from}");
    }
    // The error says from which byte on.
    let changed = with_digest(&text.replacen(",12]", ", 12]", 1));
    assert_eq!(Partial::from_bytes(&changed).map(|_| ()), Err(BacktestError::Changed(text.find(",12]").unwrap() + 1)));
    for at in 1..text.rfind(",\"digest\"").unwrap() {
        for value in ["0", "9", "\"", " ", "}", "a"] {
            let (Some(before), Some(after)) = (text.get(..at), text.get(at + 1..)) else { continue };
            let changed = with_digest(&[before, value, after].concat());
            if let Ok(read) = Partial::from_bytes(&changed) {
                assert_eq!(read.to_bytes(), changed, "a part is written in one way");
            }
        }
    }
}

#[test]
fn a_part_of_no_row_has_no_days() {
    let text = String::from_utf8(vigil(&docket(&[]), &docket(&["cn-1"]), &[]).to_bytes()).unwrap();
    let changed = text.replacen("\"days\":null", "\"days\":[\"2020-06-04\",\"2020-06-05\"]", 1);
    assert!(changed != text && Partial::from_bytes(&with_digest(&text)).is_ok());
    assert!(matches!(Partial::from_bytes(&with_digest(&changed)), Err(BacktestError::Changed(0))));
}

/// Whatever happened to its joins: blocked under both dockets, or admitted at an address of any kind.
#[test]
fn a_part_of_one_row_is_read_again() {
    let source = |name: &str, rows: &str| Source::from_range_csv(name, rows.as_bytes()).unwrap();
    let one = source("one", "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,HK\n");
    let atlas = Atlas::builder().source(one).source(source("other", "198.51.100.9,198.51.100.9,US\n")).build().unwrap();
    let policy = Policy::compile(&docket(&["cn-1"]), &atlas).unwrap();
    let [cn, hk] = ["CN", "HK"].map(|region| Location::In(region.parse().unwrap()));
    let cases = [
        ([203, 0, 113, 9], cn),
        ([198, 51, 100, 1], hk),
        ([198, 51, 100, 9], Location::Contested),
        ([192, 0, 2, 1], Location::Unknown),
    ];
    for (address, location) in cases {
        assert_eq!(atlas.locate(address.into()), location);
        let mut backtest = Backtest::new(&policy, &policy);
        backtest.add(&Join::new("vigil", address.into(), noon(0)));
        let part = backtest.finish().unwrap();
        assert!(Partial::from_bytes(&part.to_bytes()).unwrap() == part, "{location}");
    }
}

/// Tables have a line for each order of a cell: two short lists have many pairs.
#[test]
fn a_part_of_few_bytes_that_has_many_pairs_of_orders_and_cells_is_refused() {
    let text = String::from_utf8(vigil(&docket(&[]), &docket(&["cn-1"]), &[(0, 12)]).to_bytes()).unwrap();
    let (before, rest) = text.split_once("\"newly_blocked\":").unwrap();
    let after = rest.split_once(",\"newly_admitted\":").unwrap().1;
    let list = |each: &dyn Fn(u64) -> String| (0..1_500).map(each).collect::<Vec<_>>().join(",");
    let orders = list(&|n| format!("[\"cn-{n:04}\",\"CN\"]"));
    let cells = list(&|n| format!("[\"CN\",\"{}\",5]", Day::of(noon(n)).unwrap()));
    let positions = list(&|n| n.to_string());
    let hostile = format!(
        "{before}\"newly_blocked\":{{\"orders\":[{orders}],\"sets\":[[[{positions}],[{cells}]]]}},\"newly_admitted\":{after}"
    );
    let error = Partial::from_bytes(&with_digest(&hostile)).map(|_| ()).unwrap_err();
    assert!(matches!(error, BacktestError::TooManyCells { .. }), "{error}");
    // In the other direction, too.
    let (blocked, rest) = after.split_once("},\"digest\"").unwrap_or((after, ""));
    assert!(rest.starts_with(':') && blocked == "{\"orders\":[],\"sets\":[]", "{after}");
    let hostile = format!(
        "{before}\"newly_blocked\":{blocked}}},\"newly_admitted\":{{\"orders\":[{orders}],\"sets\":[[[{positions}],[{cells}]]]}},\"digest\"{rest}"
    );
    let error = Partial::from_bytes(&with_digest(&hostile)).map(|_| ()).unwrap_err();
    assert!(matches!(error, BacktestError::TooManyCells { .. }), "{error}");
}

#[test]
fn what_is_not_for_publication_is_not_shown_by_debug() {
    let part = vigil(&docket(&[]), &docket(&["cn-1"]), &[(0, 7)]);
    let shown = format!("{part:?}");
    assert!(!shown.contains("cn-1") && !shown.contains("vigil") && shown.contains("sha256:"), "{shown}");
}

#[test]
fn ids_and_issuers_are_no_markup_and_no_formula() {
    let mut new = docket(&["=1|<b>"]);
    new.orders[0].meetings = vec!["vigil".to_owned()];
    let summary = vigil(&docket(&[]), &new, &[(0, 12)]).summary(Threshold::default());
    assert!(summary.to_markdown().contains(r"| \=1\|\<b\> | CN | CN | 12 |"), "{}", summary.to_markdown());
    assert!(summary.to_csv().contains("newly-blocked,order,'=1|<b>,CN,,,12,12,10\r\n"), "{}", summary.to_csv());
    let meeting = Meeting::new("vigil");
    assert!(!summary.to_json().contains(meeting.id));
}

/// Each line has the fields that say which number it has, and no other.
#[test]
fn the_csv_and_the_json_say_what_is_counted() {
    let summary = vigil(&docket(&[]), &docket(&["cn-1"]), &[(0, 12)]).summary(Threshold::default());
    let csv = summary.to_csv();
    let lines: Vec<&str> = csv.split_terminator("\r\n").skip(7).collect();
    assert_eq!(
        lines,
        [
            "newly-blocked,total,,,,,12,12,10",
            "newly-blocked,order,cn-1,CN,,,12,12,10",
            "newly-blocked,order-region,cn-1,,CN,,12,12,10",
            "newly-blocked,day,,,,2020-06-04,12,12,10",
            "newly-blocked,order-region-day,cn-1,,CN,2020-06-04,12,12,10",
            "newly-admitted,total,,,,,0,0,10",
        ]
    );
    let json: serde_json::Value = serde_json::from_str(&summary.to_json()).unwrap();
    assert_eq!(json["newly_blocked"]["joins"]["least"], 12, "{json}");
}

#[test]
fn a_join_has_the_home_of_the_host_that_it_is_given() {
    let (china, join) = ("CN".parse().unwrap(), Join::new("vigil", [203, 0, 113, 9].into(), noon(0)));
    assert_eq!((join.host_region, join.hosted_in(china).host_region), (Region::UNKNOWN, china));
}

/// What is told to people: a sum with bounds, orders that share joins, and nothing at all.
#[test]
fn a_page_says_what_its_numbers_are() {
    let page = |old: &[&str], new: &[&str], joins: &[(u64, usize)]| {
        vigil(&docket(old), &docket(new), joins).summary(Threshold::default()).to_markdown()
    };
    let none = page(&[], &["cn-1"], &[]);
    assert!(none.contains("No row was read.\n") && none.contains("There are none."), "{none}");
    let shared = page(&[], &["cn-1", "cn-2"], &[(0, 12)]);
    let said = "Some joins are under several orders. The last line is not the sum of the orders above it.";
    assert!(shared.contains(said) && !page(&[], &["cn-1"], &[(0, 12)]).contains(said), "{shared}");
    assert!(none.contains("\nNumbers of joins from 1 to 9 are not shown, "), "{none}");
    let higher = vigil(&docket(&[]), &docket(&["cn-1"]), &[]).summary(Threshold::at_least(20)).to_markdown();
    assert!(higher.contains("\nNumbers of joins from 1 to 19 are not shown, "), "{higher}");
    // 57 on one day and 3 on another.
    let bounded = page(&[], &["cn-1"], &[(0, 57), (1, 3)]);
    for row in ["| 2020-06-04 | 57 |", "| 2020-06-05 | 1 to 9 |", "| cn-1 | CN | all | 58 to 66 |", "| decided | at least 58 |"] {
        assert!(bounded.contains(row), "{row}: {bounded}");
    }
}

#[test]
fn a_figure_is_a_number_or_has_bounds() {
    let summary = vigil(&docket(&[]), &docket(&["cn-1"]), &[(0, 57), (1, 3)]).summary(Threshold::default());
    let shown = [summary.newly_blocked.by_day[0].joins, summary.newly_blocked.by_day[1].joins, summary.decided];
    assert_eq!(shown.map(|figure| format!("{figure:>12}")), ["          57", "      1 to 9", " at least 58"]);
}

/// Joins are counted: an estimate bounds nothing, and a lower bound has no upper one.
#[test]
fn a_count_that_is_not_exact_becomes_no_number() {
    let cases = [
        (Count::Exactly(57), (57, Some(57)), Some(57)),
        (Count::FewerThan(10), (1, Some(9)), None),
        (Count::FewerThan(0), (1, Some(0)), None),
        (Count::AtLeast(57), (57, None), None),
        (Count::About { number: 70_120, per_mille: 8 }, (0, None), None),
    ];
    for (count, (least, most), number) in cases {
        let figure = Figure::from(count);
        assert_eq!((figure.least, figure.most, figure.number()), (least, most, number));
    }
}

/// The home of the host's account decides for whom an order is a domestic one, and not who is blocked.
#[test]
fn the_account_of_a_host_blocks_nobody_and_admits_nobody() {
    let (atlas, docket) = (atlas(), docket(&["cn-1"]));
    let [nobody, policy] = [&Docket::default(), &docket].map(|docket| Policy::compile(docket, &atlas).unwrap());
    let mut backtest = Backtest::new(&nobody, &policy);
    for (host, home) in [(9, "CN"), (9, "US"), (9, "ZZ")] {
        let join = Join::new("vigil", [203, 0, 113, host].into(), noon(0)).hosted_in(home.parse().unwrap());
        (0..4).for_each(|_| backtest.add(&join));
    }
    let shown = format!("{backtest:?}");
    assert!(shown.starts_with("Backtest { in_force: Policy {") && !shown.contains("vigil"), "{shown}");
    let part = backtest.finish().unwrap();
    assert_eq!(part.summary(Threshold::default()).newly_blocked.joins.number(), Some(12));
    let (in_force, proposed) = part.policies();
    assert_eq!((in_force.docket, proposed.docket), (nobody.digest(), policy.digest()));
}

#[test]
fn a_day_is_one_of_utc() {
    let day = Day::of(noon(0)).unwrap();
    assert_eq!((day.since_epoch(), day.to_string()), (18_417, "2020-06-04".to_owned()));
    assert_eq!(Day::of(SystemTime::UNIX_EPOCH - Duration::from_secs(1)).unwrap().since_epoch(), -1);
}

/// No order, and 1024. The bound of 2^21 counts a set of orders, and each of its cells, once for each order: a set of 1024 orders may
/// have 2047 days.
fn many_orders() -> [Policy; 2] {
    let ids: Vec<String> = (0..1024).map(|n| format!("cn-{n}")).collect();
    let mut orders = docket(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    orders.orders[0].exempt = vec!["203.0.113.10/32".parse().unwrap()];
    let atlas = atlas();
    [Docket::default(), orders].map(|docket| Policy::compile(&docket, &atlas).unwrap())
}

/// A join a day. The host 9 is blocked by all orders, the host 10 by all but one.
fn daily((old, new): (&Policy, &Policy), host: u8, days: std::ops::Range<u64>) -> Result<Partial, BacktestError> {
    let mut backtest = Backtest::new(old, new);
    days.for_each(|day| backtest.add(&Join::new("vigil", [203, 0, 113, host].into(), noon(day))));
    backtest.finish()
}

fn has_too_many_cells<T>(result: &Result<T, BacktestError>) -> bool {
    matches!(result, Err(BacktestError::TooManyCells { most: 2_097_152 }))
}

#[test]
fn a_backtest_of_too_many_cells_is_refused() {
    let [nobody, policy] = many_orders();
    for sides in [(&nobody, &policy), (&policy, &nobody)] {
        assert!(daily(sides, 9, 0..2047).is_ok());
        assert!(has_too_many_cells(&daily(sides, 9, 0..2048)));
        assert!(has_too_many_cells(&daily(sides, 9, 0..2060)), "also when joins follow");
    }
}

#[test]
fn parts_that_have_too_many_cells_together_are_refused_and_change_nothing() {
    let [nobody, policy] = many_orders();
    for sides in [(&nobody, &policy), (&policy, &nobody)] {
        let most = daily(sides, 9, 0..2047).unwrap();
        let mut merged = Partial::from_bytes(&most.to_bytes()).unwrap();
        assert!(merged == most);
        for other in [daily(sides, 9, 2047..2048), daily(sides, 10, 0..1)] {
            assert!(has_too_many_cells(&merged.merge(&other.unwrap())));
            assert!(merged == most);
        }
        // A day that it has already is no more to tell apart.
        merged.merge(&daily(sides, 9, 0..1).unwrap()).unwrap();
        assert!(merged != most);
    }
}
