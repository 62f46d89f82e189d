//! The report as CSV.

use super::{DONE, Report, Row};
use crate::disclosure::Count;
use crate::text::markup::CsvField;

/// Lines end with CR LF (RFC 4180, section 2).
const END: &str = "\r\n";

pub(super) fn write(report: &Report) -> String {
    let head: Vec<String> = fields(&report.total, report).into_iter().map(|(name, _)| name.to_owned()).collect();
    let line = |row| fields(row, report).into_iter().map(|(_, value)| value).collect::<Vec<String>>();
    std::iter::once(head).chain(report.all_rows().map(line)).map(|fields| fields.join(",") + END).collect()
}

/// A row's fields by their names, which are those of the JSON.
fn fields(row: &Row, report: &Report) -> Vec<(&'static str, String)> {
    let orders = &row.orders;
    let numbers = [
        ("received", orders.received),
        ("under_review", orders.under_review),
        ("rejected", orders.rejected),
        ("withdrawn", orders.withdrawn),
        ("in_force", orders.in_force),
        ("expired", orders.expired),
        ("narrowed", orders.narrowed),
        ("carried_over", orders.carried_over),
        ("terminate_meeting_demanded", orders.demanded.terminate_meeting),
        ("meetings_ended", DONE.meetings_ended),
        ("suspend_host_demanded", orders.demanded.suspend_host),
        ("accounts_affected", DONE.accounts_affected),
        ("block_participants_demanded", orders.demanded.block_participants),
        ("disclose_data_demanded", orders.demanded.disclose_data),
    ];
    let days = orders.median_days().map(|days| days.to_string()).unwrap_or_default();
    let mut fields =
        vec![("row", row.party.kind().to_owned()), ("issuer", CsvField(row.party.issuer().unwrap_or_default()).to_string())];
    fields.extend(numbers.map(|(name, number)| (name, number.to_string())));
    fields.push(("median_days", days));
    fields.extend(row.people.cells().map(|(name, count)| (name, number(count))));
    fields.push(("threshold", report.threshold.get().to_string()));
    fields.push(("about_done", CsvField(report.about_done()).to_string()));
    fields
}

fn number(count: Count) -> String {
    match count {
        Count::Exactly(number) => number.to_string(),
        Count::FewerThan(limit) => format!("<{limit}"),
        Count::AtLeast(least) => format!(">={least}"),
        Count::About { number, per_mille } => format!("~{number}±{}.{}%", per_mille / 10, per_mille % 10),
    }
}
