//! The mark at the end of a docket, which tells a whole file from one that was cut off.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{Docket, strict};

/// The knowledge about the end of a docket, weakest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EndMark {
    /// The docket has no mark.
    #[default]
    Absent,
    /// serde read one whose number is right. Where it stood is not known.
    Counted,
    /// One was read at the end of a text, or put there in code.
    Last,
}

/// The mark of a docket. Dockets that differ in it alone are equal.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct End(pub(crate) EndMark);

impl PartialEq for End {
    fn eq(&self, _: &End) -> bool {
        true
    }
}

impl Eq for End {}

impl Docket {
    /// Marks the docket as whole: it is written with `[end]` and the number of its orders, and satisfies
    /// [`Requirements::end_mark`](crate::Requirements::end_mark).
    ///
    /// For dockets that are made in code. `Docket::from_toml` and `Docket::from_json` mark one that they read to its end mark.
    ///
    /// ```
    /// use bailiwick::Docket;
    ///
    /// let docket = Docket::default().ended();
    /// assert!(docket.is_ended());
    /// assert_eq!(toml::to_string(&docket)?, "[end]\norders = 0\n");
    /// # Ok::<(), toml::ser::Error>(())
    /// ```
    #[must_use]
    pub fn ended(mut self) -> Docket {
        self.end = End(EndMark::Last);
        self
    }

    /// Whether the docket is known to be whole: it was read to an end mark by `Docket::from_toml` or `Docket::from_json`, or marked
    /// by [`ended`](Docket::ended).
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.end.0 == EndMark::Last
    }
}

/// `[end]` as data.
#[derive(Serialize)]
pub(super) struct EndTable {
    orders: usize,
}

impl EndTable {
    /// The mark to write for a docket.
    pub(super) fn of(docket: &Docket) -> Option<EndTable> {
        (docket.end.0 != EndMark::Absent).then_some(EndTable { orders: docket.orders.len() })
    }

    /// Checks the number.
    pub(super) fn check(&self, orders: usize) -> Result<EndMark, WrongCount> {
        if self.orders == orders { Ok(EndMark::Counted) } else { Err(WrongCount { written: self.orders, orders }) }
    }
}

/// An end mark with another number than there are orders.
#[derive(Debug, thiserror::Error)]
#[error("the end mark counts {written} orders, and there are {orders}: orders are missing, or write `orders = {orders}`")]
pub(super) struct WrongCount {
    pub(super) written: usize,
    pub(super) orders: usize,
}

/// The expectation of an error about an end mark that is not a table.
pub(super) const EXPECTED: &str = "the end of a docket: a table with `orders`, the number of orders";

impl<'de> Deserialize<'de> for EndTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EndTable, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            orders: OrderCount,
        }
        let fields = Fields::deserialize(strict::Table { deserializer, expected: EXPECTED })?;
        Ok(EndTable { orders: fields.orders.0 })
    }
}

/// Reads the mark of a docket that has one. A `null` is no mark, and refused.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<EndTable>, D::Error> {
    EndTable::deserialize(deserializer).map(Some)
}

/// A number of orders.
pub(super) struct OrderCount(pub(super) usize);

impl<'de> Deserialize<'de> for OrderCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OrderCount, D::Error> {
        struct Number;
        impl de::Visitor<'_> for Number {
            type Value = OrderCount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of orders, such as 2")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<OrderCount, E> {
                usize::try_from(number).map(OrderCount).map_err(|_| E::invalid_value(de::Unexpected::Unsigned(number), &self))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<OrderCount, E> {
                usize::try_from(number).map(OrderCount).map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
            }
        }
        deserializer.deserialize_u64(Number)
    }
}
