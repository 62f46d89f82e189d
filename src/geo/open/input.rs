//! Opening a file or standard input, compressed with gzip or not.

use std::fs::{self, File};
use std::io::{self, Cursor, Read};

use super::gunzip::gunzip;
use crate::geo::error::{FileError, STDIN};

/// The most bytes that are looked at to recognise a format: some hundred lines.
const HEAD: u64 = 1 << 14;

/// The most bytes of a MaxMind DB, which is held in memory as a whole. The largest that are sold are smaller; a device or a gzip bomb
/// would fill the memory.
const WHOLE: u64 = 1 << 30;

/// The first bytes of a gzip file (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reports how many bytes of a file were read, and its length where it has one.
pub(super) type Progress<'a> = &'a dyn Fn(&str, u64, Option<u64>);

/// An open file, decompressed.
pub(super) struct Input<'a> {
    /// The beginning of the file.
    pub(super) head: Vec<u8>,
    /// Whether `head` is all of the file.
    pub(super) is_complete: bool,
    pub(super) is_compressed: bool,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Input<'a> {
    pub(super) fn open(path: &'a str, progress: Option<Progress<'a>>) -> Result<Input<'a>, FileError> {
        let (reader, length): (Box<dyn Read>, _) = if path == STDIN {
            (Box::new(io::stdin().lock()), None)
        } else {
            if fs::metadata(path).map_err(FileError::read)?.is_dir() {
                return Err(FileError::Directory);
            }
            let file = File::open(path).map_err(FileError::read)?;
            let length = file.metadata().ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len());
            (Box::new(file), length)
        };
        let mut reader = Watched { reader, progress, path, done: 0, length };
        let mut magic = Vec::new();
        let limit = u64::try_from(GZIP.len()).unwrap_or(u64::MAX);
        reader.by_ref().take(limit).read_to_end(&mut magic).map_err(FileError::read)?;
        let is_compressed = magic == GZIP;
        let whole = Cursor::new(magic).chain(reader);
        let mut rest: Box<dyn Read> = if is_compressed { Box::new(gunzip(whole)) } else { Box::new(whole) };
        let mut head = Vec::new();
        let read = rest.by_ref().take(HEAD).read_to_end(&mut head).map_err(FileError::read)?;
        Ok(Input { head, is_complete: u64::try_from(read).is_ok_and(|read| read < HEAD), is_compressed, rest })
    }

    pub(super) fn reader(self) -> impl Read + 'a {
        Cursor::new(self.head).chain(self.rest)
    }

    /// All of it, in memory.
    pub(super) fn bytes(self) -> Result<Vec<u8>, FileError> {
        self.bytes_within(WHOLE)
    }

    fn bytes_within(self, limit: u64) -> Result<Vec<u8>, FileError> {
        let mut bytes = Vec::new();
        let read = self.reader().take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(FileError::read)?;
        if u64::try_from(read).is_ok_and(|read| read <= limit) { Ok(bytes) } else { Err(FileError::TooLarge { limit }) }
    }
}

/// A reader that reports its progress.
struct Watched<'a, R> {
    reader: R,
    progress: Option<Progress<'a>>,
    path: &'a str,
    done: u64,
    length: Option<u64>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.done = self.done.saturating_add(u64::try_from(read).unwrap_or(0));
        if let Some(progress) = self.progress {
            progress(self.path, self.done, self.length);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever the beginning that was looked at ends.
    #[test]
    fn a_file_in_memory_has_at_most_as_many_bytes_as_the_limit() {
        for limit in 0..6 {
            for len in 0..8_u8 {
                for at in 0..=len {
                    let all: Vec<u8> = (0..len).collect();
                    let (head, rest) = all.split_at(at.into());
                    let input = Input { head: head.to_vec(), is_complete: false, is_compressed: false, rest: Box::new(rest) };
                    let read = input.bytes_within(limit);
                    if u64::from(len) <= limit {
                        assert_eq!(read.unwrap(), all);
                    } else {
                        assert!(matches!(read, Err(FileError::TooLarge { limit: told }) if told == limit), "{len} of {limit}");
                    }
                }
            }
        }
    }
}
