//! A text file in chunks of whole records, so that several threads read one file.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::sync::Arc;

use crate::backtest::columns::Columns;
use crate::backtest::csv;
use crate::failure::Failure;
use crate::input::{STDIN, name, unreadable};
use bailiwick::Quoted;
use bailiwick::geo::gunzip;
use bailiwick::text::utf8;

/// The bytes of a chunk: some 10,000 rows, so that handing one out costs little beside reading it.
const CHUNK: usize = 1 << 20;

/// The most bytes of a record. The names of a join have 512 bytes at most, and other columns may be longer; a file whose quotes are
/// not closed must not be read into memory as a whole.
const MAX_RECORD: usize = CHUNK;

/// The first bytes of a gzip file (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The first and last bytes of a Parquet file.
const PARQUET: &[u8] = b"PAR1";

/// The format of a text file, and where its fields are.
#[derive(Debug, Clone)]
pub(super) enum Format {
    Csv { positions: Arc<[Option<usize>; 5]>, columns: usize },
    Json,
}

/// A run of whole records.
pub(super) struct Chunk {
    pub(super) format: Format,
    /// The number of its first line, from 1.
    pub(super) line: u64,
    pub(super) bytes: Vec<u8>,
}

/// A file that was opened.
pub(super) enum Opened {
    Text(Chunks),
    Parquet,
}

/// The chunks of a file.
pub(super) struct Chunks {
    reader: Box<dyn Read + Send>,
    path: String,
    format: Format,
    /// What was read and not handed out.
    rest: Vec<u8>,
    /// The number of the line that it begins with.
    line: u64,
    is_at_end: bool,
}

/// Opens a file, decompresses it, and recognises its format.
pub(super) fn open(path: &str, columns: &Columns) -> Result<Opened, Failure> {
    let mut reader: Box<dyn Read + Send> = if path == STDIN {
        Box::new(io::stdin())
    } else {
        if fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_dir() {
            return Err(Failure::unusable(format_args!("{} is a directory: name the files in it", name(path))));
        }
        Box::new(File::open(path).map_err(|error| unreadable(path, &error))?)
    };
    let mut magic = Vec::new();
    reader.by_ref().take(4).read_to_end(&mut magic).map_err(|error| unreadable(path, &error))?;
    if magic == PARQUET {
        return Ok(Opened::Parquet);
    }
    let is_compressed = magic.starts_with(&GZIP);
    let whole = Cursor::new(magic).chain(reader);
    let reader: Box<dyn Read + Send> = if is_compressed { Box::new(gunzip(whole)) } else { Box::new(whole) };
    let mut chunks = Chunks { reader, path: path.to_owned(), format: Format::Json, rest: Vec::new(), line: 1, is_at_end: false };
    chunks.fill()?;
    if chunks.rest.starts_with(PARQUET) {
        return Err(Failure::unusable(format_args!("{} is a Parquet file within gzip: decompress it", name(path))));
    }
    if let Some(text) = chunks.rest.strip_prefix("\u{feff}".as_bytes()) {
        chunks.rest = text.to_vec();
    }
    match chunks.rest.trim_ascii_start().first() {
        Some(b'{') => {}
        Some(b'[') => {
            return Err(Failure::wrong(format_args!(
                "{} begins with `[`, as a list of JSON: write one object a line, as `jq -c '.[]'` does",
                name(path)
            )));
        }
        _ => chunks.read_names(columns)?,
    }
    Ok(Opened::Text(chunks))
}

impl Chunks {
    /// Reads until there is a chunk, or the file ends.
    fn fill(&mut self) -> Result<(), Failure> {
        let missing = CHUNK.saturating_sub(self.rest.len());
        let limit = u64::try_from(missing).unwrap_or(u64::MAX);
        let read = self.reader.by_ref().take(limit).read_to_end(&mut self.rest).map_err(|error| unreadable(&self.path, &error))?;
        self.is_at_end = read < missing;
        Ok(())
    }

    /// Takes the line of names of a CSV file.
    fn read_names(&mut self, columns: &Columns) -> Result<(), Failure> {
        let file = name(&self.path);
        if self.rest.trim_ascii().is_empty() {
            return Err(Failure::wrong(format_args!("{file} is empty: a file of joins begins with a line of names, or with `{{`")));
        }
        let (record, rest) = csv::next_record(&self.rest);
        let lines = 1 + newlines(record);
        let text = utf8(record).map_err(|error| Failure::wrong(format_args!("{file}, line 1: {error}")))?;
        let mut names: Vec<String> = Vec::new();
        csv::fields(text, |_, field| names.push(field.into_owned()))
            .map_err(|hint| Failure::wrong(format_args!("{file}, line 1, has a quote where none can be: {hint}")))?;
        let positions = columns.positions(&file, names.iter().map(String::as_str))?;
        self.format = Format::Csv { positions: Arc::new(positions), columns: names.len() };
        self.rest = rest.to_vec();
        self.line += lines;
        Ok(())
    }

    /// The next chunk. `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Chunk>, Failure> {
        if !self.is_at_end {
            self.fill()?;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (end, is_quoted) = match self.format {
            Format::Csv { .. } => csv::whole_records(&self.rest),
            Format::Json => (self.rest.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1), false),
        };
        let end = if self.is_at_end && !is_quoted { self.rest.len() } else { end };
        if end == 0 || self.is_at_end && is_quoted {
            let line = self.line + newlines(self.rest.get(..end).unwrap_or_default());
            let file = name(&self.path);
            return Err(Failure::wrong(if is_quoted {
                format!("{file}: a quote that opens in line {line} is not closed: {}", csv::QUOTES)
            } else {
                format!("{file}, line {line}, has more than {} KiB: is this a file of joins?", MAX_RECORD >> 10)
            }));
        }
        let rest = self.rest.split_off(end);
        let bytes = std::mem::replace(&mut self.rest, rest);
        let line = self.line;
        self.line += newlines(&bytes);
        Ok(Some(Chunk { format: self.format.clone(), line, bytes }))
    }
}

/// The number of ends of lines.
pub(super) fn newlines(bytes: &[u8]) -> u64 {
    let count = bytes.iter().filter(|&&byte| byte == b'\n').count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// The name of a file in front of a line, as in `joins.csv:17`.
pub(super) fn place(path: &str, line: u64) -> String {
    let file = crate::input::plain_name(path);
    let shown = Quoted(file).to_string();
    format!("{}:{line}", shown.trim_matches('`'))
}
