//! Headers, and the columns that they name.

use std::borrow::Cow;

use super::csv::{Fields, text};
use crate::geo::error::LineError;
use crate::geo::load_report::Skipped;

/// Names of the column with the first address of a range.
pub(in crate::geo) const FIRST: &[&str] = &[
    "start",
    "first",
    "from",
    "begin",
    "start_ip",
    "ip_start",
    "startip",
    "ip_from",
    "from_ip",
    "ip_range_start",
    "range_start",
    "first_ip",
];

/// Names of the column with the last address of a range.
pub(super) const LAST: &[&str] =
    &["end", "last", "to", "end_ip", "ip_end", "endip", "ip_to", "to_ip", "ip_range_end", "range_end", "last_ip"];

/// Names of the column with a network.
pub(in crate::geo) const NETWORK: &[&str] =
    &["network", "ip_prefix", "prefix", "cidr", "subnet", "netblock", "ip_range", "range", "ip", "ip_network"];

/// Names of the column with the code of a country. Those that cannot mean the country's name come first.
pub(in crate::geo) const CODE: &[&str] = &[
    "country_code",
    "country_iso_code",
    "iso_code",
    "alpha2code",
    "alpha2",
    "countrycode",
    "country_code2",
    "iso",
    "cc",
    "code",
    "country",
];

/// Names of columns of what is in a country. They are looked at for territories that have a country code of their own.
const REGION: &[&str] = &[
    "region",
    "region_code",
    "region_name",
    "subdivision",
    "subdivision_code",
    "subdivision_name",
    "state",
    "state_code",
    "state_name",
    "state1",
    "stateprov",
    "province",
    "city",
    "country_name",
];

/// Columns of flags, each with the reason why a row with a flag locates nothing.
const FLAGS: [(&str, Skipped); 4] = [
    ("is_anonymous_proxy", Skipped::AnonymousProxy),
    ("is_satellite_provider", Skipped::Satellite),
    ("is_satellite", Skipped::Satellite),
    ("is_anycast", Skipped::Anycast),
];

/// A header, with the positions of the `N` columns that are read.
pub(in crate::geo) struct Header<const N: usize> {
    line: Vec<u8>,
    columns: usize,
    at: [usize; N],
    flags: Vec<(usize, Skipped)>,
    regions: Vec<usize>,
}

/// The fields of a line that a header's columns name.
pub(super) struct NamedFields<'a, const N: usize> {
    pub(super) fields: [Cow<'a, [u8]>; N],
    /// The reason why the row locates nothing, whatever its code is.
    pub(super) flag: Option<Skipped>,
    /// What the row says of the region in the country.
    pub(super) regions: Vec<Cow<'a, [u8]>>,
}

impl<const N: usize> Header<N> {
    /// Finds the columns, each by the first of its names that the header has.
    pub(in crate::geo) fn read(line: &[u8], names: [&[&'static str]; N]) -> Result<Header<N>, LineError> {
        let columns = Fields::of(line).collect::<Result<Vec<_>, _>>()?;
        let position = |name: &str| columns.iter().position(|column| column.eq_ignore_ascii_case(name.as_bytes()));
        let mut at = [0; N];
        for (slot, names) in at.iter_mut().zip(names) {
            let missing = || LineError::NoColumn { column: names.first().copied().unwrap_or_default() };
            *slot = names.iter().find_map(|name| position(name)).ok_or_else(missing)?;
        }
        let flags = FLAGS.iter().filter_map(|(name, reason)| position(name).map(|at| (at, reason.clone()))).collect();
        let regions = REGION.iter().filter_map(|name| position(name)).filter(|place| !at.contains(place)).collect();
        Ok(Header { line: line.to_vec(), columns: columns.len(), at, flags, regions })
    }

    /// Whether a line repeats the header, as after joining files.
    pub(super) fn is_repeated_by(&self, line: &[u8]) -> bool {
        self.line.trim_ascii() == line.trim_ascii()
    }

    /// The positions of the columns, from 0.
    pub(in crate::geo) fn positions(&self) -> [usize; N] {
        self.at
    }

    /// The fields of the columns that are read.
    pub(super) fn fields<'a>(&self, line: &'a [u8]) -> Result<NamedFields<'a, N>, LineError> {
        let mut found = 0;
        let mut fields = [const { None }; N];
        let mut flag = None;
        let mut regions = Vec::new();
        for field in Fields::of(line) {
            let field = field?;
            if let Some((_, reason)) = self.flags.iter().find(|&&(at, _)| at == found).filter(|_| is_set(&field)) {
                flag.get_or_insert_with(|| reason.clone());
            }
            for (slot, _) in fields.iter_mut().zip(self.at).filter(|&(_, at)| at == found) {
                *slot = Some(field.clone());
            }
            if self.regions.contains(&found) {
                regions.push(field);
            }
            found += 1;
        }
        let fields = fields.map(Option::unwrap_or_default);
        if found == self.columns {
            Ok(NamedFields { fields, flag, regions })
        } else {
            Err(LineError::Columns { found, header: self.columns })
        }
    }
}

/// What stands in a column of flags where the flag is not set.
const NOT_SET: [&[u8]; 9] = [b"", b"0", b"-", b"f", b"false", b"n", b"no", b"none", b"null"];

/// Whether a flag is set. Any other text sets it: when in doubt, the row is no evidence of a place.
pub(super) fn is_set(field: &[u8]) -> bool {
    !NOT_SET.iter().any(|not_set| not_set.eq_ignore_ascii_case(field.trim_ascii()))
}

/// Whether a line begins as headers do, of whatever format.
pub(super) fn begins_like_one(line: &[u8]) -> bool {
    [FIRST, NETWORK, &["geoname_id"]].into_iter().any(|names| begins_with(line, names))
}

/// Whether the first field of a line is one of these names, in any case.
pub(in crate::geo) fn begins_with(line: &[u8], names: &[&str]) -> bool {
    let first = Fields::of(line).next().and_then(Result::ok).unwrap_or_default();
    text(&first).is_ok_and(|first| names.iter().any(|name| name.eq_ignore_ascii_case(first)))
}
