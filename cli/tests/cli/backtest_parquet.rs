//! `bailiwick backtest` of Parquet files: every type of a column says the same as CSV.

use std::net::IpAddr;
use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Float64Array, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, UInt32Array,
};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::backtest::{ASK, csv, folder, rows};
use super::{Ended, Folder};

type Columns = Vec<(&'static str, ArrayRef)>;

/// Row groups of 50 rows, so that threads have something to share.
fn write(folder: &Folder, name: &str, columns: Columns, compression: Compression) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(50)).set_compression(compression).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    folder.write(name, bytes);
}

fn texts(rows: &[[String; 5]], at: usize) -> StringArray {
    rows.iter().map(|row| Some(row[at].as_str()).filter(|text| !text.is_empty())).collect()
}

fn addresses(rows: &[[String; 5]]) -> Vec<IpAddr> {
    rows.iter().map(|row| row[1].parse().unwrap()).collect()
}

fn milliseconds(rows: &[[String; 5]]) -> Vec<i64> {
    rows.iter().map(|row| row[2].parse::<Timestamp>().unwrap().as_millisecond()).collect()
}

fn sixteen(rows: &[[String; 5]]) -> ArrayRef {
    let mut builder = FixedSizeBinaryBuilder::new(16);
    for address in addresses(rows) {
        let octets = match address {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(address) => address.octets(),
        };
        builder.append_value(octets).unwrap();
    }
    Arc::new(builder.finish())
}

/// The columns beside the address and the time.
fn names(rows: &[[String; 5]]) -> Columns {
    vec![
        ("meeting", Arc::new(texts(rows, 0)) as ArrayRef),
        ("account", Arc::new(texts(rows, 3))),
        ("host_region", Arc::new(texts(rows, 4))),
    ]
}

fn utc(rows: &[[String; 5]]) -> ArrayRef {
    Arc::new(TimestampMillisecondArray::from(milliseconds(rows)).with_timezone("UTC"))
}

fn with(rows: &[[String; 5]], address: ArrayRef, time: ArrayRef) -> Columns {
    [names(rows), vec![("address", address), ("other", Arc::new(Float64Array::from(vec![1.0; rows.len()]))), ("time", time)]]
        .concat()
}

#[test]
fn every_type_of_a_column_says_the_same() {
    let folder = folder("backtest-parquet");
    let all = rows();
    let v4: Vec<[String; 5]> = all.iter().filter(|row| !row[1].contains(':')).cloned().collect();
    folder.write("v4.csv", csv(&v4));
    let octets = |rows: &[[String; 5]]| -> Vec<Vec<u8>> {
        addresses(rows)
            .into_iter()
            .map(|address| match address {
                IpAddr::V4(address) => address.octets().to_vec(),
                IpAddr::V6(address) => address.octets().to_vec(),
            })
            .collect()
    };
    let mut binary = BinaryBuilder::new();
    octets(&all).iter().for_each(|octets| binary.append_value(octets));
    let mut four = FixedSizeBinaryBuilder::new(4);
    octets(&v4).iter().for_each(|octets| four.append_value(octets).unwrap());
    let numbers = addresses(&v4).into_iter().map(|address| if let IpAddr::V4(address) = address { address.to_bits() } else { 0 });
    let microseconds = milliseconds(&all).into_iter().map(|time| time * 1000).collect::<Vec<_>>();
    let views: StringViewArray = all.iter().map(|row| Some(row[1].as_str())).collect();
    let large: LargeStringArray = all.iter().map(|row| Some(row[2].as_str())).collect();
    let dictionary: DictionaryArray<Int32Type> = all.iter().map(|row| Some(row[0].as_str())).collect();
    let mut packed = with(&all, sixteen(&all), utc(&all));
    packed[0].1 = Arc::new(dictionary);
    let berlin = TimestampMicrosecondArray::from(microseconds).with_timezone("Europe/Berlin");
    let files: [(&str, Columns, &str); 7] = [
        ("text", with(&all, Arc::new(texts(&all, 1)), Arc::new(texts(&all, 2))), "joins.csv"),
        ("views", with(&all, Arc::new(views), Arc::new(large)), "joins.csv"),
        ("sixteen", packed, "joins.csv"),
        ("binary", with(&all, Arc::new(binary.finish()), Arc::new(berlin)), "joins.csv"),
        ("four", with(&v4, Arc::new(four.finish()), utc(&v4)), "v4.csv"),
        ("numbers", with(&v4, Arc::new(UInt32Array::from_iter_values(numbers)), utc(&v4)), "v4.csv"),
        ("whole --time-unit ms", with(&all, sixteen(&all), Arc::new(Int64Array::from(milliseconds(&all)))), "joins.csv"),
    ];
    for (name, columns, same) in files {
        let (file, options) = name.split_once(' ').unwrap_or((name, ""));
        let codecs = [Compression::SNAPPY, Compression::ZSTD(ZstdLevel::default()), Compression::UNCOMPRESSED];
        write(&folder, &format!("{file}.parquet"), columns, codecs[name.len() % 3]);
        let expected = folder.run(&format!("{ASK} --format json {same}")).text();
        for threads in [1, 3] {
            let found = folder.run(&format!("{ASK} --format json --threads {threads} {file}.parquet {options}")).text();
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn nulls_and_wrong_types_are_never_guessed() {
    let folder = folder("backtest-parquet-types");
    let all = rows();
    let mut columns = with(&all, sixteen(&all), utc(&all));
    let holes = |at: usize, hole: usize| {
        Arc::new(texts(&all, at).iter().enumerate().map(|(row, text)| text.filter(|_| row != hole)).collect::<StringArray>())
    };
    columns[0].1 = holes(0, 60);
    columns[3].1 = holes(1, 7);
    write(&folder, "nulls.parquet", columns, Compression::SNAPPY);
    let Ended { status, out, err } = folder.run(&format!("{ASK} --format json nulls.parquet"));
    assert_eq!(status, Some(0));
    assert!(out.contains("\"not_read\": 2,"), "{out}");
    assert!(
        err.starts_with("warning: nulls.parquet:8: `address` is missing") && err.contains("nulls.parquet:61: `meeting` is missing"),
        "{err}"
    );

    let local = TimestampMillisecondArray::from(milliseconds(&all));
    let wrong: [(ArrayRef, ArrayRef, &str); 3] = [
        (sixteen(&all), Arc::new(local), "the column `time` is Timestamp(ms): `time` takes timestamps with a time zone"),
        (Arc::new(Int64Array::from(vec![1; all.len()])), utc(&all), "`address` takes texts, 4 or 16 bytes"),
        (sixteen(&all), Arc::new(Float64Array::from(vec![1.0; all.len()])), "`time` takes timestamps with a time zone"),
    ];
    for (address, time, message) in wrong {
        write(&folder, "wrong.parquet", with(&all, address, time), Compression::SNAPPY);
        let error = folder.run(&format!("{ASK} wrong.parquet")).failure(1);
        assert!(error.contains(message), "{error}");
    }
    folder.write("broken.parquet", "PAR1 and nothing more");
    assert!(folder.run(&format!("{ASK} broken.parquet")).failure(1).contains("`broken.parquet` cannot be read as Parquet"));
    let whole = folder.read("nulls.parquet");
    for cut in [4, 8, whole.len() / 2, whole.len() - 1] {
        folder.write("cut.parquet", &whole[..cut]);
        folder.run(&format!("{ASK} cut.parquet")).failure(1);
    }
    assert!(folder.run_with(&format!("{ASK} -"), &whole).failure(2).contains("cannot be read from standard input: name the file"));
}
