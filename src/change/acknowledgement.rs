//! The record that somebody has looked at a change of a docket and answers for it.

use std::fmt::{self, Display};
use std::str::FromStr;

use super::Change;
use crate::digest::{Digest, DigestError};
use crate::text::quote::{Quoted, excerpt};

/// The acknowledgement of a change from one docket to another, by their digests: [`Policy::digest`](crate::Policy::digest).
///
/// `bailiwick diff OLD NEW --acknowledge` writes it to `NEW.acknowledged`. A reload that is refused as it [widens](Change::widens)
/// is acknowledged when the file beside the orders [covers](Acknowledgement::covers) its change. Written as three lines: what the
/// file is, `old` and `new`, each of the latter with a digest.
///
/// ```
/// use bailiwick::change::Acknowledgement;
/// # use bailiwick::{Atlas, Docket, Order, Policy};
/// # let atlas = Atlas::builder().build()?;
/// # let mut docket = Docket::default();
/// # let old = Policy::compile(&docket, &atlas)?;
/// # docket.orders.push(Order::new("cn-1", "CN"));
/// # docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// # let new = Policy::compile(&docket, &atlas)?;
///
/// let text = Acknowledgement::of(&old.change_to(&new)).to_string();
/// let read: Acknowledgement = text.parse()?;
/// assert!(read.covers(&old.change_to(&new)));
/// assert!(!read.covers(&new.change_to(&old)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Acknowledgement {
    old: Digest,
    new: Digest,
}

/// The first line. Its number changes with the form of the other lines.
const TITLE: &str = "bailiwick acknowledgement 1";

impl Acknowledgement {
    /// Acknowledges a change, whatever it does. Computes the digests of both dockets, unless they are known.
    #[must_use]
    pub fn of(change: &Change) -> Acknowledgement {
        Acknowledgement { old: change.before().digest(), new: change.after().digest() }
    }

    /// Returns whether a change is between the acknowledged dockets. The atlases of its policies do not count.
    #[must_use]
    pub fn covers(&self, change: &Change) -> bool {
        *self == Acknowledgement::of(change)
    }

    /// The digest of the docket before the change.
    #[must_use]
    pub fn old(&self) -> Digest {
        self.old
    }

    /// The digest of the docket after the change.
    #[must_use]
    pub fn new_docket(&self) -> Digest {
        self.new
    }
}

impl Display for Acknowledgement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TITLE}\nold {}\nnew {}\n", self.old, self.new)
    }
}

impl FromStr for Acknowledgement {
    type Err = AcknowledgementError;

    /// Reads the text that `Display` writes. Lines may end with CRLF.
    fn from_str(text: &str) -> Result<Acknowledgement, AcknowledgementError> {
        let mut lines = text.lines();
        let title = lines.next().unwrap_or_default();
        if title != TITLE {
            return Err(AcknowledgementError::Title { found: excerpt(title) });
        }
        let mut digest = |number, name: &'static str| {
            let line = lines.next().unwrap_or_default();
            let digest = line.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
            let digest = digest.ok_or_else(|| AcknowledgementError::Line { number, name, found: excerpt(line) })?;
            digest.parse().map_err(|source| AcknowledgementError::Digest { number, source })
        };
        let acknowledgement = Acknowledgement { old: digest(2, "old")?, new: digest(3, "new")? };
        match lines.next() {
            None => Ok(acknowledgement),
            Some(line) => Err(AcknowledgementError::Rest { found: excerpt(line) }),
        }
    }
}

/// The reason why a text is not an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AcknowledgementError {
    /// It begins with another line.
    #[error("line 1 is {}, not `{TITLE}`: write the file with `bailiwick diff OLD NEW --acknowledge`", Quoted(found))]
    Title {
        /// The line, cut where it is long.
        found: String,
    },
    /// A line does not begin as it must.
    #[error(
        "line {number} is {}, and must be `{name}` and a digest: write the file anew with `bailiwick diff OLD NEW --acknowledge`",
        Quoted(found)
    )]
    Line {
        /// The number of the line, from 1.
        number: usize,
        /// The word that it must begin with.
        name: &'static str,
        /// The line, cut where it is long.
        found: String,
    },
    /// A digest is malformed.
    #[error("line {number}: {source}")]
    Digest {
        /// The number of the line, from 1.
        number: usize,
        /// The reason.
        source: DigestError,
    },
    /// Something follows the third line.
    #[error(
        "line 4 is {}, and the file must end before it: write it anew with `bailiwick diff OLD NEW --acknowledge`",
        Quoted(found)
    )]
    Rest {
        /// The line, cut where it is long.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Atlas;
    use crate::order::{Docket, Order};
    use crate::policy::Policy;

    fn order(n: usize) -> Order {
        let mut order = Order::new(format!("order-{n}"), "CN");
        order.meetings.push("vigil".to_owned());
        order
    }

    fn policies() -> [Policy; 3] {
        [0, 1, 2].map(|orders| {
            let docket: Docket = (0..orders).map(order).collect();
            Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap()
        })
    }

    #[test]
    fn an_acknowledgement_covers_the_change_between_its_dockets_and_no_other() {
        let policies = policies();
        for (old, new) in [(0, 1), (1, 2), (0, 2)] {
            let text = Acknowledgement::of(&policies[old].change_to(&policies[new])).to_string();
            for text in [text.clone(), text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
                let read: Acknowledgement = text.parse().unwrap();
                assert_eq!((read.old(), read.new_docket()), (policies[old].digest(), policies[new].digest()));
                for (from, to) in [(0, 0), (0, 1), (0, 2), (1, 0), (1, 2), (2, 1)] {
                    assert_eq!(read.covers(&policies[from].change_to(&policies[to])), (from, to) == (old, new));
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_not_whole_acknowledges_nothing() {
        let [old, new, _] = policies();
        let text = Acknowledgement::of(&old.change_to(&new)).to_string();
        for end in 0..text.len() - 1 {
            assert!(text[..end].parse::<Acknowledgement>().is_err(), "{end} bytes");
        }
        for (from, to) in [("1\n", "2\n"), ("old", "new"), ("new", "old"), ("sha256", "sha1"), ("old ", "old")] {
            assert!(text.replacen(from, to, 1).parse::<Acknowledgement>().is_err(), "{from}");
        }
        assert!(format!("{text}more").parse::<Acknowledgement>().is_err());
    }
}
