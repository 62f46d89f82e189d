//! Bundles: what a node takes, what it refuses, and what a crash leaves.
//!
//! - `attacks`: the attacks of The Update Framework (TUF, section 1.5.2), each by its name;
//! - `nodes`: nodes that skip versions, start late or with nothing, or have a wrong clock;
//! - `content`: orders that widen, geo data that do, ends that are missing;
//! - `disk`: a crash at every step, and a full disk at every write;
//! - `bytes`: the archive to the byte, and any byte that flips;
//! - `making`: what cannot be made, trusted or signed;
//! - `telling`: alerts, cautions, and the word of each refusal.

#[path = "../bodies/mod.rs"]
mod bodies;
mod attacks;
mod bytes;
mod content;
mod disk;
mod making;
mod nodes;
mod telling;

use std::time::{Duration, SystemTime};

use bailiwick::bundle::{self, Bundle, Error, Offered, Release, Store, Taken, Trust, TrustBuilder};
use bailiwick::note::SigningKey;
use bailiwick::{Atlas, Digest, Docket, Order, Requirements, Source};

const ORIGIN: &str = "example.org/orders";

/// Made-up places: documentation networks.
const GEO: &str = "203.0.113.0,203.0.113.255,CN\n198.51.100.0,198.51.100.255,HK\n";

/// Some day, on which every bundle is issued unless a test has it otherwise.
fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

const HOUR: Duration = Duration::from_secs(3600);

fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(&format!("example.org/{name}"), Digest::of(name.as_bytes()).as_bytes()).unwrap()
}

/// One key of legal and one of operations must sign.
fn trust() -> TrustBuilder {
    Trust::builder(ORIGIN).key("legal", key("anna").verifier()).key("operations", key("omar").verifier())
}

fn atlas_of(ranges: &str) -> Atlas {
    Atlas::builder().source(Source::from_range_csv("provider", ranges.as_bytes()).unwrap()).build().unwrap()
}

fn order(id: &str, meeting: &str) -> Order {
    let mut order = Order::new(id, "CN");
    order.meetings.push(meeting.to_owned());
    order.expires = Some(noon() + 1000 * HOUR);
    order
}

fn docket(meetings: &[&str]) -> Docket {
    meetings.iter().enumerate().map(|(n, meeting)| order(&format!("cn-{n}"), meeting)).collect()
}

/// A bundle that is about to be made.
#[derive(Clone)]
struct Plan {
    version: u64,
    origin: &'static str,
    issued: SystemTime,
    lasts: Duration,
    docket: Docket,
    requirements: Requirements,
    ranges: &'static str,
    before: Option<Digest>,
    acknowledged_from: Option<u64>,
    signers: Vec<&'static str>,
}

/// A version whose orders are about the meeting `vigil` alone, signed as `trust` demands.
fn plan(version: u64) -> Plan {
    Plan {
        version,
        origin: ORIGIN,
        issued: noon(),
        lasts: 24 * HOUR,
        docket: docket(&["vigil"]),
        requirements: Requirements::new(),
        ranges: GEO,
        before: None,
        acknowledged_from: None,
        signers: vec!["anna", "omar"],
    }
}

impl Plan {
    fn meetings(self, meetings: &[&str]) -> Plan {
        Plan { docket: docket(meetings), ..self }
    }

    fn signed_by(self, signers: &[&'static str]) -> Plan {
        Plan { signers: signers.to_vec(), ..self }
    }

    fn after(self, bundle: &[u8]) -> Plan {
        Plan { before: Some(digest(bundle)), ..self }
    }

    fn acknowledged_from(self, version: u64) -> Plan {
        Plan { acknowledged_from: Some(version), ..self }
    }

    fn unsigned(&self) -> Vec<u8> {
        let mut release = Release::new(self.origin, self.version, self.issued, self.issued + self.lasts).unwrap();
        if let Some(before) = self.before {
            release = release.after(before);
        }
        if let Some(version) = self.acknowledged_from {
            release = release.acknowledged_from(version).unwrap();
        }
        bundle::make(release, &self.docket, &self.requirements, &atlas_of(self.ranges)).unwrap()
    }

    fn made(&self) -> Vec<u8> {
        self.signers.iter().fold(self.unsigned(), |bytes, signer| bundle::sign(&bytes, &key(signer)).unwrap())
    }
}

fn digest(bytes: &[u8]) -> Digest {
    Bundle::read(bytes).unwrap().manifest().digest()
}

/// Offers a bundle at noon, which must be taken.
fn take<F: bundle::store::Files>(store: &mut Store<F>, bytes: &[u8]) {
    let _ = taken(store, bytes);
}

fn taken<F: bundle::store::Files>(store: &mut Store<F>, bytes: &[u8]) -> Box<Taken> {
    match store.offer(bytes, noon()) {
        Ok(Offered::Taken(taken)) => taken,
        other => panic!("{other:?}"),
    }
}

/// Offers a bundle at noon, which must be refused, and leave what is in force.
fn refuse<F: bundle::store::Files>(store: &mut Store<F>, bytes: &[u8]) -> Error {
    let before = in_force(store);
    let refused = store.offer(bytes, noon()).unwrap_err();
    assert_eq!(in_force(store), before);
    refused
}

fn in_force<F: bundle::store::Files>(store: &Store<F>) -> Option<(u64, Digest)> {
    store.current().map(|current| (current.manifest().version(), current.digest()))
}

fn version<F: bundle::store::Files>(store: &Store<F>) -> Option<u64> {
    in_force(store).map(|(version, _)| version)
}
