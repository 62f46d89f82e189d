//! Reading a file line by line, within bounds.

use std::io::{BufRead, BufReader, Read};

use super::source::{LineError, SourceError};

/// The most bytes of one line. Lines of the published formats stay below 200; a reader that never sends a line's end must not
/// make us hold what it sends.
pub(super) const MAX_LINE: usize = 4096;

/// Calls `each` with every line that has content: without its end, blanks around it, a byte order mark before the first,
/// blank lines, and lines that begin with `#`.
pub(super) fn for_each_line(
    source_name: &str,
    reader: impl Read,
    mut each: impl FnMut(&str) -> Result<(), LineError>,
) -> Result<(), SourceError> {
    let mut reader = BufReader::with_capacity(1 << 16, reader);
    let mut bytes = Vec::with_capacity(MAX_LINE);
    for line in 1.. {
        let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX);
        bytes.clear();
        // Five bytes beyond the limit leave room for the line's end and the byte order mark.
        let read = reader.by_ref().take(limit.saturating_add(5)).read_until(b'\n', &mut bytes);
        let read = read.map_err(|error| SourceError::Read { source_name: source_name.to_owned(), line: line - 1, error })?;
        if read == 0 {
            break;
        }
        if line == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let done = content(&bytes).and_then(|text| if text.is_empty() { Ok(()) } else { each(text) });
        done.map_err(|error| SourceError::Line { source_name: source_name.to_owned(), line, error })?;
    }
    Ok(())
}

/// UTF-8's, which some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a line says: nothing, when it is a comment, which may be in any encoding.
fn content(bytes: &[u8]) -> Result<&str, LineError> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    if bytes.len() > MAX_LINE {
        return Err(LineError::TooLong { limit: MAX_LINE });
    }
    if bytes.trim_ascii_start().starts_with(b"#") {
        return Ok("");
    }
    std::str::from_utf8(bytes).map(str::trim_ascii).map_err(|_| LineError::NotText)
}
