//! Ledgers in files: opening one after a crash, syncing it, and going on in the next.

mod open;
mod lock;
mod torn;
mod sync;
mod rotate;

pub use open::{Begun, OpenError, Opened};
pub use torn::Torn;
