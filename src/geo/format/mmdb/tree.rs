//! The search tree: its networks, within bounds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use maxminddb::Reader;

use crate::geo::error::MmdbError;
use crate::geo::loader::MAX_ROWS;
use crate::net::address::MAPPED;

/// The depth of IPv4 in a tree of both families: it is `::/96`.
const IPV4_DEPTH: u8 = 96;

/// How many zeros stand between the tree and the data.
const SEPARATOR: usize = 16;

/// Marks a node that was not entered yet, and one whose networks are being counted.
const NOT_ENTERED: usize = usize::MAX;
const ENTERED: usize = usize::MAX - 1;

/// The search tree: nodes of two records each, which lead to a node, to nothing, or to data.
pub(super) struct Tree<'a> {
    bytes: &'a [u8],
    node_size: usize,
    nodes: usize,
    is_v6: bool,
}

/// A node or leaf that is still to be visited.
struct Step {
    record: usize,
    /// The first address below it.
    first: u128,
    depth: u8,
}

impl<'a> Tree<'a> {
    /// The tree, as large as the metadata say. With another number of nodes or another version the same bytes would be other networks.
    pub(super) fn of(reader: &Reader<&[u8]>, bytes: &'a [u8]) -> Result<Tree<'a>, MmdbError> {
        let metadata = reader.metadata();
        let is_v6 = match metadata.ip_version {
            4 => false,
            6 => true,
            other => return Err(MmdbError::damaged(format!("version {other} of IP addresses"))),
        };
        let (nodes, node_size) = (usize::try_from(metadata.node_count).ok(), usize::from(metadata.record_size / 4));
        let size = nodes.and_then(|nodes| nodes.checked_mul(node_size));
        let split = size.and_then(|size| bytes.split_at_checked(size)).zip(nodes);
        let Some(((tree, rest), nodes)) = split else { return Err(MmdbError::damaged("the search tree extends beyond the file")) };
        if rest.get(..SEPARATOR).is_none_or(|zeros| zeros.iter().any(|&byte| byte != 0)) {
            return Err(MmdbError::damaged("the search tree does not end where the metadata say"));
        }
        Ok(Tree { bytes: tree, node_size, nodes, is_v6 })
    }

    /// Calls `each` with every network that has data, ascending, and the record that leads to the data.
    pub(super) fn walk(&self, mut each: impl FnMut(IpNet, usize) -> Result<(), MmdbError>) -> Result<(), MmdbError> {
        let ipv4 = self.ipv4();
        let networks = self.count(ipv4)?;
        let mut steps = vec![Step { record: 0, first: 0, depth: 0 }];
        while let Some(Step { record, first, depth }) = steps.pop() {
            // IPv4 is under `::/96`, where every reader of the format looks for it; what is here can only be an alias of that.
            if self.is_v6 && depth == 96 && first == MAPPED.first {
                continue;
            }
            let Some([zero, one]) = self.node(record) else {
                if record > self.nodes {
                    each(network(self.is_v6, first, depth), record)?;
                }
                continue;
            };
            let is_above_ipv4 = first == 0 && depth <= IPV4_DEPTH;
            let is_alias = ipv4 == Some(record) && !is_above_ipv4;
            let is_empty = networks.get(record) == Some(&0) && !is_above_ipv4;
            if is_alias || is_empty {
                continue;
            }
            let Some(left) = self.width().checked_sub(depth + 1) else {
                return Err(MmdbError::damaged("the search tree is deeper than an address is long"));
            };
            steps.push(Step { record: one, first: first | 1 << left, depth: depth + 1 });
            steps.push(Step { record: zero, first, depth: depth + 1 });
        }
        Ok(())
    }

    /// The number of networks below each node, without those of IPv4 above `::/96`. Writers share equal subtrees, so a node counts
    /// wherever it is reached, and a small file may lead to 2^128 networks: too many are an error before one is read.
    ///
    /// Nodes that lead back to themselves are an error, too.
    fn count(&self, ipv4: Option<usize>) -> Result<Vec<usize>, MmdbError> {
        let mut networks = vec![NOT_ENTERED; self.nodes];
        // IPv4 first: a node below it that leads to it again is no alias.
        let mut sum = 0;
        for root in ipv4.into_iter().chain([0]) {
            self.count_below(root, ipv4, &mut networks)?;
            sum += networks.get(root).copied().unwrap_or_default();
        }
        if sum > MAX_ROWS { Err(MmdbError::TooManyNetworks { limit: MAX_ROWS }) } else { Ok(networks) }
    }

    fn count_below(&self, root: usize, ipv4: Option<usize>, networks: &mut [usize]) -> Result<(), MmdbError> {
        let mut path = vec![root];
        while let Some(&node) = path.last() {
            let Some(slot) = networks.get(node).copied() else { return Ok(()) };
            if slot < ENTERED {
                path.pop();
                continue;
            }
            let children = self.node(node).unwrap_or([self.nodes; 2]);
            let mut sum = 0_usize;
            let mut is_complete = true;
            for child in children {
                match networks.get(child) {
                    None => sum = sum.saturating_add(usize::from(child > self.nodes)),
                    Some(_) if ipv4 == Some(child) && root != child => {}
                    Some(&ENTERED) => return Err(MmdbError::damaged(format!("node {child} of the search tree leads to itself"))),
                    Some(&NOT_ENTERED) => {
                        is_complete = false;
                        path.push(child);
                    }
                    Some(&known) => sum = sum.saturating_add(known),
                }
            }
            let slot = networks.get_mut(node);
            slot.into_iter().for_each(|slot| *slot = if is_complete { sum } else { ENTERED });
            if is_complete && sum > MAX_ROWS {
                return Err(MmdbError::TooManyNetworks { limit: MAX_ROWS });
            }
        }
        Ok(())
    }

    /// The node of `::/96` in a tree of both families.
    fn ipv4(&self) -> Option<usize> {
        let zero = |node: usize| self.node(node).map(|[zero, _]| zero);
        let found = (0..IPV4_DEPTH).try_fold(0, |node, _| zero(node));
        found.filter(|&node| self.is_v6 && node < self.nodes)
    }

    fn width(&self) -> u8 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// The two records of a node; `None` when the number is no node's.
    fn node(&self, number: usize) -> Option<[usize; 2]> {
        let records = match *self.bytes.chunks_exact(self.node_size).nth(number)? {
            [a, b, c, d, e, f] => [[0, a, b, c], [0, d, e, f]],
            [a, b, c, both, d, e, f] => [[both >> 4, a, b, c], [both & 15, d, e, f]],
            [a, b, c, d, e, f, g, h] => [[a, b, c, d], [e, f, g, h]],
            _ => return None,
        };
        let [zero, one] = records.map(|bytes| usize::try_from(u32::from_be_bytes(bytes)).ok());
        Some([zero?, one?])
    }
}

/// The network of a leaf: IPv4 in a tree of IPv4, and under `::/96`.
fn network(is_v6: bool, first: u128, depth: u8) -> IpNet {
    let v4 = if is_v6 { depth.checked_sub(96) } else { Some(depth) };
    let v4 = v4.zip(u32::try_from(first).ok()).and_then(|(length, first)| Ipv4Net::new(Ipv4Addr::from_bits(first), length).ok());
    let v6 = || {
        Ipv6Net::new(Ipv6Addr::from_bits(first), depth).map_or_else(|_| IpNet::from(IpAddr::V6(Ipv6Addr::UNSPECIFIED)), IpNet::V6)
    };
    v4.map_or_else(v6, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree with records of 32 bits. A number beyond the nodes is data, their own number is nothing.
    fn bytes(nodes: &[[u32; 2]]) -> Vec<u8> {
        nodes.iter().flatten().flat_map(|record| record.to_be_bytes()).collect()
    }

    fn tree(bytes: &[u8], is_v6: bool) -> Tree<'_> {
        Tree { bytes, node_size: 8, nodes: bytes.len() / 8, is_v6 }
    }

    const EMPTY: u32 = u32::MAX;
    const DATA: u32 = u32::MAX - 1;

    /// Adds as many nodes as `levels`, through which 2^`levels` networks are reached, and returns the first.
    fn shared(nodes: &mut Vec<[u32; 2]>, levels: usize) -> u32 {
        let first = u32::try_from(nodes.len()).unwrap();
        for level in 1..=levels {
            let next = if level == levels { DATA } else { first + u32::try_from(level).unwrap() };
            nodes.push([next; 2]);
        }
        first
    }

    /// The number of networks below the root and below `::/96`, if they are not too many.
    fn counted(nodes: &[[u32; 2]], is_v6: bool) -> Result<(usize, usize), MmdbError> {
        let count = u32::try_from(nodes.len()).unwrap();
        let nodes: Vec<[u32; 2]> = nodes
            .iter()
            .map(|node| {
                node.map(|record| {
                    if record == EMPTY {
                        count
                    } else if record == DATA {
                        count + 16
                    } else {
                        record
                    }
                })
            })
            .collect();
        let bytes = bytes(&nodes);
        let tree = tree(&bytes, is_v6);
        let ipv4 = tree.ipv4();
        assert_eq!(ipv4.is_some(), is_v6);
        tree.count(ipv4).map(|networks| (networks[0], ipv4.map_or(0, |ipv4| networks[ipv4])))
    }

    #[test]
    fn a_tree_of_one_family_leads_to_as_many_networks_as_are_read_and_no_more() {
        let mut nodes = Vec::new();
        shared(&mut nodes, 25);
        assert_eq!(counted(&nodes, false), Ok((MAX_ROWS, 0)));
        let mut nodes = vec![[1, DATA]];
        shared(&mut nodes, 25);
        assert_eq!(counted(&nodes, false), Err(MmdbError::TooManyNetworks { limit: MAX_ROWS }));
    }

    /// Networks of IPv4 count once, wherever the tree leads to them, and together with those of IPv6.
    #[test]
    fn the_networks_of_both_families_are_counted_together() {
        for (v4, v6, more, expected) in [
            (24, 24, EMPTY, Ok((1 << 24, 1 << 24))),
            (25, 0, EMPTY, Ok((0, 1 << 25))),
            (24, 24, DATA, Err(MmdbError::TooManyNetworks { limit: MAX_ROWS })),
            (25, 25, EMPTY, Err(MmdbError::TooManyNetworks { limit: MAX_ROWS })),
            (25, 0, DATA, Err(MmdbError::TooManyNetworks { limit: MAX_ROWS })),
            (3, 2, DATA, Ok((5, 8))),
        ] {
            let mut nodes: Vec<[u32; 2]> = (1..=96).map(|next| [next, EMPTY]).collect();
            assert_eq!(shared(&mut nodes, v4), 96);
            if v6 > 0 {
                nodes[0][1] = shared(&mut nodes, v6);
            }
            // Another path to IPv4, and another network.
            nodes[15][1] = 96;
            nodes[1][1] = more;
            assert_eq!(counted(&nodes, true), expected, "{v4} {v6}");
        }
    }

    /// Behind 96 zeros is the second node, which has no meaning of its own here.
    #[test]
    fn no_node_of_a_tree_of_ipv4_is_that_of_ipv4_in_both_families() {
        let circle: Vec<[u32; 2]> = [1, 2, 3, 4, 0].map(|next| [next, EMPTY]).to_vec();
        let bytes = bytes(&circle);
        assert_eq!((tree(&bytes, false).ipv4(), tree(&bytes, true).ipv4()), (None, Some(1)));
        let damaged = tree(&bytes, false).walk(|_, _| Ok(())).unwrap_err().to_string();
        assert!(damaged.contains("node 0 of the search tree leads to itself"), "{damaged}");
    }

    /// The numbers of 28 bits share a byte, whose high half belongs to the first.
    #[test]
    fn records_of_each_size_are_read() {
        for (bytes, expected) in [
            (&[1, 2, 3, 4, 5, 6][..], [0x0001_0203, 0x0004_0506]),
            (&[1, 2, 3, 0x5a, 4, 5, 6], [0x0501_0203, 0x0a04_0506]),
            (&[0xff, 0xff, 0xff, 0xf0, 0, 0, 0], [0x0fff_ffff, 0]),
            (&[1, 2, 3, 4, 5, 6, 7, 8], [0x0102_0304, 0x0506_0708]),
        ] {
            let two = [bytes, &vec![0; bytes.len()]].concat();
            let tree = Tree { bytes: &two, node_size: bytes.len(), nodes: 2, is_v6: false };
            assert_eq!([tree.node(0), tree.node(1), tree.node(2)], [Some(expected), Some([0, 0]), None], "{bytes:?}");
        }
    }
}
