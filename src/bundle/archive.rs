//! The archive of a bundle: uncompressed ustar (POSIX.1-2017, `pax`, "ustar Interchange Format") of exactly one layout.
//!
//! A general reader of archives takes links, sparse files, long names in two forms and numbers in three, and each of them is a way
//! for two readers to see two archives in the same bytes. Here a header follows from the name and the size of its member, so reading
//! is comparing with the header that writing gives.

use crate::text::quote::{Quoted, excerpt};

/// The bytes of a block: headers have this length, and members are filled up to a multiple of it with zeros.
const BLOCK: usize = 512;

/// The two blocks of zeros that end an archive.
const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// The position of a member's size in its header, eleven octal digits.
const SIZE: std::ops::Range<usize> = 124..135;

/// The position of a member's name in its header.
const NAME: std::ops::Range<usize> = 0..100;

/// The reason why bytes are not an archive of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The bytes end inside a header, a member or the end of the archive.
    #[error("it ends at byte {at}, in {}: get the file again, and whole", member.map_or("the end of the archive", |member| member))]
    CutOff {
        /// The number of bytes.
        at: usize,
        /// The member, or `None` at the end of the archive.
        member: Option<&'static str>,
    },
    /// Another member stands where one must.
    #[error(
        "{} stands where `{expected}` must: a bundle has `manifest.note`, `docket.json`, `requirements.json` and `atlas.bin`, in this \
         sequence; make it with `bailiwick bundle make`",
        Quoted(found)
    )]
    Member {
        /// The member that must be there.
        expected: &'static str,
        /// The name that is there.
        found: String,
    },
    /// A header has another type, owner, time, size or checksum than a bundle's headers have.
    #[error("the header of `{member}` is not one of a bundle: make it with `bailiwick bundle make`, and not with `tar`")]
    Header {
        /// The member.
        member: &'static str,
    },
    /// A member has more bytes than are read.
    #[error("`{member}` has {size} bytes, and at most {limit} are read: {}", advice(member))]
    TooLarge {
        /// The member.
        member: &'static str,
        /// Its size in bytes, as its header has it.
        size: u64,
        /// The most bytes of such a member.
        limit: u64,
    },
    /// The bytes that fill the last block of a member are not zeros.
    #[error("bytes behind the end of `{member}` are not zeros: get the file again")]
    Padding {
        /// The member.
        member: &'static str,
    },
    /// Something follows `atlas.bin`, or the two blocks of zeros that end the archive.
    #[error("something follows at byte {at}, where the archive must end: make it with `bailiwick bundle make`, and add nothing")]
    Trailing {
        /// The position of the first byte that must not be there.
        at: usize,
    },
}

/// The way out when a member is too large.
fn advice(member: &str) -> &'static str {
    match member {
        "manifest.note" => "take out signatures of keys that no node trusts",
        "docket.json" => "take out orders that ended long ago",
        "atlas.bin" => "use geo data by country or subdivision",
        _ => "make the bundle with `bailiwick bundle make`",
    }
}

/// Writes members one after the other, and the end.
pub(super) fn write(members: &[(&'static str, &[u8])]) -> Vec<u8> {
    let bytes: usize = members.iter().map(|(_, content)| BLOCK + content.len().next_multiple_of(BLOCK)).sum();
    let mut archive = Vec::with_capacity(bytes + END.len());
    for (name, content) in members {
        archive.extend(header(name, u64::try_from(content.len()).unwrap_or(u64::MAX)));
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.extend(END);
    archive
}

/// The header of a member: a plain file, mode 0644, of user and group 0, at time 0.
fn header(name: &str, size: u64) -> Vec<u8> {
    let ids = [b"0000644\0".as_slice(), b"0000000\0", b"0000000\0"].concat();
    let size = format!("{size:011o}\0");
    let before = [field(name.as_bytes(), 100), ids, size.into_bytes(), b"00000000000\0".to_vec()].concat();
    // A type, a link's name, the format, user and group by name, a device, a prefix of the name, and what fills the block.
    let after = [
        b"0".to_vec(),
        field(b"", 100),
        b"ustar\x0000".to_vec(),
        field(b"", 64),
        b"0000000\x000000000\0".to_vec(),
        field(b"", 155 + 12),
    ]
    .concat();
    // The checksum is taken with blanks in its place.
    let blanks = 8 * u32::from(b' ');
    let sum: u32 = before.iter().chain(&after).map(|&byte| u32::from(byte)).sum();
    [before, format!("{:06o}\0 ", sum + blanks).into_bytes(), after].concat()
}

/// A text filled up with zeros.
fn field(text: &[u8], len: usize) -> Vec<u8> {
    let mut field = text.to_vec();
    field.resize(len, 0);
    field
}

/// Reads members one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Reader<'b> {
        Reader { bytes, at: 0 }
    }

    /// The next member, which must have this name and at most `limit` bytes.
    pub(super) fn member(&mut self, member: &'static str, limit: u64) -> Result<&'b [u8], ArchiveError> {
        let found = self.take(BLOCK).ok_or_else(|| self.cut_off(Some(member)))?;
        let size = found.get(SIZE).and_then(octal).unwrap_or_default();
        if found != header(member, size) {
            return Err(self.other(found, member));
        }
        if size > limit {
            return Err(ArchiveError::TooLarge { member, size, limit });
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let content = self.take(size).ok_or_else(|| self.cut_off(Some(member)))?;
        let padding = self.take(size.next_multiple_of(BLOCK) - size).ok_or_else(|| self.cut_off(Some(member)))?;
        if padding.iter().any(|&byte| byte != 0) {
            return Err(ArchiveError::Padding { member });
        }
        Ok(content)
    }

    /// The end of the archive.
    pub(super) fn end(mut self) -> Result<(), ArchiveError> {
        let start = self.at;
        let rest = self.take(self.bytes.len() - self.at).unwrap_or_default();
        match rest.iter().zip(END).position(|(&found, zero)| found != zero) {
            Some(position) => Err(ArchiveError::Trailing { at: start + position }),
            None if rest.len() < END.len() => Err(self.cut_off(None)),
            None if rest.len() > END.len() => Err(ArchiveError::Trailing { at: start + END.len() }),
            None => Ok(()),
        }
    }

    fn take(&mut self, len: usize) -> Option<&'b [u8]> {
        let end = self.at.checked_add(len)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn cut_off(&self, member: Option<&'static str>) -> ArchiveError {
        ArchiveError::CutOff { at: self.bytes.len(), member }
    }

    /// The reason why a header is not the member's.
    fn other(&self, found: &[u8], member: &'static str) -> ArchiveError {
        let name = found.get(NAME).unwrap_or_default();
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        if name == member.as_bytes() {
            return ArchiveError::Header { member };
        }
        ArchiveError::Member { expected: member, found: excerpt(&String::from_utf8_lossy(name)) }
    }
}

/// A number of octal digits alone.
fn octal(digits: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()))?;
    u64::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [(&str, &[u8]); 3] = [("one", b"1"), ("empty", b""), ("block", &[7; BLOCK])];

    fn read(bytes: &[u8]) -> Result<Vec<&[u8]>, ArchiveError> {
        let mut reader = Reader::new(bytes);
        let members = MEMBERS.map(|(name, _)| reader.member(name, 512)).into_iter().collect::<Result<Vec<_>, _>>()?;
        reader.end().map(|()| members)
    }

    #[test]
    fn what_is_written_is_read() {
        let archive = write(&MEMBERS);
        assert_eq!(archive.len(), 512 + 512 + 512 + 512 + 512 + 1024);
        assert_eq!(read(&archive).unwrap(), MEMBERS.map(|(_, content)| content));
    }

    /// What GNU tar 1.34 writes for an empty file `empty` with `--format=ustar --owner=0 --group=0 --numeric-owner --mode=0644
    /// --mtime=@0`. Its checksum covers the fields that are not listed here.
    #[test]
    fn a_header_is_that_of_gnu_tar() {
        let header = header("empty", 0);
        assert_eq!(header.len(), BLOCK);
        assert_eq!(&header[..5], b"empty");
        assert_eq!(&header[100..157], b"0000644\x000000000\x000000000\x0000000000000\x0000000000000\x00010254\x00 0");
        assert_eq!(&header[257..265], b"ustar\x0000");
    }

    #[test]
    fn any_other_byte_and_any_other_length_is_refused() {
        let archive = write(&MEMBERS);
        for at in 0..archive.len() {
            assert!(read(&archive[..at]).is_err(), "{at} bytes");
            // The content itself is covered by digests.
            if at == BLOCK || (4 * BLOCK - BLOCK..4 * BLOCK + BLOCK).contains(&at) && archive[at] == 7 {
                continue;
            }
            for bit in 0..8 {
                let mut other = archive.clone();
                other[at] ^= 1 << bit;
                assert!(read(&other).is_err(), "byte {at}, bit {bit}");
            }
        }
        for more in [1, 511, 512, 8704] {
            let longer = [archive.as_slice(), &vec![0; more]].concat();
            assert_eq!(read(&longer), Err(ArchiveError::Trailing { at: archive.len() }), "{more}");
        }
    }

    #[test]
    fn a_size_that_a_header_declares_allocates_nothing() {
        let mut archive = write(&MEMBERS);
        archive.splice(..BLOCK, header("one", 0o77_777_777_777));
        assert_eq!(read(&archive), Err(ArchiveError::TooLarge { member: "one", size: 0o77_777_777_777, limit: 512 }));
        archive.splice(..BLOCK, header("one", 512));
        assert!(matches!(read(&archive[..600]), Err(ArchiveError::CutOff { at: 600, member: Some("one") })));
    }
}
