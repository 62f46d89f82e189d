//! The schema of an archive: its columns, its version, and the keys of its metadata.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowSchemaConverter;
use parquet::errors::ParquetError;
use parquet::schema::types::SchemaDescriptor;

/// The version of the schema, which the metadata of the file names.
pub(crate) const VERSION: &str = "1";

/// The key of the version in the metadata.
pub(crate) const VERSION_KEY: &str = "bailiwick.archive";

/// The key of the list of files in the metadata.
pub(crate) const FILES_KEY: &str = "bailiwick.files";

/// The key of the fault of a ledger that does not verify.
pub(crate) const FAULT_KEY: &str = "bailiwick.fault";

/// The most rows of a row group. A row group is held in memory while it is written.
pub(crate) const MAX_GROUP_ROWS: usize = 1 << 20;

/// The columns as Arrow has them. Their sequence is part of the version.
pub(crate) fn arrow() -> SchemaRef {
    let text = || DataType::Utf8;
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    // `element` is the name that the Parquet format gives to what a list has.
    let ids = DataType::List(Arc::new(Field::new("element", DataType::Utf8, false)));
    Arc::new(Schema::new(vec![
        Field::new("file", text(), false),
        Field::new("kind", text(), false),
        Field::new("seq", DataType::Int64, true),
        Field::new("form", DataType::Int32, true),
        Field::new("time", time, true),
        Field::new("nanos", DataType::Int32, true),
        Field::new("policy", text(), true),
        Field::new("atlas", text(), true),
        Field::new("meeting", text(), true),
        Field::new("verdict", text(), true),
        Field::new("orders", ids, true),
        Field::new("why", text(), true),
        Field::new("region", text(), true),
        Field::new("prefix_len", DataType::Int32, true),
        Field::new("unrecorded", DataType::Int64, true),
        Field::new("key_commitment", text(), true),
        Field::new("prev", text(), true),
        Field::new("raw", DataType::Binary, true),
    ]))
}

/// The columns as Parquet has them.
pub(crate) fn parquet() -> Result<SchemaDescriptor, ParquetError> {
    ArrowSchemaConverter::new().with_coerce_types(true).schema_root("ledger").convert(&arrow())
}
