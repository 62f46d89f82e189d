//! The subject of a message about a docket or an atlas.

use std::fmt::{self, Display};
use std::sync::Arc;

use crate::text::quote::{Quoted, excerpt};

/// An order, a group, the docket as a whole, or a geo source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Order {
        /// The id, cut to the length that messages show; empty when the order has none. Shared by all diagnostics about the order.
        id: Arc<str>,
        /// The order's position in the docket, from 1.
        number: usize,
    },
    /// The name of a group, cut where messages end.
    Group(Arc<str>),
    /// A case of a file of cases, by its position from 1.
    #[cfg(feature = "orders-file")]
    Case {
        number: usize,
    },
    Docket,
    /// The name of a geo source, cut where messages end.
    Source(Arc<str>),
}

impl Subject {
    /// The order at a position in the docket, from 0.
    pub(crate) fn order(id: &str, position: usize) -> Subject {
        Subject::Order { id: excerpt(id).into(), number: position + 1 }
    }

    /// The same order at another position, from 0.
    pub(crate) fn at(&self, position: usize) -> Subject {
        match self {
            Subject::Order { id, .. } => Subject::Order { id: id.clone(), number: position.saturating_add(1) },
            other => other.clone(),
        }
    }

    pub(crate) fn group(name: &str) -> Subject {
        Subject::Group(excerpt(name).into())
    }

    pub(crate) fn source(name: &str) -> Subject {
        Subject::Source(excerpt(name).into())
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Order { id, number } if id.is_empty() => write!(f, "order number {number}"),
            Subject::Order { id, .. } => write!(f, "order {}", Quoted(id)),
            Subject::Group(name) => write!(f, "group {}", Quoted(name)),
            #[cfg(feature = "orders-file")]
            Subject::Case { number } => write!(f, "case number {number}"),
            Subject::Docket => f.write_str("the docket"),
            Subject::Source(name) => write!(f, "source {}", Quoted(name)),
        }
    }
}
