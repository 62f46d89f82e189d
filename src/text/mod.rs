//! Text from outside: how it is read strictly, and how messages show it.

pub(crate) mod quote;
pub(crate) mod number;
pub(crate) mod timestamp;
pub(crate) mod network;
#[cfg(feature = "orders-file")]
pub(crate) mod caret;
#[cfg(feature = "orders-file")]
pub(crate) mod snippet;
