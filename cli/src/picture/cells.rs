//! The content of a picture: a tone for each cell of the IPv4 space, and the numbers of the legend.

use std::net::IpAddr;

use bailiwick::reach::{Reach, Size};
use bailiwick::{Atlas, Location, Order};
use ipnet::IpNet;

use super::hilbert;

/// The state of a cell's first address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Not located.
    Unlocated,
    /// In a region outside the issuer's jurisdiction.
    Elsewhere,
    /// The sources disagree.
    Contested,
    /// In the issuer's jurisdiction, and not reached.
    Territory,
    Reached,
}

/// All tones, as palettes and legends have them.
pub(super) const TONES: [Tone; 5] = [Tone::Reached, Tone::Territory, Tone::Contested, Tone::Elsewhere, Tone::Unlocated];

impl Tone {
    /// Vermilion and sky blue of a palette that people with any colour vision tell apart (M. Okabe and K. Ito, "Color Universal
    /// Design", 2008), on greys that differ in lightness.
    pub(super) fn colour(self) -> [u8; 3] {
        match self {
            Tone::Unlocated => [0xff, 0xff, 0xff],
            Tone::Elsewhere => [0xe2, 0xe2, 0xe2],
            Tone::Contested => [0xa6, 0xa6, 0xa6],
            Tone::Territory => [0x56, 0xb4, 0xe9],
            Tone::Reached => [0xd5, 0x5e, 0x00],
        }
    }
}

/// The IPv4 space, cell by cell along the curve.
pub(crate) struct Picture {
    /// The side has two to this power of cells.
    pub(super) order_of_curve: u32,
    tones: Vec<Tone>,
    pub(super) id: String,
    pub(super) issuer: String,
    /// The exact number of IPv4 addresses of each of [`TONES`], in its sequence.
    pub(super) addresses: [u64; 5],
}

impl Picture {
    pub(crate) fn draw(order: &Order, reach: &Reach, atlas: &Atlas, order_of_curve: u32) -> Picture {
        let cells = 1 << (2 * order_of_curve);
        let mut picture = Picture {
            order_of_curve,
            tones: vec![Tone::Unlocated; cells],
            id: order.id.clone(),
            issuer: order.issuer.clone(),
            addresses: [0; 5],
        };
        let (mut elsewhere, mut contested) = (0, 0);
        for (network, location) in atlas.networks() {
            let IpNet::V4(network) = network else { continue };
            let (first, last) = (network.network().to_bits(), network.broadcast().to_bits());
            let addresses = u64::from(last - first) + 1;
            match location {
                Location::In(region) if reach.issuer_covers(region) => {}
                Location::In(_) => {
                    elsewhere += addresses;
                    picture.fill(first, last, Tone::Elsewhere);
                }
                Location::Contested => {
                    contested += addresses;
                    picture.fill(first, last, Tone::Contested);
                }
                Location::Unknown => {}
            }
        }
        let paint = |picture: &mut Picture, first, last, tone| {
            if let (IpAddr::V4(first), IpAddr::V4(last)) = (first, last) {
                picture.fill(first.to_bits(), last.to_bits(), tone);
            }
        };
        reach.territory().for_each(|(first, last, _)| paint(&mut picture, first, last, Tone::Territory));
        reach.ranges().for_each(|(first, last, _)| paint(&mut picture, first, last, Tone::Reached));

        let reached = reach.sizes().into_values().sum::<Size>().v4_addresses;
        let territory = reach.territory_sizes().into_values().sum::<Size>().v4_addresses;
        let located = territory.saturating_add(elsewhere).saturating_add(contested);
        let unlocated = (1_u64 << 32).saturating_sub(located);
        picture.addresses = [reached, territory.saturating_sub(reached), contested, elsewhere, unlocated];
        picture
    }

    /// Gives the cells whose first address is in a range a tone.
    fn fill(&mut self, first: u32, last: u32, tone: Tone) {
        let bits = self.cell_bits();
        let from = u64::from(first).div_ceil(1 << bits);
        let to = u64::from(last) >> bits;
        let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to)) else { return };
        if let Some(cells) = self.tones.get_mut(from..=to.max(from)).filter(|_| from <= to) {
            cells.fill(tone);
        }
    }

    /// The number of address bits within a cell: 8 when it is a /24.
    pub(super) fn cell_bits(&self) -> u32 {
        32 - 2 * self.order_of_curve
    }

    /// The tones row by row, from the top left.
    pub(super) fn rows(&self) -> Vec<Vec<Tone>> {
        let side = 1 << self.order_of_curve;
        let mut rows = vec![vec![Tone::Unlocated; side]; side];
        for (&tone, distance) in self.tones.iter().zip(0..) {
            let (x, y) = hilbert::cell(self.order_of_curve, distance);
            let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { continue };
            if let Some(cell) = rows.get_mut(y).and_then(|row| row.get_mut(x)) {
                *cell = tone;
            }
        }
        rows
    }

    /// Whether the order reaches IPv4 addresses, but no cell shows it.
    pub(crate) fn shows_nothing_of_a_reach(&self) -> bool {
        let [reached, ..] = self.addresses;
        reached > 0 && !self.tones.contains(&Tone::Reached)
    }
}
