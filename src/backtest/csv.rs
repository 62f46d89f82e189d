//! The result as CSV.

use crate::backtest::figure::Figure;
use crate::backtest::summary::Summary;
use crate::backtest::tables::{Cell, Changes, OfDay, OfOrder, OfRegion};
use crate::text::markup::CsvField;

/// Lines end with CR LF (RFC 4180, section 2).
const END: &str = "\r\n";

const HEAD: &str = "change,row,order,issuer,region,day,least,most,threshold";

impl Summary {
    /// The result as CSV (RFC 4180), a line for each number, with the fields of `docs/backtest.md`. Where an id could be taken for a
    /// formula, an apostrophe stands before it.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut lines = Lines { text: HEAD.to_owned() + END, threshold: self.threshold.get() };
        let Summary { not_read, decided, unchanged, blocked_by_both, unlocated, contested, newly_blocked, newly_admitted, .. } =
            self;
        let rows = [
            ("not-read", Figure::exactly(*not_read)),
            ("decided", *decided),
            ("unchanged", *unchanged),
            ("blocked-by-both", *blocked_by_both),
            ("unlocated", *unlocated),
            ("contested", *contested),
        ];
        rows.into_iter().for_each(|(row, joins)| lines.push("", row, Place::default(), joins));
        lines.changes("newly-blocked", newly_blocked);
        lines.changes("newly-admitted", newly_admitted);
        lines.text
    }
}

/// The fields of a line that say which number it has.
#[derive(Default)]
struct Place {
    order: String,
    issuer: String,
    region: String,
    day: String,
}

struct Lines {
    text: String,
    threshold: u64,
}

impl Lines {
    fn changes(&mut self, change: &str, changes: &Changes) {
        let Changes { joins, shared: _, by_order, by_order_and_region, by_day, cells } = changes;
        let field = |text: &str| CsvField(text).to_string();
        self.push(change, "total", Place::default(), *joins);
        for OfOrder { order, issuer, joins } in by_order {
            self.push(change, "order", Place { order: field(order), issuer: field(issuer), ..Place::default() }, *joins);
        }
        for OfRegion { order, region, joins } in by_order_and_region {
            let place = Place { order: field(order), region: region.to_string(), ..Place::default() };
            self.push(change, "order-region", place, *joins);
        }
        for OfDay { day, joins, shown: _ } in by_day {
            self.push(change, "day", Place { day: day.to_string(), ..Place::default() }, *joins);
        }
        for Cell { order, region, day, joins } in cells {
            let place = Place { order: field(order), region: region.to_string(), day: day.to_string(), ..Place::default() };
            self.push(change, "order-region-day", place, *joins);
        }
    }

    fn push(&mut self, change: &str, row: &str, place: Place, joins: Figure) {
        let Place { order, issuer, region, day } = place;
        let Figure { least, most } = joins;
        let most = most.map(|most| most.to_string()).unwrap_or_default();
        let threshold = self.threshold;
        self.text += &format!("{change},{row},{order},{issuer},{region},{day},{least},{most},{threshold}{END}");
    }
}
