//! Networks as an order writes them: strictly.
//!
//! `ipnet` reads `010.0.0.0/8` as `10.0.0.0/8` and keeps host bits. In an order either is a slip that moves its reach, so both
//! are refused here.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serializer};

use crate::text::quote::{Quoted, excerpt};
use crate::text::suggestion::{Meant, Suggestion};

/// Why a list that narrows an order cannot be empty.
pub(crate) const EMPTY: &str =
    "`[]` would narrow the order to nothing: name at least one, or leave the key out for all of the issuer's jurisdiction";

/// Why a text is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NetworkError {
    #[error("{} is not a network: write an address in plain digits, `/` and a length, such as `203.0.113.0/24`", Quoted(.0))]
    Address(String),
    #[error("{} has no length: for this one address write `{}/{}`", Quoted(.text), .ip, width(*.ip))]
    NoLength { text: String, ip: IpAddr },
    #[error("{} has no valid length: write a number from 0 to {} after the `/`", Quoted(.text), width(*.ip))]
    Length { text: String, ip: IpAddr },
    #[error("{} has host bits set{}", Quoted(.text), DidYouMean(*.network))]
    HostBits { text: String, network: IpNet },
}

#[cfg(feature = "orders-file")]
impl NetworkError {
    /// The value to write instead, where it is known.
    pub(crate) fn suggestion(&self) -> Option<Suggestion> {
        if let NetworkError::HostBits { network, .. } = self { DidYouMean(*network).suggestion() } else { None }
    }
}

/// Ends the message about a network with host bits.
///
/// For `::ffff:10.0.0.0/8` that is `10.0.0.0/8`: its author counted the bits of IPv4, and `::/8` would be 2^96 times as wide and
/// hold no IPv4 address. Between 33 and 95 bits nothing can be meant.
pub(crate) struct DidYouMean(pub(crate) IpNet);

impl DidYouMean {
    /// The network that was probably meant.
    pub(crate) fn network(&self) -> Option<IpNet> {
        let DidYouMean(network) = self;
        let meant = match (network.addr(), network.addr().to_canonical(), network.prefix_len()) {
            (IpAddr::V6(_), mapped @ IpAddr::V4(_), length @ ..96) => IpNet::new(mapped, length).ok(),
            _ => Some(*network),
        };
        meant.map(|meant| meant.trunc())
    }

    /// The network that was probably meant, for a message.
    pub(crate) fn suggestion(&self) -> Option<Suggestion> {
        self.network().map(Suggestion::write)
    }
}

impl fmt::Display for DidYouMean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.suggestion() {
            None => f.write_str(": write the network's first address"),
            suggestion => Meant(suggestion.as_ref()).fmt(f),
        }
    }
}

fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// Reads `address/length`: decimal octets without leading zeros, no zone, no host bits.
pub(crate) fn parse(text: &str) -> Result<IpNet, NetworkError> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let ip: IpAddr = address.parse().map_err(|_| NetworkError::Address(excerpt(text)))?;
    let Some(length) = length else { return Err(NetworkError::NoLength { text: excerpt(text), ip }) };
    let bad_length = || NetworkError::Length { text: excerpt(text), ip };
    let plain = length.bytes().all(|b| b.is_ascii_digit()) && (length == "0" || !length.starts_with('0'));
    let bits: u8 = if plain { length.parse().map_err(|_| bad_length())? } else { return Err(bad_length()) };
    let network = IpNet::new(ip, bits).map_err(|_| bad_length())?;
    if network.addr() != network.network() {
        return Err(NetworkError::HostBits { text: excerpt(text), network });
    }
    Ok(network)
}

/// For `#[serde(with)]`.
pub(crate) fn serialize<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(networks.iter().map(ToString::to_string))
}

/// Reads the `networks` of an order. An empty list is refused: deleting the last entry would widen the order.
pub(crate) mod narrowing {
    use super::{Deserializer, EMPTY, IpNet, de::Error as _};

    pub(crate) use super::serialize;

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
        let networks = super::deserialize(deserializer)?;
        if networks.is_empty() { Err(D::Error::custom(EMPTY)) } else { Ok(networks) }
    }
}

/// For `#[serde(with)]`.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    struct Networks;
    impl<'de> Visitor<'de> for Networks {
        type Value = Vec<IpNet>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of networks, such as [\"203.0.113.0/24\"]")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<IpNet>, A::Error> {
            let mut networks = Vec::new();
            while let Some(Strict(network)) = list.next_element()? {
                networks.push(network);
            }
            Ok(networks)
        }
    }
    deserializer.deserialize_seq(Networks)
}

struct Strict(IpNet);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Strict, D::Error> {
        struct Network;
        impl Visitor<'_> for Network {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a network, such as \"203.0.113.0/24\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Strict, E> {
                parse(text).map(Strict).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_networks_are_read() {
        for text in ["203.0.113.0/24", "0.0.0.0/0", "203.0.113.7/32", "::/0", "2001:db8::/32", "::ffff:203.0.113.0/120"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_says_what_to_write() {
        let cases = [
            ("203.0.113.7", "`203.0.113.7` has no length: for this one address write `203.0.113.7/32`"),
            ("::1", "`::1` has no length: for this one address write `::1/128`"),
            ("203.0.113.7/24", "`203.0.113.7/24` has host bits set: did you mean `203.0.113.0/24`?"),
            ("203.0.113.0/33", "`203.0.113.0/33` has no valid length: write a number from 0 to 32 after the `/`"),
            ("203.0.113.0/024", "`203.0.113.0/024` has no valid length: write a number from 0 to 32 after the `/`"),
            ("203.0.113.0/+24", "`203.0.113.0/+24` has no valid length: write a number from 0 to 32 after the `/`"),
            ("::/", "`::/` has no valid length: write a number from 0 to 128 after the `/`"),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err().to_string(), message);
        }
        let not_addresses = [
            "",
            "/24",
            "010.0.0.0/8",
            "10.0.0/8",
            "10/8",
            "0x0a.0.0.0/8",
            " 10.0.0.0/8",
            "fe80::%eth0/64",
            "10.0.0.0-10.0.0.9",
            "*",
        ];
        for text in not_addresses {
            assert!(matches!(parse(text), Err(NetworkError::Address(_))), "{text}");
        }
    }
}
