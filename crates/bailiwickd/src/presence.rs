//! Who is present, as connectors announced, and what they are told: the policy's changes, and who is to be removed now.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bailiwick::change::Change;
use bailiwick::{Block, Decision, Policy, Region};
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::asker::Question;
use crate::door::Door;
use crate::json::NoticeJson;

/// The most connectors that listen at once: one for each server of a site.
pub const MAX_SUBSCRIBERS: usize = 256;

/// The most events that wait for a connector. One that is behind by more has to begin anew.
const QUEUE: usize = 1024;

/// The part of the queue that removals leave to other events. A removal that does not fit waits for a later review.
const RESERVED: usize = 256;

/// The time until the next review when removals wait.
const RETRY: Duration = Duration::from_millis(50);

/// The most participants that are announced by all connectors together: each takes some hundred bytes.
pub const MAX_PRESENT: usize = 200_000;

/// The most bytes of the name of a participant, a meeting or an account that is announced. No order names a longer one.
pub const MAX_NAME: usize = 512;

/// The most bytes of the languages that are kept with a meeting: browsers send some hundred. Of longer ones nothing is kept.
pub const MAX_LANGUAGES: usize = 1024;

/// The time between two reviews: orders begin and end at times of their own.
const REVIEW: Duration = Duration::from_secs(1);

/// The most meetings that an event names.
const MAX_NAMED: usize = 1000;

/// What a connector is told.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// The first event: under which name it announces who is present.
    Hello(Hello),
    /// Another policy is in force.
    Policy(PolicyEvent),
    /// A participant is to be removed.
    Remove(Removal),
    /// The last event: what was announced is forgotten. Connect again, and announce again.
    Resync(Resync),
}

impl Event {
    /// The name of the event.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Event::Hello(_) => "hello",
            Event::Policy(_) => "policy",
            Event::Remove(_) => "remove",
            Event::Resync(_) => "resync",
        }
    }
}

/// The first event of a stream.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Hello {
    /// The name to give with each sweep, so that its participants are watched.
    pub subscription: String,
    /// The digest of the policy in force; null when there is none.
    pub policy: Option<String>,
}

/// Another policy is in force.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PolicyEvent {
    /// Its digest.
    pub policy: String,
    /// The digest of its atlas.
    pub atlas: String,
    /// Whether somebody is blocked who was not.
    pub widens: bool,
    /// Whether somebody is admitted who was not.
    pub releases: bool,
    /// The meetings that the changed orders name; null when they are too many, or all may be concerned.
    pub meetings: Option<Vec<String>>,
    /// The host accounts that the changed orders name; likewise.
    pub accounts: Option<Vec<String>>,
}

/// A participant who is to be removed.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Removal {
    /// The meeting, as announced.
    pub meeting: String,
    /// The participant, as announced.
    pub participant: String,
    /// The orders that reach the participant.
    pub orders: Vec<String>,
    /// What to tell the participant.
    pub notice: NoticeJson,
}

/// The end of a stream.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Resync {
    /// Why it ends.
    pub reason: String,
}

/// Who is present.
#[derive(Debug)]
pub struct Presence {
    door: Arc<Door>,
    all: Mutex<All>,
    /// Wakes the review.
    changed: Condvar,
}

#[derive(Debug, Default)]
struct All {
    subscriptions: HashMap<String, Subscription>,
    present: usize,
    /// Whether a policy was put in force since the last review.
    is_due: bool,
    is_closed: bool,
}

#[derive(Debug)]
struct Subscription {
    events: Sender<Event>,
    is_behind: Arc<AtomicBool>,
    meetings: HashMap<String, Present>,
    blocked_by: String,
}

#[derive(Debug)]
struct Present {
    account: Option<String>,
    host_region: Region,
    languages: String,
    /// The address, and whether the connector was told to remove the participant.
    participants: HashMap<String, (IpAddr, bool)>,
}

/// A connector's end: events come until it is dropped.
#[derive(Debug)]
pub struct Listening {
    /// Its name.
    pub name: String,
    /// The events.
    pub events: Receiver<Event>,
    /// Whether events were lost.
    pub is_behind: Arc<AtomicBool>,
    presence: Arc<Presence>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.presence.forget(&self.name);
    }
}

/// Everyone in one meeting.
#[derive(Debug)]
pub struct Announcement<'a> {
    /// The meeting.
    pub meeting: &'a str,
    /// The account that hosts it.
    pub account: Option<&'a str>,
    /// The home region of that account.
    pub host_region: Region,
    /// The languages for notices, if the connector does not know those of each participant.
    pub languages: &'a str,
    /// The participants and their addresses.
    pub participants: Vec<(&'a str, IpAddr)>,
}

/// Why an announcement is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotTaken {
    /// Nobody listens under that name.
    Unknown,
    /// More participants are present than are watched.
    Full,
}

impl Presence {
    /// Nobody is present yet.
    #[must_use]
    pub fn new(door: Arc<Door>) -> Presence {
        Presence { door, all: Mutex::default(), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        // A panic leaves nothing half done that the next review does not mend.
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to listen. `None` when there are too many.
    #[must_use]
    pub fn listen(self: &Arc<Self>, blocked_by: &str) -> Option<Listening> {
        let (sender, events) = channel(QUEUE);
        let is_behind = Arc::new(AtomicBool::new(false));
        let name = random_name();
        let mut all = self.lock();
        if all.is_closed || all.subscriptions.len() >= MAX_SUBSCRIBERS {
            return None;
        }
        let policy = self.door.load().map(|policy| policy.digest().to_string());
        // The queue is empty.
        let _ = sender.try_send(Event::Hello(Hello { subscription: name.clone(), policy }));
        let subscription = Subscription {
            events: sender,
            is_behind: Arc::clone(&is_behind),
            meetings: HashMap::new(),
            blocked_by: blocked_by.to_owned(),
        };
        all.subscriptions.insert(name.clone(), subscription);
        self.count(&all);
        Some(Listening { name, events, is_behind, presence: Arc::clone(self) })
    }

    /// Puts everyone of a meeting in the place of those who were announced before. `decide` decides about them by the policy in force,
    /// and returns the ones whom the connector is told to remove by that.
    ///
    /// # Errors
    ///
    /// When nobody listens under the name, or there is no room.
    pub fn announce(
        &self,
        name: &str,
        announcement: &Announcement<'_>,
        decide: impl FnOnce(Option<&Policy>) -> Vec<String>,
    ) -> Result<(), NotTaken> {
        let mut all = self.lock();
        let All { subscriptions, present, .. } = &mut *all;
        let subscription = subscriptions.get_mut(name).ok_or(NotTaken::Unknown)?;
        let before = subscription.meetings.get(announcement.meeting).map_or(0, |present| present.participants.len());
        let after = present.saturating_sub(before).saturating_add(announcement.participants.len());
        if after > MAX_PRESENT {
            return Err(NotTaken::Full);
        }
        *present = after;
        // While the list is locked, so that no policy is put in force in between and missed.
        let told = decide(self.door.policy().as_ref());
        if announcement.participants.is_empty() {
            subscription.meetings.remove(announcement.meeting);
            return Ok(());
        }
        let mut participants: HashMap<String, (IpAddr, bool)> =
            announcement.participants.iter().map(|&(participant, address)| (participant.to_owned(), (address, false))).collect();
        for participant in told {
            if let Some((_, is_told)) = participants.get_mut(&participant) {
                *is_told = true;
            }
        }
        let meeting = Present {
            account: announcement.account.map(str::to_owned),
            host_region: announcement.host_region,
            languages: if announcement.languages.len() > MAX_LANGUAGES { String::new() } else { announcement.languages.to_owned() },
            participants,
        };
        subscription.meetings.insert(announcement.meeting.to_owned(), meeting);
        Ok(())
    }

    /// Tells everyone of another policy, and has the participants reviewed.
    pub fn policy_changed(&self, policy: &Policy, change: Option<&Change>) {
        let event = Event::Policy(policy_event(policy, change));
        let mut all = self.lock();
        all.subscriptions.retain(|_, subscription| self.send(subscription, event.clone()));
        self.recount(&mut all);
        all.is_due = true;
        drop(all);
        self.changed.notify_one();
    }

    /// Reviews the participants, again and again, until [`close`](Presence::close).
    pub fn review(&self) {
        let mut all = self.lock();
        let mut pause = REVIEW;
        while !all.is_closed {
            if !all.is_due {
                all = self.changed.wait_timeout(all, pause).unwrap_or_else(PoisonError::into_inner).0;
            }
            all.is_due = false;
            pause = REVIEW;
            if let Some(policy) = self.door.policy() {
                let at = SystemTime::now();
                for subscription in all.subscriptions.values_mut() {
                    if !self.review_one(subscription, &policy, at) {
                        pause = RETRY;
                    }
                }
            }
        }
    }

    /// Ends all streams.
    pub fn close(&self) {
        let mut all = self.lock();
        all.is_closed = true;
        all.subscriptions.clear();
        self.recount(&mut all);
        drop(all);
        self.changed.notify_one();
    }

    /// Tells a connector whom to remove that it was not told about. `false` when some have to wait, as its queue is full.
    fn review_one(&self, subscription: &mut Subscription, policy: &Policy, at: SystemTime) -> bool {
        let Subscription { events, meetings, blocked_by, .. } = subscription;
        let mut is_whole = true;
        for (meeting, present) in meetings {
            let Present { account, host_region, languages, participants } = present;
            for (participant, (address, is_told)) in participants {
                let question = Question { meeting, account: account.as_deref(), address: *address, host_region: *host_region, at };
                let Decision::BlockParticipant(block) = policy.decide_at(question.hosted(), *address, *host_region, at) else {
                    *is_told = false;
                    continue;
                };
                if *is_told {
                    continue;
                }
                let removal = || removal(meeting, participant, &block, languages, blocked_by);
                if events.capacity() <= RESERVED || events.try_send(Event::Remove(removal())).is_err() {
                    is_whole = false;
                    continue;
                }
                *is_told = true;
                self.door.metrics.removals.inc();
                if let Some(recorder) = &self.door.recorder {
                    recorder.record(policy, question.hosted(), *address, *host_region, at);
                }
            }
        }
        is_whole
    }

    /// Sends an event. `false` when the connector does not keep up, and is dropped.
    fn send(&self, subscription: &Subscription, event: Event) -> bool {
        let is_sent = subscription.events.try_send(event).is_ok();
        if !is_sent && !subscription.events.is_closed() {
            subscription.is_behind.store(true, Ordering::Relaxed);
            self.door.metrics.lagging.inc();
            tracing::warn!("a connector does not keep up with changes, and has to begin anew");
        }
        is_sent
    }

    fn forget(&self, name: &str) {
        let mut all = self.lock();
        all.subscriptions.remove(name);
        self.recount(&mut all);
    }

    fn recount(&self, all: &mut All) {
        let meetings = all.subscriptions.values().flat_map(|subscription| subscription.meetings.values());
        all.present = meetings.map(|present| present.participants.len()).sum();
        self.count(all);
    }

    fn count(&self, all: &All) {
        self.door.metrics.subscribers.set(i64::try_from(all.subscriptions.len()).unwrap_or(i64::MAX));
    }
}

/// A removal, with its notice.
#[must_use]
pub fn removal(meeting: &str, participant: &str, block: &Block<'_>, languages: &str, blocked_by: &str) -> Removal {
    Removal {
        meeting: meeting.to_owned(),
        participant: participant.to_owned(),
        orders: block.orders().map(|order| order.id.clone()).collect(),
        notice: NoticeJson::of(&block.notice(languages), blocked_by),
    }
}

fn policy_event(policy: &Policy, change: Option<&Change>) -> PolicyEvent {
    let orders = |change: &Change| {
        let (mut meetings, mut accounts) = (Vec::new(), Vec::new());
        for order in change.orders().flat_map(|order| [order.before(), order.after()]).flatten() {
            meetings.extend(order.meetings.iter().take(MAX_NAMED + 1).cloned());
            accounts.extend(order.accounts.iter().take(MAX_NAMED + 1).cloned());
            if meetings.len() > 2 * MAX_NAMED || accounts.len() > 2 * MAX_NAMED {
                break;
            }
        }
        for names in [&mut meetings, &mut accounts] {
            names.sort_unstable();
            names.dedup();
        }
        let few = |names: Vec<String>| (names.len() <= MAX_NAMED).then_some(names);
        (few(meetings), few(accounts))
    };
    let (meetings, accounts) = change.map_or((None, None), orders);
    PolicyEvent {
        policy: policy.digest().to_string(),
        atlas: policy.atlas_digest().to_string(),
        widens: change.is_none_or(Change::widens),
        releases: change.is_some_and(Change::releases),
        meetings,
        accounts,
    }
}

/// A name that cannot be guessed: two hashes by keys that the system drew at random.
fn random_name() -> String {
    let half = || RandomState::new().hash_one(SystemTime::now());
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use bailiwick::{Atlas, Docket, Order, Source};

    use super::*;
    use crate::metrics::Metrics;

    /// A policy by which nobody of `CN` takes part in `vigil`.
    fn policy() -> Policy {
        let mut source = Source::new("provider");
        source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
        let mut order = Order::new("cn-1", "CN");
        order.meetings.push("vigil".to_owned());
        Policy::compile(&[order].into_iter().collect::<Docket>(), &Atlas::builder().source(source).build().unwrap()).unwrap()
    }

    fn presence() -> Arc<Presence> {
        Arc::new(Presence::new(Arc::new(Door::new(None, Metrics::new().unwrap()))))
    }

    fn announcement(participants: &[String]) -> Announcement<'_> {
        let address = "203.0.113.7".parse().unwrap();
        let participants = participants.iter().map(|name| (name.as_str(), address)).collect();
        Announcement { meeting: "vigil", account: None, host_region: Region::UNKNOWN, languages: "", participants }
    }

    #[test]
    fn a_connector_that_reads_nothing_is_dropped_after_what_fits_and_told_that_it_is_behind() {
        let presence = presence();
        let mut deaf = presence.listen("/").unwrap();
        let mut other = presence.listen("/").unwrap();
        for _ in 0..QUEUE {
            presence.policy_changed(&policy(), None);
            while other.events.try_recv().is_ok() {}
        }
        assert!(deaf.is_behind.load(Ordering::Relaxed) && !other.is_behind.load(Ordering::Relaxed));
        assert_eq!((0..).take_while(|_| deaf.events.try_recv().is_ok()).count(), QUEUE);
        assert!(deaf.events.is_closed());
        assert_eq!((presence.door.metrics.subscribers.get(), presence.door.metrics.lagging.get()), (1, 1));
    }

    #[test]
    fn removals_wait_for_a_connector_that_is_behind_and_none_is_lost_or_repeated() {
        let presence = presence();
        let mut listening = presence.listen("/").unwrap();
        let names: Vec<String> = (0..3 * QUEUE).map(|n| format!("p{n}")).collect();
        presence.announce(&listening.name, &announcement(&names), |_| Vec::new()).unwrap();
        let review = || {
            let mut all = presence.lock();
            let subscription = all.subscriptions.values_mut().next().unwrap();
            presence.review_one(subscription, &policy(), SystemTime::now())
        };
        let (mut told, mut reviews) = (Vec::new(), 0);
        assert!(matches!(listening.events.try_recv(), Ok(Event::Hello(_))));
        // Two more reviews than are needed have nothing to say.
        while reviews < names.len().div_ceil(QUEUE - RESERVED) + 2 {
            let is_whole = review();
            assert!(listening.events.len() <= QUEUE - RESERVED);
            while let Ok(Event::Remove(removal)) = listening.events.try_recv() {
                told.push(removal.participant);
            }
            assert_eq!(is_whole, told.len() >= names.len());
            reviews += 1;
        }
        told.sort_unstable();
        let mut expected = names;
        expected.sort_unstable();
        assert_eq!(told, expected);
    }

    #[test]
    fn languages_that_no_browser_sends_are_not_kept() {
        let presence = presence();
        let listening = presence.listen("/").unwrap();
        let names = ["p".to_owned()];
        for (length, kept) in [(MAX_LANGUAGES, MAX_LANGUAGES), (MAX_LANGUAGES + 1, 0)] {
            let languages = "x".repeat(length);
            let announcement = Announcement { languages: &languages, ..announcement(&names) };
            presence.announce(&listening.name, &announcement, |_| Vec::new()).unwrap();
            assert_eq!(presence.lock().subscriptions[&listening.name].meetings["vigil"].languages.len(), kept);
        }
    }

    #[test]
    fn there_is_a_bound_on_connectors_and_participants_and_room_after_they_left() {
        let presence = presence();
        let mut all: Vec<Listening> = (0..MAX_SUBSCRIBERS).map(|_| presence.listen("/").unwrap()).collect();
        assert!(presence.listen("/").is_none());
        let names: Vec<String> = (0..MAX_PRESENT / 2).map(|n| n.to_string()).collect();
        let announce = |listening: &Listening| presence.announce(&listening.name, &announcement(&names), |_| Vec::new());
        assert_eq!(announce(&all[0]), Ok(()));
        assert_eq!(announce(&all[1]), Ok(()));
        assert_eq!(announce(&all[2]), Err(NotTaken::Full));
        assert_eq!(announce(&all[1]), Ok(()), "in the place of those before");
        drop(all.swap_remove(0));
        assert_eq!(announce(&all[2]), Ok(()));
        assert!(presence.listen("/").is_some());
        assert_eq!(presence.announce("nobody", &announcement(&names), |_| Vec::new()), Err(NotTaken::Unknown));
    }
}
