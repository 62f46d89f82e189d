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
