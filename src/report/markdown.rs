//! The report as Markdown.

use std::fmt::{self, Display, Write as _};

use super::{DONE, Party, Report, Row};
use crate::disclosure::Count;
use crate::text::markup::MarkdownText;
use crate::text::timestamp;

/// A column: its head, and what stands in it.
type Column = (&'static str, fn(&Row) -> String);

const ORDERS: [Column; 10] = [
    ("orders received", |row| row.orders.received.to_string()),
    ("under review", |row| row.orders.under_review.to_string()),
    ("rejected", |row| row.orders.rejected.to_string()),
    ("withdrawn", |row| row.orders.withdrawn.to_string()),
    ("in force", |row| row.orders.in_force.to_string()),
    ("expired", |row| row.orders.expired.to_string()),
    ("narrowed", |row| row.orders.narrowed.to_string()),
    ("carried over", |row| row.orders.carried_over.to_string()),
    ("median days", |row| row.orders.median_days().map_or("–".to_owned(), |days| days.to_string())),
    ("to disclose data", |row| row.orders.demanded.disclose_data.to_string()),
];

const DEMANDED: [Column; 5] = [
    ("to end meetings: demanded", |row| row.orders.demanded.terminate_meeting.to_string()),
    ("meetings ended", |_| DONE.meetings_ended.to_string()),
    ("to suspend hosts: demanded", |row| row.orders.demanded.suspend_host.to_string()),
    ("accounts affected", |_| DONE.accounts_affected.to_string()),
    ("to block participants: demanded", |row| row.orders.demanded.block_participants.to_string()),
];

const PEOPLE: [Column; 5] = [
    ("blocked", |row| row.people.blocked.to_string()),
    ("let through: outside", |row| row.people.outside.to_string()),
    ("let through: not located", |row| row.people.unlocated.to_string()),
    ("let through: contested", |row| row.people.contested.to_string()),
    ("meetings kept", |row| row.people.meetings_kept.to_string()),
];

const ABOUT_ORDERS: &str = "\
Orders count in the period in which they were received, and stand as they do now. *Narrowed* are those in force that reach less than
their issuer's jurisdiction; *carried over* those received before and in force in the period. *Median days* are from receipt to effect,
of orders put in force. What is to be disclosed is decided elsewhere.";

const ABOUT_PEOPLE: &str = "\
Each attempt to join a meeting that an order in force names is counted once; who tries again is counted again. Who was *not located*,
or located differently by several sources (*contested*), was let through.";

const ABOUT_ESTIMATES: &str = "\
Numbers of meetings from 65,536 on are estimates (*about*): in 95 of 100 cases they are off by no more than is said.";

pub(super) fn write(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a text does not fail.
    let _ = write!(text, "{}", Page(report));
    text
}

struct Page<'r>(&'r Report);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Page(report) = self;
        let time = |time| timestamp::format(time).unwrap_or_else(|| "beyond RFC 3339".to_owned());
        writeln!(f, "# Government orders about meetings\n")?;
        writeln!(f, "From {} to {}, the latter excluded.\n", time(report.from), time(report.until))?;
        writeln!(f, "## Orders\n\n{ABOUT_ORDERS}\n")?;
        table(f, report, &ORDERS, |row| matches!(row.party, Party::Issuer(_) | Party::Total))?;
        writeln!(f, "\n## Demanded and done\n\n{}\n", report.about_done())?;
        table(f, report, &DEMANDED, |row| matches!(row.party, Party::Issuer(_) | Party::Total))?;
        let hidden = report.threshold.get() - 1;
        writeln!(f, "\n## People\n\n{ABOUT_PEOPLE}")?;
        writeln!(f, "Numbers from 1 to {hidden} are not shown, and totals only as far as they tell nothing of those.")?;
        if report.all_rows().any(|row| matches!(row.people.meetings_kept, Count::About { .. })) {
            writeln!(f, "{ABOUT_ESTIMATES}")?;
        }
        writeln!(f)?;
        table(f, report, &PEOPLE, |_| true)
    }
}

fn table(f: &mut fmt::Formatter<'_>, report: &Report, columns: &[Column], is_shown: fn(&Row) -> bool) -> fmt::Result {
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let heads = columns.iter().map(|(head, _)| (*head).to_owned());
    writeln!(f, "{}", line(std::iter::once("issuer".to_owned()).chain(heads).collect()))?;
    writeln!(f, "|---|{}", "---:|".repeat(columns.len()))?;
    report.all_rows().filter(|row| is_shown(row)).try_for_each(|row| {
        let name = match &row.party {
            Party::Issuer(name) => MarkdownText(name).to_string(),
            party => format!("*{party}*"),
        };
        writeln!(f, "{}", line(std::iter::once(name).chain(columns.iter().map(|(_, cell)| cell(row))).collect()))
    })
}
