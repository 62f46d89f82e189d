//! Reading the lines of one file of a ledger, in constant memory.

use std::io::{self, BufRead, BufReader, Read};

use super::line::{Line, LineFault, MAX_LINE};

/// The lines of one file of a ledger, one after the other. Each line is checked to have a ledger's form;
/// [`Verification`](super::Verification) checks that the lines are those that *were* written.
///
/// Holds one line at a time. Ends with the first error.
#[derive(Debug)]
pub struct Lines<R> {
    reader: BufReader<R>,
    /// The line that was read last, without its end.
    bytes: Vec<u8>,
    number: u64,
    is_over: bool,
}

/// Why a line of a file could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinesError {
    /// The reader failed.
    #[error("line {line} cannot be read: {error}")]
    Read {
        /// The number of the line, from 1.
        line: u64,
        /// The reader's error.
        #[source]
        error: io::Error,
    },
    /// It is not a line of a ledger.
    #[error("line {line} {fault}")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// The error.
        #[source]
        fault: LineFault,
    },
    /// The file ends in the middle of the line, as after a crash, or while the ledger is being written.
    #[error("line {line} is torn: the file ends before the line does")]
    Torn {
        /// The number of the line, from 1.
        line: u64,
    },
}

impl<R: Read> Lines<R> {
    /// Reads the lines of a file. The reader need not be buffered.
    pub fn new(reader: R) -> Lines<R> {
        Lines { reader: BufReader::with_capacity(1 << 16, reader), bytes: Vec::new(), number: 0, is_over: false }
    }

    /// The number of the line that was read last, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The bytes of the line that was read last, without the line feed: what the digest of the line is of, and what a Merkle tree
    /// of the ledger has as a leaf.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn read(&mut self) -> Result<Option<Line>, LinesError> {
        // Room for the line's end.
        let limit = u64::try_from(MAX_LINE + 1).unwrap_or(u64::MAX);
        let line = self.number + 1;
        self.bytes.clear();
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.bytes);
        if read.map_err(|error| LinesError::Read { line, error })? == 0 {
            return Ok(None);
        }
        self.number = line;
        let with_end = self.bytes.len();
        if self.bytes.last() != Some(&b'\n') {
            // A line does not begin with zeros, so zeros are not a torn line.
            let is_torn = with_end <= MAX_LINE && self.bytes.first() != Some(&0);
            return match Line::parse(&self.bytes) {
                Err(fault) if !is_torn => Err(LinesError::Line { line, fault }),
                _ => Err(LinesError::Torn { line }),
            };
        }
        self.bytes.pop();
        Line::parse(&self.bytes).map(Some).map_err(|fault| LinesError::Line { line, fault })
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Line, LinesError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let line = self.read().transpose();
        self.is_over = !matches!(line, Some(Ok(_)));
        line
    }
}
