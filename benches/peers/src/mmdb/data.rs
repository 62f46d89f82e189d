//! The data section: values, and pointers to what was written before.

use std::collections::HashMap;

/// A value of a data section.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Value {
    Text(String),
    /// An unsigned number of type 5 (16 bits), 6 (32 bits) or 9 (64 bits).
    Number(u8, u32),
    /// False.
    No,
    Map(Vec<(Value, Value)>),
    List(Vec<Value>),
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub(super) fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(key, value)| (text(key), value)).into())
}

/// A data section: values one after the other. Values that were written before and are longer than a pointer are pointed to, as the
/// usual writers do.
#[derive(Default)]
pub(super) struct Data {
    pub(super) bytes: Vec<u8>,
    written: HashMap<Value, usize>,
}

impl Data {
    /// Appends a value, and says where.
    pub(super) fn append(&mut self, value: &Value) -> usize {
        let start = self.bytes.len();
        match value {
            Value::Text(text) => {
                self.head(2, text.len());
                self.bytes.extend(text.as_bytes());
            }
            &Value::Number(kind, value) => {
                // Without leading zeros.
                let bytes = &value.to_be_bytes()[value.leading_zeros() as usize / 8..];
                self.head(kind, bytes.len());
                self.bytes.extend(bytes);
            }
            Value::No => self.head(14, 0),
            Value::Map(entries) => {
                self.head(7, entries.len());
                entries.iter().flat_map(|(key, value)| [key, value]).for_each(|value| self.put(value));
            }
            Value::List(values) => {
                self.head(11, values.len());
                values.iter().for_each(|value| self.put(value));
            }
        }
        start
    }

    /// Appends a value, or a pointer to it.
    fn put(&mut self, value: &Value) {
        match self.written.get(value) {
            Some(&at) => self.bytes.extend(pointer(at)),
            None => {
                let start = self.append(value);
                // Else the pointer would be as long.
                if self.bytes.len() - start > pointer(start).len() {
                    self.written.insert(value.clone(), start);
                }
            }
        }
    }

    /// The control byte of a value, and the number of its type where that takes a byte of its own.
    fn head(&mut self, kind: u8, size: usize) {
        assert!(size < 29, "longer fields have a longer head");
        match kind {
            1..=7 => self.bytes.push(kind << 5 | size as u8),
            _ => self.bytes.extend([size as u8, kind - 7]),
        }
    }
}

/// A pointer into the data section, of 11 or of 19 bits.
fn pointer(at: usize) -> Vec<u8> {
    let short = at < 1 << 11;
    let bits = if short { at } else { at - (1 << 11) };
    assert!(bits < 1 << 19, "data of half a megabyte need longer pointers");
    let [.., high, middle, low] = bits.to_be_bytes();
    if short { vec![1 << 5 | middle, low] } else { vec![1 << 5 | 1 << 3 | high, middle, low] }
}
