//! The location of an address.

use std::fmt::{self, Display};

use serde::{Serialize, Serializer};

use crate::region::Region;

/// The location of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Location {
    /// Enough sources place it, and they agree.
    In(Region),
    /// The sources disagree, or one source contradicts itself. In no order's reach.
    Contested,
    /// Too few sources place it, or a source [excludes](crate::Source::excluding) it. In no order's reach.
    Unknown,
}

impl Location {
    /// The region of a located address.
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
    /// Writes the text of `Display`: a code, `contested` or `unknown`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The number of a location in one atlas. The tries map addresses to it.
pub(crate) type LocationId = u16;

/// The id of [`Location::Unknown`]. That of `Contested` is next, then come the regions.
pub(super) const UNKNOWN: LocationId = 0;
