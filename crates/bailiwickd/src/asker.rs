//! One listener's way from a request to an answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use bailiwick::{Decision, Meeting, Policy, Quoted, Region};

use crate::config::{Exempt, Questions};
use crate::door::Door;
use crate::metrics::ListenerMetrics;
use crate::question::Unasked;
use crate::question::address::Connection;
use crate::question::rule::Request;
use crate::refusal::Refusal;

/// Seconds between two messages of one reason from one listener: whoever floods a door must not fill the disk with its log.
const BETWEEN_MESSAGES: u64 = 10;

/// Answers the questions of one listener.
#[derive(Debug)]
pub struct Asker {
    /// What all listeners share.
    pub door: Arc<Door>,
    /// The counters of the listener.
    pub metrics: ListenerMetrics,
    name: String,
    begun: Instant,
    /// For each reason, the second of the next message.
    next_message: [AtomicU64; Unasked::ALL.len()],
}

/// What is to be decided about.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The meeting.
    pub meeting: &'q str,
    /// The account that hosts it.
    pub account: Option<&'q str>,
    /// The participant's address.
    pub address: IpAddr,
    /// The home region of the host's account.
    pub host_region: Region,
    /// The time that counts.
    pub at: SystemTime,
}

impl<'q> Question<'q> {
    /// The meeting with its host.
    #[must_use]
    pub fn hosted(&self) -> Meeting<'q> {
        let meeting = Meeting::new(self.meeting);
        self.account.map_or(meeting, |account| meeting.hosted_by(account))
    }
}

impl Asker {
    /// An asker for a listener.
    #[must_use]
    pub fn new(door: Arc<Door>, name: &str) -> Asker {
        let metrics = door.metrics.listener(name);
        Asker { door, metrics, name: name.to_owned(), begun: Instant::now(), next_message: Default::default() }
    }

    /// Decides about a request of a proxy. `None` admits; `languages` is the value of `Accept-Language`.
    #[must_use]
    pub fn answer(&self, questions: &Questions, request: Request<'_>, connection: Connection, languages: &str) -> Option<Refusal> {
        let address = questions.client_address.find(request.headers, connection);
        let is_exempt = |exempt: &Exempt| {
            let participant = questions.participant.as_ref().and_then(|rule| rule.find(request).ok());
            exempt.holds(participant.as_deref(), address.ok())
        };
        if is_exempt(&questions.exempt) {
            self.metrics.exempt.inc();
            return None;
        }
        let meeting = match questions.meeting.find(request) {
            Ok(meeting) => meeting,
            Err(reason) => return self.unasked(Unasked::meeting(reason)),
        };
        let address = match address {
            Ok(address) => address,
            Err(reason) => return self.unasked(Unasked::address(reason)),
        };
        let account = questions.account.as_ref().and_then(|rule| rule.find(request).ok());
        let host_region = questions.host_region.as_ref().and_then(|rule| rule.find(request).ok());
        let host_region = host_region.and_then(|region| region.parse().ok()).unwrap_or(Region::UNKNOWN);
        let question = Question { meeting: &meeting, account: account.as_deref(), address, host_region, at: SystemTime::now() };
        self.decide(question, &questions.blocked_by, languages)
    }

    /// Decides, counts and records. `None` admits.
    fn decide(&self, question: Question<'_>, blocked_by: &str, languages: &str) -> Option<Refusal> {
        let Some(policy) = self.door.load() else { return self.unasked(Unasked::NoPolicy) };
        match self.decided(&policy, question) {
            Decision::Allow | Decision::KeepMeeting(_) => None,
            Decision::BlockParticipant(block) => {
                tracing::debug!(
                    listener = self.name,
                    "a participant is refused in the meeting {}: {}",
                    Quoted(question.meeting),
                    block.orders().map(|order| Quoted(&order.id).to_string()).collect::<Vec<_>>().join(", ")
                );
                Some(Refusal::of(&block.notice(languages), blocked_by))
            }
        }
    }

    /// Decides, counts and records.
    pub fn decided<'p>(&self, policy: &'p Policy, question: Question<'_>) -> Decision<'p> {
        let Question { address, host_region, at, .. } = question;
        let decision = policy.decide_at(question.hosted(), address, host_region, at);
        self.metrics.decided(decision.kind());
        self.record(policy, question);
        decision
    }

    /// Records what was decided, where there is a ledger.
    pub fn record(&self, policy: &Policy, question: Question<'_>) {
        if let Some(recorder) = &self.door.recorder {
            recorder.record(policy, question.hosted(), question.address, question.host_region, question.at);
        }
    }

    /// Counts somebody who is admitted without a decision, and says so from time to time.
    pub fn unasked(&self, reason: Unasked) -> Option<Refusal> {
        let count = self.metrics.unasked(reason);
        let now = self.begun.elapsed().as_secs();
        let is_due = self.next_message.get(reason.index()).is_some_and(|next| {
            let due = next.load(Ordering::Relaxed);
            due <= now && next.compare_exchange(due, now + BETWEEN_MESSAGES, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        });
        // A request about no meeting is a picture of the page more often than a door that cannot ask.
        match (is_due, reason) {
            (true, Unasked::NoMeeting) => {
                tracing::debug!(listener = self.name, "{count} requests so far were about no meeting");
            }
            (true, _) => {
                tracing::warn!(
                    listener = self.name,
                    "a participant is admitted without a decision ({}), as {count} so far",
                    reason.word()
                );
            }
            (false, _) => {}
        }
        None
    }
}
