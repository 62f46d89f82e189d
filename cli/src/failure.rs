//! Failures of the tool, and its exit status.

use std::fmt::Display;
use std::io;
/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The content of a file is wrong, and the errors have been shown.
    Said,
    /// The content of a file is wrong.
    Wrong(String),
    /// The tool cannot do what was asked, or cannot read or write a file.
    Unusable(String),
    /// Standard output cannot be written.
    Output(io::Error),
}

/// The exit status for errors in the content of a file.
pub(crate) const WRONG: u8 = 1;

/// The exit status for wrong arguments, as `clap` has it, and for files that cannot be read or written.
pub(crate) const UNUSABLE: u8 = 2;

impl Failure {
    pub(crate) fn wrong(message: impl Display) -> Failure {
        Failure::Wrong(message.to_string())
    }

    pub(crate) fn unusable(message: impl Display) -> Failure {
        Failure::Unusable(message.to_string())
    }
}

/// Only writes to standard output use `?`: errors of files have the file's name.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::Output(error.into())
    }
}
