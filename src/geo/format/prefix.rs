//! Networks as geo files write them: `address/length`, or one address.

use std::net::IpAddr;

use crate::geo::error::LineError;
use crate::net::address::IpSpan;
use crate::text::network::{self, NetworkError};
use crate::text::quote::excerpt;

/// Reads a network, or one address that is a network of its own.
///
/// Host bits are refused: `203.0.113.7/24` may mean one address or 256, and a guess would locate people.
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

/// Reads a network, one address, or a range written `first-last`.
pub(super) fn network_or_range(field: &'static str, text: &str) -> Result<IpSpan, LineError> {
    let ends = text.split_once('-').map(|(first, last)| (first.trim().parse(), last.trim().parse()));
    match ends {
        Some((Ok(first), Ok(last))) => Ok(IpSpan::between(first, last)?),
        _ => prefix(field, text),
    }
}

/// The addresses of a field of a refused line, where they are sure. Text may follow a blank; what could be a part of the address
/// may not, as in `203.0.113.0 /24`.
pub(super) fn raw(field: &[u8]) -> Option<IpSpan> {
    let text = std::str::from_utf8(field).ok().map(str::trim);
    let whole = text.and_then(sure);
    let start = || {
        let (start, rest) = field.trim_ascii().split_at_checked(field.trim_ascii().iter().position(|&byte| byte == b' ')?)?;
        let next = rest.trim_ascii_start().first()?;
        if next.is_ascii_digit() || b"/-:.".contains(next) { None } else { sure(std::str::from_utf8(start).ok()?) }
    };
    whole.or_else(start).or_else(|| before_garbage(field))
}

/// The network at the beginning of a field, if its length has the most digits that a length can have: no later byte can belong to
/// it.
fn before_garbage(field: &[u8]) -> Option<IpSpan> {
    let slash = field.iter().position(|&byte| byte == b'/')?;
    let digits = field.get(slash + 1..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = std::str::from_utf8(field.get(..=slash + digits)?).ok()?;
    let most = if text.contains(':') { 3 } else { 2 };
    if digits == most { sure(text) } else { None }
}

fn sure(text: &str) -> Option<IpSpan> {
    network_or_range("", text).map_or_else(|error| error.addresses(), Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fields of refused lines, each with the range of its addresses where they are sure.
    #[test]
    fn the_addresses_of_a_refused_field_are_taken_where_they_are_sure() {
        for (field, expected) in [
            ("203.0.113.7", Some("203.0.113.7-203.0.113.7")),
            ("203.0.113.0/24", Some("203.0.113.0-203.0.113.255")),
            ("203.0.113.7/24", Some("203.0.113.0-203.0.113.255")),
            ("203.0.113.0 - 203.0.113.9", Some("203.0.113.0-203.0.113.9")),
            ("203.0.113.9-203.0.113.0", Some("203.0.113.0-203.0.113.9")),
            // Text after a blank.
            (" 203.0.113.7 HK ", Some("203.0.113.7-203.0.113.7")),
            ("10.0.0.0/8 HK", Some("10.0.0.0-10.255.255.255")),
            ("2001:db8::/32  office", Some("2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")),
            ("10.0.0.0/8 # 10.0.0.0/9", Some("10.0.0.0-10.255.255.255")),
            // What may be a part of the address after a blank.
            ("203.0.113.0 /24", None),
            ("203.0.113.0 -x", None),
            ("2001:db8: :1", None),
            ("2001:db8:: :1", None),
            ("203.0.113.0 .1", None),
            ("10.0.0.0/2 4", None),
            // Garbage after as many digits as a length can have, and after fewer.
            ("203.0.113.0/24x", Some("203.0.113.0-203.0.113.255")),
            ("203.0.113.0/24\u{fffd}", Some("203.0.113.0-203.0.113.255")),
            ("2001:db8::/128x", Some("2001:db8::-2001:db8::")),
            ("10.0.0.0/8x", None),
            ("2001:db8::/32x", None),
            ("203.0.113.0/240", None),
            ("203.0.113.0/x", None),
            ("203.0.113.0x", None),
            ("x", None),
            ("", None),
        ] {
            let span = |text: &str| {
                let (first, last) = text.split_once('-').unwrap();
                IpSpan::between(first.parse().unwrap(), last.parse().unwrap()).unwrap()
            };
            assert_eq!(raw(field.as_bytes()), expected.map(span), "{field}");
        }
        assert_eq!(raw(b"203.0.113.0/24\xff"), raw(b"203.0.113.0/24"));
        assert_eq!(raw(b"10.0.0.0/8\xff"), None);
    }
}
