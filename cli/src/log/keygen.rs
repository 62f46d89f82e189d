//! `bailiwick log keygen`: the key of a log.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use bailiwick::Quoted;
use bailiwick::note::SigningKey;

use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::log_args::KeygenArgs;
use crate::{output, whole};

pub(super) fn run(args: &KeygenArgs) -> Result<(), Failure> {
    output::refuse_stdout(Path::new(&args.out), "a key", "name a file")?;
    let key = SigningKey::generate(&args.origin).map_err(Failure::unusable)?;
    let vkey = format!("{}.vkey", args.out);
    for file in [&args.out, &vkey] {
        if fs::symlink_metadata(file).is_ok() {
            return Err(Failure::unusable(format_args!(
                "{} is there already, and a key is never overwritten: give another file, or move it away",
                Quoted(file)
            )));
        }
    }
    write(&args.out, &Zeroizing::new(key.to_secret_text()), true)?;
    write(&vkey, &key.verifier().to_string(), false)?;
    writeln!(output::stdout(), "{}", key.verifier())?;
    Ok(())
}

/// Writes a new file, which its owner alone can read when it is secret.
fn write(path: &str, text: &str, is_secret: bool) -> Result<(), Failure> {
    let line = Zeroizing::new(format!("{text}\n"));
    whole::create(Path::new(path), line.as_bytes(), is_secret).map_err(|error: io::Error| match error.kind() {
        ErrorKind::AlreadyExists => Failure::unusable(format_args!("{} is there already: give another file", Quoted(path))),
        _ => Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(path))),
    })
}
