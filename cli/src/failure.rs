//! How the tool ends when it cannot end well.

use std::fmt::Display;
use std::io;
/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something is wrong with the content of a file, and all has been said.
    Said,
    /// Something is wrong with the content of a file.
    Wrong(String),
    /// The tool was asked for what it cannot do, or cannot read or write a file.
    Unusable(String),
    /// Standard output cannot be written.
    Output(io::Error),
}

/// What is wrong is wrong with a file's content.
pub(crate) const WRONG: u8 = 1;

/// What is wrong is how the tool was called, as `clap` ends, or what it was given to work with.
pub(crate) const UNUSABLE: u8 = 2;

impl Failure {
    pub(crate) fn wrong(message: impl Display) -> Failure {
        Failure::Wrong(message.to_string())
    }

    pub(crate) fn unusable(message: impl Display) -> Failure {
        Failure::Unusable(message.to_string())
    }
}

/// Only standard output is written with `?`: files say their names.
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
