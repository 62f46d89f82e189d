//! Two hundred daemons and one store.

use std::thread;
use std::time::{Duration, Instant};

use crate::bundle::{Plan, bundle, plan};
use crate::node::Node;
use crate::store::{Does, WebStore};
use crate::wait_for;

/// The number of daemons.
pub(crate) const NODES: usize = 200;

/// The time between two polls of a daemon.
pub(crate) const POLL: Duration = Duration::from_secs(1);

/// Where a fleet fetches, and what a test does to it.
pub(crate) trait Place {
    fn url(&self) -> String;
    fn publish(&self, bundle: Vec<u8>);
    fn stop(&mut self);
    fn start(&mut self);
}

impl Place for WebStore {
    fn url(&self) -> String {
        WebStore::url(self)
    }

    fn publish(&self, bundle: Vec<u8>) {
        self.serve(bundle);
    }

    fn stop(&mut self) {
        self.now(Does::Hang);
    }

    /// What is published next is served again.
    fn start(&mut self) {}
}

/// Starts a fleet, and shows it a newer version, an older one, a truncated one, a forged one, no store at all, and a newer version
/// again. Each node has the newer ones in force after one poll, and never anything else.
pub(crate) fn every_node_is_on_the_new_version_after_one_poll(place: &mut impl Place) {
    place.publish(bundle(2));
    let more = format!("poll = \"{}ms\"\ntimeout = \"10s\"", POLL.as_millis());
    let url = place.url();
    let begun = Instant::now();
    let starts: Vec<_> = (0..4)
        .map(|_| (url.clone(), more.clone()))
        .map(|(url, more)| thread::spawn(move || (0..NODES / 4).map(|_| Node::start(&url, &more)).collect::<Vec<_>>()))
        .collect();
    let nodes: Vec<Node> = starts.into_iter().flat_map(|start| start.join().unwrap()).collect();
    all("version 2 in force", &nodes, |node| node.versions() == [2]);
    println!("{NODES} daemons had their first bundle {:?} after the first began", begun.elapsed());

    let next = bundle(4);
    let newer = publish(place, &nodes, bundle(3));
    all("version 3 in force", &nodes, |node| node.versions() == [2, 3]);
    newer.took_one_poll(&nodes);

    let hostile = [
        ("older-version", bundle(2)),
        ("archive", next[..next.len() / 2].to_vec()),
        ("threshold", Plan { signers: vec!["mallory", "trudy"], ..plan(4) }.make()),
    ];
    for (reason, bytes) in hostile {
        place.publish(bytes);
        all(reason, &nodes, |node| node.refusals(reason) >= 1.0);
    }
    place.stop();
    all("no store", &nodes, |node| node.failures("unreachable") >= 1.0);
    place.start();

    let newest = publish(place, &nodes, next);
    all("version 4 in force", &nodes, |node| node.versions() == [2, 3, 4]);
    newest.took_one_poll(&nodes);
    assert!(nodes.iter().all(|node| node.versions() == [2, 3, 4] && node.blocks("vigil")));
}

/// A publication, and how often each node had polled by then.
struct Published {
    at: Instant,
    polls: Vec<u64>,
}

fn publish(place: &impl Place, nodes: &[Node], bundle: Vec<u8>) -> Published {
    place.publish(bundle);
    let at = Instant::now();
    Published { at, polls: nodes.iter().map(Node::polls).collect() }
}

impl Published {
    /// Each node took it at its first poll that began after it was published: one more may have been under way.
    fn took_one_poll(&self, nodes: &[Node]) {
        println!("{NODES} daemons had the new bundle {:?} after it was published, with a poll of {POLL:?}", self.at.elapsed());
        for (node, &before) in nodes.iter().zip(&self.polls) {
            let (version, polls) = *node.taken.lock().unwrap().last().unwrap();
            assert!(polls <= before + 1, "version {version} was taken after {} polls", polls - before + 1);
        }
    }
}

fn all(what: &str, nodes: &[Node], holds: impl Fn(&Node) -> bool) {
    for node in nodes {
        wait_for(what, || holds(node));
    }
}

#[test]
fn two_hundred_daemons_are_on_the_new_version_after_one_poll_and_never_on_an_older_one() {
    let mut store = WebStore::serving(bundle(1));
    every_node_is_on_the_new_version_after_one_poll(&mut store);
}
