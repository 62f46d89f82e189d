//! A writer of MaxMind DBs that writes damaged ones, too: the [format](https://maxmind.github.io/MaxMind-DB/) in a page.

/// The target of a side of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Empty,
    Node(u32),
    /// At this place of the data.
    Data(u32),
}

pub(crate) struct Database {
    ip_version: u8,
    record_size: u8,
    pub(crate) nodes: Vec<[Slot; 2]>,
    data: Vec<u8>,
}

impl Database {
    pub(crate) fn new(ip_version: u8, record_size: u8) -> Database {
        Database { ip_version, record_size, nodes: vec![[Slot::Empty; 2]], data: Vec::new() }
    }

    /// Adds a value, and says where it is.
    pub(crate) fn data(&mut self, value: &[u8]) -> u32 {
        let at = self.data.len();
        self.data.extend_from_slice(value);
        at.try_into().unwrap()
    }

    /// Leads the addresses of a network somewhere.
    pub(crate) fn insert(&mut self, first: u128, length: u8, slot: Slot) {
        let parent = self.node(first, length - 1);
        let side = self.side(first, length - 1);
        self.nodes[parent as usize][side] = slot;
    }

    /// The node of a network, made where there is none.
    pub(crate) fn node(&mut self, first: u128, length: u8) -> u32 {
        let mut node = 0;
        for depth in 0..length {
            let (next, side) = (self.nodes.len() as u32, self.side(first, depth));
            node = match self.nodes[node as usize][side] {
                Slot::Node(node) => node,
                _ => {
                    self.nodes[node as usize][side] = Slot::Node(next);
                    self.nodes.push([Slot::Empty; 2]);
                    next
                }
            };
        }
        node
    }

    fn side(&self, first: u128, depth: u8) -> usize {
        let width = if self.ip_version == 6 { 128 } else { 32 };
        (first >> (width - 1 - depth) & 1) as usize
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let count = self.nodes.len() as u32;
        let mut bytes = Vec::new();
        for node in &self.nodes {
            let [zero, one] = node.map(|slot| match slot {
                Slot::Empty => count,
                Slot::Node(node) => node,
                Slot::Data(at) => count + 16 + at,
            });
            let ([a, b, c, d], [e, f, g, h]) = (zero.to_be_bytes(), one.to_be_bytes());
            match self.record_size {
                24 => bytes.extend([b, c, d, f, g, h]),
                28 => bytes.extend([b, c, d, a << 4 | e, f, g, h]),
                _ => bytes.extend([a, b, c, d, e, f, g, h]),
            }
        }
        bytes.extend([0; 16]);
        bytes.extend(&self.data);
        bytes.extend(b"\xab\xcd\xefMaxMind.com");
        let [a, b, c, d] = count.to_be_bytes();
        bytes.extend(map(&[
            ("binary_format_major_version", vec![0xa1, 2]),
            ("binary_format_minor_version", vec![0xa0]),
            ("build_epoch", vec![0x04, 2, 0x5e, 0xd8, 0x3a, 0x80]),
            ("database_type", text("Test")),
            ("description", map(&[("en", text("by hand"))])),
            ("ip_version", vec![0xa1, self.ip_version]),
            ("languages", vec![0x01, 4, 0x42, b'e', b'n']),
            ("node_count", vec![0xc4, a, b, c, d]),
            ("record_size", vec![0xa1, self.record_size]),
        ]));
        bytes
    }
}

/// A text of less than 29 bytes.
pub(crate) fn text(text: &str) -> Vec<u8> {
    [&[0x40 | text.len() as u8], text.as_bytes()].concat()
}

/// A map of less than 29 entries.
pub(crate) fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xe0 | entries.len() as u8];
    for (key, value) in entries {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    bytes
}
