//! Output of the tool: colours on a terminal only, numbers that people can read, JSON for machines.

use std::fs;
use std::io::{self, StdoutLock, Write};
use std::path::Path;

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use bailiwick::Quoted;
use serde::Serialize;

use crate::failure::Failure;
use crate::whole;
pub(crate) use bailiwick::text::{Addresses, Thousands};

/// Labels of diagnostics. `NO_COLOR` and the like are honoured by the streams that write them.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::Cyan.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();

/// Standard output, without colours unless it is a terminal.
pub(crate) fn stdout() -> AutoStream<StdoutLock<'static>> {
    anstream::stdout().lock()
}

/// Writes an error to standard error. When even that fails, nobody can be told.
pub(crate) fn error(message: &str) {
    let _ = writeln!(anstream::stderr(), "{ERROR}error{ERROR:#}: {message}");
}

/// Warns on standard error.
pub(crate) fn warning(message: &str) {
    let _ = writeln!(anstream::stderr(), "{WARNING}warning{WARNING:#}: {message}");
}

/// A message that another program wrote into a file, on one line: escaped as [`Quoted`] does, but for the backticks around what it quotes.
// Archives alone have such messages.
#[cfg_attr(not(feature = "parquet"), allow(dead_code))]
pub(crate) fn message(foreign: &str) -> String {
    /// The most characters of it: the names of two files that `Quoted` shows whole, and a sentence about them.
    const SHOWN: usize = 2048;
    let kept: String = foreign.chars().take(SHOWN).collect();
    let escape = |part: &str| Quoted(part).to_string().trim_matches('`').to_owned();
    let end = if foreign.chars().nth(SHOWN).is_some() { "…" } else { "" };
    kept.split('`').map(escape).collect::<Vec<_>>().join("`") + end
}

/// Writes a note to standard error.
pub(crate) fn note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{NOTE}note{NOTE:#}: {message}");
}

/// Writes a diagnostic to standard error, as the library renders it.
pub(crate) fn diagnostic(rendered: &str) {
    let _ = writeln!(anstream::stderr(), "{rendered}");
}

/// Writes one value for machines, on lines of its own.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(())
}

/// Writes a file so that nobody who reads it gets half of it. One that is there already is only synced.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let is_as_long = |file: fs::Metadata| u64::try_from(bytes.len()).is_ok_and(|length| length == file.len());
    let is_there = fs::metadata(path).is_ok_and(is_as_long) && fs::read(path).is_ok_and(|found| found == bytes);
    let written = if is_there { whole::sync(path) } else { whole::replace(path, bytes) };
    written.map_err(|error| Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(&path.to_string_lossy()))))
}

/// Refuses the name of standard output, before anything is computed for it: `-` would be the name of a file. `thing` begins the message,
/// such as "a bundle".
pub(crate) fn refuse_stdout(path: &Path, thing: &str, instead: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return Err(Failure::unusable(format_args!("{thing} is not written to standard output: {instead}")));
    }
    Ok(())
}

/// Refuses a name that another file has, before anything is computed for it, and that of standard output.
pub(crate) fn refuse_taken(path: &Path) -> Result<(), Failure> {
    let name = Quoted(&path.to_string_lossy()).to_string();
    refuse_stdout(path, "what is not for publication", "name a file")?;
    match fs::symlink_metadata(path) {
        Ok(_) => Err(Failure::unusable(format_args!("{name} is there already: give another file, or move it away"))),
        Err(_) => Ok(()),
    }
}

/// Writes a new file that its owner alone can read: whole, or not at all.
pub(crate) fn create_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    refuse_taken(path)?;
    whole::create(path, bytes, true)
        .map_err(|error| Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(&path.to_string_lossy()))))
}

/// A number of things, in the singular when there is one.
pub(crate) fn count(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {thing}{s}", Thousands(u128::try_from(number).unwrap_or(u128::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_of_another_program_is_escaped_once() {
        assert_eq!(message("`one.jsonl`, line 2, number 1: it was changed"), "`one.jsonl`, line 2, number 1: it was changed");
        // What the other program escaped stays as it is, and what it did not is escaped here.
        assert_eq!(message("`a\\u{1b}[31m`\n\u{1b}[31m\u{202e}"), "`a\\u{1b}[31m`\\u{a}\\u{1b}[31m\\u{202e}");
        for foreign in ["", "`", "``", "a`"] {
            assert_eq!(message(foreign), foreign);
        }
        assert_eq!(message(&"`\u{1b}".repeat(9000)).matches('`').count(), 1024);
        assert!(message(&"é".repeat(9000)).chars().count() < 2050);
    }
}
