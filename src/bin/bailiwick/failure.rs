//! How the tool ends when it cannot end well.

use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use crate::output;

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
const WRONG: u8 = 1;

/// What is wrong is how the tool was called, as `clap` ends, or what it was given to work with.
const UNUSABLE: u8 = 2;

impl Failure {
    pub(crate) fn wrong(message: impl Display) -> Failure {
        Failure::Wrong(message.to_string())
    }

    pub(crate) fn unusable(message: impl Display) -> Failure {
        Failure::Unusable(message.to_string())
    }

    /// Says what has not been said yet. Whoever reads our output may stop whenever they like, as `head` does: no failure.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Failure::Said => ExitCode::from(WRONG),
            Failure::Wrong(message) => {
                output::error(&message);
                ExitCode::from(WRONG)
            }
            Failure::Unusable(message) => {
                output::error(&message);
                ExitCode::from(UNUSABLE)
            }
            Failure::Output(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Failure::Output(error) => {
                output::error(&format!("standard output cannot be written: {error}"));
                ExitCode::from(UNUSABLE)
            }
        }
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
