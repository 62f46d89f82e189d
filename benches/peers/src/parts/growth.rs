//! The cost of a decision as data grow.

use super::Effort;
use crate::growth::{Axis, stage};
use crate::plot::{self, Point};
use crate::race;
use crate::report::{Part, digits, spread, thousands};
use crate::stats::Spread;
use crate::workload::sample;

/// The part, and the plots that go with it: file names and contents.
pub struct Growth {
    /// Tables.
    pub part: Part,
    /// SVG.
    pub plots: Vec<(String, String)>,
}

/// Measures every size of every axis, one at a time.
pub fn growth(effort: Effort) -> Growth {
    let intro = format!(
        "bailiwick alone. Nanoseconds for each decision, median <sub>quartiles</sub> of {} rounds of {} questions as above. \
         Building is the median of a few times. Only one size is in memory at a time.",
        effort.growth.rounds,
        race::QUESTIONS
    );
    let mut growth = Growth { part: Part::new("Growth", &intro), plots: Vec::new() };
    let world = sample::world();
    for axis in Axis::ALL {
        let (mut points, mut rows) = (Vec::new(), Vec::new());
        for size in axis.sizes(effort.limit) {
            stage(axis, size, &world, effort.growth.questions(), |bout, each| {
                let columns = race::decide(bout, effort.growth);
                let [unlisted, listed] = [0, 1].map(|n| Spread::of(columns[n].times[0].clone()));
                rows.push(vec![thousands(size as u64), spread(unlisted), spread(listed), digits(each.bytes), digits(each.ns)]);
                points.push(Point { size, unlisted: unlisted.median, listed: listed.median, bytes: each.bytes, build: each.ns });
            });
        }
        let name = axis.name();
        growth.part.heading(&format!("More {name}"));
        growth.part.text += &format!("{}\n\n![growth with {name}](growth-{name}.svg)\n\n", axis.about());
        let (bytes, build) = axis.costs();
        let head = [name, "unlisted meeting, ns", "listed, any client, ns", bytes, build];
        growth.part.table(&head.map(String::from), &rows);
        match plot::draw(axis, &points) {
            Ok(svg) => growth.plots.push((format!("growth-{name}.svg"), svg)),
            Err(error) => eprintln!("growth-{name}.svg is not drawn: {error}"),
        }
    }
    growth
}
