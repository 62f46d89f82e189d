//! Positions in tables, stored in 32 bits.

/// The position in 32 bits: `u32::MAX` when it does not fit, where no table has an entry.
pub(crate) fn saturating(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
