//! Contenders that look a meeting up once, and then decide about those who join it.

use std::hint::black_box;
use std::net::IpAddr;
use std::time::Instant;

use bailiwick::{InMeeting, Region};

use super::map::{Code, Geo, Issuers, judge};
use super::{Answer, Contender, Decider, MapThen, Ours};
use crate::workload::questions::Question;

/// A decider that can look a meeting up without deciding.
pub trait LooksUp: Decider {
    /// The name of the contender that asks once for each burst.
    const ONCE: &'static str;

    /// What it found out about a meeting.
    type Meeting<'a>
    where
        Self: 'a;

    /// Looks a meeting up.
    fn meeting<'a>(&'a self, id: &str) -> Self::Meeting<'a>;

    /// Decides about one who joins it. Always inlined, as [`Decider::decide`] is.
    fn decide_in(&self, meeting: &Self::Meeting<'_>, ip: IpAddr) -> Answer;
}

impl LooksUp for Ours {
    const ONCE: &'static str = "bailiwick, meeting looked up once";

    type Meeting<'a> = (InMeeting<'a>, Region);

    fn meeting<'a>(&'a self, id: &str) -> (InMeeting<'a>, Region) {
        (self.policy.meeting(id), self.home)
    }

    #[inline(always)]
    fn decide_in(&self, (meeting, home): &(InMeeting<'_>, Region), ip: IpAddr) -> Answer {
        meeting.decide(ip, *home).into()
    }
}

impl<M: Issuers, G: Geo> LooksUp for MapThen<M, G> {
    const ONCE: &'static str = G::AFTER_MAP_ONCE;

    type Meeting<'a>
        = Option<&'a [Code]>
    where
        Self: 'a;

    fn meeting<'a>(&'a self, id: &str) -> Option<&'a [Code]> {
        self.issuers.get(id)
    }

    #[inline(always)]
    fn decide_in(&self, meeting: &Option<&[Code]>, ip: IpAddr) -> Answer {
        meeting.map_or(Answer::Allow, |issuers| judge(issuers, self.geo.country(ip)))
    }
}

/// Asks once for each slice of questions, which are all about one meeting.
pub struct Once<D>(pub D);

impl<D: LooksUp> Contender for Once<D> {
    #[inline(never)]
    fn throughput(&mut self, questions: &[Question<'_>]) -> f64 {
        let start = Instant::now();
        let meeting = self.0.meeting(&questions[0].meeting);
        let sum = questions.iter().fold(0, |sum, question| sum + self.0.decide_in(&meeting, question.ip) as usize);
        let elapsed = start.elapsed();
        black_box(sum);
        elapsed.as_nanos() as f64 / questions.len() as f64
    }

    fn answer(&mut self, question: &Question<'_>) -> (Answer, bool) {
        let meeting = self.0.meeting(&question.meeting);
        (self.0.decide_in(&meeting, question.ip), D::TELLS_KEEP)
    }
}
