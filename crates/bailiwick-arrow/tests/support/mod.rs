//! Arrays of every type and encoding, and the answers that rows must get.

#![allow(dead_code, reason = "each test file takes what it needs")]

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, RunEndIndexType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, LargeBinaryArray, LargeStringArray, PrimitiveArray, RunArray,
    StringArray, StringViewArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt32Array,
};
use arrow_buffer::ArrowNativeType;
use bailiwick::policy::Consideration;
use bailiwick::{Decision, DecisionKind, Meeting, Policy, Region};
use bailiwick_arrow::{Batch, Column, Times};

/// The ways in which an array has its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Plain,
    /// With keys of the n-th type.
    Dictionary(usize),
    /// With ends of the n-th type.
    Runs(usize),
}

pub const ENCODINGS: [Encoding; 12] = [
    Encoding::Plain,
    Encoding::Dictionary(0),
    Encoding::Dictionary(1),
    Encoding::Dictionary(2),
    Encoding::Dictionary(3),
    Encoding::Dictionary(4),
    Encoding::Dictionary(5),
    Encoding::Dictionary(6),
    Encoding::Dictionary(7),
    Encoding::Runs(0),
    Encoding::Runs(1),
    Encoding::Runs(2),
];

/// An array without an encoding.
pub type Plain<V> = fn(&[Option<V>]) -> ArrayRef;

/// An array of the rows: a slice of one that has `filler` and a null before and behind them.
pub fn encode<V: Clone + PartialEq>(rows: &[Option<V>], filler: &V, plain: Plain<V>, encoding: Encoding) -> ArrayRef {
    let around = [Some(filler.clone()), None, Some(filler.clone())];
    let wide: Vec<Option<V>> = around.iter().chain(rows).chain(&around).cloned().collect();
    let array = match encoding {
        Encoding::Plain => plain(&wide),
        Encoding::Dictionary(0) => dictionary::<Int8Type, V>(&wide, filler, plain),
        Encoding::Dictionary(1) => dictionary::<Int16Type, V>(&wide, filler, plain),
        Encoding::Dictionary(2) => dictionary::<Int32Type, V>(&wide, filler, plain),
        Encoding::Dictionary(3) => dictionary::<Int64Type, V>(&wide, filler, plain),
        Encoding::Dictionary(4) => dictionary::<UInt8Type, V>(&wide, filler, plain),
        Encoding::Dictionary(5) => dictionary::<UInt16Type, V>(&wide, filler, plain),
        Encoding::Dictionary(6) => dictionary::<UInt32Type, V>(&wide, filler, plain),
        Encoding::Dictionary(_) => dictionary::<UInt64Type, V>(&wide, filler, plain),
        Encoding::Runs(0) => runs::<Int16Type, V>(&wide, plain),
        Encoding::Runs(1) => runs::<Int32Type, V>(&wide, plain),
        Encoding::Runs(_) => runs::<Int64Type, V>(&wide, plain),
    };
    array.slice(around.len(), rows.len())
}

/// A dictionary with values that no row has, a value twice, and nulls of both kinds: a key that is null, and one of a null value.
fn dictionary<K: ArrowDictionaryKeyType, V: Clone + PartialEq>(rows: &[Option<V>], unused: &V, plain: Plain<V>) -> ArrayRef {
    let mut values = vec![Some(unused.clone()), None];
    for row in rows {
        // Neighbouring values, so that one may be there twice.
        if row.is_some() && !values[2..].contains(row) {
            values.push(row.clone());
        }
    }
    values.push(rows.iter().flatten().last().cloned());
    let key = |(n, row): (usize, &Option<V>)| match row {
        None if n % 2 == 0 => None,
        None => Some(1),
        Some(_) if values.last() == Some(row) && n % 3 == 0 => Some(values.len() - 1),
        Some(_) => Some(values.iter().skip(2).position(|value| value == row).unwrap() + 2),
    };
    let keys: PrimitiveArray<K> =
        rows.iter().enumerate().map(|row| key(row).map(|key| K::Native::from_usize(key).unwrap())).collect();
    Arc::new(DictionaryArray::<K>::new(keys, plain(&values)))
}

/// Neighbours that are equal as one run, but for each third.
fn runs<R: RunEndIndexType, V: Clone + PartialEq>(rows: &[Option<V>], plain: Plain<V>) -> ArrayRef {
    let (mut ends, mut values) = (Vec::<R::Native>::new(), Vec::<Option<V>>::new());
    for (n, row) in rows.iter().enumerate() {
        if values.last() == Some(row) && n % 3 != 0 {
            ends.pop();
        } else {
            values.push(row.clone());
        }
        ends.push(R::Native::from_usize(n + 1).unwrap());
    }
    let ends: PrimitiveArray<R> = PrimitiveArray::new(ends.into(), None);
    Arc::new(RunArray::<R>::try_new(&ends, plain(&values).as_ref()).unwrap())
}

pub const TEXTS: [Plain<String>; 3] = [
    |rows| Arc::new(rows.iter().map(Option::as_deref).collect::<StringArray>()),
    |rows| Arc::new(rows.iter().map(Option::as_deref).collect::<LargeStringArray>()),
    |rows| Arc::new(rows.iter().map(Option::as_deref).collect::<StringViewArray>()),
];

/// Addresses as 16 bytes.
pub const SIXTEEN: [Plain<IpAddr>; 4] = [
    |rows| {
        let mut builder = FixedSizeBinaryBuilder::new(16);
        rows.iter().for_each(|row| match row {
            Some(ip) => builder.append_value(sixteen(*ip)).unwrap(),
            None => builder.append_null(),
        });
        Arc::new(builder.finish())
    },
    |rows| Arc::new(bytes(rows).iter().map(|row| row.as_ref().map(<[u8; 16]>::as_slice)).collect::<BinaryArray>()),
    |rows| Arc::new(bytes(rows).iter().map(|row| row.as_ref().map(<[u8; 16]>::as_slice)).collect::<LargeBinaryArray>()),
    |rows| Arc::new(bytes(rows).iter().map(|row| row.as_ref().map(<[u8; 16]>::as_slice)).collect::<BinaryViewArray>()),
];

/// IPv4 addresses as four bytes, and as numbers.
pub const FOUR: [Plain<IpAddr>; 3] = [
    |rows| {
        let mut builder = FixedSizeBinaryBuilder::new(4);
        rows.iter().for_each(|row| match row {
            Some(ip) => builder.append_value(four(*ip)).unwrap(),
            None => builder.append_null(),
        });
        Arc::new(builder.finish())
    },
    |rows| {
        let rows: Vec<Option<[u8; 4]>> = rows.iter().map(|ip| ip.map(four)).collect();
        Arc::new(rows.iter().map(|row| row.as_ref().map(<[u8; 4]>::as_slice)).collect::<BinaryArray>())
    },
    |rows| Arc::new(rows.iter().map(|ip| ip.map(|ip| u32::from_be_bytes(four(ip)))).collect::<UInt32Array>()),
];

pub fn sixteen(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

fn four(ip: IpAddr) -> [u8; 4] {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(ip) => panic!("{ip} is not IPv4"),
    }
}

fn bytes(rows: &[Option<IpAddr>]) -> Vec<Option<[u8; 16]>> {
    rows.iter().map(|ip| ip.map(sixteen)).collect()
}

/// The number of nanoseconds of each unit, and an array of so many units since 1970.
pub const UNITS: [(i64, Plain<i64>); 6] = [
    (1_000_000_000, |rows| Arc::new(rows.iter().copied().collect::<TimestampSecondArray>())),
    (1_000_000, |rows| Arc::new(rows.iter().copied().collect::<TimestampMillisecondArray>())),
    (1_000, |rows| Arc::new(rows.iter().copied().collect::<TimestampMicrosecondArray>())),
    (1, |rows| Arc::new(rows.iter().copied().collect::<TimestampNanosecondArray>())),
    (1_000, |rows| Arc::new(rows.iter().copied().collect::<TimestampMicrosecondArray>().with_timezone("Asia/Shanghai"))),
    (1, |rows| Arc::new(rows.iter().copied().collect::<TimestampNanosecondArray>().with_timezone("+08:00"))),
];

pub fn after_1970(nanoseconds: i64) -> SystemTime {
    let distance = Duration::from_nanos(nanoseconds.unsigned_abs());
    if nanoseconds < 0 { SystemTime::UNIX_EPOCH - distance } else { SystemTime::UNIX_EPOCH + distance }
}

pub fn nanoseconds(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos().try_into().unwrap()
}

/// The array cut at each of some rows, with an empty array before and behind.
pub fn cut(array: &ArrayRef, at: &[usize]) -> Vec<ArrayRef> {
    let mut chunks = vec![array.slice(0, 0)];
    let mut first = 0;
    for &end in at.iter().chain([&array.len()]) {
        let end = end.clamp(first, array.len());
        chunks.push(array.slice(first, end - first));
        first = end;
    }
    chunks.push(array.slice(0, 0));
    chunks
}

/// A row, before it is in columns.
#[derive(Debug, Clone)]
pub struct Row {
    pub meeting: Option<String>,
    pub account: Option<String>,
    pub host_region: Option<String>,
    /// A text that may be no address.
    pub address: Option<String>,
    pub at: Option<SystemTime>,
}

/// The answer to a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub kind: DecisionKind,
    pub domestic: bool,
    pub orders: Vec<String>,
    pub region: Option<String>,
    pub why: Option<String>,
}

impl Row {
    /// The answer that `decide_at` and `explain` give.
    pub fn answer(&self, policy: &Policy) -> Answer {
        let address: Option<IpAddr> = self.address.as_ref().and_then(|text| text.parse().ok());
        let (Some(meeting), Some(ip), Some(at)) = (&self.meeting, address, self.at) else {
            return Answer { kind: DecisionKind::Allow, domestic: false, orders: Vec::new(), region: None, why: None };
        };
        let mut meeting = Meeting::new(meeting);
        if let Some(account) = &self.account {
            meeting = meeting.hosted_by(account);
        }
        let home = self.host_region.as_ref().and_then(|text| text.parse().ok()).unwrap_or(Region::UNKNOWN);
        let decision = policy.decide_at(meeting, ip, home, at);
        let explanation = policy.explain(meeting, ip, home, at);
        let ids = match decision {
            Decision::Allow => Vec::new(),
            Decision::BlockParticipant(block) => block.orders().map(|order| order.id.clone()).collect(),
            Decision::KeepMeeting(keep) => keep.orders().map(|order| order.id.clone()).collect(),
        };
        let why = explanation.orders().iter().map(Consideration::reason).max();
        Answer {
            kind: decision.kind(),
            domestic: decision.host_account().order().is_some(),
            orders: ids,
            region: Some(explanation.location().to_string()),
            why: Some(why.map_or("no-order", |reason| reason.name()).to_owned()),
        }
    }

    pub fn has_unread_region(&self) -> bool {
        self.host_region.as_ref().is_some_and(|text| text.parse::<Region>().is_err())
    }
}

/// The answers of a batch, row by row.
pub fn answers(batch: &Batch) -> Vec<Answer> {
    let texts = |array: &DictionaryArray<Int32Type>| -> Vec<Option<String>> {
        array.downcast_dict::<StringArray>().unwrap().into_iter().map(|text| text.map(str::to_owned)).collect()
    };
    let (regions, whys) = (texts(batch.regions()), texts(batch.whys()));
    let answer = |row: usize| Answer {
        kind: batch.decisions().get(row).unwrap(),
        domestic: batch.decisions().domestic_flags().value(row),
        orders: batch.orders().value(row).as_string::<i32>().iter().map(|id| id.unwrap().to_owned()).collect(),
        region: regions[row].clone(),
        why: whys[row].clone(),
    };
    (0..batch.decisions().len()).map(answer).collect()
}

pub fn column(array: ArrayRef) -> Column {
    Column::from(array)
}

pub fn same(text: &str) -> Column {
    Column::same(text)
}

pub fn none() -> Column {
    Column::Same(None)
}

pub fn owned(rows: &[Option<&str>]) -> Vec<Option<String>> {
    rows.iter().map(|row| row.map(str::to_owned)).collect()
}

pub fn times(array: ArrayRef) -> Times {
    Times::from(array)
}
