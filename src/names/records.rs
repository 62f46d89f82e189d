//! The names and what leads from each to its orders, side by side in one run of bytes.

use std::hash::{BuildHasher, Hasher};

use hashbrown::DefaultHashBuilder;

use super::handle::{Handle, OrderIndex, saturating};

/// Where a record begins, in units of [`UNIT`] bytes: records for 16 GiB of names.
pub(super) type Start = u32;

const UNIT: usize = 4;

/// The bytes of a record before the text: the order, and the length of the text.
const HEADER: usize = size_of::<OrderIndex>() + size_of::<u16>();

/// Of each name the order, the length and the text; records begin at multiples of [`UNIT`].
#[derive(Debug, Clone, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
}

impl Records {
    pub(super) fn with_capacity(bytes: usize) -> Records {
        Records { bytes: Vec::with_capacity(bytes) }
    }

    /// The bytes that a name's record takes.
    pub(super) fn bytes_of(name: &str) -> usize {
        (HEADER + name.len()).next_multiple_of(UNIT)
    }

    pub(super) fn push(&mut self, name: &str, order: OrderIndex) -> Start {
        let start = self.bytes.len();
        // Compiling has refused names of more than 512 bytes.
        let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
        self.bytes.extend_from_slice(&order.to_le_bytes());
        self.bytes.extend_from_slice(&len.to_le_bytes());
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.resize(start + Records::bytes_of(name), 0);
        saturating(start / UNIT)
    }

    #[inline]
    fn record(&self, start: Start) -> Option<(&[u8; HEADER], &[u8])> {
        self.bytes.get(usize::try_from(start).ok()?.checked_mul(UNIT)?..)?.split_first_chunk()
    }

    #[inline]
    pub(super) fn handle(&self, start: Start) -> Option<Handle> {
        let ([a, b, c, d, ..], _) = self.record(start)?;
        Some(Handle(u32::from_le_bytes([*a, *b, *c, *d])))
    }

    #[inline]
    pub(super) fn text(&self, start: Start) -> Option<&[u8]> {
        let ([.., low, high], text) = self.record(start)?;
        text.get(..usize::from(u16::from_le_bytes([*low, *high])))
    }

    #[inline]
    pub(super) fn is(&self, start: Start, name: &[u8]) -> bool {
        self.text(start).is_some_and(|text| same(text, name))
    }

    pub(super) fn hash(&self, start: Start, hasher: &DefaultHashBuilder) -> u64 {
        hash(hasher, self.text(start).unwrap_or_default())
    }

    pub(super) fn set_order(&mut self, start: Start, order: OrderIndex) {
        let at = usize::try_from(start).ok().and_then(|start| start.checked_mul(UNIT));
        if let Some(place) = at.and_then(|at| self.bytes.get_mut(at..)).and_then(|record| record.first_chunk_mut()) {
            *place = order.to_le_bytes();
        }
    }

    pub(super) fn memory_usage(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn shrunk(mut self) -> Records {
        self.bytes.shrink_to_fit();
        self
    }
}

#[inline(always)]
pub(super) fn hash(hasher: &DefaultHashBuilder, text: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(text);
    state.finish()
}

/// True when two texts are equal. Most names have 8 to 16 bytes: then the first eight and the last eight are all of them, and comparing those
/// takes less than a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<8>(), b.first_chunk(), a.last_chunk::<8>(), b.last_chunk()) {
        (Some(a_first), Some(b_first), Some(a_last), Some(b_last)) if a.len() <= 16 => {
            a.len() == b.len() && a_first == b_first && a_last == b_last
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_when_every_byte_is() {
        for len in 0..40 {
            let text = vec![b'a'; len];
            assert!(same(&text, &text) && !same(&text, &[b'a'].repeat(len + 1)));
            for at in 0..len {
                let mut other = text.clone();
                other[at] = b'b';
                assert!(!same(&text, &other) && !same(&other, &text), "{len} bytes, number {at}");
            }
        }
    }
}
