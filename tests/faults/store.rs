//! A node's state directory: bundles are taken, a withdrawal among them, and one is in conflict.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bailiwick::bundle::{self, Bundle, Error, Offered, OpenError, Release, Store, Trust};
use bailiwick::note::SigningKey;
use bailiwick::{Atlas, Digest, Docket, Order, Requirements, Source};

use super::harness::{Loss, Row};
use super::{give_up, say, writer};

pub const ROWS: [Row; 2] = [
    Row {
        name: "store",
        before: |_| {},
        writers: |_| writer("store"),
        is_silent: false,
        check,
        is_in_use: Some(is_in_use),
        may_refuse: |_| false,
    },
    Row {
        name: "store-with-one",
        before: |folder| _ = open(folder).unwrap().offer(made(1), noon()).unwrap(),
        writers: |_| writer("store"),
        is_silent: false,
        check: |folder, said, loss| {
            let said: Vec<String> = said.iter().cloned().chain(["taken 1".to_owned()]).collect();
            check(folder, &said, loss);
        },
        is_in_use: Some(is_in_use),
        may_refuse: |_| false,
    },
];

/// The meetings of the orders of each version: of the first two, one is withdrawn by the second.
const VERSIONS: [(u64, &[&str]); 3] = [(1, &["march", "vigil"]), (2, &["vigil"]), (3, &["concert", "vigil"])];

const ORIGIN: &str = "example.org/orders";

fn noon() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn key() -> SigningKey {
    SigningKey::from_seed("example.org/anna", Digest::of(b"anna").as_bytes()).unwrap()
}

fn trust() -> Trust {
    Trust::builder(ORIGIN).key("legal", key().verifier()).build().unwrap()
}

/// The bundle of a version. It has the same bytes in every process.
fn made(version: u64) -> &'static [u8] {
    static MADE: [OnceLock<Vec<u8>>; 3] = [const { OnceLock::new() }; 3];
    let made = &MADE[usize::try_from(version - 1).unwrap()];
    made.get_or_init(|| made_until(version, Duration::from_secs(86_400)))
}

fn made_until(version: u64, lasts: Duration) -> Vec<u8> {
    let (_, meetings) = VERSIONS.into_iter().find(|(found, _)| *found == version).unwrap();
    let order = |meeting: &&str| {
        let mut order = Order::new(format!("cn-{meeting}"), "CN");
        order.meetings.push((*meeting).to_owned());
        order.expires = Some(noon() + Duration::from_secs(3_600_000));
        order
    };
    let docket: Docket = meetings.iter().map(order).collect();
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes()).unwrap();
    let atlas = Atlas::builder().source(source).build().unwrap();
    let release = Release::new(ORIGIN, version, noon(), noon() + lasts).unwrap();
    let release = if version > 1 { release.acknowledged_from(1).unwrap().after(digest(made(version - 1))) } else { release };
    bundle::sign(&bundle::make(release, &docket, &Requirements::new(), &atlas).unwrap(), &key()).unwrap()
}

fn digest(bytes: &[u8]) -> Digest {
    Bundle::read(bytes).unwrap().manifest().digest()
}

/// The state directory, in a folder that is not there, either.
fn open(folder: &Path) -> Result<Store, OpenError> {
    Store::open(folder.join("bundles/state"), trust())
}

fn is_in_use(folder: &Path) -> bool {
    matches!(open(folder), Err(OpenError::InUse { .. }))
}

pub fn write(folder: &Path) {
    let mut store = open(folder).or_else(|_| open(folder)).unwrap_or_else(|error| give_up(&error));
    for (version, _) in VERSIONS {
        match store.offer(made(version), noon()) {
            Ok(_) if store.write_again() || store.write_again() => say(&format!("taken {version}")),
            // In force, and told by an alert that a restart may lose it.
            Ok(_) => {}
            Err(Error::OlderVersion { .. }) => {}
            Err(error @ Error::Unwritten { .. }) => match store.offer(made(version), noon()) {
                Ok(_) if store.write_again() => say(&format!("taken {version}")),
                _ => give_up(&error),
            },
            Err(error) => panic!("{error}"),
        }
    }
    let conflict = store.offer(&made_until(3, Duration::from_secs(3600)), noon()).unwrap_err();
    if let Error::Conflict { kept: Some(_), .. } = conflict {
        say("kept");
    }
}

fn check(folder: &Path, said: &[String], _: Loss) {
    let least = said.iter().filter_map(|line| line.strip_prefix("taken ")?.parse::<u64>().ok()).max();
    let mut store = open(folder).unwrap();
    let found = in_force(&store);
    assert!(found >= least, "version {found:?} is in force, and {least:?} was taken");
    assert_eq!(store.highest_version(), found);
    assert_eq!(store.alerts(noon()).len(), usize::from(found.is_none()), "{:?}", store.alerts(noon()));
    if said.iter().any(|line| line == "kept") {
        let names =
            fs::read_dir(folder.join("bundles/state")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert_eq!(names.filter(|name| name.starts_with("conflict-")).count(), 2);
    }
    // Older ones never come back, and later ones are taken.
    for (version, _) in VERSIONS {
        let offered = store.offer(made(version), noon());
        match offered {
            Err(Error::OlderVersion { .. }) => assert!(Some(version) < found),
            Ok(Offered::Unchanged) => assert_eq!(Some(version), found),
            Ok(Offered::Taken(taken)) => assert!(Some(version) > found && taken.is_written()),
            other => panic!("{other:?}"),
        }
    }
    drop(store);
    assert_eq!(in_force(&open(folder).unwrap()), Some(3));
}

/// The version in force, whose bundle is that of the version and no other.
fn in_force(store: &Store) -> Option<u64> {
    let current = store.current()?;
    let version = current.manifest().version();
    assert_eq!(current.digest(), digest(made(version)));
    let (_, meetings) = VERSIONS.into_iter().find(|(found, _)| *found == version).unwrap();
    let orders = current.policy().orders().map(|order| order.id.clone());
    assert_eq!(orders.collect::<Vec<_>>(), meetings.iter().map(|meeting| format!("cn-{meeting}")).collect::<Vec<_>>());
    Some(version)
}
