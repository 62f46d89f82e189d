//! Addresses.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BinaryArray, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray, UInt32Array};
use arrow_schema::DataType;
use bailiwick::text::read_address;

use super::plain::{self, Plain};
use super::texts::Texts;

/// An array of addresses.
pub(crate) enum Addresses<'a> {
    Texts(Texts<'a>),
    Fixed(&'a FixedSizeBinaryArray),
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    View(&'a BinaryViewArray),
    Numbers(&'a UInt32Array),
}

impl<'a> Plain<'a> for Addresses<'a> {
    type Value = IpAddr;

    const EXPECTED: &'static str = "texts, addresses in network byte order (fixed_size_binary(16), fixed_size_binary(4), binary), \
                                    or IPv4 addresses as uint32; or a dictionary or runs of them";

    fn new(array: &'a dyn Array) -> Option<Addresses<'a>> {
        Some(match array.data_type() {
            DataType::FixedSizeBinary(4 | 16) => Addresses::Fixed(array.as_fixed_size_binary_opt()?),
            DataType::Binary => Addresses::Binary(array.as_binary_opt()?),
            DataType::LargeBinary => Addresses::LargeBinary(array.as_binary_opt()?),
            DataType::BinaryView => Addresses::View(array.as_binary_view_opt()?),
            DataType::UInt32 => Addresses::Numbers(array.as_primitive_opt()?),
            _ => Addresses::Texts(Texts::new(array)?),
        })
    }

    fn get(&self, row: usize) -> Option<IpAddr> {
        match self {
            Addresses::Texts(array) => array.get(row).and_then(read_address),
            Addresses::Fixed(array) => plain::get(*array, row).and_then(of_bytes),
            Addresses::Binary(array) => plain::get(*array, row).and_then(of_bytes),
            Addresses::LargeBinary(array) => plain::get(*array, row).and_then(of_bytes),
            Addresses::View(array) => plain::get(*array, row).and_then(of_bytes),
            Addresses::Numbers(array) => plain::get(*array, row).map(of_number),
        }
    }

    fn each(&self, rows: Range<usize>, mut each: impl FnMut(Option<IpAddr>)) {
        match self {
            Addresses::Texts(array) => array.each(rows, |text| each(text.and_then(read_address))),
            Addresses::Fixed(array) => each_fixed(array, rows, each),
            Addresses::Binary(array) => plain::each(*array, rows, |bytes| each(bytes.and_then(of_bytes))),
            Addresses::LargeBinary(array) => plain::each(*array, rows, |bytes| each(bytes.and_then(of_bytes))),
            Addresses::View(array) => plain::each(*array, rows, |bytes| each(bytes.and_then(of_bytes))),
            Addresses::Numbers(array) => plain::each(*array, rows, |number| each(number.map(of_number))),
        }
    }
}

/// As [`plain::each`], without a call to Arrow at each row: this is the form in which most addresses come.
fn each_fixed(array: &FixedSizeBinaryArray, rows: Range<usize>, mut each: impl FnMut(Option<IpAddr>)) {
    let size = usize::try_from(array.value_length()).unwrap_or_default().max(1);
    let values = array.value_data().chunks_exact(size).skip(rows.start).take(rows.len());
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => values.for_each(|bytes| each(of_bytes(bytes))),
        Some(nulls) => rows.zip(values).for_each(|(row, bytes)| each(if nulls.is_valid(row) { of_bytes(bytes) } else { None })),
    }
}

/// IPv4 is four bytes, or sixteen as `::ffff:a.b.c.d`.
fn of_bytes(bytes: &[u8]) -> Option<IpAddr> {
    match <[u8; 16]>::try_from(bytes) {
        Ok(octets) => Some(IpAddr::from(octets)),
        Err(_) => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

fn of_number(bits: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::from_bits(bits))
}
