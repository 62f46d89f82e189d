//! Contenders that decide, brought together over one docket.

use bailiwick::Docket;
use ipnet::IpNet;

use super::{
    Answer, Casbin, Cedar, CountryThenMap, Entry, Field, Given, MapThen, Offset, Ours, Record, Regorus, StdMap, StrongMap, enter,
    enter_once,
};
use crate::locate::Database;
use crate::mmdb::About;
use crate::workload::docket;
use crate::workload::questions::{self, Case, Question};
use crate::workload::world::World;

/// Contenders, and the questions that they decide.
pub struct Bout<'w> {
    /// Its name.
    pub name: String,
    /// Ours first.
    pub field: Vec<Entry>,
    /// A name, and questions.
    pub columns: Vec<(&'static str, Vec<Question<'w>>)>,
}

impl<'w> Bout<'w> {
    /// 10,000 meetings under 1,000 orders: everybody, on all cases.
    pub fn ten_thousand(world: &'w World, count: usize) -> Bout<'w> {
        let (meetings, orders) = (10_000, 1_000);
        let docket = docket::docket(meetings, orders);
        let (file, full_file) = (Database::write(world, About::Code), Database::write(world, About::All));
        let given = Given { docket: &docket, atlas: &world.atlas, file: &file };
        let on_full = Given { file: &full_file, ..given };
        let field = vec![
            enter::<Ours>(&given),
            enter::<MapThen<StdMap, Field>>(&given),
            enter::<MapThen<StrongMap, Field>>(&given),
            enter::<MapThen<StdMap, Record>>(&given),
            Entry { name: "HashMap, then maxminddb, full file", ..enter::<MapThen<StdMap, Field>>(&on_full) },
            Entry { name: "HashMap, then maxminddb, full file, record decoded", ..enter::<MapThen<StdMap, Record>>(&on_full) },
            enter::<MapThen<StdMap, Offset>>(&given),
            enter::<CountryThenMap>(&given),
            enter::<Regorus>(&given),
            enter::<Casbin>(&given),
            enter::<Cedar>(&given),
        ];
        let columns = Case::ALL.map(|case| (case.name(), questions::questions(world, case, meetings, orders, count)));
        let mut bout = Bout { name: format!("10,000 meetings under 1,000 orders, {}", world.name), field, columns: columns.into() };
        bout.verify();
        bout
    }

    /// 1,000,000 meetings under 100,000 orders: contenders that can keep up, on meetings that no order names.
    pub fn million(world: &'w World, count: usize) -> Bout<'w> {
        let (meetings, orders) = (1_000_000, 100_000);
        let (docket, file) = (docket::docket(meetings, orders), Database::write(world, About::Code));
        let given = Given { docket: &docket, atlas: &world.atlas, file: &file };
        let field =
            vec![enter::<Ours>(&given), enter::<MapThen<StdMap, Field>>(&given), enter::<MapThen<StrongMap, Field>>(&given)];
        let columns = vec![(Case::Unlisted.name(), questions::questions(world, Case::Unlisted, meetings, orders, count))];
        let mut bout = Bout { name: format!("1,000,000 meetings under 100,000 orders, {}", world.name), field, columns };
        bout.verify();
        bout
    }

    /// Bursts of joins to one meeting each, of 10,000 under 1,000 orders: contenders that look it up for each join, and those that do
    /// so once.
    pub fn bursts(world: &'w World, count: usize, burst: usize) -> Bout<'w> {
        let (meetings, orders) = (10_000, 1_000);
        let (docket, file) = (docket::docket(meetings, orders), Database::write(world, About::Code));
        let given = Given { docket: &docket, atlas: &world.atlas, file: &file };
        let field = vec![
            enter_once::<Ours>(&given),
            enter::<Ours>(&given),
            enter::<MapThen<StdMap, Field>>(&given),
            enter_once::<MapThen<StdMap, Field>>(&given),
            enter_once::<MapThen<StdMap, Record>>(&given),
            enter_once::<MapThen<StdMap, Offset>>(&given),
        ];
        let columns = Case::ALL.map(|case| (case.name(), questions::bursts(world, case, meetings, orders, count, burst)));
        let mut bout =
            Bout { name: format!("bursts of {burst} joins to one meeting, {}", world.name), field, columns: columns.into() };
        bout.verify();
        bout
    }

    /// 10,000 meetings under 1,000 orders: bailiwick with plain ones, and with 100 networks each. The answers of the latter, which
    /// are not those of the former, are asserted by the docket's lists.
    pub fn networks(world: &'w World, count: usize) -> Bout<'w> {
        let (meetings, orders) = (10_000, 1_000);
        let plain = docket::docket(meetings, orders);
        let narrowed = docket::narrowed(plain.clone(), world, 100);
        let enter = |name, docket| Entry { name, ..enter::<Ours>(&Given { docket, atlas: &world.atlas, file: &[] }) };
        let mut field = vec![enter("plain orders", &plain), enter("with 100 networks, 10 exempt", &narrowed)];
        let mut columns: Vec<(&'static str, Vec<Question<'w>>)> = vec![
            (Case::ListedAny.name(), questions::questions(world, Case::ListedAny, meetings, orders, count)),
            (Case::ListedInside.name(), questions::questions(world, Case::ListedInside, meetings, orders, count)),
        ];
        columns.push(("listed, client in a network of the order", questions::in_networks(world, &narrowed, count)));
        for question in columns.iter().flat_map(|(_, questions)| questions) {
            let expected = if reaches(&narrowed, question) { Answer::Block } else { Answer::Keep };
            assert_eq!(field[1].contender.answer(question).0, expected, "{} and {}", question.meeting, question.ip);
        }
        Bout { name: format!("orders with networks, {}", world.name), field, columns }
    }

    /// Asserts that all contenders answer every question as the first does.
    fn verify(&mut self) {
        let Some((first, others)) = self.field.split_first_mut() else { return };
        for question in self.columns.iter().flat_map(|(_, questions)| questions) {
            let (answer, _) = first.contender.answer(question);
            for Entry { name, contender, .. } in &mut *others {
                let (theirs, tells_keep) = contender.answer(question);
                let same = if tells_keep { theirs == answer } else { (theirs == Answer::Block) == (answer == Answer::Block) };
                let (meeting, ip) = (&question.meeting, question.ip);
                assert!(same, "{name} answers {theirs:?}, not {answer:?}, on {meeting} and {ip}");
            }
        }
    }
}

/// Whether the one order that names the question's meeting reaches its client.
fn reaches(docket: &Docket, question: &Question<'_>) -> bool {
    let number: usize = question.meeting.rsplit('-').next().and_then(|number| number.parse().ok()).expect("names end so");
    let order = &docket.orders[number % docket.orders.len()];
    let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&question.ip));
    order.issuer == question.country && within(&order.networks) && !within(&order.exempt)
}
