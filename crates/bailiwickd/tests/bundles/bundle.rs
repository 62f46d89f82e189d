//! Bundles for tests. The reference of their one order says which version it is of, so that a test sees what is in force.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bailiwick::bundle::{self, Release};
use bailiwick::note::SigningKey;
use bailiwick::{Atlas, Digest, Docket, Order, Policy, Requirements, Source};

pub(crate) const ORIGIN: &str = "example.org/orders";

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

/// Made-up places: 127.8.0.0/16 plays the territory.
const GEO: &str = "127.8.0.0/16,CN\n127.0.0.0/16,US\n";

pub(crate) fn key(name: &str) -> SigningKey {
    SigningKey::from_seed(&format!("example.org/{name}"), Digest::of(name.as_bytes()).as_bytes()).unwrap()
}

/// A bundle that is about to be made.
pub(crate) struct Plan {
    pub(crate) version: u64,
    pub(crate) origin: &'static str,
    pub(crate) expires: SystemTime,
    pub(crate) meetings: Vec<&'static str>,
    pub(crate) signers: Vec<&'static str>,
}

/// The time by which all bundles of a process are made, so that one version is the same bytes each time.
pub(crate) fn start() -> SystemTime {
    static START: OnceLock<SystemTime> = OnceLock::new();
    *START.get_or_init(SystemTime::now)
}

/// A version as it should be: anna of legal and omar of operations sign it.
pub(crate) fn plan(version: u64) -> Plan {
    Plan { version, origin: ORIGIN, expires: start() + HOUR, meetings: vec!["vigil"], signers: vec!["anna", "omar"] }
}

pub(crate) fn bundle(version: u64) -> Vec<u8> {
    plan(version).make()
}

impl Plan {
    pub(crate) fn make(self) -> Vec<u8> {
        let mut order = Order::new("cn-1", "CN");
        order.meetings = self.meetings.into_iter().map(str::to_owned).collect();
        order.reference = self.version.to_string();
        order.expires = Some(start() + 1000 * HOUR);
        let docket: Docket = [order].into_iter().collect();
        let source = Source::from_cidr_csv("provider", GEO.as_bytes()).unwrap();
        let atlas = Atlas::builder().source(source).build().unwrap();
        let release = Release::new(self.origin, self.version, start() - HOUR, self.expires).unwrap();
        let made = bundle::make(release, &docket, &Requirements::new(), &atlas).unwrap();
        self.signers.into_iter().fold(made, |made, signer| bundle::sign(&made, &key(signer)).unwrap())
    }
}

/// The version that a policy is of.
pub(crate) fn version(policy: &Policy) -> u64 {
    policy.orders().next().unwrap().reference.parse().unwrap()
}

/// `[policy]` for a place and a state folder.
pub(crate) fn policy(place: &str, state: &str, more: &str) -> String {
    let [anna, omar] = ["anna", "omar"].map(|name| key(name).verifier().to_string());
    format!(
        "[policy]\nbundle = \"{place}\"\norigin = \"{ORIGIN}\"\nstate = \"{state}\"\n\
         keys = [{{ vkey = \"{anna}\", role = \"legal\" }}, {{ vkey = \"{omar}\", role = \"operations\" }}]\n{more}\n"
    )
}
