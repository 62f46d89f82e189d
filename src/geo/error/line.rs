//! Errors of a line of a file.

use std::fmt::{self, Display};

use ipnet::IpNet;

use crate::net::address::{IpSpan, RangeError};
use crate::region::Region;
use crate::text::network::DidYouMean;
use crate::text::quote::{Quoted, excerpt};
use crate::text::suggestion::{MeantOr, Suggestion};

/// A line of a file, for a message.
pub(super) struct At {
    pub(super) line: u64,
    pub(super) part: Option<&'static str>,
}

impl Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        self.part.map_or(Ok(()), |part| write!(f, " of the {part}"))
    }
}

/// A line that a [tolerant](crate::geo::Loader::tolerant) load refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The file, when a source has several: `locations`. `None` for the file of the networks.
    pub part: Option<&'static str>,
    /// The number of the line, from 1.
    pub line: u64,
    /// The error.
    pub error: LineError,
}

impl Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", At { line: self.line, part: self.part }, self.error)
    }
}

/// An error of a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// More or fewer fields than the format has.
    #[error("the line has {}, and not the {} of `{expected}`", FieldCount(*found), expected.split([',', '|']).count())]
    Fields {
        /// The number of fields of the line.
        found: usize,
        /// The names of the fields, as the format separates them.
        expected: &'static str,
    },
    /// Fewer fields than the header has.
    #[error("the line has {}, and the header names {header}: is the file complete?", FieldCount(*found))]
    Columns {
        /// The number of fields of the line.
        found: usize,
        /// The number of columns of the header.
        header: usize,
    },
    /// A header without a column that is needed.
    #[error("the header names no column `{column}`: is this the right file?")]
    NoColumn {
        /// The name of the column.
        column: &'static str,
    },
    /// A field that begins with a quote and does not end with one.
    #[error("the field {} begins with a quote and does not end with one: close it, and double the quotes within it", Quoted(value))]
    Quote {
        /// The field, to the end of the line.
        value: String,
    },
    /// A field that should be an address.
    #[error(
        "`{field}` is {}, which is not an address: write one like `203.0.113.0` or `2001:db8::`, or a decimal number",
        Quoted(value)
    )]
    Address {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
    },
    /// A field that should be a network.
    #[error("`{field}` is {}, which is not a network: write one like `203.0.113.0/24` or `2001:db8::/32`", Quoted(value))]
    Network {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
    },
    /// A network whose address is not its first.
    #[error("`{field}` is {}, which has host bits set{}", Quoted(value), DidYouMean(*network))]
    HostBits {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
        /// The network as it is written.
        network: IpNet,
    },
    /// A private network in a format that is for public ones.
    #[error(
        "`{field}` is {}, which is private and so at no one place: leave the line out; own networks belong in a list of their own",
        Quoted(value)
    )]
    Private {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
    },
    /// A network that an earlier line has already, in a format where that is an error.
    #[error("`{field}` is {}, as on line {line} already: keep one of the two", Quoted(value))]
    Duplicate {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
        /// The number of the earlier line.
        line: u64,
    },
    /// A subdivision of another country than the line's.
    #[error("`{field}` is {}, which is not in the country {}: correct one of the two", Quoted(value), Quoted(country))]
    Disagrees {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
        /// The line's country.
        country: String,
    },
    /// A text that is not a code, in a column of codes.
    #[error(
        "`{field}` is {}, which is not a code{}",
        Quoted(value), code_instead(*meant)
    )]
    Code {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
        /// The region that was probably meant.
        meant: Option<Region>,
    },
    /// Two columns that may both be the code.
    #[error("the columns {} and {} may both be the code: name the column, as in `{format}:{}:FILE`", columns[0], columns[1], columns[1])]
    Ambiguous {
        /// The numbers of the columns, from 1.
        columns: [usize; 2],
        /// The format.
        format: &'static str,
    },
    /// A character at which other programs end a line.
    #[error("the line has a line separator within (such as VT, FF or U+2028): end the line there with LF")]
    LineBreak,
    /// A network in a field that is not read: probably a second row.
    #[error("{} has an address: are these two lines in one?", Quoted(value))]
    SecondRow {
        /// The field.
        value: String,
    },
    /// Another field with an unexpected text.
    #[error("`{field}` is {}: write {expected}", Quoted(value))]
    Value {
        /// The name of the field.
        field: &'static str,
        /// The text of the field.
        value: String,
        /// The expectation, with an example.
        expected: &'static str,
    },
    /// Two addresses that are not the ends of a range.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// The last line of the file has no end, and its network may have lost a digit.
    #[error(
        "`{field}` is {}, and the file ends there without a line end, so that it may be cut off: get it again, or end the line when \
         nothing is missing",
        Quoted(value)
    )]
    CutOff {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
    },
    /// More bytes than a line may have.
    #[error("the line is longer than {limit} bytes: is this the right file?")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// A file in UTF-16, by its byte order mark.
    #[error("the file is UTF-16 text: save it as UTF-8")]
    Utf16,
    /// Bytes that are not UTF-8.
    #[error("the line is not UTF-8 text: save the file as UTF-8")]
    NotText,
}

/// The end of the message about a text that is not a code.
pub(super) fn code_instead(meant: Option<Region>) -> MeantOr<'static> {
    MeantOr(meant.map(Suggestion::write), ": write one of ISO 3166, such as `US` or `US-CA`, or nothing")
}

impl LineError {
    /// The addresses of the line, when they are clear in spite of the error.
    pub(in crate::geo) fn addresses(&self) -> Option<IpSpan> {
        match *self {
            LineError::HostBits { network, .. } => DidYouMean(network).network().map(IpSpan::from),
            LineError::Range(RangeError::Reversed { first, last }) => IpSpan::between(last, first).ok(),
            _ => None,
        }
    }

    pub(in crate::geo) fn value(field: &'static str, value: &str, expected: &'static str) -> LineError {
        LineError::Value { field, value: excerpt(value), expected }
    }
}

/// A number of fields, for a message.
struct FieldCount(usize);

impl Display for FieldCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} field{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}
