//! A disk that forgets what was not synced: rebuilt from the journal of a program's calls, up to any of them.
//!
//! A file has the bytes of its last sync, and those that it had before the power went. A folder has the names of its last sync, and
//! those of each moment since. Any of them may be what is there afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A call of the program, as the journal has it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its number, from 1. 0 for what is not counted.
    pub number: usize,
    /// Its kind, such as `write`.
    pub kind: String,
    pub result: i64,
    fd: i64,
    offset: i64,
    path: PathBuf,
    other: PathBuf,
    /// The bytes that were written.
    pub bytes: Vec<u8>,
}

/// Reads a journal.
pub fn journal(path: &Path) -> Vec<Call> {
    let bytes = fs::read(path).unwrap_or_default();
    let (mut rest, mut calls) = (bytes.as_slice(), Vec::new());
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let line = std::str::from_utf8(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        let [number, kind, result, fd, offset, path, other] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let result: i64 = result.parse().unwrap();
        let length = if matches!(kind, "write" | "said") { usize::try_from(result).unwrap_or(0) } else { 0 };
        let (bytes, after) = rest.split_at(length);
        rest = after;
        calls.push(Call {
            number: number.parse().unwrap(),
            kind: kind.to_owned(),
            result,
            fd: fd.parse().unwrap(),
            offset: offset.parse().unwrap(),
            path: path.into(),
            other: other.into(),
            bytes: bytes.to_vec(),
        });
    }
    calls
}

impl Call {
    /// Whether it changes what is on the disk, or what of it is safe.
    pub fn changes(&self) -> bool {
        self.result >= 0 && !matches!(self.kind.as_str(), "read" | "open" | "close" | "chmod")
    }

    /// Whether it needs room on the disk.
    pub fn needs_room(&self) -> bool {
        matches!(self.kind.as_str(), "write" | "create" | "mkdir" | "rename" | "link")
    }
}

type Names = BTreeMap<String, usize>;

#[derive(Debug, Clone)]
enum Thing {
    File {
        safe: Vec<u8>,
        now: Vec<u8>,
    },
    /// The names of the last sync first, then those after each change, with its moment.
    Folder(Vec<(usize, Names)>),
}

/// The disk. Files and folders have numbers, and 0 is the folder below which all is.
#[derive(Debug, Clone)]
pub struct Disk {
    root: PathBuf,
    things: Vec<Thing>,
    opened: BTreeMap<i64, usize>,
    moment: usize,
}

/// Files and folders by their paths; a folder has no bytes.
pub type Content = BTreeMap<PathBuf, Option<Vec<u8>>>;

impl Disk {
    /// A disk with what is in a folder, all of it safe.
    pub fn of(root: &Path) -> Disk {
        let mut disk = Disk { root: root.to_owned(), things: Vec::new(), opened: BTreeMap::new(), moment: 0 };
        disk.add(root);
        disk
    }

    fn add(&mut self, path: &Path) -> usize {
        let number = self.things.len();
        if path.is_dir() {
            self.things.push(Thing::Folder(Vec::new()));
            let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
            let names = entries.map(|entry| (entry.file_name().into_string().unwrap(), self.add(&entry.path()))).collect();
            self.things[number] = Thing::Folder(vec![(0, names)]);
        } else {
            let bytes = fs::read(path).unwrap();
            self.things.push(Thing::File { safe: bytes.clone(), now: bytes });
        }
        number
    }

    /// A program begins: it has no file open.
    pub fn begin_program(&mut self) {
        self.opened.clear();
    }

    /// Does what a call did.
    pub fn apply(&mut self, call: &Call) {
        if call.result < 0 {
            return;
        }
        match call.kind.as_str() {
            "create" => {
                self.things.push(Thing::File { safe: Vec::new(), now: Vec::new() });
                let number = self.things.len() - 1;
                self.change(&call.path, Some(number));
                self.opened.insert(call.fd, number);
            }
            "open" | "empty" => {
                let number = self.at(&call.path).unwrap_or_else(|| panic!("{}", call.path.display()));
                if let (Thing::File { now, .. }, "empty") = (&mut self.things[number], call.kind.as_str()) {
                    now.clear();
                }
                self.opened.insert(call.fd, number);
            }
            "close" => _ = self.opened.remove(&call.fd),
            "write" => {
                let (begin, bytes) = (usize::try_from(call.offset).unwrap(), &call.bytes);
                let Thing::File { now, .. } = self.open_thing(call.fd) else { panic!("a folder is written") };
                now.resize(now.len().max(begin + bytes.len()), 0);
                now[begin..begin + bytes.len()].copy_from_slice(bytes);
            }
            "truncate" => {
                let Thing::File { now, .. } = self.open_thing(call.fd) else { panic!("a folder is cut") };
                now.resize(usize::try_from(call.offset).unwrap(), 0);
            }
            "sync" => match self.open_thing(call.fd) {
                Thing::File { safe, now } => safe.clone_from(now),
                Thing::Folder(names) => _ = names.drain(..names.len() - 1),
            },
            "mkdir" => {
                self.things.push(Thing::Folder(vec![(self.moment, Names::new())]));
                self.change(&call.path, Some(self.things.len() - 1));
            }
            "unlink" => self.change(&call.path, None),
            "link" | "rename" => {
                let number = self.at(&call.path);
                assert!(number.is_some(), "{}", call.path.display());
                self.change(&call.other, number);
                if call.kind == "rename" {
                    // One change with that of the new name, when both are in one folder.
                    let is_one = call.path.parent() == call.other.parent();
                    self.change(&call.path, None);
                    if is_one {
                        let (Thing::Folder(names), _) = self.folder(&call.path) else { panic!("no folder") };
                        names.remove(names.len() - 2);
                    }
                }
            }
            _ => {}
        }
    }

    fn open_thing(&mut self, fd: i64) -> &mut Thing {
        &mut self.things[self.opened[&fd]]
    }

    fn at(&self, path: &Path) -> Option<usize> {
        let mut number = 0;
        for name in path.strip_prefix(&self.root).ok()?.iter() {
            let Thing::Folder(names) = &self.things[number] else { return None };
            number = *names.last()?.1.get(name.to_str()?)?;
        }
        Some(number)
    }

    /// The folder that a name is in, and the name.
    fn folder<'p>(&mut self, path: &'p Path) -> (&mut Thing, &'p str) {
        let number = path.parent().and_then(|folder| self.at(folder)).unwrap_or_else(|| panic!("{}", path.display()));
        (&mut self.things[number], path.file_name().unwrap().to_str().unwrap())
    }

    fn change(&mut self, path: &Path, to: Option<usize>) {
        self.moment += 1;
        let moment = self.moment;
        let (Thing::Folder(names), name) = self.folder(path) else { panic!("no folder") };
        let mut changed = names.last().unwrap().1.clone();
        match to {
            Some(number) => _ = changed.insert(name.to_owned(), number),
            None => _ = changed.remove(name),
        }
        names.push((moment, changed));
    }

    /// What is there, as programs see it.
    pub fn now(&self) -> Content {
        let (all, mut content) = (BTreeMap::new(), Content::new());
        self.collect(0, Path::new(""), &all, &all, &mut content);
        content
    }

    /// What may be there after the power went, each once.
    pub fn after_power_loss(&self) -> BTreeSet<Content> {
        let mut found = BTreeSet::new();
        for names in self.names() {
            for lost in self.lost() {
                let mut content = Content::new();
                self.collect(0, Path::new(""), &names, &lost, &mut content);
                found.insert(content);
            }
        }
        found
    }

    /// Which names there may be: for each folder that was changed, the index among its names. All as of one moment, and each folder
    /// alone ahead of the others or behind them.
    fn names(&self) -> Vec<BTreeMap<usize, usize>> {
        let changed = self.things.iter().enumerate().filter_map(|(number, thing)| match thing {
            Thing::Folder(names) if names.len() > 1 => Some((number, names)),
            _ => None,
        });
        let changed: Vec<_> = changed.collect();
        let moments: BTreeSet<usize> =
            changed.iter().flat_map(|(_, names)| names.iter().skip(1).map(|(moment, _)| *moment)).collect();
        let as_of = |moment: usize| -> BTreeMap<usize, usize> {
            changed.iter().map(|(number, names)| (*number, names.iter().skip(1).filter(|(at, _)| *at <= moment).count())).collect()
        };
        let mut all: Vec<_> = [0].into_iter().chain(moments).map(as_of).collect();
        for (number, names) in &changed {
            let mut behind = as_of(usize::MAX);
            behind.insert(*number, 0);
            let mut ahead = as_of(0);
            ahead.insert(*number, names.len() - 1);
            all.extend([behind, ahead]);
        }
        all
    }

    /// What becomes of bytes that were not synced: for each such file, a number for [`left`].
    fn lost(&self) -> Vec<BTreeMap<usize, usize>> {
        let dirty = self.things.iter().enumerate().filter_map(|(number, thing)| match thing {
            Thing::File { safe, now } if safe != now => Some(number),
            _ => None,
        });
        let dirty: Vec<usize> = dirty.collect();
        let all = |how: usize| dirty.iter().map(|&number| (number, how)).collect::<BTreeMap<_, _>>();
        let mut lost: Vec<_> = (0..4).map(all).collect();
        for &number in &dirty {
            let (mut behind, mut ahead) = (all(0), all(1));
            behind.insert(number, 1);
            ahead.insert(number, 0);
            lost.extend([behind, ahead]);
        }
        lost
    }

    fn collect(
        &self,
        number: usize,
        path: &Path,
        names: &BTreeMap<usize, usize>,
        lost: &BTreeMap<usize, usize>,
        content: &mut Content,
    ) {
        match &self.things[number] {
            Thing::File { safe, now } => {
                content.insert(path.to_owned(), Some(left(safe, now, lost.get(&number).copied().unwrap_or(0))));
            }
            Thing::Folder(history) => {
                content.insert(path.to_owned(), None);
                let index = names.get(&number).copied().unwrap_or(history.len() - 1);
                for (name, &below) in &history[index].1 {
                    self.collect(below, &path.join(name), names, lost, content);
                }
            }
        }
    }
}

/// What is left of a file: all, what was synced, half of the rest, or zeros in its place.
fn left(safe: &[u8], now: &[u8], how: usize) -> Vec<u8> {
    let same = safe.iter().zip(now).take_while(|(one, other)| one == other).count();
    let same = if same == safe.len() { same } else { 0 };
    match how {
        0 => now.to_vec(),
        1 => safe.to_vec(),
        2 => now[..same + (now.len() - same) / 2].to_vec(),
        _ => now[..same].iter().copied().chain(std::iter::repeat_n(0, now.len() - same)).collect(),
    }
}

/// Writes content to a folder that is not there.
pub fn write(content: &Content, folder: &Path) {
    for (path, bytes) in content {
        let path = folder.join(path);
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::create_dir_all(path).unwrap(),
        }
    }
}
