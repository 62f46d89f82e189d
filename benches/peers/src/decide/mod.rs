//! May this participant join this meeting? Everything that answers, for one docket.

mod ours;
mod map;
mod regorus;
mod casbin;
mod cedar;
mod burst;
mod bout;

use std::hint::black_box;
use std::time::Instant;

use bailiwick::{Atlas, Decision, Docket};

pub use self::bout::Bout;
pub use self::burst::{LooksUp, Once};
pub use self::casbin::Casbin;
pub use self::cedar::Cedar;
pub use self::map::{CountryThenMap, Field, MapThen, Offset, Record, StdMap, StrongMap};
pub use self::ours::Ours;
pub use self::regorus::Regorus;

use crate::heap::{self, Cost};
use crate::workload::questions::Question;

/// The work of a backend.
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

/// The input of all contenders.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// The orders.
    pub docket: &'a Docket,
    /// The locations of addresses for bailiwick: its atlas, which the policy shares.
    pub atlas: &'a Atlas,
    /// The locations for others: a [`Database`](crate::locate::Database), which each opens a copy of.
    pub file: &'a [u8],
}

/// One way to decide.
pub trait Decider: Sized {
    /// Its name.
    const NAME: &'static str;

    /// Whether it can tell `Keep` from `Allow`. Contenders that cannot are only asked whether to block.
    const TELLS_KEEP: bool = true;

    /// Builds it for a docket whose orders are all in force, without bounds in time.
    fn build(given: &Given<'_>) -> Self;

    /// Decides. Always inlined, so that what is timed is a caller's own loop, and no call of ours in it.
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
    /// Its name.
    pub name: &'static str,
    /// The contender.
    pub contender: Box<dyn Contender>,
    /// The cost of building it. bailiwick's atlas is shared, and not counted; a database is.
    pub cost: Cost,
}

/// Builds one contender.
pub fn enter<D: Decider + 'static>(given: &Given<'_>) -> Entry {
    let (contender, cost) = heap::usual_cost(|| D::build(given));
    Entry { name: D::NAME, contender: Box::new(contender), cost }
}

/// Builds one contender that looks a meeting up once.
pub fn enter_once<D: LooksUp + 'static>(given: &Given<'_>) -> Entry {
    let (contender, cost) = heap::usual_cost(|| Once(D::build(given)));
    Entry { name: D::ONCE, contender: Box::new(contender), cost }
}
