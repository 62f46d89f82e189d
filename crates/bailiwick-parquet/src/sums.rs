//! The sums of an archive: 80 bytes between the data and the footer, which readers of Parquet pass over.
//!
//! They are compared before the Parquet library sees the file: what was damaged or cut off is found by SHA-256, and not by a decoder.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

use crate::error::ArchiveError;

/// The first bytes of the sums.
const MAGIC: &[u8; 16] = b"bailiwick sums 1";

/// The number of bytes of the sums: the magic, and two of SHA-256.
const LENGTH: u64 = 80;

/// The last bytes of a Parquet file, after the length of the footer.
const PARQUET: &[u8; 4] = b"PAR1";

/// The number of bytes of the length and `PAR1`.
const TAIL: u64 = 8;

/// The most bytes of a footer. Some 4 KiB are of a row group, so that this is enough for 10¹⁰ rows.
const MAX_FOOTER: u64 = 64 << 20;

/// A writer of a Parquet file that hashes the data, and holds the footer back.
pub(crate) struct Summing<W> {
    writer: W,
    data: Sha256,
    /// What is written after the data.
    footer: Option<Vec<u8>>,
}

impl<W: Write> Summing<W> {
    pub(crate) fn new(writer: W) -> Summing<W> {
        Summing { writer, data: Sha256::new(), footer: None }
    }

    /// Holds back what is written from now on.
    pub(crate) fn hold(&mut self) {
        self.footer = Some(Vec::new());
    }

    /// Writes the sums and the footer.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let held = self.footer.take().unwrap_or_default();
        let Some((length, at)) = footer(&held) else {
            return Err(io::Error::other("the Parquet library wrote no footer"));
        };
        let (before, rest) = held.split_at_checked(at).unwrap_or((&[], &held));
        self.write_all(before)?;
        let footer = rest.get(..length).unwrap_or(rest);
        self.writer.write_all(MAGIC)?;
        self.writer.write_all(&self.data.finalize())?;
        self.writer.write_all(&Sha256::digest(footer))?;
        self.writer.write_all(rest)?;
        self.writer.flush()?;
        Ok(self.writer)
    }
}

/// The length and the position of the footer in the end of a Parquet file.
fn footer(end: &[u8]) -> Option<(usize, usize)> {
    let (rest, tail) = end.split_last_chunk::<8>()?;
    let [a, b, c, d, magic @ ..] = *tail;
    let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
    (magic == *PARQUET).then_some((length, rest.len().checked_sub(length)?))
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.footer {
            Some(footer) => footer.write(bytes),
            None => {
                let written = self.writer.write(bytes)?;
                self.data.update(bytes.get(..written).unwrap_or(bytes));
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Checks that a file is as it was written, and returns its footer.
pub(crate) fn check(file: &mut File) -> Result<Result<Vec<u8>, ArchiveError>, io::Error> {
    let not = |what| Ok(Err(ArchiveError::NotAnArchive { what }));
    let length = file.seek(SeekFrom::End(0))?;
    let mut first = [0; 4];
    file.rewind()?;
    if length < 4 + LENGTH + TAIL || file.read_exact(&mut first).is_err() || first != *PARQUET {
        return not("it is not a Parquet file");
    }
    let mut tail = [0; 8];
    file.seek(SeekFrom::End(-8))?;
    file.read_exact(&mut tail)?;
    let [a, b, c, d, magic @ ..] = tail;
    if magic != *PARQUET {
        return not("it is no whole Parquet file, as its end is missing: get the file again");
    }
    let footer = u64::from(u32::from_le_bytes([a, b, c, d]));
    let Some(at) = length.checked_sub(TAIL + LENGTH).and_then(|rest| rest.checked_sub(footer)).filter(|_| footer <= MAX_FOOTER)
    else {
        return not("it is no whole Parquet file, as its footer does not fit it: get the file again");
    };
    let mut sums = [0; 80];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut sums)?;
    let Some(sums) = sums.strip_prefix(MAGIC) else {
        return not(
            "it has no sums before its footer, as files of `bailiwick ledger export` have; a program that writes Parquet anew drops them",
        );
    };
    let mut of_footer = Vec::new();
    file.take(footer).read_to_end(&mut of_footer)?;
    file.rewind()?;
    let of_data = digest(&mut file.take(at))?;
    let expected = [of_data, Sha256::digest(&of_footer).into()].concat();
    Ok(if sums == expected { Ok(of_footer) } else { Err(ArchiveError::Changed) })
}

fn digest(reader: &mut impl Read) -> io::Result<[u8; 32]> {
    let (mut hash, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(read) => hash.update(buffer.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
