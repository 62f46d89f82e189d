//! The names themselves, in one run of bytes.

use std::hash::{BuildHasher, Hasher};

use hashbrown::DefaultHashBuilder;

use crate::net::heap::HeapBytes;
use crate::net::index::saturating;

/// The start of a name, in units of [`UNIT`] bytes: room for 8 GiB of names.
pub(super) type Start = u32;

const UNIT: usize = 2;

/// The bytes before a name's text: its length.
const HEADER: usize = size_of::<u16>();

/// Of each name the length and the text; names begin at multiples of [`UNIT`].
#[derive(Debug, Clone, Default)]
pub(super) struct Texts {
    bytes: Vec<u8>,
}

impl Texts {
    pub(super) fn with_capacity(bytes: usize) -> Texts {
        Texts { bytes: Vec::with_capacity(bytes) }
    }

    /// The bytes that a name takes.
    pub(super) fn bytes_of(name: &str) -> usize {
        (HEADER + name.len()).next_multiple_of(UNIT)
    }

    pub(super) fn push(&mut self, name: &str) -> Start {
        let start = self.bytes.len();
        // Compiling has refused names of more than 512 bytes.
        let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.resize(start + Texts::bytes_of(name), 0);
        saturating(start / UNIT)
    }

    pub(super) fn text(&self, start: Start) -> Option<&[u8]> {
        let record = self.bytes.get(at(start)?..)?;
        let (&len, text) = record.split_first_chunk()?;
        text.get(..usize::from(u16::from_le_bytes(len)))
    }

    /// Whether this is the name that begins there.
    pub(super) fn is(&self, start: Start, name: &[u8]) -> bool {
        self.text(start) == Some(name)
    }

    /// As [`is`](Self::is), for a short name.
    #[inline(always)]
    pub(super) fn is_short(&self, start: Start, name: Short) -> bool {
        let record = at(start).and_then(|at| self.bytes.get(at..at.checked_add(HEADER + name.len)?));
        record.and_then(|record| record.split_first_chunk()).is_some_and(|(&len, text)| {
            usize::from(u16::from_le_bytes(len)) == name.len
                && text.first_chunk() == Some(&name.first)
                && text.last_chunk() == Some(&name.last)
        })
    }

    pub(super) fn hash(&self, start: Start, hasher: &DefaultHashBuilder) -> u64 {
        hash(hasher, self.text(start).unwrap_or_default())
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.bytes.shrink_to_fit();
    }
}

impl HeapBytes for Texts {
    fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// The start of a name, in bytes.
#[inline(always)]
fn at(start: Start) -> Option<usize> {
    usize::try_from(start).ok()?.checked_mul(UNIT)
}

#[inline(always)]
pub(super) fn hash(hasher: &DefaultHashBuilder, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

/// A name of 8 to 16 bytes, as most are: the first eight and the last eight are all of them, and comparing those takes less than a
/// call.
#[derive(Clone, Copy)]
pub(super) struct Short {
    len: usize,
    first: [u8; 8],
    last: [u8; 8],
}

impl Short {
    #[inline(always)]
    pub(super) fn new(name: &[u8]) -> Option<Short> {
        match (name.first_chunk(), name.last_chunk()) {
            (Some(&first), Some(&last)) if name.len() <= 16 => Some(Short { len: name.len(), first, last }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_same_when_every_byte_is() {
        for len in 0..40 {
            let is = |text: &str, name: &[u8]| {
                let mut texts = Texts::default();
                texts.push("before");
                let start = texts.push(text);
                let is = texts.is(start, name);
                assert!(Short::new(name).is_none_or(|short| texts.is_short(start, short) == is), "{text:?}");
                texts.push("behind");
                assert!(Short::new(name).is_none_or(|short| texts.is_short(start, short) == is), "{text:?}");
                is
            };
            let text = "a".repeat(len);
            assert_eq!(Short::new(text.as_bytes()).is_some(), (8..=16).contains(&len));
            assert!(is(&text, text.as_bytes()) && !is(&text, "a".repeat(len + 1).as_bytes()));
            assert!(len == 0 || !is(&text, "a".repeat(len - 1).as_bytes()));
            for at in 0..len {
                let mut other = text.clone().into_bytes();
                other[at] = b'b';
                assert!(!is(&text, &other), "{len} bytes, number {at}");
            }
        }
    }
}
