//! Sets of addresses, for questions about whole orders. Decisions search [`Boundaries`](crate::reach::boundaries::Boundaries).

use crate::net::address::{Bits, IpSpan, MAPPED, Span, normalize};

/// A set of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AddressSet {
    /// Ascending; they neither overlap nor touch.
    v4: Vec<Span<u32>>,
    v6: Vec<Span<u128>>,
}

impl AddressSet {
    /// The addresses of some ranges, in any sequence.
    pub(crate) fn new(spans: impl IntoIterator<Item = IpSpan>) -> AddressSet {
        let mut set = AddressSet::default();
        for span in spans {
            match span {
                IpSpan::V4(span) => set.v4.push(span),
                IpSpan::V6(span) => set.v6.push(span),
            }
        }
        AddressSet { v4: normalize(set.v4), v6: normalize(set.v6) }
    }

    /// The union of some sets.
    pub(crate) fn union<'a>(sets: impl IntoIterator<Item = &'a AddressSet>) -> AddressSet {
        AddressSet::new(sets.into_iter().flat_map(AddressSet::spans))
    }

    /// The intersection of both.
    pub(crate) fn common(&self, other: &AddressSet) -> AddressSet {
        AddressSet { v4: common(&self.v4, &other.v4), v6: common(&self.v6, &other.v6) }
    }

    /// The difference: this set without the other.
    pub(crate) fn minus(&self, other: &AddressSet) -> AddressSet {
        AddressSet { v4: minus(&self.v4, &other.v4), v6: minus(&self.v6, &other.v6) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    pub(crate) fn is_within(&self, other: &AddressSet) -> bool {
        is_within(&self.v4, &other.v4) && is_within(&self.v6, &other.v6)
    }

    /// Whether the set holds every address that a client can have. IPv6 addresses in [`MAPPED`] do not matter, as they are read as
    /// IPv4.
    pub(crate) fn is_everything(&self) -> bool {
        let all_v4 = [Span { first: 0, last: u32::MAX }];
        let beside = [Span { first: 0, last: MAPPED.first - 1 }, Span { first: MAPPED.last + 1, last: u128::MAX }];
        is_within(&all_v4, &self.v4) && is_within(&beside, &self.v6)
    }

    /// Ascending, IPv4 first, each as wide as it can be.
    pub(crate) fn spans(&self) -> impl Iterator<Item = IpSpan> + use<'_> {
        self.v4.iter().copied().map(IpSpan::V4).chain(self.v6.iter().copied().map(IpSpan::V6))
    }
}

/// The intersection of two ascending lists of ranges.
fn common<T: Bits>(mut a: &[Span<T>], mut b: &[Span<T>]) -> Vec<Span<T>> {
    let mut both = Vec::new();
    while let (Some((of_a, rest_of_a)), Some((of_b, rest_of_b))) = (a.split_first(), b.split_first()) {
        let (first, last) = (of_a.first.max(of_b.first), of_a.last.min(of_b.last));
        if first <= last {
            both.push(Span { first, last });
        }
        if of_a.last <= of_b.last {
            a = rest_of_a;
        } else {
            b = rest_of_b;
        }
    }
    both
}

/// The difference of two ascending lists of ranges, in each of which none overlap or touch.
pub(crate) fn minus<T: Bits>(of: &[Span<T>], less: &[Span<T>]) -> Vec<Span<T>> {
    let mut left = Vec::with_capacity(of.len());
    let mut less = less.iter().peekable();
    for span in of {
        // The rest of the span begins here; `None` once a cut has reached the end of the address space.
        let mut rest = Some(span.first);
        while let (Some(from), Some(cut)) = (rest, less.peek()) {
            if cut.first > span.last {
                break;
            }
            if let Some(last) = cut.first.prev().filter(|&last| from <= last) {
                left.push(Span { first: from, last });
            }
            rest = cut.last.next().map(|after| after.max(from));
            if cut.last > span.last {
                break;
            }
            less.next();
        }
        left.extend(rest.filter(|&from| from <= span.last).map(|first| Span { first, last: span.last }));
    }
    left
}

/// Whether each range of `inner` lies within one of `outer`, in which none overlap or touch.
fn is_within<T: Bits>(inner: &[Span<T>], outer: &[Span<T>]) -> bool {
    let mut outer = outer.iter().peekable();
    inner.iter().all(|span| {
        while outer.next_if(|around| around.last < span.first).is_some() {}
        outer.peek().is_some_and(|around| around.first <= span.first && span.last <= around.last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sixteen addresses at an end of the space, each set of them as a mask.
    const WIDTH: u32 = 6;

    fn set(mask: u32, base: u32, v6: bool) -> AddressSet {
        let members = (0..WIDTH).filter(|n| mask >> n & 1 == 1);
        AddressSet::new(members.map(|n| match v6 {
            false => IpSpan::V4(Span { first: base + n, last: base + n }),
            // The other end of a space that has more of them.
            true => IpSpan::V6(Span { first: u128::MAX - u128::from(n), last: u128::MAX - u128::from(n) }),
        }))
    }

    /// Every two sets, at both ends of both spaces, against arithmetic on bits.
    #[test]
    fn sets_are_what_bits_say() {
        for (a, b) in (0..1 << WIDTH).flat_map(|a| (0..1 << WIDTH).map(move |b| (a, b))) {
            for (base, v6) in [(0, false), (u32::MAX - WIDTH + 1, false), (0, true)] {
                let set = |mask| set(mask, base, v6);
                let (left, right) = (set(a), set(b));
                assert_eq!(AddressSet::union([&left, &right]), set(a | b));
                assert_eq!(left.common(&right), set(a & b));
                assert_eq!(left.minus(&right), set(a & !b), "{a:b} - {b:b}");
                assert_eq!(left.is_within(&right), a & !b == 0, "{a:b} in {b:b}");
                assert_eq!((left == right, left.is_empty()), (a == b, a == 0));
            }
        }
    }

    #[test]
    fn everything_is_all_but_the_block_of_mapped_addresses() {
        let v4 = IpSpan::V4(Span { first: 0, last: u32::MAX });
        let below = IpSpan::V6(Span { first: 0, last: MAPPED.first - 1 });
        let above = IpSpan::V6(Span { first: MAPPED.last + 1, last: u128::MAX });
        assert!(AddressSet::new([v4, above, below]).is_everything());
        assert!(AddressSet::new([v4, IpSpan::V6(Span { first: 0, last: u128::MAX })]).is_everything());
        for missing in [[v4, below], [v4, above], [below, above]] {
            assert!(!AddressSet::new(missing).is_everything());
        }
    }
}
