//! The record of decisions: files that only grow, and that nobody can quietly edit.
//!
//! Each decision is one line of JSON, which carries the SHA-256 of the line before. [`Ledger`] writes them, [`verify()`] finds what
//! was changed, [`replay()`] decides again, and [`Lines`] reads them. `docs/json.md` describes every field.
//!
//! # What the chain proves, and what it does not
//!
//! A person who changes, removes, moves or repeats a line must write all later lines anew, as each carries the digest of the one
//! before. The chain has no key: somebody who can write the files can do just that, or remove lines from the end, and the result
//! verifies. They cannot change a digest that others have. So [publish a head](Ledger::public_head) now and then where they do not
//! reach (a mail to counsel, a public page, another company's log), and demand it with [`Verification::expect_head`]: up to the
//! last published line, no change goes unnoticed.
//!
//! # What must not be published
//!
//! The number of a line counts decisions. With it and a [report](crate::report) on the same period, a reader can subtract the
//! numbers that the report shows, and gets one that it does not show. [`Ledger::public_head`] is a head at a multiple of 256 lines,
//! and [`Ledger::pad`] writes padding up to the next one.
//!
//! # Forms
//!
//! A file that is begun has form 2: each line has a [`Salt`], so that its digest can be given away, and the header tells the key by a
//! [`KeyCommitment`]. Files of form 1 are read and verified, and gone on with in form 1.

mod salt;
mod key;
mod line;
mod lines;
mod head;
mod fault;
mod verify;
mod sequence;
mod write;
mod file;
mod replay;

pub use fault::{Fault, FaultCause, VerifyError};
pub use file::{Begun, OpenError, Opened, Torn, path_of_process};
pub use head::{Head, HeadError};
pub use key::{Key, KeyCommitment, KeyError, MeetingHash};
pub use line::{Form, Header, Inconsistency, Line, LineFault, Pad, Record, Seal, Unrecorded};
pub use lines::{Lines, LinesError};
pub use replay::{Difference, Question, replay};
pub use salt::Salt;
pub use sequence::{Peeked, first_seq, in_sequence};
pub use verify::{Verification, Verified, verify};
pub use write::{Ledger, LedgerError};
