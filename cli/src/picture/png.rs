//! A picture as PNG, with a palette: the tones, each once more a little darker for the lines between the /8 networks, and black.

use ::png::{BitDepth, ColorType, Encoder};

use super::cells::{Picture, TONES, Tone};
use super::font;
use super::layout::{self, HEIGHT, MAP, MARGIN, OCTET, SWATCH, TOP, WIDTH};
use crate::failure::Failure;

/// The index of the first darker tone in the palette.
const DARKER: u8 = 5;
const TEXT: u8 = 10;
const WHITE: u8 = 4;

pub(super) fn write(picture: &Picture) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let canvas = draw(picture);
    encode(&canvas, &mut bytes).map_err(|error| Failure::unusable(format_args!("the picture cannot be written: {error}")))?;
    Ok(bytes)
}

fn encode(canvas: &Canvas, bytes: &mut Vec<u8>) -> Result<(), ::png::EncodingError> {
    let mut encoder = Encoder::new(bytes, WIDTH * canvas.unit, HEIGHT * canvas.unit);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_palette(palette());
    encoder.set_compression(::png::Compression::High);
    // Neighbours in a palette have nothing to do with each other.
    encoder.set_filter(::png::Filter::NoFilter);
    encoder.write_header()?.write_image_data(&canvas.pixels)
}

fn palette() -> Vec<u8> {
    let colours = TONES.map(Tone::colour);
    let darker = colours.map(|colour| colour.map(|channel| channel - channel / 8));
    colours.into_iter().chain(darker).chain([[0x22, 0x22, 0x22]]).flatten().collect()
}

fn index(tone: Tone) -> u8 {
    TONES.into_iter().zip(0..).find(|&(other, _)| other == tone).map_or(WHITE, |(_, index)| index)
}

/// Pixels, in units of the layout.
struct Canvas {
    pixels: Vec<u8>,
    /// The number of pixels to each side of a unit.
    unit: u32,
}

fn draw(picture: &Picture) -> Canvas {
    let rows = picture.rows();
    let unit = ((1 << picture.order_of_curve) / MAP).max(1);
    let pixels = u64::from(WIDTH * unit) * u64::from(HEIGHT * unit);
    let mut canvas = Canvas { pixels: vec![WHITE; usize::try_from(pixels).unwrap_or(0)], unit };
    canvas.map(&rows, picture.order_of_curve);
    canvas.grid();
    for (octet, x, y) in layout::octets() {
        canvas.text(x + 4, y + 4, 1, &octet.to_string());
    }
    canvas.text(MARGIN, 26, 3, &layout::title(picture));
    canvas.text(MARGIN, 64, 2, &layout::caption(picture));
    for entry in layout::legend(picture) {
        canvas.rectangle(entry.x, entry.y, SWATCH, SWATCH, TEXT);
        canvas.rectangle(entry.x + 1, entry.y + 1, SWATCH - 2, SWATCH - 2, index(entry.tone));
        canvas.text(entry.x + SWATCH + 10, entry.y + 1, 2, &entry.text);
    }
    canvas
}

impl Canvas {
    /// A pixel, counted in pixels.
    fn pixel(&mut self, x: u32, y: u32) -> Option<&mut u8> {
        let width = u64::from(WIDTH * self.unit);
        let at = u64::from(y) * width + u64::from(x);
        self.pixels.get_mut(usize::try_from(at).ok()?).filter(|_| u64::from(x) < width)
    }

    fn map(&mut self, rows: &[Vec<Tone>], order_of_curve: u32) {
        let size = (MAP * self.unit) >> order_of_curve;
        for (row, cell_y) in rows.iter().zip(0_u32..) {
            for (&tone, cell_x) in row.iter().zip(0_u32..) {
                let (left, top) = (MARGIN * self.unit + cell_x * size, TOP * self.unit + cell_y * size);
                for (x, y) in square(size) {
                    self.set(left + x, top + y, index(tone));
                }
            }
        }
    }

    /// Darkens the top and the left edge of each /8, and the far edges of the map.
    fn grid(&mut self) {
        let (left, top, length, octet) = (MARGIN * self.unit, TOP * self.unit, MAP * self.unit, OCTET * self.unit);
        for line in (0..=16).map(|line| line * octet) {
            for along in 0..length {
                self.darken(left + line, top + along);
                self.darken(left + along, top + line);
            }
        }
    }

    fn darken(&mut self, x: u32, y: u32) {
        if let Some(pixel) = self.pixel(x, y).filter(|pixel| **pixel < DARKER) {
            *pixel += DARKER;
        }
    }

    fn set(&mut self, x: u32, y: u32, index: u8) {
        if let Some(pixel) = self.pixel(x, y) {
            *pixel = index;
        }
    }

    fn rectangle(&mut self, x: u32, y: u32, width: u32, height: u32, index: u8) {
        let unit = self.unit;
        for row in y * unit..(y + height) * unit {
            for column in x * unit..(x + width) * unit {
                self.set(column, row, index);
            }
        }
    }

    /// A line of text whose top left corner is given, each dot of a letter that many units wide.
    fn text(&mut self, x: u32, y: u32, dot: u32, text: &str) {
        for (c, place) in text.chars().zip(0_u32..) {
            for (column, row) in font::dots(c) {
                self.rectangle(x + (place * font::ADVANCE + column) * dot, y + row * dot, dot, dot, TEXT);
            }
        }
    }
}

fn square(size: u32) -> impl Iterator<Item = (u32, u32)> {
    (0..size).flat_map(move |y| (0..size).map(move |x| (x, y)))
}
