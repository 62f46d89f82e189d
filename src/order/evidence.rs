//! Evidence for an order: files, checked against the digests that the order records.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use crate::digest::{Digest, DigestError};
use crate::order::Order;

/// A set of files, indexed by their digests.
///
/// ```
/// use bailiwick::order::{Evidence, Exhibit};
/// use bailiwick::Order;
///
/// let mut order = Order::new("cn-1", "CN");
/// order.evidence.push("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned());
///
/// let mut evidence = Evidence::new();
/// evidence.add("scan.pdf", b"abc".as_slice())?;
/// assert!(matches!(&order.check_evidence(&evidence)[..], [Exhibit::Found { files, .. }] if files == &["scan.pdf"]));
///
/// // One letter more, and it is another file.
/// let mut evidence = Evidence::new();
/// evidence.add("scan.pdf", b"abcd".as_slice())?;
/// assert!(matches!(order.check_evidence(&evidence)[..], [Exhibit::Missing { .. }]));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    files: BTreeMap<Digest, BTreeSet<String>>,
}

/// The result of looking up one digest that an order records.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exhibit<'a> {
    /// At least one file has it.
    Found {
        /// The digest.
        digest: Digest,
        /// The names of all files that have it, ascending.
        files: Vec<&'a str>,
    },
    /// No file of the set has it: the file was not added, or was changed.
    Missing {
        /// The digest.
        digest: Digest,
    },
    /// The text is not a digest, so no file can have it.
    Malformed {
        /// The text in the order.
        text: &'a str,
        /// The error.
        error: DigestError,
    },
}

impl Evidence {
    /// No files yet.
    #[must_use]
    pub fn new() -> Evidence {
        Evidence::default()
    }

    /// Adds a file, read once in constant memory. The name is for answers.
    ///
    /// # Errors
    ///
    /// Those of the reader. Then the file is not added.
    pub fn add(&mut self, name: impl Into<String>, reader: impl Read) -> io::Result<Digest> {
        let digest = Digest::read(reader)?;
        self.files.entry(digest).or_default().insert(name.into());
        Ok(digest)
    }

    /// The names of the files that none of the given orders records, ascending.
    #[must_use]
    pub fn unrecorded<'e, 'o>(&'e self, orders: impl IntoIterator<Item = &'o Order>) -> Vec<&'e str> {
        let texts = orders.into_iter().flat_map(|order| &order.evidence);
        let recorded: BTreeSet<Digest> = texts.filter_map(|text| text.parse().ok()).collect();
        let files = self.files.iter().filter(|(digest, _)| !recorded.contains(digest));
        let mut names: Vec<&str> = files.flat_map(|(_, names)| names).map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

impl Order {
    /// Looks up each digest that the order records, in the order's sequence.
    #[must_use]
    pub fn check_evidence<'a>(&'a self, evidence: &'a Evidence) -> Vec<Exhibit<'a>> {
        let check = |text: &'a String| match text.parse::<Digest>() {
            Err(error) => Exhibit::Malformed { text, error },
            Ok(digest) => match evidence.files.get(&digest) {
                Some(files) => Exhibit::Found { digest, files: files.iter().map(String::as_str).collect() },
                None => Exhibit::Missing { digest },
            },
        };
        self.evidence.iter().map(check).collect()
    }
}
