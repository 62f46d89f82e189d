//! The result by day, as SVG: a bar for each day, newly blocked above and newly admitted below. What is suppressed is marked, and not
//! drawn.

use std::fmt::{self, Write};
use std::path::Path;

use bailiwick::Quoted;
use bailiwick::backtest::{Changes, Day, Figure, OfDay, Summary};
use bailiwick::text::{Thousands, Xml};

use crate::failure::Failure;

/// The most days of a picture: a year and a month, so that a bar is wide enough to be seen.
const MOST_DAYS: i32 = 400;

// Lengths are in units of which the picture is 960 wide.
const WIDTH: u32 = 960;
const HEIGHT: u32 = 620;
/// The left end of the bars; the scale is beside it.
const LEFT: u32 = 110;
/// The space for the bars of all days.
const BARS: u32 = 820;
/// The height of the largest bar.
const TALL: u32 = 150;
/// The width of a bar where there are few days.
const WIDE: u32 = 48;
/// The most labels of days below the bars, so that they do not run into each other.
const LABELS: u32 = 8;

/// A panel: its changes, its title, the line on which its bars stand, and the fill of these. The fills differ in lightness, and
/// panels have titles, so that no colour is needed to read the picture.
struct Panel<'s> {
    changes: &'s Changes,
    title: &'static str,
    floor: u32,
    fill: &'static str,
}

/// The days of a picture.
#[derive(Clone, Copy)]
struct Days {
    first: Day,
    number: u32,
}

/// Refuses a file that is no SVG, before anything is counted.
pub(super) fn check(path: &Path) -> Result<&Path, Failure> {
    let is_svg = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("svg"));
    let shown = path.to_string_lossy();
    match (is_svg, path.is_dir()) {
        (false, _) => Err(Failure::unusable(format_args!("{} does not end in .svg: name such a file", Quoted(&shown)))),
        (true, true) => Err(Failure::unusable(format_args!("{} is a directory: name a file in it", Quoted(&shown)))),
        (true, false) => Ok(path),
    }
}

pub(super) fn draw(summary: &Summary) -> Result<String, Failure> {
    let days = || summary.newly_blocked.by_day.iter().chain(&summary.newly_admitted.by_day).map(|of_day| of_day.day);
    let (Some(first), Some(last)) = (days().min(), days().max()) else {
        return written(|svg| nothing(svg, summary));
    };
    let number = last.since_epoch() - first.since_epoch() + 1;
    if number > MOST_DAYS {
        return Err(Failure::unusable(format_args!(
            "the changes are from {first} to {last}, and a picture has at most {MOST_DAYS} days: give the joins of fewer days"
        )));
    }
    let days = Days { first, number: u32::try_from(number).unwrap_or(1) };
    written(|svg| whole(svg, summary, days))
}

fn written(draw: impl FnOnce(&mut String) -> fmt::Result) -> Result<String, Failure> {
    let mut svg = String::new();
    draw(&mut svg).map_err(|error| Failure::unusable(format_args!("the picture cannot be drawn: {error}")))?;
    Ok(svg)
}

fn head(svg: &mut String, summary: &Summary, about: &str) -> fmt::Result {
    writeln!(
        svg,
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" fill="#222" role="img" aria-labelledby="title desc">"##
    )?;
    writeln!(svg, r#"<title id="title">Backtest of a proposed docket</title>"#)?;
    let (blocked, admitted) = (joins(summary.newly_blocked.joins), joins(summary.newly_admitted.joins));
    writeln!(svg, r#"<desc id="desc">Newly blocked: {blocked}. Newly admitted: {admitted}. {}</desc>"#, Xml(about))?;
    writeln!(svg, r##"<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>"##)?;
    writeln!(svg, r#"<text x="32" y="44" font-size="24" font-weight="bold">Backtest of a proposed docket</text>"#)
}

fn nothing(svg: &mut String, summary: &Summary) -> fmt::Result {
    head(svg, summary, "No join changes.")?;
    writeln!(svg, r#"<text x="32" y="90" font-size="17">No join is newly blocked, and none is newly admitted.</text>"#)?;
    writeln!(svg, "</svg>")
}

fn whole(svg: &mut String, summary: &Summary, days: Days) -> fmt::Result {
    let panels = [
        Panel { changes: &summary.newly_blocked, title: "Newly blocked", floor: 290, fill: "#a63c06" },
        Panel { changes: &summary.newly_admitted, title: "Newly admitted", floor: 530, fill: "#56b4e9" },
    ];
    let largest = panels.iter().flat_map(|panel| &panel.changes.by_day).map(|of_day| of_day.shown).max().unwrap_or(0).max(1);
    let about = panels.iter().map(|panel| spoken(panel.title, &panel.changes.by_day)).collect::<Vec<_>>().join(" ");
    head(svg, summary, &about)?;
    writeln!(svg, r##"<text x="32" y="72" font-size="16" fill="#555">Joins by day, in UTC. Both parts have one scale</text>"##)?;
    panels.iter().try_for_each(|panel| self::panel(svg, panel, days, largest))?;
    let limit = summary.threshold.get() - 1;
    writeln!(svg, r##"<path d="M40 578l6 -8l6 8l-6 8z" fill="#fff" stroke="#222" stroke-width="1.5"/>"##)?;
    writeln!(
        svg,
        r#"<text x="62" y="583" font-size="15">Numbers from 1 to {limit} are on this day as well, which are not shown, and not drawn</text>"#
    )?;
    writeln!(svg, "</svg>")
}

/// The days of a panel, for people who hear the picture.
fn spoken(title: &str, days: &[OfDay]) -> String {
    let spoken: Vec<String> = days.iter().map(|of_day| format!("{}: {}", of_day.day, joins(of_day.joins))).collect();
    if spoken.is_empty() { format!("{title}: on no day.") } else { format!("{title} by day: {}.", spoken.join("; ")) }
}

fn panel(svg: &mut String, panel: &Panel<'_>, days: Days, largest: u64) -> fmt::Result {
    let Panel { changes, title, floor, fill } = panel;
    let top = floor - TALL;
    let shown = joins(changes.joins);
    writeln!(svg, r#"<text x="32" y="{}" font-size="18" font-weight="bold">{title}: {shown}</text>"#, top - 18)?;
    for (y, joins) in [(top, largest), (*floor, 0)] {
        writeln!(svg, r##"<path d="M{LEFT} {y}h{BARS}" stroke="#bbb"/>"##)?;
        writeln!(
            svg,
            r#"<text x="{}" y="{}" font-size="13" text-anchor="end">{}</text>"#,
            LEFT - 8,
            y + 4,
            Thousands(joins.into())
        )?;
    }
    let step = days.number.div_ceil(LABELS);
    for number in (0..days.number).step_by(usize::try_from(step).unwrap_or(1)) {
        let x = middle(number, days);
        if let Some(day) = days.day(number) {
            writeln!(svg, r#"<text x="{x}" y="{}" font-size="12" text-anchor="middle">{day}</text>"#, floor + 18)?;
        }
    }
    changes.by_day.iter().try_for_each(|of_day| bar(svg, of_day, days, (*floor, fill), largest))
}

/// A bar as tall as the number that is shown, and a mark above it when there are others.
fn bar(svg: &mut String, of_day: &OfDay, days: Days, (floor, fill): (u32, &str), largest: u64) -> fmt::Result {
    let OfDay { day, shown, .. } = *of_day;
    let number = u32::try_from(day.since_epoch() - days.first.since_epoch()).unwrap_or(0);
    // In tenths of a unit, so that what is written does not depend on how a machine rounds. A number that is shown can be seen.
    let tall = u128::from(shown) * u128::from(TALL) * 10 / u128::from(largest);
    let tall = u32::try_from(tall).unwrap_or(0).min(TALL * 10).max(if shown > 0 { 10 } else { 0 });
    let (from, until) = (tenths(number, days), tenths(number + 1, days));
    // A gap between bars, unless they are thin.
    let width = until.saturating_sub(from).saturating_sub(10).clamp(5, WIDE * 10);
    let (top, left) = (floor * 10 - tall, (from + until - width) / 2);
    writeln!(svg, "<g><title>{day}: {}</title>", joins(of_day.joins))?;
    if shown > 0 {
        writeln!(svg, r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}"/>"#, T(left), T(top), T(width), T(tall))?;
    }
    if of_day.joins.number().is_none() {
        let (x, y) = (middle(number, days), T(top - 60));
        writeln!(svg, r##"<path d="M{x} {y}l3 -5l3 5l-3 5z" transform="translate(-3 0)" fill="#fff" stroke="#222"/>"##)?;
    }
    writeln!(svg, "</g>")
}

/// The left end of a day, in tenths of a unit.
fn tenths(number: u32, days: Days) -> u32 {
    LEFT * 10 + number * BARS * 10 / days.number
}

fn middle(number: u32, days: Days) -> T {
    T((tenths(number, days) + tenths(number + 1, days)) / 2)
}

impl Days {
    fn day(self, number: u32) -> Option<Day> {
        let since = std::time::Duration::from_secs(u64::from(number) * 86_400);
        Day::of(self.first.midnight()?.checked_add(since)?)
    }
}

/// A length in tenths of a unit.
struct T(u32);

impl fmt::Display for T {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 10 {
            0 => write!(f, "{}", self.0 / 10),
            tenths => write!(f, "{}.{tenths}", self.0 / 10),
        }
    }
}

fn joins(figure: Figure) -> String {
    if figure.number() == Some(1) { "1 join".to_owned() } else { format!("{figure} joins") }
}
