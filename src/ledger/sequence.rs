//! The sequence of the files of a ledger, by their first lines, whatever their names.

use std::io::{self, Cursor, Read};

use super::fault::VerifyError;

/// The number of bytes that are read to find the number of the first line. The number comes after a time of 30 characters at most.
const PEEKED: u64 = 128;

/// A file of a ledger whose first bytes were read and are read again.
pub type Peeked<R> = io::Chain<Cursor<Vec<u8>>, R>;

/// The number of the line that some bytes begin with, of whatever kind it is. `None` when it is not a line of a ledger.
///
/// ```
/// assert_eq!(bailiwick::ledger::first_seq(br#"{"ledger":1,"seq":27,"opened":"2020-06"#), Some(27));
/// ```
#[must_use]
pub fn first_seq(bytes: &[u8]) -> Option<u64> {
    const MEMBER: &[u8] = b"\"seq\":";
    let line = bytes.split(|&byte| byte == b'\n').next()?;
    if !line.starts_with(b"{\"") {
        return None;
    }
    let at = line.windows(MEMBER.len()).position(|window| window == MEMBER)?;
    let rest = line.get(at + MEMBER.len()..)?;
    let digits = rest.split(|byte| !byte.is_ascii_digit()).next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// The files of a ledger in their sequence, whatever the sequence in which they are given: a shell lists `ledger.10` before
/// `ledger.2`. Files that are not of a ledger come first, so that [`Verification::file`](super::Verification::file) says so.
///
/// All files are open at the same time. To open them one by one, use [`first_seq`].
///
/// # Errors
///
/// When the beginning of a file cannot be read.
pub fn in_sequence<N: Into<String>, R: Read>(
    files: impl IntoIterator<Item = (N, R)>,
) -> Result<Vec<(String, Peeked<R>)>, VerifyError> {
    let mut sequence = Vec::new();
    for (name, mut reader) in files {
        let (file, mut start) = (name.into(), Vec::new());
        match reader.by_ref().take(PEEKED).read_to_end(&mut start) {
            Ok(_) => sequence.push((first_seq(&start), (file, Cursor::new(start).chain(reader)))),
            Err(error) => return Err(VerifyError::Read { file, line: 1, error }),
        }
    }
    sequence.sort_by_key(|(seq, _)| *seq);
    Ok(sequence.into_iter().map(|(_, file)| file).collect())
}
