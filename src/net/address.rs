//! Addresses and ranges of them, as numbers: IPv4 and IPv6 apart, IPv4-mapped IPv6 already read as the IPv4 that it is.

use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// An address as a number: `u32` for IPv4, `u128` for IPv6.
pub(crate) trait Bits: Copy + Ord + Debug + Into<u128> + TryFrom<u128> {
    /// The number of bits of an address.
    const WIDTH: u8;
    const ZERO: Self;
    const MAX: Self;

    /// The next address, when there is one.
    fn next(self) -> Option<Self>;

    /// The address before, when there is one.
    fn prev(self) -> Option<Self>;

    /// The lowest 32 bits from bit `shift` up. `shift` is less than the width.
    fn low_bits_from(self, shift: u32) -> u32;

    /// The number of the slot that holds the address, of slots of `1 << bits` addresses from `first` on. `first` is a multiple of
    /// a slot. Addresses before it get a number beyond any table.
    fn slot(self, first: Self, bits: u32) -> u64;

    /// The address without its first `count` bits, the others moved up. `count` is less than the width.
    fn dropping(self, count: u32) -> Self;

    /// The highest 32 bits.
    fn high_bits(self) -> u32;

    /// The first 64 bits: of a shorter address all of it, with zeros behind.
    fn head(self) -> u64;

    /// The address with all but the first `len` bits cleared.
    fn first_of(self, len: u8) -> Self;

    /// The address with all but the first `len` bits set.
    fn last_of(self, len: u8) -> Self;

    /// The address as the standard library writes it.
    fn to_ip(self) -> IpAddr;
}

macro_rules! bits {
    ($number:ty, $address:ty, $width:literal) => {
        impl Bits for $number {
            const WIDTH: u8 = $width;
            const ZERO: Self = 0;
            const MAX: Self = <$number>::MAX;

            fn next(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn prev(self) -> Option<Self> {
                self.checked_sub(1)
            }

            #[inline(always)]
            #[expect(clippy::as_conversions, reason = "the low bits are what is asked for")]
            fn low_bits_from(self, shift: u32) -> u32 {
                self.wrapping_shr(shift) as u32
            }

            #[inline(always)]
            fn slot(self, first: Self, bits: u32) -> u64 {
                // Shifting 64 bits is half the work, and enough when the slot is in the high half of an IPv6 address, as it nearly
                // always is.
                if $width > 64 && bits >= 64 {
                    return self.head().wrapping_sub(first.head()).wrapping_shr(bits - 64);
                }
                u64::try_from(self.wrapping_sub(first).wrapping_shr(bits)).unwrap_or(u64::MAX)
            }

            #[inline(always)]
            fn dropping(self, count: u32) -> Self {
                self.wrapping_shl(count)
            }

            #[inline(always)]
            #[expect(clippy::as_conversions, reason = "the high bits are what is asked for")]
            fn high_bits(self) -> u32 {
                (self >> ($width - 32)) as u32
            }

            #[inline(always)]
            #[expect(clippy::as_conversions, reason = "the first 64 bits are what is asked for")]
            fn head(self) -> u64 {
                if $width > 64 { (Into::<u128>::into(self) >> 64) as u64 } else { (self as u64) << 32 }
            }

            fn first_of(self, len: u8) -> Self {
                self & !Self::ZERO.last_of(len)
            }

            fn last_of(self, len: u8) -> Self {
                self | Self::MAX.checked_shr(u32::from(len)).unwrap_or(0)
            }

            fn to_ip(self) -> IpAddr {
                IpAddr::from(<$address>::from_bits(self))
            }
        }
    };
}

bits!(u32, Ipv4Addr, 32);
bits!(u128, Ipv6Addr, 128);

/// The lowest `count` bits set.
pub(crate) fn low_bits(count: u32) -> u128 {
    !u128::MAX.checked_shl(count).unwrap_or(0)
}

/// One address of either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ip {
    V4(u32),
    V6(u128),
}

impl From<IpAddr> for Ip {
    /// Reads IPv4-mapped IPv6 (RFC 4291, section 2.5.5.2) as IPv4.
    #[inline(always)]
    fn from(ip: IpAddr) -> Ip {
        match ip {
            IpAddr::V4(ip) => Ip::V4(ip.to_bits()),
            IpAddr::V6(ip) => {
                let bits = ip.to_bits();
                if bits >> 32 == MAPPED.first >> 32 { Ip::V4(bits.low_bits_from(0)) } else { Ip::V6(bits) }
            }
        }
    }
}

/// The addresses from `first` to `last`, both included: never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span<T> {
    pub(crate) first: T,
    pub(crate) last: T,
}

impl<T: Bits> Span<T> {
    /// The number of addresses after the first one: the width less one, which fits where the width of `::/0` does not.
    pub(crate) fn breadth(self) -> u128 {
        self.last.into() - self.first.into()
    }
}

/// A range of either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum IpSpan {
    V4(Span<u32>),
    V6(Span<u128>),
}

/// Why two addresses are not the ends of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// One end is IPv4, the other is not.
    #[error("the range from `{first}` to `{last}` has one end in IPv4 and one in IPv6: write both in one family")]
    MixedFamilies {
        /// The first address.
        first: IpAddr,
        /// The last address.
        last: IpAddr,
    },
    /// The range ends before it begins.
    #[error("the range from `{first}` to `{last}` ends before it begins: write the lower address first")]
    Reversed {
        /// The first address.
        first: IpAddr,
        /// The last address.
        last: IpAddr,
    },
}

/// The block `::ffff:0:0/96`, whose addresses are IPv4 (RFC 4291, section 2.5.5.2).
pub(crate) const MAPPED: Span<u128> = Span { first: 0xffff << 32, last: 0xffff_ffff_ffff };

impl IpSpan {
    /// The range between two addresses. It is IPv4 when both ends are, mapped or plain; a range that only overlaps
    /// `::ffff:0:0/96` is IPv6.
    pub(crate) fn between(first: IpAddr, last: IpAddr) -> Result<IpSpan, RangeError> {
        match (Ip::from(first), Ip::from(last), first, last) {
            (Ip::V4(first), Ip::V4(last), ..) if first <= last => Ok(IpSpan::V4(Span { first, last })),
            (Ip::V4(_), Ip::V4(_), ..) => Err(RangeError::Reversed { first, last }),
            (.., IpAddr::V6(first), IpAddr::V6(last)) if first <= last => {
                Ok(IpSpan::V6(Span { first: first.to_bits(), last: last.to_bits() }))
            }
            (.., IpAddr::V6(_), IpAddr::V6(_)) => Err(RangeError::Reversed { first, last }),
            _ => Err(RangeError::MixedFamilies { first, last }),
        }
    }
}

impl From<IpNet> for IpSpan {
    /// The addresses of a network, host bits dropped.
    fn from(network: IpNet) -> IpSpan {
        match network {
            IpNet::V4(net) => IpSpan::V4(Span { first: net.network().to_bits(), last: net.broadcast().to_bits() }),
            IpNet::V6(net) => {
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                match (Ip::from(IpAddr::V6(net.network())), Ip::from(IpAddr::V6(net.broadcast()))) {
                    (Ip::V4(first), Ip::V4(last)) => IpSpan::V4(Span { first, last }),
                    _ => IpSpan::V6(Span { first, last }),
                }
            }
        }
    }
}

/// The block of `len` bits around an address.
pub(crate) fn network_of(ip: Ip, len: u8) -> Option<IpNet> {
    match ip {
        Ip::V4(ip) => Ipv4Net::new(Ipv4Addr::from_bits(ip.first_of(len)), len).ok().map(IpNet::V4),
        Ip::V6(ip) => Ipv6Net::new(Ipv6Addr::from_bits(ip.first_of(len)), len).ok().map(IpNet::V6),
    }
}

/// Sorts ranges and joins those that overlap or touch.
pub(crate) fn normalize<T: Bits>(mut spans: Vec<Span<T>>) -> Vec<Span<T>> {
    spans.sort_unstable();
    let mut joined: Vec<Span<T>> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(before) if before.last.next().is_none_or(|next| span.first <= next) => {
                before.last = before.last.max(span.last);
            }
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_counted_from_the_lowest() {
        assert_eq!(0xabcd_ef01_u32.low_bits_from(16), 0xabcd);
        assert_eq!((0x2001_0db8_u128 << 96).low_bits_from(96), 0x2001_0db8);
        assert_eq!(0xabcd_ef01_u32.slot(0xabcd_0000, 8), 0xef);
        assert_eq!((0x2001_0db8_u128 << 96).slot(0x2001_u128 << 112, 97), 0x0db8 >> 1);
        assert_eq!([u128::MAX.slot(0, 0), (0_u128).slot(1 << 64, 64)], [u64::MAX; 2]);
        assert_eq!((0xabcd_ef01_u32.dropping(8), 0xabcd_ef01_u32.high_bits()), (0xcdef_0100, 0xabcd_ef01));
        assert_eq!((0x2001_0db8_u128 << 96).dropping(16).high_bits(), 0x0db8_0000);
        assert_eq!([low_bits(0), low_bits(3), low_bits(128)], [0, 7, u128::MAX]);
    }

    #[test]
    fn blocks_have_a_first_and_a_last_address() {
        assert_eq!(0xc000_0201_u32.first_of(24), 0xc000_0200);
        assert_eq!(0xc000_0201_u32.last_of(24), 0xc000_02ff);
        assert_eq!(5_u32.first_of(0), 0);
        assert_eq!(5_u32.last_of(0), u32::MAX);
        assert_eq!(5_u128.first_of(128), 5);
        assert_eq!(5_u128.last_of(128), 5);
    }

    #[test]
    fn normalizing_joins_what_overlaps_or_touches() {
        let span = |first, last| Span { first, last };
        let joined = normalize(vec![span(8_u32, 9), span(0, 3), span(2, 5), span(6, 6), span(u32::MAX, u32::MAX)]);
        assert_eq!(joined, [span(0, 6), span(8, 9), span(u32::MAX, u32::MAX)]);
        let whole = normalize(vec![span(0_u32, u32::MAX), span(u32::MAX, u32::MAX), span(4, 4)]);
        assert_eq!(whole, [span(0, u32::MAX)]);
    }
}
