//! A cache line of cuts, searched without a branch.

use super::entry::{Value, block_len, to_usize, unsigned};
use crate::net::address::{Bits, low_bits};

/// Bits of a cut in a bucket; with a guard bit above them they fill a lane of a word.
pub(super) const CUT_BITS: u32 = 15;
const LANE_BITS: u32 = CUT_BITS + 1;
const LANES: usize = 4;
/// Five words of cuts leave room in a cache line of 64 bytes for their 21 values of a byte each.
const WORDS: usize = 5;

/// The most cuts of a bucket.
pub(super) const CUTS: usize = WORDS * LANES;
/// The values before, between and after [`CUTS`] cuts.
pub(super) const VALUES: usize = CUTS + 1;

/// The lowest bit of each lane.
const ONES: u64 = 0x0001_0001_0001_0001;
/// The guard bit of each lane.
const GUARDS: u64 = ONES << CUT_BITS;
const CUT_MASK: u64 = (1 << CUT_BITS) - 1;

/// The lane of a word that has no cut.
#[cfg(feature = "bundle")]
pub(super) const NO_WINDOW: u16 = 1 << CUT_BITS;

/// Up to [`CUTS`] cuts that agree in all bits but those of one window, and the values between them.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Bucket {
    /// The window of each cut, ascending. A lane without a cut has its guard bit set, so that no address reaches it.
    words: [u64; WORDS],
    /// The low byte of each value.
    low_bytes: [u8; VALUES],
    /// The position of the window's lowest bit. Bit 0 is the last of the first 64 bits of an address (an IPv4 address is followed
    /// by 32 zeros); the bits after those have negative positions. The window has [`CUT_BITS`] bits.
    shift: i8,
    /// Whether some value needs its high byte, which is stored elsewhere.
    high_bytes: bool,
}

impl Bucket {
    /// A bucket of at most [`CUTS`] cuts, and the high bytes of its values. `value` is what holds before the first cut.
    pub(super) fn new<T: Bits>(shift: u32, value: Value, cuts: &[(u128, Value)]) -> (Bucket, [u8; VALUES]) {
        let by_head = i8::try_from(i64::from(shift) + 64 - i64::from(T::WIDTH)).unwrap_or(0);
        let mut bucket = Bucket { words: [GUARDS; WORDS], low_bytes: [0; VALUES], shift: by_head, high_bytes: false };
        for (word, cuts) in bucket.words.iter_mut().zip(cuts.chunks(LANES)) {
            for (lane, &(cut, _)) in (0_u32..).zip(cuts) {
                let window = u64::from(cut.low_bits_from(shift)) & CUT_MASK;
                *word ^= (1 << CUT_BITS | window) << (lane * LANE_BITS);
            }
        }
        let mut high_bytes = [0; VALUES];
        let values = std::iter::once(value).chain(cuts.iter().map(|&(_, value)| value));
        for ((low, high), value) in bucket.low_bytes.iter_mut().zip(&mut high_bytes).zip(values) {
            [*low, *high] = value.to_le_bytes();
        }
        bucket.high_bytes = high_bytes != [0; VALUES];
        (bucket, high_bytes)
    }

    /// A bucket of windows, ascending, and the high bytes of its values. Behind the last are only [`NO_WINDOW`] and values of 0.
    #[cfg(feature = "bundle")]
    pub(super) fn of_windows(by_head: i8, windows: &[u16; CUTS], values: &[Value; VALUES]) -> (Bucket, [u8; VALUES]) {
        let mut bucket = Bucket { words: [0; WORDS], low_bytes: [0; VALUES], shift: by_head, high_bytes: false };
        for (word, lanes) in bucket.words.iter_mut().zip(windows.chunks(LANES)) {
            *word = lanes.iter().rev().fold(0, |word, &lane| word << LANE_BITS | u64::from(lane));
        }
        let mut high_bytes = [0; VALUES];
        for ((low, high), value) in bucket.low_bytes.iter_mut().zip(&mut high_bytes).zip(values) {
            [*low, *high] = value.to_le_bytes();
        }
        bucket.high_bytes = high_bytes != [0; VALUES];
        (bucket, high_bytes)
    }

    /// The windows of its cuts, ascending.
    #[cfg(feature = "bundle")]
    pub(super) fn windows(&self) -> impl Iterator<Item = u16> + use<'_> {
        (0..CUTS).map_while(|rank| u16::try_from(self.cut(rank)?).ok())
    }

    /// The position of the window's lowest bit: bit 0 is the last of the first 64 bits of an address.
    #[cfg(feature = "bundle")]
    pub(super) fn shift_by_head(&self) -> i8 {
        self.shift
    }

    /// Whether the rank depends on bits after the first 64.
    #[inline(always)]
    pub(super) fn is_deep(&self) -> bool {
        self.shift < 0
    }

    /// The number of cuts at or before an address.
    pub(super) fn rank<T: Bits>(&self, address: T) -> usize {
        self.rank_of(address.low_bits_from(self.shift::<T>()).into())
    }

    /// The rank by the first 64 bits of an address, which suffice when the bucket is not deep.
    #[inline(always)]
    pub(super) fn rank_by_head(&self, head: u64) -> usize {
        self.rank_of(head.wrapping_shr(unsigned(self.shift.into())))
    }

    /// The position of the window's lowest bit in an address, from its last bit.
    fn shift<T: Bits>(&self) -> u32 {
        u32::try_from(i32::from(self.shift) + i32::from(T::WIDTH) - 64).unwrap_or(0)
    }

    /// The number of cuts at or before a window.
    ///
    /// All lanes at once: the guard bit set above the address's window survives the subtraction of a cut that is not above it, and
    /// the multiplication adds the lanes up. Baseline x86-64 has no instruction that counts bits, and this needs none.
    #[inline(always)]
    fn rank_of(&self, window: u64) -> usize {
        let window = window & CUT_MASK;
        let lanes = window.wrapping_mul(ONES) | GUARDS;
        let reached = |sum: u64, word: &u64| sum.wrapping_add((lanes.wrapping_sub(*word) & GUARDS) >> CUT_BITS);
        to_usize(self.words.iter().fold(0, reached).wrapping_mul(ONES) >> (3 * LANE_BITS))
    }

    #[inline(always)]
    pub(super) fn low_byte(&self, rank: usize) -> u8 {
        self.low_bytes.get(rank).copied().unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn has_high_bytes(&self) -> bool {
        self.high_bytes
    }

    /// The length of the largest block around an address of this rank that holds no cut. Cuts in other slots do not matter, whether
    /// the bucket has them or not: a cut in the address's own slot is nearer.
    pub(super) fn block_len<T: Bits>(&self, rank: usize, address: T) -> u8 {
        let address: u128 = address.into();
        let before = rank.checked_sub(1).and_then(|rank| self.cut_near::<T>(rank, address)).map(|cut| cut.wrapping_sub(1));
        block_len::<T>(address, [before, self.cut_near::<T>(rank, address)])
    }

    /// A cut of the bucket that an address leads to.
    pub(super) fn cut_near<T: Bits>(&self, rank: usize, address: u128) -> Option<u128> {
        let shift = self.shift::<T>();
        Some(address & !low_bits(shift + CUT_BITS) | u128::from(self.cut(rank)?) << shift)
    }

    /// The window of a cut.
    fn cut(&self, rank: usize) -> Option<u64> {
        let lane = u32::try_from(rank % LANES).ok()?;
        let lane = self.words.get(rank / LANES)? >> (lane * LANE_BITS);
        (lane & 1 << CUT_BITS == 0).then_some(lane & CUT_MASK)
    }
}
