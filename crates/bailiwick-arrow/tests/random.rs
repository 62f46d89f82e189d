//! Random worlds in columns of random types and encodings, cut at random rows: each row gets the answer of `decide_at` and `explain`.

mod support;
#[path = "../../../tests/bodies/world.rs"]
#[allow(dead_code, reason = "the theorems of the library use the rest")]
mod world;

use std::net::IpAddr;

use bailiwick_arrow::{Column, Questions, Times, decide, decide_batch};
use proptest::prelude::*;
use support::*;
use world::World;

/// Takes choices from bytes, and begins again at the end.
struct Dice<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl Dice<'_> {
    fn roll(&mut self, sides: usize) -> usize {
        let byte = self.bytes.get(self.next % self.bytes.len().max(1)).copied().unwrap_or_default();
        self.next += 1;
        usize::from(byte) % sides
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.roll(choices.len())]
    }
}

/// Each question of a world in some rows, with nulls and values that cannot be read among them.
fn rows(world: &World, dice: &mut Dice<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for question in &world.questions {
        for _ in 0..=dice.roll(3) {
            let mut row = Row {
                meeting: Some(question.meeting.to_owned()),
                account: question.host.map(str::to_owned),
                host_region: Some(question.home.to_string()),
                address: Some(question.ip.to_string()),
                at: Some(question.at),
            };
            match dice.roll(16) {
                0 => row.meeting = None,
                1 => row.meeting = Some("unlisted".to_owned()),
                2 => row.address = None,
                3 => row.address = Some(format!("{}.", question.ip)),
                4 => row.host_region = None,
                5 => row.host_region = Some("UK".to_owned()),
                6 => row.at = None,
                7 => row.account = Some("another".to_owned()),
                _ => {}
            }
            rows.push(row);
        }
    }
    rows
}

fn text_column(values: Vec<Option<String>>, filler: &str, dice: &mut Dice<'_>) -> Column {
    if let (true, Some(first)) = (values.iter().all(|value| *value == values[0]) && dice.roll(2) == 0, values.first()) {
        return Column::Same(first.clone());
    }
    let array = encode(&values, &filler.to_owned(), dice.of(&TEXTS), dice.of(&ENCODINGS));
    let cuts = [dice.roll(9), dice.roll(30)];
    Column::Chunks(cut(&array, &cuts))
}

fn address_column(rows: &[Row], dice: &mut Dice<'_>) -> Column {
    let texts: Vec<Option<String>> = rows.iter().map(|row| row.address.clone()).collect();
    let ips: Vec<Option<IpAddr>> = texts.iter().map(|text| text.as_ref().and_then(|text| text.parse().ok())).collect();
    let filler: IpAddr = "1.0.0.1".parse().unwrap();
    let encoding = dice.of(&ENCODINGS);
    let array = match dice.roll(3) {
        0 => return text_column(texts, "1.0.0.1", dice),
        1 if ips.iter().flatten().all(|ip| ip.to_canonical().is_ipv4()) => encode(&ips, &filler, dice.of(&FOUR), encoding),
        _ => encode(&ips, &filler, dice.of(&SIXTEEN), encoding),
    };
    let cuts = [dice.roll(9), dice.roll(30)];
    Column::Chunks(cut(&array, &cuts))
}

/// Times in some unit, to which the rows' times are rounded down.
fn time_column(rows: &mut [Row], dice: &mut Dice<'_>) -> Times {
    if dice.roll(6) == 0 {
        return Times::Each(rows.iter().map(|row| row.at).collect());
    }
    let (unit, plain) = dice.of(&UNITS);
    let units: Vec<Option<i64>> = rows.iter().map(|row| row.at.map(|at| nanoseconds(at).div_euclid(unit))).collect();
    for (row, units) in rows.iter_mut().zip(&units) {
        row.at = units.map(|units| after_1970(units * unit));
    }
    let array = encode(&units, &0, plain, dice.of(&ENCODINGS));
    let cuts = [dice.roll(9), dice.roll(30)];
    Times::Chunks(cut(&array, &cuts))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_row_of_every_world_is_answered_as_alone(
        world in prop::collection::vec(any::<u8>(), 0..600),
        dice in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        let (world, mut dice) = (World::from_bytes(&world), Dice { bytes: &dice, next: 0 });
        let policy = world.policy();
        let mut rows = rows(&world, &mut dice);
        let at = time_column(&mut rows, &mut dice);
        let column = |value: fn(&Row) -> Option<String>| rows.iter().map(value).collect::<Vec<_>>();
        let mut questions = Questions {
            meetings: text_column(column(|row| row.meeting.clone()), "vigil", &mut dice),
            accounts: text_column(column(|row| row.account.clone()), "account-1", &mut dice),
            host_regions: text_column(column(|row| row.host_region.clone()), "UK", &mut dice),
            addresses: address_column(&rows, &mut dice),
            at,
        };
        if rows.is_empty() {
            questions.addresses = Column::Chunks(Vec::new());
        }
        let expected: Vec<Answer> = rows.iter().map(|row| row.answer(&policy)).collect();
        let batch = decide_batch(&policy, &questions).unwrap();
        prop_assert_eq!(answers(&batch), expected, "{:?} {:?}", &questions, &world);
        let decisions = decide(&policy, &questions).unwrap();
        prop_assert_eq!(&decisions, batch.decisions());
        prop_assert_eq!(decisions.unread_regions(), rows.iter().filter(|row| row.has_unread_region()).count());
        let unasked = answers(&batch).iter().filter(|answer| answer.region.is_none()).count();
        prop_assert_eq!(decisions.unasked_count(), unasked);
    }
}
