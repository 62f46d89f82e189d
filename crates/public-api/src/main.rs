//! Lists the public API that a file of rustdoc's JSON describes, an item a line: without blanket, auto and derived implementations.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("name the file that `cargo rustdoc -- --output-format json` has written");
        return ExitCode::from(2);
    };
    match list(path.clone()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn list(path: PathBuf) -> Result<(), Box<dyn std::error::Error>> {
    let api = public_api::Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    write!(std::io::stdout(), "{api}")?;
    Ok(())
}
