//! Files of bundles and keys.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bailiwick::bundle::MAX_BUNDLE;

use crate::failure::Failure;
use crate::input::{refuse_stdin, unreadable};
use bailiwick::Quoted;

/// The most bytes of the file of a key, which has one line of some hundred.
const MAX_KEY: u64 = 4 << 10;

/// The name of a file in messages.
pub(super) fn name(path: &Path) -> String {
    Quoted(&path.to_string_lossy()).to_string()
}

/// Reads a bundle, up to the size that a node reads by default.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    up_to(path, MAX_BUNDLE, "a bundle")
}

/// Reads the file of a key.
pub(super) fn key(path: &Path) -> Result<String, Failure> {
    let bytes = up_to(path, MAX_KEY, "a key")?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::wrong(format_args!("{} is not the file of a key", name(path))))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn up_to(path: &Path, most: u64, thing: &str) -> Result<Vec<u8>, Failure> {
    refuse_stdin(&path.to_string_lossy(), thing)?;
    let unreadable = |error| unreadable(&path.to_string_lossy(), &error);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if u64::try_from(read).is_ok_and(|read| read <= most) {
        return Ok(bytes);
    }
    Err(Failure::wrong(format_args!("{} has more than {most} bytes: is this the right file?", name(path))))
}
