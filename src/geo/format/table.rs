//! Tables of ranges or networks with codes: the common part of range CSV and CIDR CSV.
//!
//! Columns are found by a header, by a number that the caller gives, or by what they hold, as the published files without a header
//! have them:
//!
//! - `first,last,code`, and the same with the country's name and more after it: IP2Location DB1 to DB11, ip-location-db;
//! - `first,last,continent,code,…`: DB-IP;
//! - `first,last,number,code,…`: iptoasn, with the number of the autonomous system;
//! - `first,last,number,number,code,name`: MaxMind's legacy country file, with the ends again as numbers.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::csv::{self, Fields, text};
use super::header::{self, Header, NamedFields};
use super::lines::LineFormat;
use super::{code, prefix, region};
use crate::geo::error::LineError;
use crate::geo::load_report::{Noted, Skipped};
use crate::geo::loader::{Addresses, Rows, number};
use crate::net::address::IpSpan;
use crate::region::Region;
use crate::text::quote::excerpt;

/// The continents as DB-IP writes them, in the column before the country's code.
const CONTINENTS: [&str; 8] = ["AF", "AN", "AS", "EU", "NA", "OC", "SA", "ZZ"];

/// The most fields that are looked at in a line without a header: MaxMind's legacy file has the code in the fifth.
const LOOKED_AT: usize = 6;

/// The most fields that are looked at after a code column that the caller gave: the names of the country, the region and the city.
const BESIDE: usize = 3;

/// The columns of the addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressColumns {
    /// The two ends of a range.
    Ranges,
    /// A network, or an address.
    Networks,
}

/// The state of reading a table.
pub(super) struct Table {
    form: AddressColumns,
    /// The column of the code, from 1, where the caller gave it.
    column: Option<usize>,
    header: Option<Columns>,
    /// The layout of a file without a header, known by its first row.
    layout: Option<Layout>,
    is_begun: bool,
}

/// The columns that a header names.
enum Columns {
    Ranges(Header<3>),
    Networks(Header<2>),
    /// The header of a file whose code column the caller gave.
    Given(Vec<u8>),
}

/// The position of the code in a line without a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Right after the addresses.
    Next,
    /// After the continent.
    Continent,
    /// After the number of the autonomous system.
    AsNumber,
    /// After the ends of the range as numbers.
    Numbers,
}

impl Table {
    pub(super) fn new(form: AddressColumns, column: Option<usize>) -> Table {
        Table { form, column, header: None, layout: None, is_begun: false }
    }

    /// Reads the first line as a header, where it is one.
    fn begin(&mut self, line: &[u8]) -> Result<Option<Columns>, LineError> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Ok(None);
        }
        if self.column.is_some() {
            let is_row = !matches!(self.addresses(line), Addresses::Unreadable);
            let digits = csv::raw_fields(line).next().is_some_and(|field| field.iter().any(u8::is_ascii_digit));
            return Ok(if is_row || digits { None } else { Some(Columns::Given(line.to_vec())) });
        }
        self.is_begun = false;
        let columns = if self.form == AddressColumns::Ranges && header::begins_with(line, header::FIRST) {
            Some(Columns::Ranges(Header::read(line, [header::FIRST, header::LAST, header::CODE])?))
        } else if header::begins_with(line, header::NETWORK) {
            Some(Columns::Networks(Header::read(line, [header::NETWORK, header::CODE])?))
        } else {
            None
        };
        self.is_begun = true;
        Ok(columns)
    }

    fn is_header(&self, line: &[u8]) -> bool {
        match &self.header {
            Some(Columns::Ranges(header)) => header.is_repeated_by(line),
            Some(Columns::Networks(header)) => header.is_repeated_by(line),
            Some(Columns::Given(header)) => header.trim_ascii() == line.trim_ascii(),
            None => false,
        }
    }

    /// The addresses of a line, and its code.
    fn read(&mut self, line: &[u8]) -> Result<(IpSpan, Result<Region, Skipped>), LineError> {
        match &self.header {
            Some(Columns::Ranges(header)) => {
                let row = header.fields(line)?;
                let [first, last, place] = &row.fields;
                Ok((span(text(first)?, text(last)?)?, named(&row, place)?))
            }
            Some(Columns::Networks(header)) => {
                let row = header.fields(line)?;
                let [network, place] = &row.fields;
                Ok((prefix::network_or_range("network", text(network)?)?, named(&row, place)?))
            }
            _ => match self.column {
                Some(column) => self.given(line, column),
                None => self.bare(line),
            },
        }
    }

    /// A line whose code is in a column that the caller gave.
    fn given(&self, line: &[u8], column: usize) -> Result<(IpSpan, Result<Region, Skipped>), LineError> {
        let fields = Fields::of(line).collect::<Result<Vec<_>, _>>()?;
        let field = |column: usize| fields.get(column).map(|field| text(field)).transpose();
        let (first, second) = (field(0)?.unwrap_or_default(), fields.get(1).and_then(|field| text(field).ok()));
        let is_range =
            column > 2 && End::parse("first", first).is_ok() && second.is_some_and(|last| End::parse("last", last).is_ok());
        let span = if is_range { span(first, second.unwrap_or_default())? } else { prefix::network_or_range("network", first)? };
        let found = fields.len();
        let code = field(column - 1)?.ok_or(LineError::Columns { found, header: column })?;
        let beside = fields.get(column..).unwrap_or_default().iter().take(BESIDE);
        Ok((span, region::beside(place(code, true)?, beside)))
    }

    /// A line whose code is found by what the columns hold.
    fn bare(&mut self, line: &[u8]) -> Result<(IpSpan, Result<Region, Skipped>), LineError> {
        let row = Row::of(line)?;
        let (span, after) = match self.form {
            AddressColumns::Ranges if row.found < 3 => {
                return Err(LineError::Fields { found: row.found, expected: "first,last,code" });
            }
            AddressColumns::Networks if row.found < 2 => {
                return Err(LineError::Fields { found: row.found, expected: "network,code" });
            }
            AddressColumns::Ranges => (span(row.text(0)?, row.text(1)?)?, 2),
            AddressColumns::Networks => (prefix::network_or_range("network", row.text(0)?)?, 1),
        };
        let found = row.layout(self.form, after)?;
        let layout = *self.layout.get_or_insert(found);
        if layout != found {
            return Err(LineError::Ambiguous { columns: [after + 1, after + 2], format: self.form.name() });
        }
        let at = match layout {
            Layout::Next => after,
            Layout::Continent | Layout::AsNumber => after + 1,
            Layout::Numbers => after + 2,
        };
        if layout == Layout::Numbers && self::span(row.text(2)?, row.text(3)?)? != span {
            return Err(LineError::value("number", row.text(2)?, "the first address as a number, as in the first column"));
        }
        if self.form == AddressColumns::Networks && row.text(at)?.parse::<IpAddr>().is_ok() {
            return Err(LineError::value("code", row.text(at)?, "a code, and a range of addresses as `first-last` in one column"));
        }
        let place = place(row.text(at)?, row.is_tabs || layout == Layout::AsNumber)?;
        // After the number of an autonomous system and the code stands the system's name.
        let beside = if layout == Layout::AsNumber { &[] } else { row.fields.get(at + 1..).unwrap_or_default() };
        Ok((span, region::beside(place, beside)))
    }
}

impl AddressColumns {
    fn name(self) -> &'static str {
        match self {
            AddressColumns::Ranges => "range",
            AddressColumns::Networks => "cidr",
        }
    }
}

impl LineFormat for Table {
    fn row(&mut self, rows: &mut Rows, _: u64, line: &[u8]) -> Result<(), LineError> {
        if let Some(columns) = self.begin(line)? {
            self.header = Some(columns);
            rows.note(Noted::Header);
            return Ok(());
        }
        if self.is_header(line) {
            rows.note(Noted::Header);
            return Ok(());
        }
        let (span, place) = self.read(line)?;
        rows.place(span, place);
        Ok(())
    }

    fn addresses(&self, line: &[u8]) -> Addresses {
        let raw_range = || {
            let mut fields = csv::raw_fields(line).map(|field| text(field).unwrap_or_default());
            range(fields.next()?, fields.next()?)
        };
        let at = |place: usize| Fields::of(line).nth(place).and_then(Result::ok);
        let found = match &self.header {
            Some(Columns::Networks(header)) => match header.positions() {
                [0, _] => csv::raw_network(line),
                [place, _] => at(place).and_then(|field| prefix::raw(&field)),
            },
            Some(Columns::Ranges(header)) => match header.positions() {
                [0, 1, _] => raw_range(),
                [first, last, _] => at(first).zip(at(last)).and_then(|(first, last)| range(text(&first).ok()?, text(&last).ok()?)),
            },
            _ if self.form == AddressColumns::Networks => csv::raw_network(line),
            _ if self.column.is_some() => raw_range().or_else(|| csv::raw_network(line)),
            _ => raw_range(),
        };
        found.into()
    }

    /// Without the header the columns are unknown.
    fn is_essential(&self) -> bool {
        !self.is_begun
    }
}

/// The place of a row of a header: that of its code, unless a flag or the region beside it says otherwise.
fn named<const N: usize>(row: &NamedFields<'_, N>, code: &[u8]) -> Result<Result<Region, Skipped>, LineError> {
    let place = place(text(code)?, false)?;
    Ok(row.flag.clone().map_or_else(|| region::beside(place, &row.regions), Err))
}

/// The place of a code. iptoasn writes `None` for addresses that are not announced.
fn place(code: &str, has_none: bool) -> Result<Result<Region, Skipped>, LineError> {
    if has_none && code.eq_ignore_ascii_case("none") {
        return Ok(Err(Skipped::code(code)));
    }
    code::place("code", code)
}

/// The first fields of a line without a header.
struct Row<'a> {
    fields: [Cow<'a, [u8]>; LOOKED_AT],
    found: usize,
    is_quoted: bool,
    is_tabs: bool,
}

impl<'a> Row<'a> {
    /// Reads up to a comment after a field.
    fn of(line: &'a [u8]) -> Result<Row<'a>, LineError> {
        let mut fields = Fields::of(line);
        let is_tabs = fields.is_tabs();
        let mut row = Row {
            fields: [const { Cow::Borrowed(b"".as_slice()) }; LOOKED_AT],
            found: 0,
            is_quoted: line.starts_with(b"\""),
            is_tabs,
        };
        for field in &mut fields {
            let field = field?;
            let comment = if row.is_quoted { None } else { field.iter().position(|&byte| byte == b'#') };
            if let Some(slot) = row.fields.get_mut(row.found) {
                *slot = match comment {
                    Some(at) => Cow::Owned(field.get(..at).unwrap_or_default().trim_ascii().to_vec()),
                    None => field,
                };
            }
            row.found += 1;
            if comment.is_some() {
                break;
            }
        }
        Ok(row)
    }

    fn text(&self, place: usize) -> Result<&str, LineError> {
        text(self.fields.get(place).map_or(&b""[..], |field| field))
    }

    /// The layout of a line, after its columns of addresses.
    fn layout(&self, form: AddressColumns, after: usize) -> Result<Layout, LineError> {
        // A name may be in any encoding; a code is ASCII.
        let field = |place: usize| self.text(place).unwrap_or("name");
        let (one, two) = (field(after), field(after + 1));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if self.found == after + 1 {
            return Ok(Layout::Next);
        }
        if form == AddressColumns::Ranges && self.found > 4 && is_number(one) && is_number(two) {
            return Ok(Layout::Numbers);
        }
        if is_number(one) {
            return Ok(Layout::AsNumber);
        }
        let are_two_codes = code::is_two_letters(two);
        match form {
            AddressColumns::Ranges if are_two_codes && CONTINENTS.iter().any(|continent| continent.eq_ignore_ascii_case(one)) => {
                Ok(Layout::Continent)
            }
            _ if are_two_codes => Err(LineError::Ambiguous { columns: [after + 1, after + 2], format: form.name() }),
            // More columns mean a geofeed, whose region would be lost.
            AddressColumns::Networks if !self.is_quoted && self.found > 3 => {
                Err(LineError::Fields { found: self.found, expected: "network,code" })
            }
            _ => Ok(Layout::Next),
        }
    }
}

fn span(first: &str, last: &str) -> Result<IpSpan, LineError> {
    let first = End::parse("first", first)?;
    let last = End::parse("last", last)?;
    let v6 = first.is_v6() || last.is_v6();
    Ok(IpSpan::between(first.to_ip(v6), last.to_ip(v6))?)
}

/// The addresses between two ends, which may be reversed.
fn range(first: &str, last: &str) -> Option<IpSpan> {
    span(first, last).map_or_else(|error| error.addresses(), Some)
}

/// One end of a range.
#[derive(Clone, Copy)]
enum End {
    Text(IpAddr),
    Number(u128),
}

impl End {
    fn parse(field: &'static str, text: &str) -> Result<End, LineError> {
        let address = || text.parse().ok().map(End::Text);
        number(text).map(End::Number).or_else(address).ok_or_else(|| LineError::Address { field, value: excerpt(text) })
    }

    /// Whether this end can only be IPv6. A mapped address can be either.
    fn is_v6(self) -> bool {
        match self {
            End::Text(ip) => ip.to_canonical().is_ipv6(),
            End::Number(number) => u32::try_from(number).is_err(),
        }
    }

    fn to_ip(self, v6: bool) -> IpAddr {
        match self {
            End::Text(ip) => ip,
            End::Number(number) => match u32::try_from(number) {
                Ok(number) if !v6 => Ipv4Addr::from_bits(number).into(),
                _ => Ipv6Addr::from_bits(number).into(),
            },
        }
    }
}
