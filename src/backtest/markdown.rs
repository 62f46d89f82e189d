//! The result as Markdown.

use std::fmt::{self, Display};

use crate::backtest::figure::Figure;
use crate::backtest::summary::Summary;
use crate::backtest::tables::Changes;
use crate::text::markup::MarkdownText;
use crate::text::number::Thousands;

const ABOUT: &str = "\
Joins of the past were decided again, each at its own time: once under the docket in force, and once under the proposed one. Nobody was
blocked or admitted by that. A row is an attempt to join a meeting; who tries three times is counted three times.";

const ABOUT_ORDERS: &str = "\
A join that several orders block is counted under each of them, so the orders add up to more than all joins when that occurs. Regions
of one order, and days, have each join once.";

impl Summary {
    /// The result as Markdown (CommonMark, with the tables of GitHub), for people.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        Page(self).to_string()
    }
}

struct Page<'s>(&'s Summary);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Page(summary) = self;
        writeln!(f, "# Backtest of a proposed docket\n\n{ABOUT}\n")?;
        match summary.days {
            Some((first, last)) => writeln!(f, "Days: {first} to {last}, in UTC, both included.\n")?,
            None => writeln!(f, "No row was read.\n")?,
        }
        writeln!(f, "| | docket | geo data |\n|---|---|---|")?;
        writeln!(f, "| in force | {} | {} |", summary.in_force.docket, summary.in_force.atlas)?;
        writeln!(f, "| proposed | {} | {} |", summary.proposed.docket, summary.proposed.atlas)?;
        let most = summary.threshold.get() - 1;
        writeln!(
            f,
            "\nNumbers of joins from 1 to {most} are not shown, and sums only as far as they tell nothing of those: a sum then has bounds.\n"
        )?;
        rows(f, summary)?;
        writeln!(f, "\n{ABOUT_ORDERS}")?;
        changes(
            f,
            "Newly blocked",
            "The docket in force admits these joins, and the proposed one blocks them.",
            &summary.newly_blocked,
        )?;
        changes(
            f,
            "Newly admitted",
            "The docket in force blocks these joins, and the proposed one admits them.",
            &summary.newly_admitted,
        )
    }
}

fn rows(f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
    writeln!(f, "| rows | |\n|---|---:|")?;
    writeln!(f, "| not read: admitted, and in no other number | {} |", Thousands(summary.not_read.into()))?;
    let lines = [
        ("decided", summary.decided),
        ("newly blocked", summary.newly_blocked.joins),
        ("newly admitted", summary.newly_admitted.joins),
        ("unchanged", summary.unchanged),
        ("of these blocked under both dockets", summary.blocked_by_both),
        ("of these admitted at an address outside of the geo data", summary.unlocated),
        ("of these admitted at an address on which sources disagree", summary.contested),
    ];
    lines.into_iter().try_for_each(|(line, joins)| writeln!(f, "| {line} | {} |", Shown(joins)))
}

fn changes(f: &mut fmt::Formatter<'_>, title: &str, about: &str, changes: &Changes) -> fmt::Result {
    let Changes { joins, shared, by_order, by_order_and_region, by_day, cells: _ } = changes;
    writeln!(f, "\n## {title}\n\n{about}")?;
    if by_order.is_empty() {
        return writeln!(f, "\nThere are none.");
    }
    writeln!(f, "\n| order | issuer | region | joins |\n|---|---|---|---:|")?;
    for of_order in by_order {
        let (order, issuer) = (MarkdownText(&of_order.order), MarkdownText(&of_order.issuer));
        for of_region in by_order_and_region.iter().filter(|of_region| of_region.order == of_order.order) {
            writeln!(f, "| {order} | {issuer} | {} | {} |", of_region.region, Shown(of_region.joins))?;
        }
        writeln!(f, "| {order} | {issuer} | all | {} |", Shown(of_order.joins))?;
    }
    writeln!(f, "| all, each join once | | all | {} |", Shown(*joins))?;
    if *shared {
        writeln!(f, "\nSome joins are under several orders. The last line is not the sum of the orders above it.")?;
    }
    writeln!(f, "\n| day | joins, each once |\n|---|---:|")?;
    by_day.iter().try_for_each(|of_day| writeln!(f, "| {} | {} |", of_day.day, Shown(of_day.joins)))
}

/// A figure with separators of thousands.
struct Shown(Figure);

impl Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figure { least, most } = self.0;
        let least_shown = Thousands(least.into());
        match most {
            Some(most) if most == least => write!(f, "{least_shown}"),
            Some(most) => write!(f, "{least_shown} to {}", Thousands(most.into())),
            None => write!(f, "at least {least_shown}"),
        }
    }
}
