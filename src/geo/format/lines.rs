//! Reading a file line by line, within bounds.

use std::io::{self, BufRead, BufReader, Read};

use super::header;
use crate::geo::error::{LineError, SourceError};
use crate::geo::loader::{Addresses, Rows, number};
use crate::text::quote::excerpt;

/// The most bytes of one line. Lines of the published formats stay below 300; a file without line ends must not fill the memory.
const MAX_LINE: usize = 4096;

/// UTF-8's byte order mark. Some editors write it before the first line, and it stays where files are joined.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The most bytes that are read of one line.
const MAX_READ: usize = MAX_LINE + BYTE_ORDER_MARK.len();

/// A format whose files are lines of text. What follows the addresses and the code in a line need not be UTF-8.
pub(super) trait LineFormat {
    /// The file, when a source has several, for messages.
    fn part(&self) -> Option<&'static str> {
        None
    }

    /// A line without the comment at its end.
    fn content<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        line
    }

    /// Reads a line that is neither blank nor a comment. Adds nothing when it returns an error.
    fn row(&mut self, rows: &mut Rows, number: u64, line: &[u8]) -> Result<(), LineError>;

    /// The addresses of a refused line, read from its bytes whatever else is wrong with it.
    fn addresses(&self, line: &[u8]) -> Addresses;

    /// Whether a row is a network and nothing after it, so that one that lost a digit looks like a row.
    fn ends_in_network(&self) -> bool {
        false
    }

    /// Whether an error of this line is one in a tolerant load, too, because the lines after it cannot be read without it.
    fn is_essential(&self) -> bool {
        false
    }
}

/// Passes every line that has content to the format: without its end, the blanks before it, a byte order mark and comments.
///
/// A refused line is an error. In a tolerant load it is counted, and its addresses are not located, so that no wider row speaks for
/// them.
pub(super) fn read(format: &mut impl LineFormat, rows: &mut Rows, reader: impl Read) -> Result<(), SourceError> {
    let part = format.part();
    let mut lines = LineReader::of(reader);
    for number in 1.. {
        let is_whole = lines.next_line().map_err(|error| rows.unread(part, number - 1, error))?;
        let Some(is_whole) = is_whole else { break };
        rows.check_number()?;
        let cut = if lines.is_ended || !is_whole || !format.ends_in_network() { None } else { may_be_cut(&lines.line) };
        let is_cut = cut.is_some();
        let read = cut.map_or_else(|| row(format, rows, number, &lines.line, is_whole), Err);
        let Err(error) = read else { continue };
        // Rows after the header of another file have their columns where that says.
        let is_header = number > 1 && header::begins_like_one(start_of(&lines.line));
        if !rows.tolerant || format.is_essential() || is_cut || is_header {
            return Err(SourceError::Line { source_name: rows.source.name().to_owned(), part, line: number, error });
        }
        let line = if is_whole { lines.line.as_slice() } else { without_last_address(&lines.line) };
        let readable = || match start_of(line) {
            line if line.starts_with(b"#") => Addresses::Nothing,
            line => format.addresses(format.content(line)),
        };
        let addresses = error.addresses().map_or_else(readable, Addresses::Span);
        rows.refuse(part, number, addresses, error);
        if !is_whole {
            lines.skip_rest().map_err(|error| rows.unread(part, number - 1, error))?;
        }
    }
    Ok(())
}

fn row(format: &mut impl LineFormat, rows: &mut Rows, number: u64, line: &[u8], is_whole: bool) -> Result<(), LineError> {
    if !is_whole {
        return Err(LineError::TooLong { limit: MAX_LINE });
    }
    if number == 1 && (line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff")) {
        return Err(LineError::Utf16);
    }
    let line = start_of(line);
    if line.is_empty() || line.starts_with(b"#") {
        return Ok(());
    }
    let line = format.content(line);
    if line.trim_ascii().is_empty() {
        return Ok(());
    }
    if has_line_break(line) {
        return Err(LineError::LineBreak);
    }
    format.row(rows, number, line)
}

/// The error of a last line without an end whose network may have lost the last digit of its length, as `/1` of `/16`: it would hold
/// many more addresses than are listed.
fn may_be_cut(line: &[u8]) -> Option<LineError> {
    let text = std::str::from_utf8(start_of(line)).ok()?;
    let (address, length) = text.split_once('/')?;
    let width: u8 = if address.contains(':') { 128 } else { 32 };
    let length: u8 = number(length).filter(|_| !length.is_empty())?;
    let is_possible = length > 0 && length.checked_mul(10).is_some_and(|longer| longer <= width);
    is_possible.then(|| LineError::CutOff { field: "network", value: excerpt(text) })
}

/// A line without a byte order mark and the blanks before its first field.
pub(in crate::geo) fn start_of(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    line.trim_ascii_start()
}

/// A cut-off line, without its last address, which may be cut off, too.
fn without_last_address(line: &[u8]) -> &[u8] {
    let is_of_address = |byte: &u8| byte.is_ascii_hexdigit() || b".:/- ".contains(byte);
    let end = line.iter().rposition(|byte| !is_of_address(byte)).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

/// Whether a line has a character at which other programs end lines: VT, FF, FS, GS, RS, NEL, LS or PS (Unicode Standard, section
/// 5.8). What follows it may be a row that would be lost in a field that is not read.
fn has_line_break(line: &[u8]) -> bool {
    let is_ascii_break = |byte: &u8| matches!(byte, 0x0b | 0x0c | 0x1c..=0x1e);
    let has = |bytes: &[u8]| line.windows(bytes.len()).any(|window| window == bytes);
    line.iter().any(is_ascii_break) || !line.is_ascii() && (has(b"\xc2\x85") || has(b"\xe2\x80\xa8") || has(b"\xe2\x80\xa9"))
}

/// Lines that end with LF, CRLF or CR.
struct LineReader<R> {
    reader: BufReader<R>,
    /// The line that was read last: its first bytes when it is longer than allowed.
    line: Vec<u8>,
    /// Whether the last line ended with CR, so that an LF that follows belongs to its end.
    after_cr: bool,
    /// Whether the last line had an end, which that of a file may lack.
    is_ended: bool,
}

impl<R: Read> LineReader<R> {
    fn of(reader: R) -> LineReader<R> {
        LineReader {
            reader: BufReader::with_capacity(1 << 16, reader),
            line: Vec::with_capacity(MAX_READ),
            after_cr: false,
            is_ended: false,
        }
    }

    /// Reads the next line and returns whether all of it was read. `None` after the last line.
    fn next_line(&mut self) -> io::Result<Option<bool>> {
        self.line.clear();
        self.is_ended = false;
        loop {
            let buffer = fill(&mut self.reader)?;
            let Some(&next) = buffer.first() else { return Ok((!self.line.is_empty()).then(|| self.is_within())) };
            if std::mem::take(&mut self.after_cr) && next == b'\n' {
                self.reader.consume(1);
                continue;
            }
            let room = MAX_READ - self.line.len();
            let end = buffer.iter().take(room + 1).position(is_end);
            let piece = buffer.get(..end.unwrap_or(buffer.len().min(room))).unwrap_or_default();
            self.line.extend_from_slice(piece);
            let read = piece.len();
            match end {
                Some(at) => {
                    self.after_cr = buffer.get(at) == Some(&b'\r');
                    self.is_ended = true;
                    self.reader.consume(read + 1);
                    return Ok(Some(self.is_within()));
                }
                None if read == 0 => return Ok(Some(false)),
                None => self.reader.consume(read),
            }
        }
    }

    /// Reads on to the end of a line that is too long.
    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let buffer = fill(&mut self.reader)?;
            let (end, length) = (buffer.iter().position(is_end), buffer.len());
            if let Some(at) = end {
                self.after_cr = buffer.get(at) == Some(&b'\r');
                self.reader.consume(at + 1);
            } else {
                self.reader.consume(length);
            }
            if end.is_some() || length == 0 {
                return Ok(());
            }
        }
    }

    /// Whether the line is no longer than allowed.
    fn is_within(&self) -> bool {
        self.line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.line).len() <= MAX_LINE
    }
}

fn is_end(byte: &u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// The next bytes; none at the end of the file.
fn fill<R: Read>(reader: &mut BufReader<R>) -> io::Result<&[u8]> {
    while let Err(error) = reader.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    // The buffer is returned as it is: another call at the end would read again.
    Ok(reader.buffer())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<String> {
        let mut lines = LineReader::of(text);
        let mut read = Vec::new();
        while let Some(is_whole) = lines.next_line().unwrap() {
            assert!(is_whole);
            read.push(String::from_utf8(lines.line.clone()).unwrap());
        }
        read
    }

    #[test]
    fn lines_end_with_lf_crlf_or_cr() {
        for (text, expected) in [
            ("", &[][..]),
            ("\n", &[""]),
            ("\r", &[""]),
            ("\r\n", &[""]),
            ("a", &["a"]),
            ("a\rb\nc\r\nd", &["a", "b", "c", "d"]),
            ("a\r\rb\n\rc\r\n\r\n", &["a", "", "b", "", "c", ""]),
        ] {
            assert_eq!(lines(text.as_bytes()), expected, "{text:?}");
        }
    }

    /// Lengths around the limit, with and without a byte order mark, which does not count.
    #[test]
    fn a_line_has_at_most_4096_bytes_beside_a_byte_order_mark() {
        for mark in [&b""[..], BYTE_ORDER_MARK] {
            for length in 4090..4104 {
                for end in [&b""[..], b"\n", b"\r", b"\r\n"] {
                    let line = [mark, &vec![b'x'; length]].concat();
                    let file = [line.as_slice(), end].concat();
                    let mut lines = LineReader::of(file.as_slice());
                    assert_eq!(lines.next_line().unwrap(), Some(length <= 4096), "{length} {end:?}");
                    assert_eq!(lines.line == line, length + mark.len() <= 4099, "{length}");
                    if length <= 4096 {
                        assert_eq!(lines.is_ended, !end.is_empty());
                        assert_eq!(lines.next_line().unwrap(), None);
                    }
                }
            }
        }
    }

    /// The line after one that is too long is read whole, whatever the end of the long one is, and wherever the buffer ends.
    #[test]
    fn the_rest_of_a_line_that_is_too_long_is_passed_over() {
        for length in [4100, 5000, (1 << 16) - 1, 1 << 16, (1 << 16) + 1, 1 << 17] {
            for end in ["\n", "\r", "\r\n"] {
                let text = format!("{}{end}next{end}", "x".repeat(length));
                let mut lines = LineReader::of(text.as_bytes());
                assert_eq!(lines.next_line().unwrap(), Some(false));
                lines.skip_rest().unwrap();
                assert_eq!(lines.next_line().unwrap(), Some(true), "{length} {end:?}");
                assert_eq!(lines.line, b"next", "{length} {end:?}");
                assert_eq!(lines.next_line().unwrap(), None);
                lines.skip_rest().unwrap();
            }
        }
    }

    /// Every length: a last line may have lost a digit where one more makes a length.
    #[test]
    fn a_length_may_have_lost_a_digit_when_one_more_is_a_length() {
        for (address, width) in [("128.0.0.0", 32_u32), ("2000::", 128)] {
            for length in 0..=300_u32 {
                let line = format!("{address}/{length}");
                let is_possible = length > 0 && (0..10).any(|digit| length * 10 + digit <= width);
                for line in [line.clone(), format!("\u{feff}  {line}")] {
                    let error = is_possible.then(|| LineError::CutOff { field: "network", value: format!("{address}/{length}") });
                    assert_eq!(may_be_cut(line.as_bytes()), error, "{line}");
                }
            }
        }
        for line in ["", "128.0.0.0", "128.0.0.0/", "128.0.0.0/1 ", "128.0.0.0/1,CN", "128.0.0.0/+1"] {
            assert_eq!(may_be_cut(line.as_bytes()), None, "{line}");
        }
        assert_eq!(may_be_cut(b"\xff/1"), None);
    }

    /// What could be a part of an address at the end is cut off with it.
    #[test]
    fn a_cut_off_line_loses_what_may_be_a_part_of_its_last_address() {
        for (line, expected) in [
            ("", ""),
            ("203.0.113.0", ""),
            ("2001:db8::/32 - fe80::", ""),
            ("203.0.113.0/24,CN,203.0.11", "203.0.113.0/24,CN,"),
            ("203.0.113.0/24,HK", "203.0.113.0/24,HK"),
            ("203.0.113.0/24,CN", "203.0.113.0/24,CN"),
            ("203.0.113.0/24,AE", "203.0.113.0/24,"),
            ("xabc", "x"),
            ("x", "x"),
        ] {
            assert_eq!(without_last_address(line.as_bytes()), expected.as_bytes(), "{line}");
        }
    }

    #[test]
    fn a_line_ends_where_the_buffer_of_the_reader_ends_too() {
        for length in [1 << 16, (1 << 16) - 1] {
            let mut text = "x\n".repeat(length / 2).into_bytes();
            text.resize(length - 1, b'y');
            text.extend(b"\r\nz");
            assert_eq!(lines(&text).last().unwrap(), "z");
        }
    }
}
