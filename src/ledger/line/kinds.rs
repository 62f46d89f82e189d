//! The kinds of lines and their forms, as data.

use std::fmt::{self, Display};
use std::time::SystemTime;

use crate::digest::Digest;
use crate::geo::Location;
use crate::ledger::key::{Key, KeyCommitment, MeetingHash};
use crate::ledger::salt::Salt;
use crate::policy::{DecisionKind, Reason};

/// The why-code of a decision about a meeting that no order names.
pub(in crate::ledger) const NO_ORDER: &str = "no-order";

/// The most bytes of a line of form 1, without its end. A file that never ends a line must not make a reader hold it.
pub(in crate::ledger) const MAX_LINE: usize = 1 << 20;

/// The most bytes of a line of form 2, without its end: an entry of a transparency log (C2SP tlog-tiles) has its length in 16 bits.
/// A record of one order has some 500; each further order adds its id, of at most 512.
const MAX_SALTED: usize = 65_535;

/// The form of the lines of a file: which members they have. The header of the file names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Form {
    /// Without salts. Files that have it are read, verified and gone on with; none is begun.
    One,
    /// Each line has a salt, the header a commitment to the key.
    Two,
}

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Line {
    /// The first of each file.
    Header(Header),
    /// One decision.
    Record(Record),
    /// The number of decisions that were made and not recorded.
    Unrecorded(Unrecorded),
    /// Padding, so that the number of lines does not tell the number of decisions.
    Pad(Pad),
    /// The last of a file that another one follows.
    Seal(Seal),
}

/// The first line of each file: it carries the chain over from the file before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Header {
    /// The line's number in the whole ledger, from 0.
    pub seq: u64,
    /// The time at which the file was begun.
    pub opened: SystemTime,
    /// The commitment to the key of the file. `None` in form 1.
    pub key: Option<KeyCommitment>,
    /// The salt of the line. `None` in form 1.
    pub salt: Option<Salt>,
    /// The digest of the last line of the file before: zeros in the first file of a ledger.
    pub prev: Digest,
}

/// One decision, without any data of the person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// The time that was decided about.
    pub time: SystemTime,
    /// The digest of the policy that decided: [`Policy::digest`](crate::Policy::digest).
    pub policy: Digest,
    /// The digest of its atlas: [`Atlas::digest`](crate::Atlas::digest).
    pub atlas: Digest,
    /// The meeting's id, as a keyed hash.
    pub meeting: MeetingHash,
    /// The decision.
    pub verdict: DecisionKind,
    /// The ids of the orders that reach the participant, of a block; of those in force that name the meeting or its account, of a
    /// keep; none of an allow. Ascending byte for byte, each once.
    pub orders: Vec<String>,
    /// The greatest [`Reason`] among all orders that name the meeting or its account, of every status: that of the one that came
    /// nearest to reaching. `None` when no order names them.
    pub why: Option<Reason>,
    /// The location of the participant's address.
    pub region: Location,
    /// The length of the network that the address was located, or contested, by, from 0 to 128. `None` exactly when the address is
    /// not located.
    pub prefix_len: Option<u8>,
    /// The salt of the line. `None` in form 1.
    pub salt: Option<Salt>,
    /// The digest of the line before.
    pub prev: Digest,
}

/// The number of decisions that were made and not recorded, such as while the disk was full. In form 2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unrecorded {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// The number of decisions: 0, or at least [`Unrecorded::LEAST`].
    pub decisions: u64,
    /// The salt of the line.
    pub salt: Salt,
    /// The digest of the line before.
    pub prev: Digest,
}

impl Unrecorded {
    /// The least number, but for 0, that a line may have: a number of people below ten is not shown anywhere.
    pub const LEAST: u64 = 10;
}

/// A line of padding, so that the number of lines does not tell the number of decisions. In form 2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pad {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// The time at which it was written.
    pub time: SystemTime,
    /// The salt of the line.
    pub salt: Salt,
    /// The digest of the line before.
    pub prev: Digest,
}

/// The last line of a file that another one follows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Seal {
    /// The line's number in the whole ledger.
    pub seq: u64,
    /// The time at which the file was ended.
    pub sealed: SystemTime,
    /// The salt of the line. `None` in form 1.
    pub salt: Option<Salt>,
    /// The digest of the line before.
    pub prev: Digest,
}

impl Form {
    /// Its number, as the header has it.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Form::One => 1,
            Form::Two => 2,
        }
    }

    /// The most bytes of a line, without its end.
    #[must_use]
    pub fn max_line(self) -> usize {
        match self {
            Form::One => MAX_LINE,
            Form::Two => MAX_SALTED,
        }
    }

    /// The salt of a line of this form.
    pub(in crate::ledger) fn salt(self, key: &Key, seq: u64) -> Option<Salt> {
        match self {
            Form::One => None,
            Form::Two => Some(key.salt(seq)),
        }
    }
}

impl Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}
