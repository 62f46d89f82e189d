//! Why a source could not be filled.

use std::fmt::{self, Display};

use ipnet::IpNet;

use crate::net::address::{IpSpan, RangeError};
use crate::text::network::DidYouMean;
use crate::text::quote::{Quoted, excerpt};

/// Why a source could not be filled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Two addresses that are not the ends of a range.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// A line of a file that cannot be read.
    #[error("source {}, {}: {error}", Quoted(source_name), At { line: *line, part: *part })]
    Line {
        /// The name of the source.
        source_name: String,
        /// Which file of a source that has several: `locations`. `None` for the file of the networks.
        part: Option<&'static str>,
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong with it.
        error: LineError,
    },
    /// The reader failed.
    #[error("source {}, after {}: {error}", Quoted(source_name), At { line: *line, part: *part })]
    Read {
        /// The name of the source.
        source_name: String,
        /// Which file of a source that has several: `locations`. `None` for the file of the networks.
        part: Option<&'static str>,
        /// How many lines were read before.
        line: u64,
        /// The reader's error.
        error: std::io::Error,
    },
    /// A MaxMind DB that cannot be read.
    #[cfg(feature = "mmdb")]
    #[error("source {}: {error}", Quoted(source_name))]
    Mmdb {
        /// The name of the source.
        source_name: String,
        /// What is wrong with it.
        error: MmdbError,
    },
}

/// What is wrong with a MaxMind DB.
#[cfg(feature = "mmdb")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MmdbError {
    /// The bytes are no MaxMind DB, or one that is damaged.
    #[error("this is no MaxMind DB, or a damaged one ({}): load it from its publisher again", Quoted(reason))]
    Damaged {
        /// What was found.
        reason: String,
    },
    /// A record that cannot be read.
    #[error(
        "the record of {network} cannot be read ({}): load the file from its publisher again, or name another path",
        Quoted(reason)
    )]
    Record {
        /// The first network with that record.
        network: IpNet,
        /// What was found.
        reason: String,
    },
    /// No record has a country where it should be.
    #[error("no record has a country at {}: name the path of this publisher, such as `country_code`", Quoted(path))]
    NoCountry {
        /// The path, with dots between the keys.
        path: String,
    },
}

#[cfg(feature = "mmdb")]
impl MmdbError {
    pub(super) fn damaged(reason: impl ToString) -> MmdbError {
        MmdbError::Damaged { reason: excerpt(&reason.to_string()) }
    }
}

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

/// What is wrong with a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// More or fewer fields than the format has.
    #[error("the line has {}, and not the {} of `{expected}`", Count(*found), expected.split([',', '|']).count())]
    Fields {
        /// How many fields the line has.
        found: usize,
        /// The names of the fields, as the format separates them.
        expected: &'static str,
    },
    /// Fewer fields than the header has.
    #[error("the line has {}, and the header names {header}: is the file complete?", Count(*found))]
    Columns {
        /// How many fields the line has.
        found: usize,
        /// How many columns the header names.
        header: usize,
    },
    /// A header without a column that is needed.
    #[error("the header names no column `{column}`: is this the right file?")]
    NoColumn {
        /// The name of the column.
        column: &'static str,
    },
    /// A field that begins with a quote, and does not end with one.
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
        /// What the field has.
        value: String,
    },
    /// A field that should be a network.
    #[error("`{field}` is {}, which is not a network: write one like `203.0.113.0/24` or `2001:db8::/32`", Quoted(value))]
    Network {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
    },
    /// A network whose address is not its first.
    #[error("`{field}` is {}, which has host bits set{}", Quoted(value), DidYouMean(*network))]
    HostBits {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
        /// The network as it is written.
        network: IpNet,
    },
    /// A private network in a format that is for public ones.
    #[error("`{field}` is {}, which is private and so at no one place: leave the line out", Quoted(value))]
    Private {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
    },
    /// A network that an earlier line has already, in a format where that is an error.
    #[error("`{field}` is {}, as on line {line} already: keep one of the two", Quoted(value))]
    Duplicate {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
        /// The number of the earlier line.
        line: u64,
    },
    /// A subdivision of another country than the line's.
    #[error("`{field}` is {}, which is not in the country {}: correct one of the two", Quoted(value), Quoted(country))]
    Disagrees {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
        /// The line's country.
        country: String,
    },
    /// Another field that has not what it should.
    #[error("`{field}` is {}: write {expected}", Quoted(value))]
    Value {
        /// The name of the field.
        field: &'static str,
        /// What the field has.
        value: String,
        /// What the field should have.
        expected: &'static str,
    },
    /// Two addresses that are not the ends of a range.
    #[error(transparent)]
    Range(#[from] RangeError),
    /// More bytes than a line may have.
    #[error("the line is longer than {limit} bytes: is this the right file?")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the line is not UTF-8 text: save the file as UTF-8")]
    NotText,
}

impl LineError {
    /// The addresses of the line, where it is they that are written badly and yet can be read.
    pub(super) fn addresses(&self) -> Option<IpSpan> {
        match *self {
            LineError::HostBits { network, .. } => Some(network.into()),
            LineError::Range(RangeError::Reversed { first, last }) => IpSpan::between(last, first).ok(),
            _ => None,
        }
    }

    pub(super) fn address(field: &'static str, value: &str) -> LineError {
        LineError::Address { field, value: excerpt(value) }
    }

    pub(super) fn value(field: &'static str, value: &str, expected: &'static str) -> LineError {
        LineError::Value { field, value: excerpt(value), expected }
    }
}

/// A number of fields, for a message.
struct Count(usize);

impl Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} field{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}
