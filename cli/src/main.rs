//! `bailiwick`: check orders, explain decisions, locate addresses, show what an order reaches, and verify what was recorded.
#![forbid(unsafe_code)]
#![deny(unreachable_pub)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::unreachable,
        clippy::todo
    )
)]

// Read from top to bottom: each module uses only those above it.
mod failure;
mod time;
mod whole;
mod output;
mod progress;
mod input;
mod address;
mod geo;
mod log_args;
mod ledger_args;
mod backtest_args;
mod args;
mod diagnostics;
mod orders;
mod trust;
mod chain;
mod exhibits;
mod check;
mod explain;
mod test;
mod locate;
mod picture;
mod reach;
mod diff;
mod backtest;
mod report;
mod verify;
mod replay;
mod log;
mod ledger;
mod bundle;

use std::io::ErrorKind;
use std::process::ExitCode;

use args::{Command, Tool};
use clap::Parser;
use failure::{Failure, UNUSABLE, WRONG};

fn main() -> ExitCode {
    let done = match Tool::parse().command {
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Locate(args) => locate::run(&args),
        Command::Reach(args) => reach::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Replay(args) => replay::run(&args),
        Command::Ledger(command) => ledger::run(&command),
        Command::Log(args) => log::run(&args),
        Command::Bundle(command) => bundle::run(&command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => report_failure(failure),
    }
}

/// Shows an error that was not shown yet. A reader of our output, such as `head`, may stop at any time: that is not a failure.
fn report_failure(failure: Failure) -> ExitCode {
    match failure {
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
