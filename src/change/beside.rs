//! The file beside the orders that acknowledges a change which widens.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::Change;
use super::acknowledgement::{Acknowledgement, AcknowledgementError};
use super::order::ChangeKind;
use crate::text::quote::Quoted;

/// The most bytes of an acknowledgement, which has fewer than 200.
const MAX_ACKNOWLEDGEMENT: u64 = 4096;

/// The most orders that a message lists: what fits a line or two.
const LISTED: usize = 8;

impl Acknowledgement {
    /// The path of the file that acknowledges a change to an orders file: that of the orders with `.acknowledged` behind.
    #[must_use]
    pub fn beside(orders: &Path) -> PathBuf {
        let mut name = OsString::from(orders);
        name.push(".acknowledged");
        PathBuf::from(name)
    }
}

impl Change {
    /// Refuses a change that [widens](Change::widens), unless the file beside the new orders acknowledges it, as `bailiwick diff OLD NEW
    /// --acknowledge` writes it: the check of a reload. `orders` is the file of the new orders, or `None` when they are not in a file.
    ///
    /// Compare the dockets on one atlas before, with [`Policy::docket_change_to`](crate::Policy::docket_change_to), or new geo data are
    /// refused, too.
    ///
    /// # Errors
    ///
    /// When the change widens and no file acknowledges it.
    pub fn unless_wider(&self, orders: Option<&Path>) -> Result<(), WiderError> {
        if !self.widens() {
            return Ok(());
        }
        let acknowledged = orders.map_or(Err(Unacknowledged::NoFile), |orders| acknowledged(self, orders));
        acknowledged.map_err(|reason| {
            let orders = self.orders().filter(|order| order.kind() != ChangeKind::Withdrawn);
            WiderError { orders: orders.map(|order| order.id().to_owned()).collect(), reason }
        })
    }
}

/// Checks the file beside the orders.
fn acknowledged(change: &Change, orders: &Path) -> Result<(), Unacknowledged> {
    let (file, orders) = (Acknowledgement::beside(orders), orders.to_owned());
    let mut bytes = Vec::new();
    let read = File::open(&file).and_then(|file| file.take(MAX_ACKNOWLEDGEMENT + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        return Err(match error.kind() {
            ErrorKind::NotFound => Unacknowledged::NoAcknowledgement { orders },
            _ => Unacknowledged::Unreadable { file, orders, error },
        });
    }
    let is_short = u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_ACKNOWLEDGEMENT);
    let Some(text) = std::str::from_utf8(&bytes).ok().filter(|_| is_short) else {
        return Err(Unacknowledged::NotText { file, orders });
    };
    match text.parse::<Acknowledgement>() {
        Ok(acknowledgement) if acknowledgement.covers(change) => Ok(()),
        Ok(_) => Err(Unacknowledged::OtherChange { file, orders }),
        Err(source) => Err(Unacknowledged::Malformed { file, orders, source }),
    }
}

/// The refusal of a change that widens: see [`Change::unless_wider`].
#[derive(Debug, thiserror::Error)]
#[error("the new orders block people whom those in force admit, by {}: {reason}", Listed(orders))]
#[non_exhaustive]
pub struct WiderError {
    /// The ids of the orders that may have widened, ascending.
    pub orders: Vec<String>,
    /// Why the change is not acknowledged.
    pub reason: Unacknowledged,
}

/// Why a change is not acknowledged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unacknowledged {
    /// The orders are not in a file, so none is beside them.
    #[error("look at the change, and ask for it to allow it")]
    NoFile,
    /// There is no file beside the orders.
    #[error("{}", Advice(orders))]
    NoAcknowledgement {
        /// The file of the new orders.
        orders: PathBuf,
    },
    /// The file cannot be read.
    #[error("the acknowledgement {} cannot be read: {error}; {}", Quoted(&file.to_string_lossy()), Advice(orders))]
    Unreadable {
        /// The file beside the orders.
        file: PathBuf,
        /// The file of the new orders.
        orders: PathBuf,
        /// The system's error.
        #[source]
        error: io::Error,
    },
    /// The file is not UTF-8, or far too long.
    #[error("{} is not an acknowledgement; {}", Quoted(&file.to_string_lossy()), Advice(orders))]
    NotText {
        /// The file beside the orders.
        file: PathBuf,
        /// The file of the new orders.
        orders: PathBuf,
    },
    /// The file has another text.
    #[error("the acknowledgement {} cannot be read: {source}; {}", Quoted(&file.to_string_lossy()), Advice(orders))]
    Malformed {
        /// The file beside the orders.
        file: PathBuf,
        /// The file of the new orders.
        orders: PathBuf,
        /// The reason.
        source: AcknowledgementError,
    },
    /// The file acknowledges another change.
    #[error("{} acknowledges a change between other orders; {}", Quoted(&file.to_string_lossy()), Advice(orders))]
    OtherChange {
        /// The file beside the orders.
        file: PathBuf,
        /// The file of the new orders.
        orders: PathBuf,
    },
}

/// The way to allow a change.
struct Advice<'a>(&'a Path);

impl Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "look at the change with `bailiwick diff OLD {}`, and add `--acknowledge` to allow it", self.0.to_string_lossy())
    }
}

/// The first few of many orders.
struct Listed<'a>(&'a [String]);

impl Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed: Vec<String> = self.0.iter().take(LISTED).map(|id| Quoted(id).to_string()).collect();
        f.write_str(&listed.join(", "))?;
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::Atlas;
    use crate::order::{Docket, Order};
    use crate::policy::Policy;
    use crate::region::Region;

    fn policy(orders: usize) -> Policy {
        let docket: Docket = (0..orders)
            .map(|n| {
                let mut order = Order::new(format!("order-{n}"), "CN");
                order.meetings.push("vigil".to_owned());
                order.networks.push(format!("192.0.{n}.0/24").parse().unwrap());
                order
            })
            .collect();
        let mut source = crate::geo::Source::new("provider");
        source.insert("192.0.0.0/16".parse().unwrap(), "CN".parse::<Region>().unwrap());
        Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap()
    }

    #[test]
    fn a_change_that_widens_is_refused_until_the_file_beside_the_orders_acknowledges_it() {
        let folder = std::env::temp_dir().join(format!("bailiwick-beside-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let orders = folder.join("orders.toml");
        let file = Acknowledgement::beside(&orders);
        assert_eq!(file, folder.join("orders.toml.acknowledged"));
        let [none, one, two] = [0, 1, 2].map(|n| policy(n + 1));
        let wider = none.change_to(&one);
        assert!(one.change_to(&none).unless_wider(Some(&orders)).is_ok(), "a withdrawal needs no file");
        let refused = || wider.unless_wider(Some(&orders)).unwrap_err();
        assert!(matches!(refused().reason, Unacknowledged::NoAcknowledgement { .. }), "{}", refused());
        assert!(refused().to_string().contains("by `order-1`: look at the change with `bailiwick diff OLD "), "{}", refused());
        std::fs::write(&file, Acknowledgement::of(&one.change_to(&two)).to_string()).unwrap();
        assert!(matches!(refused().reason, Unacknowledged::OtherChange { .. }), "{}", refused());
        std::fs::write(&file, "bailiwick acknowledgement 1\n").unwrap();
        assert!(matches!(refused().reason, Unacknowledged::Malformed { .. }), "{}", refused());
        // Whole, and with too much behind it.
        let whole = Acknowledgement::of(&wider).to_string();
        for more in [vec![b'\n'; 4096], vec![0xff]] {
            std::fs::write(&file, [whole.as_bytes(), &more].concat()).unwrap();
            assert!(matches!(refused().reason, Unacknowledged::NotText { .. }), "{}", refused());
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(matches!(refused().reason, Unacknowledged::Unreadable { .. }), "{}", refused());
        std::fs::remove_dir(&file).unwrap();
        std::fs::write(&file, whole).unwrap();
        assert!(wider.unless_wider(Some(&orders)).is_ok());
        assert!(matches!(wider.unless_wider(None).unwrap_err().reason, Unacknowledged::NoFile), "it is of another file");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_refusal_lists_the_first_orders() {
        let text = policy(1).change_to(&policy(12)).unless_wider(None).unwrap_err().to_string();
        assert!(text.contains("by `order-1`, `order-10`, `order-11`, ") && text.contains(" and 3 more: look"), "{text}");
    }
}
