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
