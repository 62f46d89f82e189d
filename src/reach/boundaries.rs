//! A set of addresses, searched in a few cache lines.

use crate::net::address::{Bits, Span};

/// Boundaries of a block.
pub(crate) const BLOCK: usize = 16;

/// A set of addresses, as ascending boundaries: addresses before the first are outside, those from there to the second inside, and
/// so on.
///
/// Decisions search them, so they are stored as a tree of blocks: the first boundary of each block is repeated in a block of the
/// level above, up to a single block at the top. A search reads one block of each level (Rao and Ross, "Making B+-Trees Cache
/// Conscious in Main Memory", SIGMOD 2000).
#[derive(Debug)]
pub(crate) struct Boundaries<T> {
    /// The levels one after the other, the top first. The rest of a level's last block is filled with the highest address.
    pub(crate) blocks: Vec<Block<T>>,
    /// The number of boundaries.
    pub(crate) len: usize,
}

/// Boundaries that are searched together: those of IPv4 fill one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Block<T>([T; BLOCK]);

impl<T: Bits> Block<T> {
    /// A block of up to [`BLOCK`] boundaries. The highest address fills the rest.
    fn new(boundaries: &[T]) -> Block<T> {
        let mut block = Block([T::MAX; BLOCK]);
        block.0.iter_mut().zip(boundaries).for_each(|(to, &from)| *to = from);
        block
    }

    pub(crate) fn boundaries(&self) -> &[T; BLOCK] {
        &self.0
    }

    /// The number of its boundaries at or before an address.
    #[inline(always)]
    pub(crate) fn rank(&self, address: T) -> usize {
        rank(&self.0, address)
    }
}

impl<T: Bits> Boundaries<T> {
    /// The addresses of spans that are ascending and do not touch.
    pub(crate) fn new(spans: impl Iterator<Item = Span<T>>) -> Boundaries<T> {
        let mut boundaries = Vec::new();
        for span in spans {
            boundaries.push(span.first);
            // A span to the end of the address space has no boundary after it.
            boundaries.extend(span.last.next());
        }
        let len = boundaries.len();
        let mut levels = vec![boundaries];
        while let Some(below) = levels.last().filter(|level| level.len() > BLOCK) {
            levels.push(below.iter().copied().step_by(BLOCK).collect());
        }
        let blocks = levels.iter().rev().flat_map(|level| level.chunks(BLOCK).map(Block::new)).collect();
        Boundaries { blocks, len }
    }

    /// The number of blocks of all levels for `len` boundaries.
    pub(crate) fn blocks_of(len: usize) -> usize {
        let above = |&blocks: &usize| (blocks > 1).then(|| blocks.div_ceil(BLOCK));
        std::iter::successors(Some(len.div_ceil(BLOCK)), above).sum()
    }

    pub(crate) fn contains(&self, address: T) -> bool {
        contains(&self.blocks, self.len, address)
    }

    /// The blocks that have all boundaries.
    pub(crate) fn lowest(&self) -> &[Block<T>] {
        let above = self.blocks.len().saturating_sub(self.len.div_ceil(BLOCK));
        self.blocks.get(above..).unwrap_or_default()
    }

    /// The spans of the set, ascending.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span<T>> + use<'_, T> {
        let lowest = self.lowest();
        let boundary = move |n: usize| lowest.get(n / BLOCK)?.boundaries().get(n % BLOCK).filter(|_| n < self.len);
        (0..self.len).step_by(2).filter_map(move |n| match boundary(n + 1) {
            Some(after) => Some(Span { first: *boundary(n)?, last: after.prev()? }),
            None => Some(Span { first: *boundary(n)?, last: T::MAX }),
        })
    }
}

/// Whether the set encoded by the first `len` boundaries in `blocks` contains `address`.
#[inline(always)]
pub(crate) fn contains<T: Bits>(blocks: &[Block<T>], len: usize, address: T) -> bool {
    let Some(last) = len.checked_sub(1) else { return false };
    // The index of a block in its level, the start of the level, and the number of boundaries that a block of the level below
    // covers, as a power of two.
    let (mut block, mut level_start) = (0, 0);
    let mut span = last.checked_ilog2().unwrap_or(0) / BLOCK.ilog2() * BLOCK.ilog2();
    loop {
        let Some(boundaries) = blocks.get(level_start + block) else { return false };
        let reached = block * BLOCK + boundaries.rank(address);
        let Some(below) = span.checked_sub(BLOCK.ilog2()) else {
            // The highest address also reaches the padding of the last block.
            return reached.min(len) % 2 == 1;
        };
        // The address is before the first boundary.
        let Some(last_reached) = reached.checked_sub(1) else { return false };
        level_start += (last >> span >> BLOCK.ilog2()) + 1;
        block = last_reached.min(last >> span);
        span = below;
    }
}

/// The number of boundaries at or before an address: whole fours first, then the rest of the next four.
#[inline(always)]
pub(crate) fn rank<T: Bits, const N: usize>(boundaries: &[T; N], address: T) -> usize {
    let reached = |boundary: &T| usize::from(*boundary <= address);
    let whole: usize = boundaries.chunks_exact(4).take(N / 4 - 1).filter_map(|four| four.last()).map(reached).sum();
    let next = boundaries.get(4 * whole..).and_then(|rest| rest.first_chunk::<4>());
    let next: usize = next.map_or(0, |four| four.iter().map(reached).sum());
    4 * whole + next
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every number of boundaries up to three levels, each asked for at every boundary and beside it.
    #[test]
    fn a_search_finds_what_a_scan_finds() {
        let numbers = (0..70).chain([254, 255, 256, 257, 258, 511, 512, 513, 4095, 4096, 4097]);
        for (count, at_the_end) in numbers.flat_map(|count| [(count, false), (count, true)]) {
            let base = if at_the_end { u32::MAX - 4 * count } else { 0 };
            let span =
                |n: u32| Span { first: base + 4 * n + 1, last: base + 4 * n + 2 + u32::from(at_the_end && n + 1 == count) * 2 };
            let spans: Vec<Span<u32>> = (0..count).map(span).collect();
            let boundaries = Boundaries::new(spans.iter().copied());
            assert!(boundaries.spans().eq(spans.iter().copied()), "{count}");
            assert_eq!(Boundaries::<u32>::blocks_of(boundaries.len), boundaries.blocks.len(), "{count}");
            for address in (base..=base.saturating_add(4 * count)).chain([0, u32::MAX]) {
                let inside =
                    spans.get(usize::try_from(address.saturating_sub(base) / 4).unwrap().min(spans.len().saturating_sub(1)));
                let holds = |span: &Span<u32>| span.first <= address && address <= span.last;
                let expected = inside.is_some_and(holds) || spans.last().is_some_and(holds);
                assert_eq!(boundaries.contains(address), expected, "{count} spans, {address}");
            }
        }
    }

    #[test]
    fn all_addresses_are_one_boundary() {
        let all = Boundaries::new(std::iter::once(Span { first: 0_u128, last: u128::MAX }));
        assert!(all.contains(0) && all.contains(u128::MAX));
        assert!(all.spans().eq([Span { first: 0, last: u128::MAX }]));
        let none = Boundaries::<u128>::new(std::iter::empty());
        assert!(!none.contains(0) && none.spans().next().is_none() && none.blocks.is_empty());
    }
}
