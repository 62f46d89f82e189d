//! Rows as columns of Arrow, and back.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, BinaryArray, Int32Array, Int64Array, ListArray, PrimitiveArray, RecordBatch, StringArray};
use arrow_schema::{ArrowError, SchemaRef};

use crate::row::{Kind, Row, Time};

/// Columns that are being made.
pub(crate) struct Builder {
    schema: SchemaRef,
    file: StringBuilder,
    kind: StringBuilder,
    seq: Int64Builder,
    form: Int32Builder,
    time: TimestampMicrosecondBuilder,
    nanos: Int32Builder,
    policy: StringBuilder,
    atlas: StringBuilder,
    meeting: StringBuilder,
    verdict: StringBuilder,
    orders: ListBuilder<StringBuilder>,
    why: StringBuilder,
    region: StringBuilder,
    prefix_len: Int32Builder,
    unrecorded: Int64Builder,
    key_commitment: StringBuilder,
    prev: StringBuilder,
    raw: BinaryBuilder,
}

impl Builder {
    pub(crate) fn new(schema: SchemaRef) -> Builder {
        let list = |name: &str| match schema.field_with_name(name).map(|field| field.data_type()) {
            Ok(arrow_schema::DataType::List(element)) => ListBuilder::new(StringBuilder::new()).with_field(Arc::clone(element)),
            _ => ListBuilder::new(StringBuilder::new()),
        };
        Builder {
            file: StringBuilder::new(),
            kind: StringBuilder::new(),
            seq: Int64Builder::new(),
            form: Int32Builder::new(),
            time: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            nanos: Int32Builder::new(),
            policy: StringBuilder::new(),
            atlas: StringBuilder::new(),
            meeting: StringBuilder::new(),
            verdict: StringBuilder::new(),
            orders: list("orders"),
            why: StringBuilder::new(),
            region: StringBuilder::new(),
            prefix_len: Int32Builder::new(),
            unrecorded: Int64Builder::new(),
            key_commitment: StringBuilder::new(),
            prev: StringBuilder::new(),
            raw: BinaryBuilder::new(),
            schema,
        }
    }

    /// Adds a row of a file.
    pub(crate) fn push(&mut self, file: &str, row: &Row) {
        self.file.append_value(file);
        self.kind.append_value(row.kind.name());
        self.seq.append_option(row.seq);
        self.form.append_option(row.form);
        self.time.append_option(row.time.map(|time| time.micros));
        self.nanos.append_option(row.time.map(|time| time.nanos));
        self.policy.append_option(row.policy.as_ref());
        self.atlas.append_option(row.atlas.as_ref());
        self.meeting.append_option(row.meeting.as_ref());
        self.verdict.append_option(row.verdict.as_ref());
        if let Some(ids) = &row.orders {
            ids.iter().for_each(|id| self.orders.values().append_value(id));
        }
        self.orders.append(row.orders.is_some());
        self.why.append_option(row.why.as_ref());
        self.region.append_option(row.region.as_ref());
        self.prefix_len.append_option(row.prefix_len);
        self.unrecorded.append_option(row.unrecorded);
        self.key_commitment.append_option(row.key_commitment.as_ref());
        self.prev.append_option(row.prev.as_ref());
        self.raw.append_option(row.raw.as_ref());
    }

    /// The rows that were added, as a batch. The next one begins empty.
    pub(crate) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        RecordBatch::try_new(
            Arc::clone(&self.schema),
            vec![
                Arc::new(self.file.finish()),
                Arc::new(self.kind.finish()),
                Arc::new(self.seq.finish()),
                Arc::new(self.form.finish()),
                Arc::new(self.time.finish()),
                Arc::new(self.nanos.finish()),
                Arc::new(self.policy.finish()),
                Arc::new(self.atlas.finish()),
                Arc::new(self.meeting.finish()),
                Arc::new(self.verdict.finish()),
                Arc::new(self.orders.finish()),
                Arc::new(self.why.finish()),
                Arc::new(self.region.finish()),
                Arc::new(self.prefix_len.finish()),
                Arc::new(self.unrecorded.finish()),
                Arc::new(self.key_commitment.finish()),
                Arc::new(self.prev.finish()),
                Arc::new(self.raw.finish()),
            ],
        )
    }
}

/// The columns of a batch that was read.
pub(crate) struct Columns<'a> {
    file: &'a StringArray,
    kind: &'a StringArray,
    seq: &'a Int64Array,
    form: &'a Int32Array,
    time: &'a PrimitiveArray<TimestampMicrosecondType>,
    nanos: &'a Int32Array,
    policy: &'a StringArray,
    atlas: &'a StringArray,
    meeting: &'a StringArray,
    verdict: &'a StringArray,
    orders: &'a ListArray,
    ids: &'a StringArray,
    why: &'a StringArray,
    region: &'a StringArray,
    prefix_len: &'a Int32Array,
    unrecorded: &'a Int64Array,
    key_commitment: &'a StringArray,
    prev: &'a StringArray,
    raw: &'a BinaryArray,
}

impl<'a> Columns<'a> {
    /// `None` when the batch has other columns.
    pub(crate) fn of(batch: &'a RecordBatch) -> Option<Columns<'a>> {
        let text = |name| batch.column_by_name(name)?.as_string_opt::<i32>();
        let long = |name| batch.column_by_name(name)?.as_primitive_opt::<Int64Type>();
        let int = |name| batch.column_by_name(name)?.as_primitive_opt::<Int32Type>();
        let orders = batch.column_by_name("orders")?.as_list_opt::<i32>()?;
        Some(Columns {
            file: text("file")?,
            kind: text("kind")?,
            seq: long("seq")?,
            form: int("form")?,
            time: batch.column_by_name("time")?.as_primitive_opt()?,
            nanos: int("nanos")?,
            policy: text("policy")?,
            atlas: text("atlas")?,
            meeting: text("meeting")?,
            verdict: text("verdict")?,
            orders,
            ids: orders.values().as_string_opt()?,
            why: text("why")?,
            region: text("region")?,
            prefix_len: int("prefix_len")?,
            unrecorded: long("unrecorded")?,
            key_commitment: text("key_commitment")?,
            prev: text("prev")?,
            raw: batch.column_by_name("raw")?.as_binary_opt()?,
        })
    }

    /// The name of the file of a row.
    pub(crate) fn file(&self, at: usize) -> &'a str {
        self.file.value(at)
    }

    /// A row of the batch. `None` when no export writes such values.
    pub(crate) fn row(&self, at: usize) -> Option<Row> {
        let text = |column: &StringArray| column.is_valid(at).then(|| column.value(at).to_owned());
        let int = |column: &Int32Array| column.is_valid(at).then(|| column.value(at));
        let long = |column: &Int64Array| column.is_valid(at).then(|| column.value(at));
        let time = match (self.time.is_valid(at).then(|| self.time.value(at)), int(self.nanos)) {
            (None, None) => None,
            (Some(micros), Some(nanos @ 0..1000)) => Some(Time { micros, nanos }),
            _ => return None,
        };
        Some(Row {
            kind: Kind::named(self.kind.value(at))?,
            seq: long(self.seq),
            form: int(self.form),
            time,
            policy: text(self.policy),
            atlas: text(self.atlas),
            meeting: text(self.meeting),
            verdict: text(self.verdict),
            orders: self.orders(at)?,
            why: text(self.why),
            region: text(self.region),
            prefix_len: int(self.prefix_len),
            unrecorded: long(self.unrecorded),
            key_commitment: text(self.key_commitment),
            prev: text(self.prev),
            raw: self.raw.is_valid(at).then(|| self.raw.value(at).to_vec()),
        })
    }

    /// The ids of a row, where it has a list. The outer `None` when they are not where the list says.
    fn orders(&self, at: usize) -> Option<Option<Vec<String>>> {
        if self.orders.is_null(at) {
            return Some(None);
        }
        let (start, end) = (self.orders.value_offsets().get(at)?, self.orders.value_offsets().get(at + 1)?);
        let ids = usize::try_from(*start).ok()?..usize::try_from(*end).ok()?;
        if ids.end > self.ids.len() {
            return None;
        }
        Some(Some(ids.map(|id| self.ids.value(id).to_owned()).collect()))
    }
}
