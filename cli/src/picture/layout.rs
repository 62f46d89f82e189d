//! The layout of a picture, in both formats: a title, the map, and a legend below it.
//!
//! Lengths are in units of which the map is 1,024 wide.

use super::cells::{Picture, TONES, Tone};
use super::hilbert;
use crate::output::Thousands;
use bailiwick::Quoted;

pub(super) const MAP: u32 = 1024;
pub(super) const MARGIN: u32 = 32;
/// The top of the map, below two lines of title.
pub(super) const TOP: u32 = 96;
pub(super) const WIDTH: u32 = MAP + 2 * MARGIN;
const LEGEND: u32 = TOP + MAP + 24;
const LINE: u32 = 26;
pub(super) const SWATCH: u32 = 16;
pub(super) const HEIGHT: u32 = LEGEND + 3 * LINE + MARGIN;
/// The side of a /8, of which there are 16 by 16.
pub(super) const OCTET: u32 = MAP / 16;

/// The most characters of a title: what fits the width.
const TITLE: usize = 60;

/// A line of the legend: a swatch, and what it stands for.
pub(super) struct Entry {
    pub(super) tone: Tone,
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) text: String,
}

pub(super) fn title(picture: &Picture) -> String {
    let title = format!("Order {} of {}", Quoted(&picture.id), Quoted(&picture.issuer));
    if title.chars().count() <= TITLE {
        return title;
    }
    title.chars().take(TITLE - 3).chain("...".chars()).collect()
}

pub(super) fn caption(picture: &Picture) -> String {
    let addresses = Thousands(1 << picture.cell_bits());
    let length = 2 * picture.order_of_curve;
    format!("IPv4 on a Hilbert curve. A cell is a /{length}, drawn as the first of its {addresses} addresses")
}

/// The legend: each tone with its meaning and number of addresses, in two columns.
pub(super) fn legend(picture: &Picture) -> Vec<Entry> {
    let entries = TONES.into_iter().zip(picture.addresses).filter(|&(tone, addresses)| addresses > 0 || tone == Tone::Reached);
    entries
        .zip(0..)
        .map(|((tone, addresses), place)| {
            let what = match tone {
                Tone::Reached => "reached",
                Tone::Territory => "inside, not reached",
                Tone::Contested => "contested between sources",
                Tone::Elsewhere => "located elsewhere",
                Tone::Unlocated => "not located",
            };
            let (x, y) = (MARGIN + (place / 3) * (MAP / 2), LEGEND + (place % 3) * LINE);
            Entry { tone, x, y, text: format!("{} addresses {what}", Thousands(addresses.into())) }
        })
        .collect()
}

/// The numbers of the /8 networks, each with the top left corner of its square.
pub(super) fn octets() -> impl Iterator<Item = (u32, u32, u32)> {
    (0..256).map(|octet| {
        let (x, y) = hilbert::cell(4, octet);
        (octet, MARGIN + x * OCTET, TOP + y * OCTET)
    })
}
