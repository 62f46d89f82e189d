//! Ledgers in files: opening one after a crash, syncing it, and going on in the next.

mod error;
mod open;
mod lock;
mod torn;
mod sync;
mod rotate;
mod process;

pub use error::OpenError;
pub use open::{Begun, Opened};
pub use process::path_of_process;
pub use torn::Torn;
