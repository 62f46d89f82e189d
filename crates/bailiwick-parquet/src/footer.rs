//! A look at the footer of an archive before the Parquet library reads it.
//!
//! The library reads a schema by recursion, and makes room for as many row groups as the footer states: a footer that was made for it could
//! end the program, where a panic could be caught. So the nodes of the schema are compared with those of an archive, and the lengths of lists
//! with the bytes that are left. The footer is a struct `FileMetaData` (parquet.thrift) in Thrift's compact protocol
//! (thrift/doc/specs/thrift-compact-protocol.md).

use parquet::schema::types::Type;

use crate::schema::VERSION_KEY;

/// The most row groups of a file: the library numbers them with 16 bits and a sign.
pub(crate) const MAX_GROUPS: usize = 32_767;

/// The deepest nesting of a footer: `FileMetaData` has row groups, these column chunks, these statistics, these values.
const MAX_DEPTH: u8 = 12;

/// The field of `FileMetaData` that lists the nodes of the schema.
const SCHEMA: i64 = 2;

/// The field of `FileMetaData` that lists the row groups.
const ROW_GROUPS: i64 = 4;

/// The field of `SchemaElement` with the name of a node.
const NAME: i64 = 4;

/// The field of `SchemaElement` with the number of a node's children.
const CHILDREN: i64 = 5;

/// Types of the compact protocol.
const BOOLEANS: [u8; 2] = [1, 2];
const BYTE: u8 = 3;
const INTEGERS: [u8; 3] = [4, 5, 6];
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LISTS: [u8; 2] = [9, 10];
const MAP: u8 = 11;
const STRUCT: u8 = 12;

/// A node of a schema: its name, and the number of its children.
type Node<'a> = (&'a [u8], i64);

/// The field of `FileMetaData` with the key-value metadata.
const METADATA: i64 = 5;

/// The fields of `KeyValue`.
const KEY: i64 = 1;
const VALUE: i64 = 2;

/// What a footer says of itself.
pub(crate) struct Footer<'a> {
    /// Whether it has the nodes of the schema. Their types are compared when it was read.
    pub(crate) has_nodes: bool,
    /// The version of the archive.
    pub(crate) version: Option<&'a [u8]>,
}

impl<'a> Footer<'a> {
    /// `None` when it is no footer, or lists more than it has.
    pub(crate) fn look(footer: &'a [u8], schema: &Type) -> Option<Footer<'a>> {
        let mut expected = Vec::new();
        nodes(schema, &mut expected);
        Reader { rest: footer }.file(&expected)
    }
}

fn nodes<'a>(node: &'a Type, into: &mut Vec<Node<'a>>) {
    let children = if node.is_group() { node.get_fields() } else { &[] };
    into.push((node.name().as_bytes(), i64::try_from(children.len()).unwrap_or(i64::MAX)));
    children.iter().for_each(|child| nodes(child, into));
}

/// What is left of a footer. `None` of its methods is what no footer of an archive has.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn file(mut self, expected: &[Node<'_>]) -> Option<Footer<'a>> {
        let (mut last, mut has_nodes, mut version) = (0, false, None);
        while let Some((id, kind)) = self.field(&mut last)? {
            match id {
                SCHEMA => {
                    let found = (0..self.structs(kind)?).map(|_| self.node()).collect::<Option<Vec<_>>>()?;
                    has_nodes = found == expected;
                }
                ROW_GROUPS => {
                    let groups = self.structs(kind)?;
                    (groups <= MAX_GROUPS).then_some(())?;
                    (0..groups).try_for_each(|_| self.skip(STRUCT, MAX_DEPTH))?;
                }
                METADATA => {
                    let pairs = (0..self.structs(kind)?).map(|_| self.pair()).collect::<Option<Vec<_>>>()?;
                    version = pairs.into_iter().find(|(key, _)| *key == VERSION_KEY.as_bytes()).and_then(|(_, value)| value);
                }
                _ => self.skip(kind, MAX_DEPTH)?,
            }
        }
        Some(Footer { has_nodes, version })
    }

    /// A `KeyValue`.
    fn pair(&mut self) -> Option<(&'a [u8], Option<&'a [u8]>)> {
        let (mut last, mut key, mut value) = (0, None, None);
        while let Some((id, kind)) = self.field(&mut last)? {
            match (id, kind) {
                (KEY, BINARY) => key = Some(self.binary()?),
                (VALUE, BINARY) => value = Some(self.binary()?),
                _ => self.skip(kind, MAX_DEPTH)?,
            }
        }
        Some((key?, value))
    }

    /// A `SchemaElement`.
    fn node(&mut self) -> Option<Node<'a>> {
        let (mut last, mut name, mut children) = (0, None, 0);
        while let Some((id, kind)) = self.field(&mut last)? {
            match (id, kind) {
                (NAME, BINARY) => name = Some(self.binary()?),
                (CHILDREN, kind) if INTEGERS.contains(&kind) => children = self.integer()?,
                _ => self.skip(kind, MAX_DEPTH)?,
            }
        }
        Some((name?, children))
    }

    /// The number and the type of the next field of a struct. The inner `None` at its end.
    fn field(&mut self, last: &mut i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        *last = match byte >> 4 {
            0 => self.integer()?,
            delta => last.checked_add(i64::from(delta))?,
        };
        Some(Some((*last, byte & 15)))
    }

    /// The length of a list of structs.
    fn structs(&mut self, kind: u8) -> Option<usize> {
        let (length, of) = LISTS.contains(&kind).then(|| self.list())??;
        (of == STRUCT || length == 0).then_some(length)
    }

    /// The length and the type of a list. Each element has one byte or more.
    fn list(&mut self) -> Option<(usize, u8)> {
        let byte = self.byte()?;
        let length = match byte >> 4 {
            15 => self.length()?,
            length => usize::from(length),
        };
        (length <= self.rest.len()).then_some((length, byte & 15))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            kind if BOOLEANS.contains(&kind) => Some(()),
            BYTE => self.byte().map(|_| ()),
            kind if INTEGERS.contains(&kind) => self.integer().map(|_| ()),
            DOUBLE => self.take(8).map(|_| ()),
            BINARY => self.binary().map(|_| ()),
            kind if LISTS.contains(&kind) => {
                let (length, of) = self.list()?;
                (0..length).try_for_each(|_| self.element(of, depth))
            }
            MAP => {
                let length = self.length().filter(|&length| length <= self.rest.len())?;
                let kinds = if length == 0 { 0 } else { self.byte()? };
                (0..length).try_for_each(|_| {
                    self.element(kinds >> 4, depth)?;
                    self.element(kinds & 15, depth)
                })
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, depth)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Skips an element of a list or map, in which a boolean has a byte of its own.
    fn element(&mut self, kind: u8, depth: u8) -> Option<()> {
        if BOOLEANS.contains(&kind) { self.byte().map(|_| ()) } else { self.skip(kind, depth) }
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn binary(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    /// An integer with a sign, in its last bit.
    fn integer(&mut self) -> Option<i64> {
        let bits = self.varint()?;
        let half = i64::try_from(bits >> 1).ok()?;
        Some(if bits & 1 == 0 { half } else { !half })
    }

    /// Seven bits a byte, the lowest first.
    fn varint(&mut self) -> Option<u64> {
        let mut bits = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            bits |= u64::from(byte & 127).checked_shl(shift)?;
            if byte < 128 {
                return Some(bits);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    /// A footer: version 1, a schema of nodes of one name, and what follows.
    fn footer(nodes: &[(&str, u8)], rest: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x15, 2, 0x19, 0xfc, u8::try_from(nodes.len()).unwrap()];
        for (name, children) in nodes {
            bytes.extend([0x48, u8::try_from(name.len()).unwrap()]);
            bytes.extend(name.as_bytes());
            bytes.extend([0x15, children * 2, 0]);
        }
        [bytes, rest.to_vec()].concat()
    }

    fn expected() -> Vec<(String, u8)> {
        let schema = schema::parquet().unwrap();
        let mut found = Vec::new();
        nodes(schema.root_schema(), &mut found);
        found.into_iter().map(|(name, n)| (String::from_utf8(name.to_vec()).unwrap(), u8::try_from(n).unwrap())).collect()
    }

    #[test]
    fn lists_that_do_not_fit_and_foreign_nodes_are_refused() {
        let schema = schema::parquet().unwrap();
        let owned = expected();
        let right: Vec<(&str, u8)> = owned.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        let is = |nodes: &[(&str, u8)], rest: &[u8]| {
            Footer::look(&footer(nodes, rest), schema.root_schema()).is_some_and(|footer| footer.has_nodes)
        };
        assert!(is(&right, &[0]));
        assert!(is(&right, &[0x29, 0x0c, 0]), "no row groups");
        assert!(!is(&right, &[]), "no end");
        assert!(!is(&right, &[0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 7, 0]), "more row groups than bytes");
        assert!(!is(&right, &[0x29, 0x1c, 0x18, 0x7f, 0, 0]), "a text longer than the rest");
        assert!(!is(&right, &[&[0x39; 1], [0x19; 60].as_slice(), &[0; 60]].concat()), "lists in lists");
        assert!(!is(&[("ledger", 100)], &[0]));
        assert!(!is(&right[1..], &[0]));
        let mut renamed = right.clone();
        renamed[2].0 = "sort";
        assert!(!is(&renamed, &[0]));
    }
}
