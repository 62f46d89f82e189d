//! The crates that offer longest-prefix match, each as its own documentation shows.

use std::net::IpAddr;

use ip_network::{Ipv4Network, Ipv6Network};
use ipnet::IpNet;

use super::Locator;
use crate::workload::world::{Class, UNKNOWN, World};

/// Networks of both families as `((bits, length), class)`.
type Prefixes = (Vec<((u32, u8), Class)>, Vec<((u128, u8), Class)>);

fn prefixes(world: &World) -> Prefixes {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for &(network, class) in &world.networks {
        match network {
            IpNet::V4(network) => v4.push(((network.network().to_bits(), network.prefix_len()), class)),
            IpNet::V6(network) => v6.push(((network.network().to_bits(), network.prefix_len()), class)),
        }
    }
    (v4, v6)
}

/// prefix-trie: a map for each family, keyed with `(bits, length)`, the lightest of the prefixes that it offers.
pub struct PrefixTrie {
    v4: prefix_trie::PrefixMap<(u32, u8), Class>,
    v6: prefix_trie::PrefixMap<(u128, u8), Class>,
}

impl Locator for PrefixTrie {
    const NAME: &'static str = "prefix-trie";

    type Input = Prefixes;

    fn prepare(world: &World) -> Prefixes {
        prefixes(world)
    }

    fn build((v4, v6): Prefixes) -> PrefixTrie {
        PrefixTrie { v4: v4.into_iter().collect(), v6: v6.into_iter().collect() }
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        u64::from(match ip {
            IpAddr::V4(ip) => self.v4.get_lpm(&(ip.to_bits(), 32)).map_or(UNKNOWN, |(_, &class)| class),
            IpAddr::V6(ip) => self.v6.get_lpm(&(ip.to_bits(), 128)).map_or(UNKNOWN, |(_, &class)| class),
        })
    }

    fn class(&self, _world: &World, ip: IpAddr) -> Class {
        self.look(ip) as Class
    }
}

/// poptrie: a map for each family, built at once as its documentation advises.
pub struct Poptrie {
    v4: poptrie::Poptrie<(u32, u8), Class>,
    v6: poptrie::Poptrie<(u128, u8), Class>,
}

impl Locator for Poptrie {
    const NAME: &'static str = "poptrie";

    type Input = Prefixes;

    fn prepare(world: &World) -> Prefixes {
        prefixes(world)
    }

    fn build((v4, v6): Prefixes) -> Poptrie {
        Poptrie { v4: v4.into_iter().collect(), v6: v6.into_iter().collect() }
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        u64::from(match ip {
            IpAddr::V4(ip) => self.v4.lookup(ip.to_bits()).map_or(UNKNOWN, |&class| class),
            IpAddr::V6(ip) => self.v6.lookup(ip.to_bits()).map_or(UNKNOWN, |&class| class),
        })
    }

    fn class(&self, _world: &World, ip: IpAddr) -> Class {
        self.look(ip) as Class
    }
}

/// ip_network_table: one table for both families.
pub struct IpNetworkTable(ip_network_table::IpNetworkTable<Class>);

impl Locator for IpNetworkTable {
    const NAME: &'static str = "ip_network_table";

    type Input = Prefixes;

    fn prepare(world: &World) -> Prefixes {
        prefixes(world)
    }

    fn build((v4, v6): Prefixes) -> IpNetworkTable {
        let mut table = ip_network_table::IpNetworkTable::new();
        for ((bits, len), class) in v4 {
            table.insert(Ipv4Network::new(bits.into(), len).expect("no host bits"), class);
        }
        for ((bits, len), class) in v6 {
            table.insert(Ipv6Network::new(bits.into(), len).expect("no host bits"), class);
        }
        IpNetworkTable(table)
    }

    #[inline]
    fn look(&self, ip: IpAddr) -> u64 {
        u64::from(match ip {
            IpAddr::V4(ip) => self.0.longest_match_ipv4(ip).map_or(UNKNOWN, |(_, &class)| class),
            IpAddr::V6(ip) => self.0.longest_match_ipv6(ip).map_or(UNKNOWN, |(_, &class)| class),
        })
    }

    fn class(&self, _world: &World, ip: IpAddr) -> Class {
        self.look(ip) as Class
    }
}
