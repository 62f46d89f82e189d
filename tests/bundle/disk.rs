//! A crash at every step of installing, and a full disk at every write, on a disk that forgets what was not synced.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::rc::Rc;

use bailiwick::bundle::store::Files;
use bailiwick::bundle::{Alert, Error, Offered, Store, TrustBuilder};

use crate::{noon, plan, take, taken, trust, version};

/// A directory in memory, shared by its clones. What a crash leaves of it is up to the disk: see [`Disk::after_a_crash`].
#[derive(Clone, Default, Debug)]
pub(crate) struct Disk(Rc<RefCell<State>>);

#[derive(Clone, Default, Debug)]
struct State {
    contents: Vec<Content>,
    names: BTreeMap<String, usize>,
    /// The names since they were last synced, the latest last.
    history: Vec<BTreeMap<String, usize>>,
    /// The operations that write, counted.
    operations: usize,
    fault: Option<Fault>,
}

#[derive(Clone, Debug)]
struct Content {
    bytes: Vec<u8>,
    is_synced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The power goes at this operation: neither it nor a later one does anything, but a write that begins.
    Crash(usize),
    /// This one operation fails.
    Once(usize),
    /// There is room for so many bytes, and no more, in all files together.
    Full(usize),
}

impl Disk {
    pub(crate) fn new() -> Disk {
        Disk::default()
    }

    /// The names that are there after any crash.
    pub(crate) fn durable_names(&self) -> Vec<String> {
        self.0.borrow().history.first().unwrap_or(&self.0.borrow().names).keys().cloned().collect()
    }

    fn set(&self, fault: Option<Fault>) {
        let mut state = self.0.borrow_mut();
        state.fault = fault;
        state.operations = 0;
    }

    /// A copy that shares nothing.
    fn copy(&self) -> Disk {
        Disk(Rc::new(RefCell::new(self.0.borrow().clone())))
    }

    /// Whether an operation is to be done in full; `false` when the power goes in the middle of it.
    fn operation(&self) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        state.operations += 1;
        let number = state.operations - 1;
        match state.fault {
            Some(Fault::Crash(at)) if number >= at => Err(io::Error::other("the power is gone")),
            Some(Fault::Once(at)) if number == at => Err(io::Error::from_raw_os_error(5)),
            _ => Ok(()),
        }
    }

    /// Every disk that may be there after the power went: names as of any moment since they were synced, and of each content that
    /// was not, nothing, a part, all, or zeros.
    fn after_a_crash(&self) -> Vec<Disk> {
        let state = self.0.borrow();
        let mut disks = Vec::new();
        for names in state.history.iter().chain([&state.names]) {
            for left in 0..4 {
                let contents = state.contents.iter().map(|content| {
                    let len = content.bytes.len();
                    let bytes = match (content.is_synced, left) {
                        (true, _) | (false, 0) => content.bytes.clone(),
                        (false, 1) => Vec::new(),
                        (false, 2) => content.bytes[..len / 2].to_vec(),
                        (false, _) => vec![0; len],
                    };
                    Content { bytes, is_synced: true }
                });
                let state = State { contents: contents.collect(), names: names.clone(), ..State::default() };
                disks.push(Disk(Rc::new(RefCell::new(state))));
            }
        }
        disks
    }
}

impl Files for Disk {
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let state = self.0.borrow();
        let content = state.names.get(name).map(|&content| &state.contents[content].bytes);
        Ok(content.map(|bytes| bytes[..bytes.len().min(usize::try_from(limit).unwrap_or(usize::MAX))].to_vec()))
    }

    fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let done = self.operation();
        let mut state = self.0.borrow_mut();
        let room = match state.fault {
            Some(Fault::Full(room)) => {
                let names: BTreeSet<usize> = state.names.iter().filter(|(other, _)| *other != name).map(|(_, &at)| at).collect();
                room.saturating_sub(names.iter().map(|&at| state.contents[at].bytes.len()).sum())
            }
            Some(Fault::Crash(at)) if state.operations - 1 > at => return done,
            _ if done.is_err() => bytes.len() / 2,
            _ => bytes.len(),
        };
        let written = bytes[..bytes.len().min(room)].to_vec();
        let before = state.names.clone();
        state.history.push(before);
        state.contents.push(Content { bytes: written, is_synced: false });
        let last = state.contents.len() - 1;
        state.names.insert(name.to_owned(), last);
        if room < bytes.len() { done.and(Err(ErrorKind::StorageFull.into())) } else { done }
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        self.operation()?;
        let mut state = self.0.borrow_mut();
        let content = state.names[name];
        state.contents[content].is_synced = true;
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        self.operation()?;
        let mut state = self.0.borrow_mut();
        let before = state.names.clone();
        state.history.push(before);
        let content = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), content);
        Ok(())
    }

    fn sync_names(&mut self) -> io::Result<()> {
        self.operation()?;
        self.0.borrow_mut().history.clear();
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.0.borrow_mut();
        if matches!(state.fault, Some(Fault::Crash(at)) if state.operations > at) {
            return Err(io::Error::other("the power is gone"));
        }
        let before = state.names.clone();
        state.history.push(before);
        state.names.remove(name);
        Ok(())
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.0.borrow().names.keys().cloned().collect())
    }

    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from(name)
    }
}

pub(crate) fn open(disk: &Disk, trust: TrustBuilder) -> Store<Disk> {
    Store::with_files(disk.clone(), trust.build().unwrap()).unwrap()
}

/// A disk with some version, all of it synced.
fn with(bundle: Option<&[u8]>) -> Disk {
    let disk = Disk::new();
    if let Some(bundle) = bundle {
        take(&mut open(&disk, trust()), bundle);
    }
    disk
}

/// The number of operations of installing: for the bundle and for its record, write, sync, rename, and sync the names.
const STEPS: usize = 8;

#[test]
fn crash_at_every_step_of_installing() {
    let first = plan(1).made();
    let second = plan(2).meetings(&["vigil", "another"]).after(&first).acknowledged_from(1).made();
    let (mut old, mut new) = (0, 0);
    for before in [None, Some(first.as_slice())] {
        for at in 0..=STEPS {
            let disk = with(before);
            let mut store = open(&disk, trust());
            disk.set(Some(Fault::Crash(at)));
            let _ = store.offer(&second, noon());
            assert_eq!(disk.0.borrow().operations > at, at < STEPS, "there are {STEPS} operations");
            for disk in disk.after_a_crash() {
                let mut store = open(&disk, trust());
                match version(&store) {
                    Some(2) => new += 1,
                    found => {
                        assert!(at < STEPS, "a bundle that was taken was lost");
                        assert_eq!(found, before.map(|_| 1), "step {at}");
                        old += 1;
                    }
                }
                assert!(!disk.names().unwrap().iter().any(|name| name.ends_with(".new")), "step {at}");
                // It goes on from there: never back, and to the new one if that is not there yet.
                let was_new = version(&store) == Some(2);
                let offered = store.offer(&second, noon()).unwrap();
                assert_eq!(matches!(offered, Offered::Unchanged), was_new);
                assert_eq!(version(&store), Some(2));
                assert!(matches!(store.offer(&first, noon()), Err(Error::OlderVersion { version: 1, taken: 2 })));
                drop(store);
                assert_eq!(version(&open(&disk, trust())), Some(2));
                // The record of the version was written, too, whenever the crash came.
                disk.clone().remove("current.bundle").unwrap();
                assert_eq!(open(&disk, trust()).highest_version(), Some(2));
            }
        }
    }
    assert!(old > 20 && new > 20, "{old} {new}");
}

/// A second crash, while the first one is recovered from.
#[test]
fn crash_at_every_step_after_a_crash_at_every_step() {
    let first = plan(1).made();
    let second = plan(2).after(&first).made();
    for at in 0..STEPS {
        let disk = with(Some(&first));
        let mut store = open(&disk, trust());
        disk.set(Some(Fault::Crash(at)));
        let _ = store.offer(&second, noon());
        // All disks after one crash are in the test before; of pairs of them, some.
        for disk in disk.after_a_crash().into_iter().step_by(5) {
            let reached = version(&open(&disk.copy(), trust())).unwrap();
            for again in 0..=STEPS {
                let disk = disk.copy();
                let mut store = open(&disk, trust());
                disk.set(Some(Fault::Crash(again)));
                let _ = store.offer(&second, noon());
                for disk in disk.after_a_crash().into_iter().step_by(3) {
                    let found = version(&open(&disk, trust())).unwrap();
                    assert!(found >= reached, "{at} and {again}: {found} after {reached}");
                }
            }
        }
    }
}

#[test]
fn crash_while_a_conflict_is_kept() {
    let taken = plan(7).made();
    let other = crate::Plan { lasts: 30 * crate::HOUR, ..plan(7) }.made();
    for at in 0..8 {
        let disk = with(Some(&taken));
        let mut store = open(&disk, trust());
        disk.set(Some(Fault::Crash(at)));
        assert!(matches!(store.offer(&other, noon()), Err(Error::Conflict { .. })));
        for disk in disk.after_a_crash() {
            let mut store = open(&disk, trust());
            assert_eq!(version(&store), Some(7));
            assert!(matches!(store.offer(&other, noon()), Err(Error::Conflict { kept: Some(_), .. })));
        }
    }
}

/// The room of a disk that is full in the middle of writing a bundle. The record of its version has room whenever the bundle has:
/// the one before is gone by then.
fn rooms(disk: &Disk, bundle: &[u8]) -> impl Iterator<Item = usize> {
    let there: usize = disk.names().unwrap().iter().map(|name| disk.read(name, u64::MAX).unwrap().unwrap().len()).sum();
    [0, 1, 512, bundle.len() / 2, bundle.len() - 1].into_iter().map(move |room| there + room)
}

/// A withdrawal counts as soon as it is checked, whether or not there is room for it.
#[test]
fn full_disk() {
    let first = plan(1).meetings(&["vigil", "another"]).made();
    let narrower = plan(2).after(&first).made();
    let wider = plan(2).meetings(&["vigil", "another", "third"]).after(&first).acknowledged_from(1).made();
    let disk = with(Some(&first));
    for room in rooms(&disk, &narrower) {
        let disk = disk.copy();
        let mut store = open(&disk, trust());
        disk.set(Some(Fault::Full(room)));
        let taken = taken(&mut store, &narrower);
        assert!(!taken.is_written());
        assert_eq!((version(&store), taken.policy().orders().count()), (Some(2), 1));
        assert!(matches!(store.alerts(noon())[..], [Alert::Unwritten { version: 2, is_lost: true, .. }]));
        // What is not written is lost when the node starts again, and what is there is whole.
        let copy = disk.copy();
        copy.set(None);
        assert_eq!(version(&open(&copy, trust())), Some(1));
        // Fetched again it is no other bundle, and older ones stay refused.
        assert!(matches!(store.offer(&narrower, noon()), Ok(Offered::Unchanged)));
        assert!(matches!(store.offer(&first, noon()), Err(Error::OlderVersion { .. })));
        assert!(!store.write_again());
        disk.set(None);
        assert!(store.write_again());
        assert_eq!(store.alerts(noon()), []);
        assert_eq!(version(&open(&disk, trust())), Some(2));
    }
    for room in rooms(&disk, &wider) {
        let disk = disk.copy();
        let mut store = open(&disk, trust());
        disk.set(Some(Fault::Full(room)));
        assert!(matches!(store.offer(&wider, noon()), Err(Error::Unwritten { .. })));
        assert_eq!((version(&store), store.alerts(noon())), (Some(1), vec![]));
        disk.set(None);
        assert_eq!(version(&open(&disk, trust())), Some(1));
        take(&mut store, &wider);
    }
    // A first bundle blocks people whom nothing blocks now.
    let disk = Disk::new();
    disk.set(Some(Fault::Full(100)));
    let mut store = open(&disk, trust());
    let refused = store.offer(&first, noon()).unwrap_err();
    assert!(matches!(refused, Error::Unwritten { .. }) && refused.reason() == "unwritten", "{refused}");
    assert_eq!(store.alerts(noon()), [Alert::None]);
    assert_eq!(disk.durable_names(), Vec::<String>::new());
}

/// One operation that fails, such as a disk that returns an error when it is synced.
#[test]
fn an_error_of_the_disk_at_every_step() {
    let first = plan(1).meetings(&["vigil", "another"]).made();
    let narrower = plan(2).after(&first).made();
    let wider = plan(2).meetings(&["vigil", "another", "third"]).after(&first).acknowledged_from(1).made();
    /// Write, sync, rename: then the bundle has its name.
    const NAMED: usize = 3;
    for at in 0..STEPS {
        for (bundle, widens) in [(&narrower, false), (&wider, true)] {
            let disk = with(Some(&first));
            let mut store = open(&disk, trust());
            disk.set(Some(Fault::Once(at)));
            let offered = store.offer(bundle, noon());
            disk.set(None);
            if at < NAMED && widens {
                assert!(matches!(offered, Err(Error::Unwritten { .. })), "{at}");
                assert_eq!((version(&store), version(&open(&disk, trust()))), (Some(1), Some(1)));
                continue;
            }
            assert!(matches!(offered, Ok(Offered::Taken(_))), "{at}");
            let is_lost = at < NAMED;
            assert!(matches!(store.alerts(noon())[..], [Alert::Unwritten { is_lost: found, .. }] if found == is_lost), "{at}");
            assert_eq!(version(&open(&disk.copy(), trust())), Some(if is_lost { 1 } else { 2 }), "{at}");
            assert!(store.write_again());
            assert_eq!(store.alerts(noon()), []);
            assert!(disk.after_a_crash().iter().all(|disk| version(&open(disk, trust())) == Some(2)));
        }
    }
}

/// The directory of the system: what is written is there, in use once, and made when it is absent.
#[test]
fn a_state_directory_is_used_by_one_store() {
    use bailiwick::bundle::OpenError;

    let path = std::env::temp_dir().join(format!("bailiwick-bundles-{}", std::process::id())).join("state");
    let open = || Store::open(&path, trust().build().unwrap());
    let mut store = open().unwrap();
    take(&mut store, &plan(1).made());
    assert!(matches!(open(), Err(OpenError::InUse { .. })));
    let other = crate::Plan { lasts: 30 * crate::HOUR, ..plan(1) }.made();
    assert!(matches!(store.offer(&other, noon()), Err(Error::Conflict { kept: Some(path), .. }) if path.is_file()));
    std::fs::write(path.join("current.bundle.new"), "half").unwrap();
    drop(store);
    let store = open().unwrap();
    assert_eq!(version(&store), Some(1));
    assert!(!path.join("current.bundle.new").exists());
    drop(store);
    std::fs::write(path.join("seen"), "bailiwick bundle seen 1\nversion 1\n").unwrap();
    assert!(matches!(open(), Err(OpenError::Seen { .. })));
    // Whoever follows the message ends well.
    std::fs::remove_file(path.join("seen")).unwrap();
    assert_eq!(version(&open().unwrap()), Some(1));
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
}
