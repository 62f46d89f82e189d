//! Text that is read from people and shown to them.

pub(crate) mod quote;
pub(crate) mod address;
pub(crate) mod suggestion;
pub(crate) mod alike;
pub(crate) mod encoding;
pub(crate) mod xml;
#[cfg(feature = "ledger")]
pub(crate) mod markup;
pub(crate) mod number;
pub(crate) mod timestamp;
pub(crate) mod network;
#[cfg(feature = "orders-file")]
pub(crate) mod caret;
#[cfg(feature = "orders-file")]
pub(crate) mod snippet;

pub use address::read_address;
pub use encoding::{EncodingError, utf8};
pub use number::{Addresses, Thousands};
pub use quote::Quoted;
pub use timestamp::{ParseTimestampError, Timestamp};
pub use xml::Xml;
