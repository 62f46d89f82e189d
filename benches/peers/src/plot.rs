//! Growth as pictures: both axes logarithmic, readable on white.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::growth::Axis;
use crate::report::thousands;

/// One size of an axis, measured.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// The number of them.
    pub size: usize,
    /// Nanoseconds of a decision about a meeting that no order names.
    pub unlisted: f64,
    /// Nanoseconds of a decision about a meeting that an order names.
    pub listed: f64,
    /// Heap bytes of each.
    pub bytes: f64,
    /// Nanoseconds of building each.
    pub build: f64,
}

type Drawing<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// A line of a panel.
struct Line<'a> {
    name: &'a str,
    colour: RGBColor,
    value: fn(&Point) -> f64,
}

const BLUE: RGBColor = RGBColor(31, 92, 166);
const ORANGE: RGBColor = RGBColor(201, 92, 18);

/// Three panels beside each other, as SVG.
pub fn draw(axis: Axis, points: &[Point]) -> Result<String, Box<dyn std::error::Error>> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (1_320, 380)).into_drawing_area();
        area.fill(&WHITE)?;
        let panels = area.split_evenly((1, 3));
        let unlisted = Line { name: "unlisted meeting", colour: BLUE, value: |point| point.unlisted };
        let listed = Line { name: "listed, any client", colour: ORANGE, value: |point| point.listed };
        let one = |value| Line { name: "", colour: BLUE, value };
        let (bytes, build) = axis.costs();
        panel(&panels[0], axis, "a decision, ns", points, &[unlisted, listed])?;
        panel(&panels[1], axis, bytes, points, &[one(|point| point.bytes)])?;
        panel(&panels[2], axis, build, points, &[one(|point| point.build)])?;
        area.present()?;
    }
    Ok(svg)
}

fn panel(area: &Drawing<'_>, axis: Axis, title: &str, points: &[Point], lines: &[Line<'_>]) -> Outcome {
    let values: Vec<f64> = lines.iter().flat_map(|line| points.iter().map(line.value)).collect();
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
    // Whole decades and at least two, so that little does not look like much.
    let decade = |value: f64, round: fn(f64) -> f64| 10f64.powf(round(value.max(1e-3).log10()));
    let (low, high) = (decade(low, f64::floor), decade(high * 1.001, f64::ceil));
    let low = if high / low < 99.0 { low / 10.0 } else { low };
    let sizes = points.first().map_or(1, |point| point.size)..points.last().map_or(10, |point| point.size);

    let mut chart = ChartBuilder::on(area)
        .caption(title, ("sans-serif", 17))
        .margin(12)
        .margin_right(28)
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((sizes.start as f64..sizes.end as f64).log_scale(), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .x_desc(axis.name())
        .max_light_lines(1)
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 14))
        .bold_line_style(BLACK.mix(0.18))
        .light_line_style(BLACK.mix(0.05))
        .x_label_formatter(&|size| short(*size))
        .y_label_formatter(&|value| if *value < 1.0 { format!("{value}") } else { thousands(value.round() as u64) })
        .draw()?;
    for &Line { name, colour, value } in lines {
        let line: Vec<(f64, f64)> = points.iter().map(|point| (point.size as f64, value(point))).collect();
        let drawn = chart.draw_series(LineSeries::new(line.clone(), colour.stroke_width(2)))?;
        if !name.is_empty() {
            drawn.label(name).legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
        }
        chart.draw_series(line.into_iter().map(|at| Circle::new(at, 3, colour.filled())))?;
    }
    if lines.len() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.85))
            .label_font(("sans-serif", 13))
            .draw()?;
    }
    Ok(())
}

/// 10, 1k, 10M.
fn short(size: f64) -> String {
    match size {
        size if size >= 1e6 => format!("{}M", size / 1e6),
        size if size >= 1e3 => format!("{}k", size / 1e3),
        size => format!("{size}"),
    }
}
