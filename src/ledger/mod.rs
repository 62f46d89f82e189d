//! The record of decisions: files that only grow, and that nobody can quietly edit.
//!
//! Each decision is one line of JSON, which carries the SHA-256 of the line before. [`Ledger`] writes them, [`verify()`] finds what
//! was changed, [`replay()`] decides again, and [`Lines`] reads them. `docs/json.md` describes every field.
//!
//! # What the chain proves, and what it does not
//!
//! Who changes, removes, moves or repeats a line must write all later lines anew, as each carries the digest of the one before. The
//! chain has no key: somebody who can write the files can do just that, or remove lines from the end, and the result verifies. What
//! they cannot do is to come by the digests that the ledger had before. So [publish its head](Ledger::head) now and then where they
//! do not reach (a mail to counsel, a public page, another company's log), and demand it with [`Verification::expect`]: up to the
//! last published line, nothing can be changed without being found.

mod key;
mod line;
mod lines;
mod head;
mod fault;
mod verify;
mod write;
mod open;
mod replay;

pub use fault::{Fault, FaultCause};
pub use head::{Head, HeadError};
pub use key::{Key, KeyError, MeetingHash};
pub use line::{Header, Line, LineFault, Record, Seal};
pub use lines::{Lines, LinesError};
pub use open::{OpenError, Opened, Torn};
pub use replay::{Difference, Question, replay};
pub use verify::{Verification, Verified, VerifyError, verify};
pub use write::{Ledger, LedgerError};
