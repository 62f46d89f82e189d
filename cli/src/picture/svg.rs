//! A picture as SVG: one path for each tone, of rectangles as large as they can be.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Write};

use super::cells::{Picture, TONES, Tone};
use super::layout::{self, HEIGHT, MAP, MARGIN, OCTET, SWATCH, TOP, WIDTH};
use crate::failure::Failure;
use bailiwick::text::Xml;

pub(super) fn write(picture: &Picture) -> Result<Vec<u8>, Failure> {
    let mut svg = String::new();
    draw(picture, &mut svg).map_err(|error| Failure::unusable(format_args!("the picture cannot be drawn: {error}")))?;
    Ok(svg.into_bytes())
}

fn draw(picture: &Picture, svg: &mut String) -> fmt::Result {
    let title = layout::title(picture);
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#222" role="img">"##
    )?;
    writeln!(svg, "<title>{}</title>", Xml(&title))?;
    writeln!(svg, r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"##)?;
    writeln!(svg, r#"<text x="{MARGIN}" y="44" font-size="26" font-weight="bold">{}</text>"#, Xml(&title))?;
    writeln!(svg, r##"<text x="{MARGIN}" y="74" font-size="17" fill="#555">{}</text>"##, Xml(&layout::caption(picture)))?;

    let rows = picture.rows();
    let scale = f64::from(MAP) / f64::from(1_u32 << picture.order_of_curve);
    writeln!(svg, r#"<g transform="translate({MARGIN} {TOP}) scale({scale})" shape-rendering="crispEdges">"#)?;
    for tone in TONES.into_iter().filter(|&tone| tone != Tone::Unlocated) {
        path(svg, &rows, tone)?;
    }
    writeln!(svg, "</g>")?;
    grid(svg)?;
    for entry in layout::legend(picture) {
        let (x, y, text_x, text_y) = (entry.x, entry.y, entry.x + SWATCH + 10, entry.y + 14);
        let fill = Hex(entry.tone);
        writeln!(svg, r##"<rect x="{x}" y="{y}" width="{SWATCH}" height="{SWATCH}" fill="{fill}" stroke="#888"/>"##)?;
        writeln!(svg, r#"<text x="{text_x}" y="{text_y}" font-size="17">{}</text>"#, Xml(&entry.text))?;
    }
    writeln!(svg, "</svg>")
}

/// Lines between the /8 networks, and their numbers.
fn grid(svg: &mut String) -> fmt::Result {
    write!(svg, r##"<path fill="none" stroke="#000" stroke-opacity=".14" d=""##)?;
    for line in 0..=16 {
        let at = line * OCTET;
        write!(svg, "M{MARGIN} {}h{MAP}M{} {TOP}v{MAP}", TOP + at, MARGIN + at)?;
    }
    writeln!(svg, r#""/>"#)?;
    writeln!(svg, r##"<g font-size="11" stroke="#fff" stroke-width="2" stroke-opacity=".6" paint-order="stroke">"##)?;
    for (octet, x, y) in layout::octets() {
        writeln!(svg, r#"<text x="{}" y="{}">{octet}</text>"#, x + 4, y + 13)?;
    }
    writeln!(svg, "</g>")
}

/// The cells of a tone: runs of a row, joined with equal runs of the rows below.
fn path(svg: &mut String, rows: &[Vec<Tone>], tone: Tone) -> fmt::Result {
    // Runs that may go on below, by where they begin and how long they are: the row where each began.
    let mut open: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut rectangles: Vec<(usize, usize, usize, usize)> = Vec::new();
    for (y, row) in rows.iter().enumerate() {
        let runs: BTreeMap<(usize, usize), usize> = runs(row, tone).map(|run| (run, open.remove(&run).unwrap_or(y))).collect();
        rectangles.extend(open.iter().map(|(&(x, width), &top)| (top, x, width, y - top)));
        open = runs;
    }
    rectangles.extend(open.iter().map(|(&(x, width), &top)| (top, x, width, rows.len() - top)));
    rectangles.sort_unstable();
    if rectangles.is_empty() {
        return Ok(());
    }
    write!(svg, r#"<path fill="{}" d=""#, Hex(tone))?;
    for (y, x, width, height) in rectangles {
        write!(svg, "M{x} {y}h{width}v{height}h-{width}z")?;
    }
    writeln!(svg, r#""/>"#)
}

/// The starts and lengths of the runs of a tone in a row.
fn runs(row: &[Tone], tone: Tone) -> impl Iterator<Item = (usize, usize)> {
    let mut x = 0;
    row.chunk_by(|a, b| a == b).filter_map(move |run| {
        let from = x;
        x += run.len();
        (run.first() == Some(&tone)).then_some((from, run.len()))
    })
}

struct Hex(Tone);

impl Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0.colour();
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}
