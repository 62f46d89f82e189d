//! What is wrong with a MaxMind DB.

use std::fmt::{self, Display};

use ipnet::IpNet;

use super::line::code_instead;
use crate::region::Region;
use crate::text::quote::{Quoted, excerpt};

/// What is wrong with a MaxMind DB.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MmdbError {
    /// Bytes that are not a MaxMind DB, or a damaged one.
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
    /// A country that is not a code, nor a known text for no place.
    #[error(
        "the record of {network} has {} at {}, which is not a code{}; a tolerant load counts such records and does not locate them",
        Quoted(value), Path(path), code_instead(*meant)
    )]
    Code {
        /// The first network with that record.
        network: IpNet,
        /// The path, with dots between the keys.
        path: String,
        /// The text at the path.
        value: String,
        /// The region that was probably meant.
        meant: Option<Region>,
    },
    /// No record has a country at the path.
    #[error("no record has a country at {}{}", Path(path), Instead(seen))]
    NoCountry {
        /// The path, with dots between the keys; empty for the record itself.
        path: String,
        /// The paths of texts in the first records, to choose from.
        seen: Vec<String>,
    },
    /// A tree with more networks than are read.
    #[error("the search tree leads to more than {limit} networks: get a smaller database of this publisher, or the file again")]
    TooManyNetworks {
        /// The limit.
        limit: usize,
    },
}

/// A path to a value of a record.
struct Path<'a>(&'a str);

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("the record itself") } else { Quoted(self.0).fmt(f) }
    }
}

/// The paths that can be named instead.
struct Instead<'a>(&'a [String]);

impl Display for Instead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str(", and none has a code: name a database of countries"),
            paths => {
                f.write_str(": name the path of the code, of ")?;
                paths.iter().enumerate().try_for_each(|(n, path)| write!(f, "{}{}", if n == 0 { "" } else { ", " }, Path(path)))
            }
        }
    }
}

impl MmdbError {
    pub(in crate::geo) fn damaged(reason: impl ToString) -> MmdbError {
        MmdbError::Damaged { reason: excerpt(&reason.to_string()) }
    }
}
