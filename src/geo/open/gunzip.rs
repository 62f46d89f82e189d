//! Decompressing what gzip wrote.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The first byte of each member of a gzip file (RFC 1952, section 2.3.1).
const FIRST: u8 = 0x1f;

/// The number of compressed bytes that are read at a time.
const BUFFER: usize = 1 << 16;

/// Decompresses a file that gzip wrote (RFC 1952), with one member or several. Nothing else may follow them: bytes that are passed over
/// could be the rest of a file that was put together wrongly.
///
/// # Errors
///
/// The reader fails with `UnexpectedEof` where the file is cut off, and with `InvalidData` where it is damaged or goes on with something
/// else. The message says what to do.
pub fn gunzip(reader: impl Read) -> impl Read {
    Gunzip { member: Some(GzDecoder::new(BufReader::with_capacity(BUFFER, reader))) }
}

struct Gunzip<R> {
    /// The member that is read, or `None` behind the last one.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(mut member) = self.member.take() {
            match member.read(buffer) {
                Ok(0) => self.member = next_member(member.into_inner())?,
                read => {
                    self.member = Some(member);
                    return read.map_err(told);
                }
            }
        }
        Ok(0)
    }
}

/// The member that follows, if one does.
fn next_member<R: BufRead>(mut reader: R) -> io::Result<Option<GzDecoder<R>>> {
    match reader.fill_buf()?.first() {
        None => Ok(None),
        Some(&FIRST) => Ok(Some(GzDecoder::new(reader))),
        Some(_) => Err(io::Error::new(ErrorKind::InvalidData, GunzipError::Trailing)),
    }
}

/// Why a file that begins as gzip writes it cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub(in crate::geo) enum GunzipError {
    /// gzip itself passes over such bytes with a warning, and over zeros without one.
    #[error(
        "other bytes follow the data that gzip wrote: get the file again; if they belong there, as the padding of a tape does, decompress \
         it with `gunzip`, and name the result"
    )]
    Trailing,
    #[error("the data that gzip wrote is damaged ({0}): get the file again")]
    Damaged(#[source] io::Error),
}

/// The decoder's errors are about the data, and have the kind of wrong arguments.
fn told(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData => io::Error::new(ErrorKind::InvalidData, GunzipError::Damaged(error)),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// A reader that gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(buffer.len());
            self.0.read(&mut buffer[..length])
        }
    }

    fn read(bytes: &[u8], at_once: usize) -> io::Result<String> {
        let mut text = String::new();
        gunzip(Slow(bytes, at_once)).read_to_string(&mut text).map(|_| text)
    }

    #[test]
    fn members_are_read_one_after_the_other() {
        for at_once in [1, 2, 7, 1 << 20] {
            assert_eq!(read(&[gzip("one "), gzip(""), gzip("two")].concat(), at_once).unwrap(), "one two");
        }
    }

    /// A read of no bytes is not the end of a member.
    #[test]
    fn a_buffer_without_room_passes_over_nothing() {
        let file = [gzip(""), gzip("one")].concat();
        let mut reader = gunzip(file.as_slice());
        let mut text = String::new();
        for _ in 0..5 {
            assert_eq!(reader.read(&mut []).unwrap(), 0);
            reader.by_ref().take(1).read_to_string(&mut text).unwrap();
        }
        assert_eq!(text, "one");
    }

    /// Of any length, also where the bytes are too few for the header of a member.
    #[test]
    fn what_follows_is_never_passed_over_and_never_called_an_early_end() {
        for rest in [&b"\0"[..], b"\0\0", &[0; 512], b"more,CN\n", b"\x1e", b"\x8b\x1f"] {
            for at_once in [1, 1 << 20] {
                let error = read(&[gzip("one"), rest.to_vec()].concat(), at_once).unwrap_err();
                let said = (error.kind(), error.to_string());
                assert_eq!(said, (ErrorKind::InvalidData, GunzipError::Trailing.to_string()), "{rest:?}");
            }
        }
    }

    /// An error is not followed by an end, as if all had been read.
    #[test]
    fn what_is_damaged_or_cut_off_says_so() {
        let whole = [gzip("one"), gzip("two and more than two")].concat();
        let first = gzip("one").len();
        for cut in (1..whole.len()).filter(|&cut| cut != first) {
            assert_eq!(read(&whole[..cut], 1).unwrap_err().kind(), ErrorKind::UnexpectedEof, "{cut}");
        }
        let mut damaged = whole.clone();
        damaged[first - 6] ^= 1;
        let error = read(&damaged, 1).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidData && error.to_string().contains("is damaged"), "{error}");
        let error = read(b"\x1f\x8b\x07\0\0\0\0\0\0\x03", 1).unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidData && error.to_string().contains("is damaged"), "{error}");
    }
}
