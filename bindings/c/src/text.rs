//! Texts as they cross the interface.

use std::ffi::c_char;
use std::fmt::{self, Display, Write};

use crate::raw;

/// A text that belongs to the library: `len` bytes of UTF-8 at `ptr`, not zero-terminated. Valid as long as what it came from.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bailiwick_str {
    /// The first byte. Never NULL, also when `len` is 0.
    pub ptr: *const c_char,
    /// The number of bytes.
    pub len: usize,
}

impl From<&str> for bailiwick_str {
    fn from(text: &str) -> bailiwick_str {
        bailiwick_str { ptr: text.as_ptr().cast(), len: text.len() }
    }
}

/// Writes a text as `snprintf` does: as many whole characters as `room` has space for, with a zero byte behind them. Returns the
/// number of bytes that the whole text has, without the zero byte.
pub(crate) fn put(text: impl Display, out: *mut c_char, room: usize) -> usize {
    let mut cut = Cut { out, room, written: 0, whole: 0 };
    // Nothing that is displayed here fails.
    let _ = write!(cut, "{text}");
    if room > 0 {
        raw::write_bytes(out, cut.written, b"\0");
    }
    cut.whole
}

/// Storage of C that a text is written to, without a zero byte. INVARIANT: `written` is less than `room`, or both are 0.
struct Cut {
    out: *mut c_char,
    room: usize,
    written: usize,
    /// The number of bytes of the text so far. Once it is more than was written, nothing more is.
    whole: usize,
}

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_cut = self.whole > self.written;
        self.whole = self.whole.saturating_add(text.len());
        let most = if is_cut { 0 } else { self.room.saturating_sub(self.written + 1) };
        // A character has at most four bytes, so one of four ends is between two of them.
        let fitting = (0..=most.min(text.len())).rev().take(4).find_map(|end| text.get(..end)).unwrap_or_default();
        raw::write_bytes(self.out, self.written, fitting.as_bytes());
        self.written += fitting.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that are written to storage full of `x`, and the number that is returned.
    fn written(text: impl Display, room: usize) -> (usize, Vec<u8>) {
        let mut out = vec![b'x'; room + 1];
        let whole = put(text, out.as_mut_ptr().cast(), room);
        assert_eq!(out.pop(), Some(b'x'), "nothing is written beyond the room");
        (whole, out)
    }

    #[test]
    fn texts_are_cut_between_characters_and_end_with_a_zero() {
        let cases: [(&str, usize, usize, &[u8]); 9] = [
            ("aé", 0, 3, b""),
            ("aé", 1, 3, b"\0"),
            ("aé", 2, 3, b"a\0"),
            ("aé", 3, 3, b"a\0x"),
            ("aé", 4, 3, b"a\xc3\xa9\0"),
            ("aé", 5, 3, b"a\xc3\xa9\0x"),
            ("\u{1f600}b", 4, 5, b"\0xxx"),
            ("", 1, 0, b"\0"),
            ("", 0, 0, b""),
        ];
        for (text, room, whole, bytes) in cases {
            assert_eq!(written(text, room), (whole, bytes.to_vec()), "{text:?} {room}");
        }
        assert_eq!(put("aé", std::ptr::null_mut(), 9), 3);
    }

    #[test]
    fn nothing_is_written_behind_a_character_that_was_cut_off() {
        // Written in three pieces, of which the last would fit again.
        assert_eq!(written(format_args!("{}{}{}", "a", "é", "b"), 3), (4, b"a\0x".to_vec()));
    }
}
