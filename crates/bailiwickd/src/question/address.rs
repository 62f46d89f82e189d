//! Where a participant is.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use http::HeaderMap;

use super::forwarded;
use super::rule::{NotFound, header};
use crate::config::ClientAddress;

/// What a connection says about its other end.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// The other end, as the socket or Envoy names it.
    pub peer: Result<IpAddr, NotFound>,
    /// What the PROXY protocol said, where the listener reads it.
    pub proxied: Result<IpAddr, NotFound>,
}

impl ClientAddress {
    /// Finds the participant's address, and looks nowhere else than it must.
    ///
    /// # Errors
    ///
    /// When it is not there, several times, or not readable.
    pub fn find(&self, headers: &HeaderMap, connection: Connection) -> Result<IpAddr, NotFound> {
        match self {
            ClientAddress::Peer => connection.peer,
            ClientAddress::ProxyProtocol => connection.proxied,
            ClientAddress::Header(name) => {
                let text = header(headers, name)?;
                if text.is_empty() { Err(NotFound::Missing) } else { parse(text).ok_or(NotFound::Unreadable) }
            }
            ClientAddress::XForwardedFor(trusted) => forwarded::x_forwarded_for(headers, trusted),
            ClientAddress::Forwarded(trusted) => forwarded::forwarded(headers, trusted),
        }
    }
}

/// Reads an address, as proxies write it: with a port or without, IPv6 in brackets or not.
#[must_use]
pub fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address);
    }
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return inside.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    }
    text.parse::<SocketAddr>().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_proxies_write_it() {
        let cases = [
            ("203.0.113.7", Some("203.0.113.7")),
            (" 203.0.113.7 ", Some("203.0.113.7")),
            ("203.0.113.7:1234", Some("203.0.113.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:443", Some("2001:db8::7")),
            ("::ffff:203.0.113.7", Some("::ffff:203.0.113.7")),
            ("", None),
            ("unix:", None),
            ("unknown", None),
            ("203.0.113.07", None),
            ("203.0.113", None),
            ("203.0.113.7, 203.0.113.8", None),
            ("[203.0.113.7]", None),
            ("2001:db8::7%eth0", None),
            ("203.0.113.7:", None),
            ("203.0.113.7:99999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text), expected.map(|address| address.parse().unwrap()), "{text:?}");
        }
    }
}
