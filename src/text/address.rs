//! Addresses as texts.

use std::net::{IpAddr, Ipv6Addr};

/// Reads an address of a participant.
///
/// A zone (RFC 4007, section 11), as in `fe80::1%eth0`, is the number or name that one machine has for an interface of its own. It says
/// nothing about a place, and is left out. Only link-local addresses have one; any other text with a `%` is no address.
///
/// ```
/// use bailiwick::text::read_address;
///
/// assert_eq!(read_address("fe80::1%eth0"), "fe80::1".parse().ok());
/// assert_eq!(read_address("2001:db8::7%eth0"), None);
/// ```
#[must_use]
pub fn read_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let (address, zone) = text.split_once('%')?;
        let address: Ipv6Addr = address.parse().ok()?;
        (address.is_unicast_link_local() && !zone.is_empty()).then_some(IpAddr::V6(address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_left_out_of_addresses_that_are_link_local() {
        let read = |text: &str| read_address(text).map(|address| address.to_string());
        for (text, address) in [
            ("203.0.113.9", Some("203.0.113.9")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("fe80::1", Some("fe80::1")),
            ("fe80::1%eth0", Some("fe80::1")),
            ("fe80::1%", None),
            ("2001:db8::7%eth0", None),
            ("2001:db8::7%", None),
            ("203.0.113.9%eth0", None),
            ("%eth0", None),
        ] {
            assert_eq!(read(text).as_deref(), address, "{text}");
        }
    }
}
