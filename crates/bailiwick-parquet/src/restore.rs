//! Gives the files of a ledger back.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use bailiwick::Digest;
use bailiwick::disk::NewFile;
use bailiwick::ledger::{Key, Line};

use crate::archive::Archive;
use crate::error::ArchiveError;
use crate::files::{ArchivedFile, Summed};
use crate::render::{self, Salts};
use crate::row::{Kind, Row};

impl Archive {
    /// Writes the files of the ledger into a folder, byte for byte as they were exported. A file gets its name when it is complete, has
    /// the sum that the archive states, and is on the disk.
    ///
    /// The key is needed for files of form 2.
    ///
    /// # Errors
    ///
    /// When a file is there already, before anything is written; when one cannot be written; when the key is missing or another
    /// one; when the archive contradicts itself. The files that came before are complete.
    pub fn restore(&self, folder: &Path, key: Option<&Key>) -> Result<(), ArchiveError> {
        for file in self.files() {
            let path = folder.join(&file.name);
            if path.symlink_metadata().is_ok() {
                return Err(ArchiveError::Exists { path });
            }
        }
        let mut files = self.files().iter();
        let mut open = None;
        let mut number = 0;
        self.rows(|name, row| {
            number += 1;
            let mut current = match open.take() {
                Some(current) => current,
                None => loop {
                    let next = files.next().ok_or(ArchiveError::Row { row: number })?;
                    let begun = Restored::begin(folder, next)?;
                    if next.rows > 0 {
                        break begun;
                    }
                    begun.end()?;
                },
            };
            if current.file.name != name {
                return Err(ArchiveError::Contradiction { what: format!("row {number} is of another file") });
            }
            current.row(&row, number, key, self.fault().is_none())?;
            if current.is_complete() {
                return current.end();
            }
            open = Some(current);
            Ok(())
        })?;
        files.try_for_each(|file| Restored::begin(folder, file)?.end())
    }
}

/// A file that is given back.
struct Restored<'a> {
    file: &'a ArchivedFile,
    path: PathBuf,
    writer: BufWriter<NewFile>,
    sum: Summed,
    rows: u64,
    last: Option<Digest>,
    line: Vec<u8>,
}

impl<'a> Restored<'a> {
    fn begin(folder: &Path, file: &'a ArchivedFile) -> Result<Restored<'a>, ArchiveError> {
        let path = folder.join(&file.name);
        let new = NewFile::create(&path).map_err(ArchiveError::of_file(&path))?;
        let writer = BufWriter::with_capacity(1 << 16, new);
        Ok(Restored { file, path, writer, sum: Summed::begin(&file.name), rows: 0, last: None, line: Vec::new() })
    }

    fn is_complete(&self) -> bool {
        self.rows == self.file.rows
    }

    fn row(&mut self, row: &Row, number: u64, key: Option<&Key>, is_verified: bool) -> Result<(), ArchiveError> {
        let name = || self.file.name.clone();
        let wrong = || ArchiveError::Row { row: number };
        if is_verified {
            if row.kind == Kind::Other {
                return Err(wrong());
            }
            // Of a ledger that verified, the chain is that of the lines: a difference is found in the row group where it is.
            if let (Some(last), Some(prev)) = (&self.last, &row.prev)
                && *prev != last.to_string()
            {
                return Err(ArchiveError::OtherFile { name: name() });
            }
            let is_other = |key: &Key| row.key_commitment.as_ref().is_some_and(|of_file| *of_file != key.commitment().to_string());
            if key.is_some_and(is_other) {
                return Err(ArchiveError::OtherKey { name: name() });
            }
        }
        self.line.clear();
        match &row.raw {
            Some(raw) => self.line.extend_from_slice(raw),
            None => {
                if row.form == Some(2) && key.is_none() {
                    return Err(ArchiveError::NoKey { name: name() });
                }
                let prev = row.prev.clone().or_else(|| self.last.map(|last| last.to_string())).ok_or_else(wrong)?;
                render::append(row, &prev, key.map_or(Salts::None, Salts::Key), &mut self.line).ok_or_else(wrong)?;
                self.line.push(b'\n');
            }
        }
        if !is_told(row, &self.line) {
            return Err(wrong());
        }
        self.last = Some(Digest::of(self.line.strip_suffix(b"\n").unwrap_or(&self.line)));
        self.rows += 1;
        self.sum.row();
        self.sum.add(&self.line);
        self.writer.write_all(&self.line).map_err(ArchiveError::of_file(&self.path))
    }

    fn end(self) -> Result<(), ArchiveError> {
        if self.sum.end().as_ref() != Some(self.file) {
            return Err(ArchiveError::OtherFile { name: self.file.name.clone() });
        }
        let failed = ArchiveError::of_file(&self.path);
        let new = self.writer.into_inner().map_err(|error| failed(error.into_error()))?;
        new.place().map_err(failed)
    }
}

/// Whether the columns say what the line says: others read the columns alone.
fn is_told(row: &Row, line: &[u8]) -> bool {
    let parsed = line.strip_suffix(b"\n").map(Line::parse);
    match parsed {
        Some(Ok(line)) => Row { prev: row.prev.clone(), raw: row.raw.clone(), ..Row::of(&line) } == *row,
        _ => row.kind == Kind::Other && Row::other(line) == Row { prev: None, ..row.clone() },
    }
}
