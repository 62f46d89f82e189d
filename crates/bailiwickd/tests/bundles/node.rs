//! The part of a daemon that fetches bundles, with its door, in this process.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bailiwick::{Policy, Region};
use bailiwickd::config::Config;
use bailiwickd::daemon;
use bailiwickd::door::Door;
use bailiwickd::metrics::Metrics;
use bailiwickd::policy::Keeper;
use tempfile::TempDir;

use crate::bundle::{policy, version};
use crate::wait_for;

const ADMIN: &str = "[[listen]]\naddress = \"127.0.0.1:0\"\nmode = \"admin\"\n";

/// A node. Its state folder is its own, and stays when it is started anew.
pub(crate) struct Node {
    pub(crate) door: Arc<Door>,
    /// What was put in force, in sequence: the version, and the number of polls before the one that took it.
    pub(crate) taken: Arc<Mutex<Vec<(u64, u64)>>>,
    keeper: Keeper,
    pub(crate) folder: TempDir,
}

impl Node {
    pub(crate) fn start(place: &str, more: &str) -> Node {
        Node::start_in(tempfile::tempdir().unwrap(), place, more)
    }

    pub(crate) fn start_in(folder: TempDir, place: &str, more: &str) -> Node {
        let state = folder.path().join("state");
        Node::start_of(folder, place, state.to_str().unwrap(), more)
    }

    /// Starts a node with the state folder of somebody else.
    pub(crate) fn start_with_state(place: &str, state: &str, more: &str) -> Node {
        Node::start_of(tempfile::tempdir().unwrap(), place, state, more)
    }

    fn start_of(folder: TempDir, place: &str, state: &str, more: &str) -> Node {
        let text = policy(place, state, more) + ADMIN;
        let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let door = Arc::new(Door::new(None, Metrics::new().unwrap()));
        let supply = daemon::supply(&config.policy, &door.metrics).unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let (list, of_door) = (Arc::clone(&taken), Arc::clone(&door));
        let changed = move |policy: &Policy, _: Option<&_>| {
            let polls = polls(&of_door).saturating_sub(1);
            list.lock().unwrap().push((version(policy), polls));
        };
        let keeper = Keeper::start(supply, config.policy.watch, Arc::clone(&door), changed, || {}).unwrap();
        Node { door, taken, keeper, folder }
    }

    /// Ends it, and gives its folder.
    pub(crate) fn end(self) -> TempDir {
        self.keeper.stop();
        self.keeper.thread.join().unwrap();
        self.folder
    }

    pub(crate) fn state(&self) -> &Path {
        self.folder.path()
    }

    /// The versions that were in force, in sequence.
    pub(crate) fn versions(&self) -> Vec<u64> {
        self.taken.lock().unwrap().iter().map(|(version, _)| *version).collect()
    }

    /// Whether somebody from the territory is kept from a meeting.
    pub(crate) fn blocks(&self, meeting: &str) -> bool {
        let policy = self.door.policy();
        policy.is_some_and(|policy| !policy.decide(meeting, "127.8.0.1".parse().unwrap(), "US".parse::<Region>().unwrap()).admits())
    }

    pub(crate) fn polls(&self) -> u64 {
        polls(&self.door)
    }

    pub(crate) fn metric(&self, name: &str) -> f64 {
        metric(&self.door.render_metrics(), name)
    }

    pub(crate) fn refusals(&self, reason: &str) -> f64 {
        self.metric(&format!("bailiwick_bundle_refusals_total{{reason=\"{reason}\"}}"))
    }

    pub(crate) fn failures(&self, reason: &str) -> f64 {
        self.metric(&format!("bailiwick_bundle_failures_total{{reason=\"{reason}\"}}"))
    }

    pub(crate) fn reload(&self) {
        let (done, is_done) = std::sync::mpsc::channel();
        self.keeper.reload(move || done.send(()).unwrap());
        is_done.recv_timeout(crate::SOON).unwrap();
    }

    /// Waits for the versions that were in force so far.
    pub(crate) fn wait_for_versions(&self, expected: &[u64]) {
        wait_for(&format!("{expected:?} in force"), || self.versions() == expected);
    }

    /// Waits until a poll is over that began after now.
    pub(crate) fn wait_for_poll(&self) {
        // The one that is under way, and a whole one.
        let before = self.polls();
        wait_for("a poll", || self.polls() >= before + 2);
    }
}

fn polls(door: &Door) -> u64 {
    let text = door.render_metrics();
    let values = text.lines().filter(|line| line.starts_with("bailiwick_bundle_polls_total{"));
    values.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64).sum()
}

pub(crate) fn metric(text: &str, name: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
}
