//! `bailiwick ledger import`.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};

use bailiwick::{Quoted, disk};
use bailiwick_parquet::{Archive, ArchiveError};

use super::failure;
use crate::chain;
use crate::failure::Failure;
use crate::input;
use crate::ledger_args::ImportArgs;
use crate::output::{self, GOOD};

pub(crate) fn run(args: &ImportArgs) -> Result<(), Failure> {
    // A decoder's panic is an error of the archive, which says what the panic said: nothing else is to be written about it.
    let shown = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = panic::catch_unwind(AssertUnwindSafe(|| import(args)));
    panic::set_hook(shown);
    done.unwrap_or_else(|_| Err(Failure::unusable("the import failed by a defect of this program: report it, with the archive")))
}

fn import(args: &ImportArgs) -> Result<(), Failure> {
    output::refuse_stdout(&args.out, "a ledger", "its files go into a folder, so name one")?;
    let key = args.key_file.as_deref().map(chain::key).transpose()?;
    let folder = Quoted(&args.out.to_string_lossy()).to_string();
    for path in &args.archives {
        let failed = |error: ArchiveError| failure(path, &error);
        input::refuse_stdin(&path.to_string_lossy(), "an archive")?;
        let archive = Archive::open(path).map_err(failed)?;
        disk::make_folder(&args.out).map_err(|error| Failure::unusable(format_args!("{folder} cannot be made: {error}")))?;
        archive.restore(&args.out, key.as_ref()).map_err(failed)?;
        let (files, rows) = (archive.files().len(), archive.files().iter().map(|file| file.rows).sum::<u64>());
        let [files, lines] = [(files, "file"), (usize::try_from(rows).unwrap_or(usize::MAX), "line")]
            .map(|(number, thing)| output::count(number, thing));
        writeln!(output::stdout(), "{GOOD}{files}, {lines}: given back in {folder}, as they were exported{GOOD:#}")?;
        if let Some(fault) = archive.fault() {
            output::warning(&format!("the ledger did not verify when it was exported: {}", output::message(fault)));
        }
    }
    Ok(())
}
