//! Lines of a ledger without a gap, and whether others follow them.

use std::fmt::{self, Display};

use crate::digest::Digest;
use crate::ledger::{Form, Head, Line};
use crate::text::quote::Quoted;

/// Lines of one file, of which each was read and carries the digest of the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Part {
    /// The name of the file, as it was given.
    pub file: String,
    /// The number of the first line in the ledger.
    pub from: u64,
    /// The number of the last line.
    pub to: u64,
    /// The digest of the line before the first one, as that carries it.
    pub prev: Digest,
    /// The digest of the last line.
    pub digest: Digest,
    /// Whether the first line is a header.
    pub begins_file: bool,
    /// Whether the last line is a seal.
    pub ends_file: bool,
    /// The form of the first line.
    pub first_form: Form,
    /// The form of the last line.
    pub last_form: Form,
}

/// Why a line cannot stand after another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// It carries another digest.
    Digest,
    /// It is a header, and no seal comes before.
    HeaderInside,
    /// It is not a header, and a seal comes before.
    AfterSeal,
    /// It has another form.
    Form,
}

impl Part {
    /// The part of one line.
    pub(super) fn begin(file: String, line: &Line, digest: Digest) -> Part {
        Part {
            file,
            from: line.seq(),
            to: line.seq(),
            prev: line.prev(),
            digest,
            begins_file: matches!(line, Line::Header(_)),
            ends_file: matches!(line, Line::Seal(_)),
            first_form: line.form(),
            last_form: line.form(),
        }
    }

    /// Adds a line that was found to follow.
    pub(super) fn extend(&mut self, line: &Line, digest: Digest) {
        self.to = line.seq();
        self.digest = digest;
        self.ends_file = matches!(line, Line::Seal(_));
        self.last_form = line.form();
    }

    /// The last line.
    #[must_use]
    pub fn head(&self) -> Head {
        Head { seq: self.to, digest: self.digest }
    }

    /// Whether a line can stand right after the last one.
    pub(super) fn is_followed_by(&self, prev: Digest, begins_file: bool, form: Form) -> Result<(), Break> {
        match (self.ends_file, begins_file) {
            _ if prev != self.digest => Err(Break::Digest),
            (false, true) => Err(Break::HeaderInside),
            (true, false) => Err(Break::AfterSeal),
            (false, false) if form != self.last_form => Err(Break::Form),
            _ => Ok(()),
        }
    }

    /// Whether a ledger can have these lines, as far as the part tells.
    pub(super) fn is_possible(&self) -> bool {
        let is_one_line = self.from == self.to;
        let is_one_kind = self.first_form == self.last_form && !(self.begins_file && self.ends_file);
        let is_first = self.prev == Digest::ZERO;
        let begins = if self.from == 0 { is_first && self.begins_file } else { !is_first };
        self.from <= self.to && begins && (!is_one_line || is_one_kind)
    }
}

/// As `lines 12 to 40, of `one.jsonl``.
impl Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lines {} to {}, of {}", self.from, self.to, Quoted(&self.file))
    }
}
