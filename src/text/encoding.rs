//! Recognition of bytes that are not UTF-8: names their encoding or compression.

/// Why bytes are not text that can be read, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// Another encoding of Unicode.
    #[error("this is {0}: save it as UTF-8")]
    Unicode(&'static str),
    /// A compressed file or an archive.
    #[error("this is compressed, as {format}: decompress it first, with `{command}`")]
    Compressed {
        /// The extension of such files.
        format: &'static str,
        /// The command that decompresses them.
        command: &'static str,
    },
    /// Bytes that are no text in any encoding that is recognised.
    #[error("this is not UTF-8 text: line {line} has a byte that is not")]
    NotText {
        /// The line, from 1.
        line: usize,
    },
}

/// The first bytes of compressed files: gzip (RFC 1952), xz, bzip2, Zstandard (RFC 8878), ZIP and 7z.
const COMPRESSED: [(&[u8], &str, &str); 6] = [
    (b"\x1f\x8b", ".gz", "gunzip"),
    (b"\xfd7zXZ\0", ".xz", "unxz"),
    (b"BZh", ".bz2", "bunzip2"),
    (b"\x28\xb5\x2f\xfd", ".zst", "unzstd"),
    (b"PK\x03\x04", ".zip", "unzip"),
    (b"7z\xbc\xaf\x27\x1c", ".7z", "7z x"),
];

/// Reads bytes as UTF-8, without a byte-order mark at their beginning.
///
/// # Errors
///
/// Names UTF-16 and UTF-32, with a byte-order mark or without, and the usual compressed formats.
///
/// ```
/// use bailiwick::text::utf8;
///
/// assert_eq!(utf8(b"\xef\xbb\xbf[[orders]]")?, "[[orders]]");
/// assert_eq!(utf8(b"\xff\xfe[\0[\0").unwrap_err().to_string(), "this is UTF-16: save it as UTF-8");
/// # Ok::<(), bailiwick::text::EncodingError>(())
/// ```
pub fn utf8(bytes: &[u8]) -> Result<&str, EncodingError> {
    if let Some(encoding) = unicode(bytes) {
        return Err(EncodingError::Unicode(encoding));
    }
    if let Some(&(_, format, command)) = COMPRESSED.iter().find(|(magic, ..)| bytes.starts_with(magic)) {
        return Err(EncodingError::Compressed { format, command });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        EncodingError::NotText { line: before.iter().filter(|&&byte| byte == b'\n').count() + 1 }
    })
}

/// The encoding of Unicode, told by a byte-order mark, or by the zeros that ASCII has in it.
pub(crate) fn unicode(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [a, 0, 0, 0, ..] | [0, 0, 0, a, ..] if a.is_ascii() && *a != 0 => Some("UTF-32"),
        [a, 0, b, 0, ..] | [0, a, 0, b, ..] if a.is_ascii() && b.is_ascii() && *a != 0 && *b != 0 => Some("UTF-16"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_another_encoding_is_named() {
        let text = "[[orders]]\nid = \"cn-1\"\n";
        let utf16: Vec<u16> = text.encode_utf16().collect();
        for mark in [true, false] {
            let units = || [0xfeff].into_iter().filter(|_| mark).chain(utf16.iter().copied());
            let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
            assert_eq!([utf8(&little), utf8(&big)], [Err(EncodingError::Unicode("UTF-16")); 2], "{mark}");
            let points = || ['\u{feff}'].into_iter().filter(|_| mark).chain(text.chars()).map(u32::from);
            let little: Vec<u8> = points().flat_map(u32::to_le_bytes).collect();
            let big: Vec<u8> = points().flat_map(u32::to_be_bytes).collect();
            assert_eq!([utf8(&little), utf8(&big)], [Err(EncodingError::Unicode("UTF-32")); 2], "{mark}");
        }
    }

    /// Zeros alone, or beside other bytes than those of ASCII, are in no encoding that could be named.
    #[test]
    fn zeros_beside_other_bytes_are_no_encoding() {
        for bytes in [
            b"\0\0\0\0",
            b"\xc3\0\0\0",
            b"\0\0\0\xc3",
            b"\xc3\0b\0",
            b"a\0\xc3\0",
            b"\0\xc3\0b",
            b"\0a\0\xc3",
            b"\0\0b\0",
            b"\0a\0\0",
            b"\0\0\0b",
        ] {
            let is_utf_32 = bytes == b"\0\0\0b";
            assert_eq!(unicode(bytes), is_utf_32.then_some("UTF-32"), "{bytes:?}");
        }
        assert_eq!(utf8(b"\0\0\0\0"), Ok("\0\0\0\0"));
    }

    #[test]
    fn compressed_files_are_named_with_what_decompresses_them() {
        for (magic, format, command) in COMPRESSED {
            assert_eq!(utf8(&[magic, b"\x80\x81"].concat()), Err(EncodingError::Compressed { format, command }));
        }
    }

    #[test]
    fn other_bytes_are_told_by_their_line() {
        assert_eq!(utf8(b"a\nb\xe9\n"), Err(EncodingError::NotText { line: 2 }));
        assert_eq!(utf8("\u{feff}é\n".as_bytes()), Ok("é\n"));
        assert_eq!(utf8(b""), Ok(""));
    }
}
