//! Reading a file line by line, within bounds.

use std::io::{BufRead, BufReader, Read};

use crate::geo::error::{LineError, SourceError};
use crate::geo::loader::Rows;

/// The most bytes of one line. Lines of the published formats stay below 300; a reader that never sends a line's end must not
/// make us hold what it sends.
const MAX_LINE: usize = 4096;

/// What a format's file is like.
#[derive(Clone, Copy)]
pub(super) struct LineFormat {
    /// Which file of a source that has several.
    pub(super) part: Option<&'static str>,
    /// True when `#` begins a comment wherever it is, and not at the beginning of a line only.
    pub(super) comments_anywhere: bool,
}

impl LineFormat {
    /// The only file of a source, with comments on lines of their own.
    pub(super) const PLAIN: LineFormat = LineFormat { part: None, comments_anywhere: false };

    /// Calls `each` with the number of every line that has content, and that: without its end, blanks around it, a byte order
    /// mark before the first, and comments.
    ///
    /// A line that `each` refuses is an error, or passed over and counted when the load is tolerant.
    pub(super) fn for_each_line(
        self,
        rows: &mut Rows,
        reader: impl Read,
        mut each: impl FnMut(&mut Rows, u64, &str) -> Result<(), LineError>,
    ) -> Result<(), SourceError> {
        // Room for the line's end and the byte order mark.
        let limit = u64::try_from(MAX_LINE + b"\r\n".len() + BYTE_ORDER_MARK.len()).unwrap_or(u64::MAX);
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        let mut bytes = Vec::with_capacity(MAX_LINE);
        let part = self.part;
        for line in 1.. {
            bytes.clear();
            let read = reader.by_ref().take(limit).read_until(b'\n', &mut bytes);
            if read.map_err(|error| rows.unread(part, line - 1, error))? == 0 {
                break;
            }
            if line == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
            let done = self.content(&bytes).and_then(|text| if text.is_empty() { Ok(()) } else { each(rows, line, text) });
            let Err(error) = done else { continue };
            if !rows.tolerant {
                return Err(SourceError::Line { source_name: rows.source.name.clone(), part, line, error });
            }
            if matches!(error, LineError::TooLong { .. }) && !bytes.ends_with(b"\n") {
                reader.skip_until(b'\n').map_err(|error| rows.unread(part, line - 1, error))?;
            }
            if let Some(span) = error.addresses() {
                rows.silence(span);
            }
            rows.source.load_report.count_refused(part, line, error);
        }
        Ok(())
    }

    /// What a line says: nothing, when it is a comment, which may be in any encoding.
    fn content(self, bytes: &[u8]) -> Result<&str, LineError> {
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if bytes.len() > MAX_LINE {
            return Err(LineError::TooLong { limit: MAX_LINE });
        }
        if bytes.trim_ascii_start().starts_with(b"#") {
            return Ok("");
        }
        let bytes = if self.comments_anywhere { bytes.split(|&byte| byte == b'#').next().unwrap_or(bytes) } else { bytes };
        std::str::from_utf8(bytes).map(str::trim_ascii).map_err(|_| LineError::NotText)
    }
}

/// UTF-8's, which some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
