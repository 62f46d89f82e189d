//! Where an address can be said to be.

use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

use crate::region::Region;

/// Where an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// The sources that place it agree, and they are enough.
    In(Region),
    /// The sources disagree, or one of them does with itself. In no order's reach.
    Contested,
    /// Too few sources place it. In no order's reach.
    Unknown,
}

impl Location {
    /// The region, where there is one.
    #[must_use]
    pub fn region(self) -> Option<Region> {
        match self {
            Location::In(region) => Some(region),
            Location::Contested | Location::Unknown => None,
        }
    }
}

impl Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::In(region) => Display::fmt(region, f),
            Location::Contested => f.pad("contested"),
            Location::Unknown => f.pad("unknown"),
        }
    }
}

impl Serialize for Location {
    /// As the text that `Display` writes: a code, `contested` or `unknown`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A location's number in one atlas: the trie's value.
pub(crate) type LocationId = u16;

/// The place of addresses that are not located. Contested ones have the next number, then come the regions.
pub(super) const UNKNOWN: LocationId = 0;
