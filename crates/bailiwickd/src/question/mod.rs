//! What a request asks about: who, where, which meeting.

pub mod address;
mod forwarded;
pub mod proxy_protocol;
pub mod rule;
mod unasked;

pub use unasked::Unasked;
