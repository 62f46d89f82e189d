//! Joins in Parquet files: a row group is the work of one thread.

use std::fs::File;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, TimeUnit as ArrowUnit};
use bailiwick::Quoted;
use bailiwick::backtest::Backtest;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};

use crate::backtest::columns::Columns;
use crate::backtest::flaws::Flaws;
use crate::backtest::row::{self, Raw, absent, since_epoch};
use crate::backtest_args::{Field, TimeUnit};
use crate::failure::Failure;
use crate::input::{STDIN, name, unreadable};

/// The rows that are decoded at once.
const BATCH: usize = 8192;

/// The row groups of a file that no thread has taken.
pub(super) struct RowGroups {
    path: Arc<str>,
    metadata: ArrowReaderMetadata,
    /// The position of each field among the columns of the file.
    positions: [Option<usize>; 5],
    unit: Option<TimeUnit>,
    next: usize,
    /// The number of the first row of the next group, from 1.
    row: u64,
}

/// A row group, to be read by one thread.
pub(super) struct RowGroup {
    path: Arc<str>,
    metadata: ArrowReaderMetadata,
    positions: [Option<usize>; 5],
    unit: Option<TimeUnit>,
    number: usize,
    row: u64,
}

impl RowGroups {
    pub(super) fn open(path: &str, columns: &Columns, unit: Option<TimeUnit>) -> Result<RowGroups, Failure> {
        if path == STDIN {
            return Err(Failure::unusable("Parquet cannot be read from standard input: name the file"));
        }
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let load = || ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| broken(path, &error));
        let metadata = decode(path, load)?;
        let schema = Arc::clone(metadata.schema());
        let positions = columns.positions(&name(path), schema.fields().iter().map(|field| field.name().as_str()))?;
        for (field, position) in Field::ALL.into_iter().zip(positions) {
            let Some(column) = position.and_then(|position| schema.fields().get(position)) else { continue };
            if !can_hold(field, column.data_type()) {
                let expected = match field {
                    Field::Address => "texts, 4 or 16 bytes, or unsigned numbers of 32 bits",
                    Field::Time => "timestamps with a time zone, texts with an offset, or whole numbers with `--time-unit`",
                    Field::Meeting | Field::Account | Field::HostRegion => "texts",
                };
                return Err(Failure::wrong(format_args!(
                    "{}: the column {} is {}: `{}` takes {expected}",
                    name(path),
                    Quoted(column.name()),
                    column.data_type(),
                    field.name()
                )));
            }
        }
        Ok(RowGroups { path: path.into(), metadata, positions, unit, next: 0, row: 1 })
    }

    pub(super) fn next(&mut self) -> Option<RowGroup> {
        let group = self.metadata.metadata().row_groups().get(self.next)?;
        let rows = u64::try_from(group.num_rows()).unwrap_or(0);
        let RowGroups { path, metadata, positions, unit, next, row } = self;
        let group = RowGroup {
            path: Arc::clone(path),
            metadata: metadata.clone(),
            positions: *positions,
            unit: *unit,
            number: *next,
            row: *row,
        };
        self.next += 1;
        self.row = self.row.saturating_add(rows);
        Some(group)
    }
}

impl RowGroup {
    /// Counts the rows of the group. After an error, what was counted has no meaning.
    pub(super) fn count(&self, file: usize, backtest: &mut Backtest<'_>, flaws: &mut Flaws) -> Result<(), Failure> {
        decode(&self.path, || self.count_rows(file, backtest, flaws))
    }

    fn count_rows(&self, file: usize, backtest: &mut Backtest<'_>, flaws: &mut Flaws) -> Result<(), Failure> {
        let opened = File::open(&*self.path).map_err(|error| unreadable(&self.path, &error))?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, self.metadata.clone());
        // Top-level columns alone are read, each by its position.
        let mask = ProjectionMask::roots(builder.parquet_schema(), self.positions.iter().flatten().copied());
        let reader = builder.with_projection(mask).with_row_groups(vec![self.number]).with_batch_size(BATCH).build();
        let mut row = self.row;
        for batch in reader.map_err(|error| broken(&self.path, &error))? {
            let batch = batch.map_err(|error| broken(&self.path, &error))?;
            self.count_batch(&batch, file, row, backtest, flaws);
            row = row.saturating_add(u64::try_from(batch.num_rows()).unwrap_or(0));
        }
        Ok(())
    }

    fn count_batch(&self, batch: &RecordBatch, file: usize, first: u64, backtest: &mut Backtest<'_>, flaws: &mut Flaws) {
        let schema = self.metadata.schema();
        let column = |position: Option<usize>| batch.column_by_name(schema.fields().get(position?)?.name());
        let columns = self.positions.map(column);
        for (at, row) in (0..batch.num_rows()).zip(first..) {
            let mut values = absent();
            for ((value, column), field) in values.iter_mut().zip(columns).zip(Field::ALL) {
                if let Some(column) = column {
                    *value = self::value(field, column, at);
                }
            }
            match row::join(&values, self.unit) {
                Ok(join) => backtest.add(&join),
                Err(unread) => {
                    backtest.add_not_read(1);
                    flaws.add(file, row, unread);
                }
            }
        }
    }
}

/// Whether a column of a type has values of a field. Times without a zone are not taken: which hour they mean would be guessed.
fn can_hold(field: Field, of: &DataType) -> bool {
    match of {
        DataType::Null => !field.is_required(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => !matches!(**values, DataType::Dictionary(..)) && can_hold(field, values),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(4 | 16) | DataType::UInt32 => {
            field == Field::Address
        }
        DataType::Timestamp(_, zone) => field == Field::Time && zone.is_some(),
        DataType::Int64 => field == Field::Time,
        _ => false,
    }
}

/// The value of a row.
fn value<'a>(field: Field, column: &'a ArrayRef, row: usize) -> Raw<'a> {
    if row >= column.len() || column.is_null(row) {
        return Raw::Absent;
    }
    let found = match column.data_type() {
        DataType::Utf8 => column.as_string_opt::<i32>().map(|array| text(array.value(row))),
        DataType::LargeUtf8 => column.as_string_opt::<i64>().map(|array| text(array.value(row))),
        DataType::Utf8View => column.as_string_view_opt().map(|array| text(array.value(row))),
        DataType::Binary => column.as_binary_opt::<i32>().map(|array| address(array.value(row))),
        DataType::LargeBinary => column.as_binary_opt::<i64>().map(|array| address(array.value(row))),
        DataType::BinaryView => column.as_binary_view_opt().map(|array| address(array.value(row))),
        DataType::FixedSizeBinary(_) => column.as_fixed_size_binary_opt().map(|array| address(array.value(row))),
        DataType::UInt32 => {
            column.as_primitive_opt::<UInt32Type>().map(|array| Raw::Address(IpAddr::from(array.value(row).to_be_bytes())))
        }
        DataType::Int64 => column.as_primitive_opt::<Int64Type>().map(|array| Raw::Number(array.value(row))),
        DataType::Timestamp(unit, _) => timestamp(column, *unit, row),
        DataType::Dictionary(key, _) => match **key {
            DataType::Int8 => of_dictionary::<Int8Type>(field, column, row),
            DataType::Int16 => of_dictionary::<Int16Type>(field, column, row),
            DataType::Int32 => of_dictionary::<Int32Type>(field, column, row),
            DataType::Int64 => of_dictionary::<Int64Type>(field, column, row),
            DataType::UInt8 => of_dictionary::<UInt8Type>(field, column, row),
            DataType::UInt16 => of_dictionary::<UInt16Type>(field, column, row),
            DataType::UInt32 => of_dictionary::<UInt32Type>(field, column, row),
            DataType::UInt64 => of_dictionary::<UInt64Type>(field, column, row),
            _ => None,
        },
        _ => None,
    };
    // INVARIANT: `can_hold` lets no other type pass.
    found.unwrap_or_else(|| Raw::Other(column.data_type().to_string()))
}

fn of_dictionary<'a, K: ArrowDictionaryKeyType>(field: Field, column: &'a ArrayRef, row: usize) -> Option<Raw<'a>> {
    let array = column.as_dictionary_opt::<K>()?;
    // INVARIANT: `can_hold` lets no dictionary of dictionaries pass.
    Some(value(field, array.values(), array.key(row)?))
}

fn text(text: &str) -> Raw<'_> {
    Raw::Text(text.into())
}

/// An address in network byte order: four bytes, or sixteen.
fn address(bytes: &[u8]) -> Raw<'static> {
    let v4 = || <[u8; 4]>::try_from(bytes).map(IpAddr::from).ok();
    let found = <[u8; 16]>::try_from(bytes).map(IpAddr::from).ok().or_else(v4);
    found.map_or_else(|| Raw::Other(format!("{} bytes", bytes.len())), Raw::Address)
}

fn timestamp(column: &ArrayRef, unit: ArrowUnit, row: usize) -> Option<Raw<'static>> {
    let (number, unit) = match unit {
        ArrowUnit::Second => (column.as_primitive_opt::<TimestampSecondType>()?.value(row), TimeUnit::Seconds),
        ArrowUnit::Millisecond => (column.as_primitive_opt::<TimestampMillisecondType>()?.value(row), TimeUnit::Milliseconds),
        ArrowUnit::Microsecond => (column.as_primitive_opt::<TimestampMicrosecondType>()?.value(row), TimeUnit::Microseconds),
        ArrowUnit::Nanosecond => (column.as_primitive_opt::<TimestampNanosecondType>()?.value(row), TimeUnit::Nanoseconds),
    };
    let time: Option<SystemTime> = since_epoch(number, unit);
    Some(time.map_or_else(|| Raw::Other(number.to_string()), Raw::Time))
}

/// Calls a decoder, and turns a panic into an error: the decoders of the Parquet library state what they expect of a file by assertions.
fn decode<T>(path: &str, call: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(broken(path, &text.unwrap_or("it was changed after it was written, or never whole: get it again")))
    })
}

fn broken(path: &str, error: &impl std::fmt::Display) -> Failure {
    Failure::wrong(format_args!("{} cannot be read as Parquet: {error}", name(path)))
}
