//! Numbers of joins as they may be published.

use std::fmt::{self, Display};
use std::iter::Sum;

use serde::Serialize;

use crate::disclosure::Count;

/// A number of joins as it may be published: bounds, which are equal where the number is shown.
///
/// `Display` writes `57`, `1 to 9` or `at least 57`; `Serialize` writes `{"least": 1, "most": 9}`, in which `most` is `null` where
/// there is no upper bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct Figure {
    /// The number is not smaller.
    pub least: u64,
    /// The number is not greater. `None` where there is no bound.
    pub most: Option<u64>,
}

impl Figure {
    /// A number that is shown.
    pub(super) fn exactly(joins: u64) -> Figure {
        Figure { least: joins, most: Some(joins) }
    }

    /// A number of which only a lower bound is shown.
    pub(super) fn at_least(joins: u64) -> Figure {
        Figure { least: joins, most: None }
    }

    /// The number, where it is shown.
    #[must_use]
    pub fn number(self) -> Option<u64> {
        self.most.filter(|&most| most == self.least)
    }

    /// The bounds of what remains when `part` is taken away.
    pub(super) fn without(self, part: Figure) -> Figure {
        let least = part.most.map_or(0, |most| self.least.saturating_sub(most));
        Figure { least, most: self.most.map(|most| most.saturating_sub(part.least)) }
    }
}

impl From<Count> for Figure {
    fn from(count: Count) -> Figure {
        match count {
            Count::Exactly(joins) => Figure::exactly(joins),
            Count::FewerThan(limit) => Figure { least: 1, most: Some(limit.saturating_sub(1)) },
            Count::AtLeast(joins) => Figure::at_least(joins),
            // Joins are counted, not estimated: an estimate would bound nothing.
            Count::About { .. } => Figure::at_least(0),
        }
    }
}

impl Sum for Figure {
    fn sum<I: Iterator<Item = Figure>>(figures: I) -> Figure {
        figures.fold(Figure::exactly(0), |sum, figure| Figure {
            least: sum.least.saturating_add(figure.least),
            most: sum.most.zip(figure.most).map(|(sum, most)| sum.saturating_add(most)),
        })
    }
}

impl Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figure { least, most } = self;
        f.pad(&match most {
            Some(most) if most == least => least.to_string(),
            Some(most) => format!("{least} to {most}"),
            None => format!("at least {least}"),
        })
    }
}
