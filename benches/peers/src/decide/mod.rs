//! May this participant join this meeting? Everything that answers, for one docket.

mod ours;
mod map;
mod regorus;
mod casbin;
mod cedar;

use std::hint::black_box;
use std::time::Instant;

use bailiwick::{Atlas, Decision, Docket};
use ipnet::IpNet;

pub use self::casbin::Casbin;
pub use self::cedar::Cedar;
pub use self::map::{CountryThenMap, MapThenCountry, StdMap, StrongMap};
pub use self::ours::Ours;
pub use self::regorus::Regorus;

use crate::heap::{self, Cost};
use crate::locate::Database;
use crate::workload::docket;
use crate::workload::questions::{self, Case, Question};
use crate::workload::world::World;

/// What a backend does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Nothing: no order names the meeting.
    Allow,
    /// Refuses this participant.
    Block,
    /// Nothing: the orders that name the meeting do not reach this participant.
    Keep,
}

impl From<Decision<'_>> for Answer {
    fn from(decision: Decision<'_>) -> Answer {
        match decision {
            Decision::Allow => Answer::Allow,
            Decision::BlockParticipant(_) => Answer::Block,
            Decision::KeepMeeting(_) => Answer::Keep,
        }
    }
}

/// What all of them are built from.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The orders.
    pub docket: &'a Docket,
    /// Where addresses are, for bailiwick: its atlas, which the policy shares.
    pub atlas: &'a Atlas,
    /// The same for others: a [`Database`](crate::locate::Database), which each opens a copy of.
    pub file: &'a [u8],
}

/// One way to decide.
pub trait Decider: Sized {
    /// What to call it.
    const NAME: &'static str;

    /// False for those that can only say yes or no, and so are only asked whether to block: less than the others tell.
    const TELLS_KEEP: bool = true;

    /// Builds it for a docket whose orders are all in force, without bounds in time.
    fn build(given: &Given<'_>) -> Self;

    /// Decides.
    fn decide(&mut self, question: &Question<'_>) -> Answer;
}

/// A [`Decider`] whose kind does not matter any more.
pub trait Contender {
    /// Decides questions that are all known beforehand: nanoseconds for each.
    fn throughput(&mut self, questions: &[Question<'_>]) -> f64;

    /// The answer, and whether it can tell `Keep` from `Allow`.
    fn answer(&mut self, question: &Question<'_>) -> (Answer, bool);
}

impl<D: Decider> Contender for D {
    #[inline(never)]
    fn throughput(&mut self, questions: &[Question<'_>]) -> f64 {
        let start = Instant::now();
        let sum = questions.iter().fold(0, |sum, question| sum + self.decide(question) as usize);
        let elapsed = start.elapsed();
        black_box(sum);
        elapsed.as_nanos() as f64 / questions.len() as f64
    }

    fn answer(&mut self, question: &Question<'_>) -> (Answer, bool) {
        (self.decide(question), D::TELLS_KEEP)
    }
}

/// A contender, and what building it took.
pub struct Entry {
    /// What to call it.
    pub name: &'static str,
    /// The contender.
    pub contender: Box<dyn Contender>,
    /// What building it took. bailiwick's atlas is shared, and not counted; a database is.
    pub cost: Cost,
}

/// Builds one contender.
pub fn enter<D: Decider + 'static>(given: &Given<'_>) -> Entry {
    let (contender, cost) = heap::usual_cost(|| D::build(given));
    Entry { name: D::NAME, contender: Box::new(contender), cost }
}

/// Those who decide, and the questions that they decide.
pub struct Bout<'w> {
    /// What to call it.
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
        let (docket, file) = (docket::docket(meetings, orders), Database::write(world));
        let given = Given { docket: &docket, atlas: &world.atlas, file: &file };
        let field = vec![
            enter::<Ours>(&given),
            enter::<MapThenCountry<StdMap>>(&given),
            enter::<MapThenCountry<StrongMap>>(&given),
            enter::<CountryThenMap<StdMap>>(&given),
            enter::<Regorus>(&given),
            enter::<Casbin>(&given),
            enter::<Cedar>(&given),
        ];
        let columns = Case::ALL.map(|case| (case.name(), questions::questions(world, case, meetings, orders, count)));
        let mut bout = Bout { name: format!("10,000 meetings under 1,000 orders, {}", world.name), field, columns: columns.into() };
        bout.verify();
        bout
    }

    /// 1,000,000 meetings under 100,000 orders: those who can keep up, on meetings that no order names.
    pub fn million(world: &'w World, count: usize) -> Bout<'w> {
        let (meetings, orders) = (1_000_000, 100_000);
        let (docket, file) = (docket::docket(meetings, orders), Database::write(world));
        let given = Given { docket: &docket, atlas: &world.atlas, file: &file };
        let field =
            vec![enter::<Ours>(&given), enter::<MapThenCountry<StdMap>>(&given), enter::<MapThenCountry<StrongMap>>(&given)];
        let columns = vec![(Case::Unlisted.name(), questions::questions(world, Case::Unlisted, meetings, orders, count))];
        let mut bout = Bout { name: format!("1,000,000 meetings under 100,000 orders, {}", world.name), field, columns };
        bout.verify();
        bout
    }

    /// 10,000 meetings under 1,000 orders: bailiwick with plain ones, and with 100 networks each.
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
