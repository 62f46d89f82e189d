//! Reads an archive.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::Path;

use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::columns::Columns;
use crate::error::ArchiveError;
use crate::files::{ArchivedFile, check_name};
use crate::footer::Footer;
use crate::guard::decode;
use crate::row::Row;
use crate::schema::{self, FAULT_KEY, FILES_KEY, MAX_GROUP_ROWS, VERSION};
use crate::sums;

/// The number of rows that are decoded at a time. A raw line has up to 1 MiB.
const BATCH_ROWS: usize = 256;

/// An archive that was made by something else.
const OTHER_COLUMNS: ArchiveError = ArchiveError::NotAnArchive { what: "it has other columns" };

/// An archive, opened and found to be as it was written.
#[derive(Debug)]
pub struct Archive {
    file: File,
    metadata: ArrowReaderMetadata,
    files: Vec<ArchivedFile>,
    fault: Option<String>,
}

impl Archive {
    /// Opens an archive: compares its sums, and reads what it says of itself.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not an archive, was changed or cut off, or has a version that is not known here.
    pub fn open(path: &Path) -> Result<Archive, ArchiveError> {
        let io = |error| ArchiveError::Io { path: path.to_owned(), error };
        let file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.is_dir() {
            return Err(io(ErrorKind::IsADirectory.into()));
        }
        Archive::of(file)
    }

    pub(crate) fn of(mut file: File) -> Result<Archive, ArchiveError> {
        let footer = sums::check(&mut file).map_err(parquet::errors::ParquetError::from)??;
        let schema = schema::parquet()?;
        let looked = Footer::look(&footer, schema.root_schema());
        let looked = looked.ok_or(ArchiveError::NotAnArchive { what: "its footer is not that of a Parquet file" })?;
        match looked.version {
            Some(version) if version == VERSION.as_bytes() => {}
            Some(found) => return Err(ArchiveError::Version { found: String::from_utf8_lossy(found).into_owned() }),
            None => return Err(ArchiveError::NotAnArchive { what: "its metadata has no version of an archive" }),
        }
        if !looked.has_nodes {
            return Err(OTHER_COLUMNS);
        }
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = decode(|| Ok(ArrowReaderMetadata::load(&file, options)?))?;
        let of_file = metadata.metadata().file_metadata();
        let value = |key: &str| {
            let pairs = of_file.key_value_metadata().into_iter().flatten();
            pairs.filter(|pair| pair.key == key).find_map(|pair| pair.value.clone())
        };
        if of_file.schema_descr().root_schema() != schema.root_schema() {
            return Err(OTHER_COLUMNS);
        }
        let files: Vec<ArchivedFile> = value(FILES_KEY)
            .and_then(|json| serde_json::from_str(&json).ok())
            .ok_or(ArchiveError::NotAnArchive { what: "its metadata does not list the files of the ledger" })?;
        let fault = value(FAULT_KEY);
        let archive = Archive { file, files, fault, metadata };
        archive.check_rows()?;
        Ok(archive)
    }

    /// The names are names, and the rows are those of the files.
    fn check_rows(&self) -> Result<(), ArchiveError> {
        self.files.iter().try_for_each(|file| check_name(&file.name))?;
        let contradiction = |what: &str| Err(ArchiveError::Contradiction { what: what.to_owned() });
        let mut names: Vec<&str> = self.files.iter().map(|file| file.name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| matches!(pair, [one, next] if one == next)) {
            return contradiction("two files have one name");
        }
        let stated = self.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.rows));
        let groups = self.metadata.metadata().row_groups();
        let mut found = Some(0_u64);
        for group in groups {
            match usize::try_from(group.num_rows()) {
                Ok(rows) if rows <= MAX_GROUP_ROWS => found = found.and_then(|sum| sum.checked_add(u64::try_from(rows).ok()?)),
                _ => return contradiction("a row group has too many rows"),
            }
        }
        if stated.is_none() || stated != found {
            return contradiction("its list of files has another number of rows");
        }
        Ok(())
    }

    /// The files of the ledger, in their sequence.
    #[must_use]
    pub fn files(&self) -> &[ArchivedFile] {
        &self.files
    }

    /// What was found to be wrong with the ledger when it was exported. `None` when it verified.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Calls `each` with every row and the name of its file, in their sequence, and with whether it is the first of a row group.
    pub(crate) fn rows(&self, mut each: impl FnMut(&str, Row) -> Result<(), ArchiveError>) -> Result<(), ArchiveError> {
        let file = self.file.try_clone().map_err(parquet::errors::ParquetError::from)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone()).with_batch_size(BATCH_ROWS);
        let mut reader = decode(|| Ok(builder.build()?))?;
        let mut number = 0;
        while let Some(batch) = decode(|| Ok(reader.next().transpose()?))? {
            let columns = Columns::of(&batch).ok_or(OTHER_COLUMNS)?;
            for at in 0..batch.num_rows() {
                number += 1;
                let row = decode(|| columns.row(at).ok_or(ArchiveError::Row { row: number }))?;
                each(columns.file(at), row)?;
            }
        }
        Ok(())
    }

    /// The sum of all rows and names, as [`Writer`](crate::Writer) makes it.
    pub(crate) fn sum_of_rows(&self) -> Result<u64, ArchiveError> {
        let mut sum = DefaultHasher::new();
        let mut files = self.files.iter();
        let (mut name, mut left) = (None, 0);
        self.rows(|file, row| {
            while left == 0 {
                let Some(next) = files.next() else { return Err(ArchiveError::SelfCheck) };
                next.name.hash(&mut sum);
                (name, left) = (Some(next.name.as_str()), next.rows);
            }
            left -= 1;
            row.hash(&mut sum);
            if name == Some(file) { Ok(()) } else { Err(ArchiveError::SelfCheck) }
        })?;
        files.for_each(|file| file.name.hash(&mut sum));
        Ok(sum.finish())
    }
}
