//! `bailiwick bundle`: makes, signs, shows and checks the bundles of a fleet.

mod file;
mod make;
mod sign;
mod show;
mod check;

use crate::args::BundleCommand;
use crate::failure::Failure;

pub(crate) fn run(command: &BundleCommand) -> Result<(), Failure> {
    match command {
        BundleCommand::Make(args) => make::run(args),
        BundleCommand::Sign(args) => sign::run(args),
        BundleCommand::Show(args) => show::run(args),
        BundleCommand::Check(args) => check::run(args),
    }
}
