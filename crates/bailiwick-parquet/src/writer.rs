//! Writes an archive.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bailiwick::Digest;
use bailiwick::disk::NewFile;
use bailiwick::ledger::{Form, Key, Line};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;

use crate::archive::Archive;
use crate::columns::Builder;
use crate::error::ArchiveError;
use crate::files::{ArchivedFile, Summed, check_name};
use crate::footer::MAX_GROUPS;
use crate::render::{self, Salts};
use crate::row::{Kind, Row};
use crate::schema::{self, FAULT_KEY, FILES_KEY, MAX_GROUP_ROWS, VERSION, VERSION_KEY};
use crate::sums::Summing;

/// The most rows that are held as columns before they are encoded.
const MAX_BATCH_ROWS: usize = 4096;

/// The most bytes of ids and raw lines, which have no bound of their own, that are held before they are encoded.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// The most bytes of ids and raw lines of a row group. A reader may hold as many.
const MAX_GROUP_BYTES: usize = 64 << 20;

/// The most bytes of the dictionary of meetings of a row group: some 240,000 meetings. Others are written in full.
const MAX_MEETINGS: usize = 16 << 20;

/// The level of compression: beyond it, files shrink by less than one in a hundred.
const LEVEL: i32 = 3;

/// What an archive says of files that were given to [`Writer::unverified`], when [`Writer::fault`] was not told more.
const UNVERIFIED: &str = "the ledger was not verified";

/// A writer of an archive. The file gets its name in [`finish`](Writer::finish); one that is dropped before leaves nothing behind.
///
/// Holds one row group in memory, whatever the length of the ledger.
pub struct Writer {
    path: PathBuf,
    writer: ArrowWriter<Summing<NewFile>>,
    builder: Builder,
    batch: Extent,
    group: Extent,
    key: Option<Key>,
    fault: Option<String>,
    files: Vec<ArchivedFile>,
    names: HashSet<String>,
    /// The file that is written, and its sum.
    current: Summed,
    /// The digest of the line before, in this file.
    last: Option<Digest>,
    /// The sum of all rows, which the file that was written must have.
    rows: DefaultHasher,
    counts: Counts,
    line: Vec<u8>,
}

/// How much something holds.
#[derive(Default)]
struct Extent {
    rows: usize,
    bytes: usize,
}

/// The numbers of what was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// The number of rows.
    pub rows: u64,
    /// The number of lines that record a decision.
    pub records: u64,
    /// The number of rows that are kept as their own text, as their columns do not give it back.
    pub raw: u64,
    /// The number of bytes of the ledger.
    pub ledger_bytes: u64,
    /// The number of bytes of the archive.
    pub archive_bytes: u64,
}

impl Writer {
    /// Begins an archive. Without the key of the ledger, the salts of its lines are taken to be those of the key.
    ///
    /// # Errors
    ///
    /// When the file is there already or cannot be written.
    pub fn create(path: &Path, key: Option<Key>) -> Result<Writer, ArchiveError> {
        let options = ArrowWriterOptions::new()
            .with_properties(properties()?)
            // The types are those of the Parquet schema alone, so that every reader sees the same.
            .with_skip_arrow_metadata(true)
            .with_schema_root("ledger".to_owned());
        let new = Summing::new(NewFile::create(path).map_err(ArchiveError::of_file(path))?);
        Ok(Writer {
            path: path.to_owned(),
            writer: ArrowWriter::try_new_with_options(new, schema::arrow(), options)?,
            builder: Builder::new(schema::arrow()),
            batch: Extent::default(),
            group: Extent::default(),
            key,
            fault: None,
            files: Vec::new(),
            names: HashSet::new(),
            current: Summed::default(),
            last: None,
            rows: DefaultHasher::new(),
            counts: Counts::default(),
            line: Vec::new(),
        })
    }

    /// Begins the next file of the ledger. Its name is given back with it.
    ///
    /// # Errors
    ///
    /// When the name is not one name, or another file has it.
    pub fn file(&mut self, name: &str) -> Result<(), ArchiveError> {
        check_name(name)?;
        if !self.names.insert(name.to_owned()) {
            return Err(ArchiveError::SameName { name: name.to_owned() });
        }
        self.end_file();
        self.current = Summed::begin(name);
        self.last = None;
        name.hash(&mut self.rows);
        Ok(())
    }

    fn end_file(&mut self) {
        self.files.extend(std::mem::take(&mut self.current).end());
    }

    /// Adds the next line of the file: a line that was verified, and its bytes without the line feed.
    ///
    /// # Errors
    ///
    /// When the archive cannot be written.
    pub fn line(&mut self, line: &Line, bytes: &[u8]) -> Result<(), ArchiveError> {
        let mut row = Row::of(line);
        let prev = line.prev();
        if self.group.rows > 0 && self.last == Some(prev) {
            row.prev = None;
        }
        let salts = self.key.as_ref().map_or(Salts::Line(line), Salts::Key);
        self.line.clear();
        let is_rendered = render::append(&row, &prev.to_string(), salts, &mut self.line).is_some();
        if !is_rendered || self.line != bytes {
            row.raw = Some([bytes, b"\n"].concat());
        }
        self.current.add(bytes);
        self.current.add(b"\n");
        self.last = Some(Digest::of(bytes));
        self.row(&row)
    }

    /// Adds a whole file as it is, whether or not its lines are those that a ledger wrote. What is no line is kept as it is. The archive
    /// says that its ledger did not verify.
    ///
    /// # Errors
    ///
    /// When the name cannot be taken, as for [`file`](Writer::file); when the file cannot be read, or the archive cannot be written;
    /// when there is no key, and a line has a salt: of a ledger that does not verify, nobody knows whether the key gives it.
    pub fn unverified(&mut self, name: &str, reader: impl Read) -> Result<(), ArchiveError> {
        self.file(name)?;
        self.fault.get_or_insert_with(|| UNVERIFIED.to_owned());
        let mut reader = BufReader::with_capacity(1 << 16, reader);
        // Room for the line's end.
        let limit = u64::try_from(Form::One.max_line() + 1).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let read = reader.by_ref().take(limit).read_until(b'\n', &mut bytes);
            if read.map_err(|error| ArchiveError::Read { name: name.to_owned(), line, error })? == 0 {
                break;
            }
            match bytes.split_last().map(|(end, text)| (end, Line::parse(text), text)) {
                Some((b'\n', Ok(parsed), _)) if parsed.form() == Form::Two && self.key.is_none() => {
                    return Err(ArchiveError::UnknownSalt { name: name.to_owned(), line });
                }
                Some((b'\n', Ok(parsed), text)) => self.line(&parsed, text)?,
                _ => {
                    self.current.add(&bytes);
                    self.last = Some(Digest::of(bytes.strip_suffix(b"\n").unwrap_or(&bytes)));
                    self.row(&Row::other(&bytes))?;
                }
            }
        }
        Ok(())
    }

    /// States that the ledger does not verify, and why. The archive says so from then on.
    pub fn fault(&mut self, fault: impl Into<String>) {
        self.fault = Some(fault.into());
    }

    fn row(&mut self, row: &Row) -> Result<(), ArchiveError> {
        if self.writer.flushed_row_groups().len() >= MAX_GROUPS {
            return Err(ArchiveError::Full);
        }
        row.hash(&mut self.rows);
        self.current.row();
        self.counts.rows += 1;
        self.counts.records += u64::from(row.kind == Kind::Record);
        self.counts.raw += u64::from(row.raw.is_some());
        self.builder.push(self.current.name(), row);
        self.batch.add(row);
        self.group.add(row);
        if self.group.rows >= MAX_GROUP_ROWS || self.group.bytes >= MAX_GROUP_BYTES {
            self.write_batch()?;
            self.group = Extent::default();
            self.writer.flush()?;
        } else if self.batch.rows >= MAX_BATCH_ROWS || self.batch.bytes >= MAX_BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), ArchiveError> {
        self.batch = Extent::default();
        Ok(self.writer.write(&self.builder.finish()?)?)
    }

    /// Ends the archive: reads it again, compares every row with the one that was written, and gives the file its name when it is
    /// on the disk.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or does not say what was written.
    pub fn finish(mut self) -> Result<Counts, ArchiveError> {
        self.end_file();
        self.write_batch()?;
        self.writer.flush()?;
        self.writer.sync().map_err(ParquetError::from)?;
        let files = serde_json::to_string(&self.files).map_err(|error| ParquetError::General(error.to_string()))?;
        for (key, value) in [(VERSION_KEY, Some(VERSION.to_owned())), (FILES_KEY, Some(files)), (FAULT_KEY, self.fault)] {
            value.into_iter().for_each(|value| self.writer.append_key_value_metadata(KeyValue::new(key.to_owned(), value)));
        }
        self.writer.inner_mut().hold();
        let summing = self.writer.into_inner()?;
        let new = summing.finish().map_err(ParquetError::from)?;
        let failed = ArchiveError::of_file(&self.path);
        let file = new.file().try_clone().map_err(&failed)?;
        let archive = Archive::of(file)?;
        if archive.files() != self.files || archive.sum_of_rows()? != self.rows.finish() {
            return Err(ArchiveError::SelfCheck);
        }
        let bytes = new.file().metadata().map_err(&failed)?.len();
        new.place().map_err(failed)?;
        let ledger_bytes = self.files.iter().map(|file| file.bytes).sum();
        Ok(Counts { archive_bytes: bytes, ledger_bytes, ..self.counts })
    }
}

impl Extent {
    fn add(&mut self, row: &Row) {
        self.rows += 1;
        self.bytes = self.bytes.saturating_add(row.weight());
    }
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let column = |name: &str| ColumnPath::from(name);
    let plain = |builder: parquet::file::properties::WriterPropertiesBuilder, name: &str, encoding| {
        builder.set_column_dictionary_enabled(column(name), false).set_column_encoding(column(name), encoding)
    };
    let builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_coerce_types(true)
        // Row groups end where `Writer` ends them.
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_column_statistics_enabled(column("raw"), EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_column_dictionary_page_size_limit(column("meeting"), MAX_MEETINGS);
    let builder = plain(builder, "seq", Encoding::DELTA_BINARY_PACKED);
    let builder = plain(builder, "time", Encoding::DELTA_BINARY_PACKED);
    let builder = plain(builder, "raw", Encoding::PLAIN);
    Ok(builder.build())
}
