//! The answers that came up, so that a comparison cannot pass for want of cases.

use std::collections::BTreeMap;
use std::fmt;

/// What must come up in a run of some size.
const KINDS: [&str; 27] = [
    "allow",
    "block-participant",
    "keep-meeting",
    "domestic",
    "located",
    "contested",
    "unknown",
    "excluded",
    "mapped",
    "not-in-force",
    "not-yet-effective",
    "expired",
    "unlocated",
    "outside",
    "not-in-regions",
    "not-in-networks",
    "exempt",
    "reaches",
    "relayed",
    "not relayed",
    "amended",
    "change: empty",
    "change: widens",
    "change: releases",
    "change: neither, but not empty",
    "reached",
    "released",
];

#[derive(Default)]
pub struct Seen(BTreeMap<String, u64>);

impl Seen {
    pub fn add(&mut self, kind: &str) {
        match self.0.get_mut(kind) {
            Some(count) => *count += 1,
            None => drop(self.0.insert(kind.to_owned(), 1)),
        }
    }

    /// Whether a run of this many worlds, if they are many, has no answer of some kind.
    pub fn misses(&self, worlds: u64) -> bool {
        worlds >= 2000 && KINDS.iter().any(|&kind| !self.0.contains_key(kind))
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.0.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        f.write_str(&counts.join(", "))
    }
}
