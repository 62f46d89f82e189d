//! Networks as geo files write them: `address/length`, or one address.

use std::net::IpAddr;

use crate::geo::error::LineError;
use crate::net::address::IpSpan;
use crate::text::network::{self, NetworkError};
use crate::text::quote::excerpt;

/// Reads a network, or one address that is a network of its own.
///
/// Host bits are refused: who writes `203.0.113.7/24` meant either one address or 256, and to choose would locate people on a
/// guess.
pub(super) fn prefix(field: &'static str, text: &str) -> Result<IpSpan, LineError> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(IpSpan::between(ip, ip)?);
    }
    match network::parse(text) {
        Ok(network) => Ok(network.into()),
        Err(NetworkError::HostBits { text, network }) => Err(LineError::HostBits { field, value: text, network }),
        Err(_) => Err(LineError::Network { field, value: excerpt(text) }),
    }
}
