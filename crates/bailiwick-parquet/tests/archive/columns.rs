//! What the columns say, and what they never say.

use std::fs::{self, File};
use std::path::Path;

use bailiwick::ledger::{Line, Lines};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::{Folder, export, sample, vector_key};

/// Every row, as readers of Parquet have it: names and values of columns.
fn rows(archive: &Path) -> Vec<Vec<(String, Field)>> {
    let reader = SerializedFileReader::new(File::open(archive).unwrap()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| row.get_column_iter().map(|(name, field)| (name.clone(), field.clone())).collect()).collect()
}

fn value<'a>(row: &'a [(String, Field)], name: &str) -> &'a Field {
    &row.iter().find(|(column, _)| column == name).unwrap().1
}

fn lines() -> Vec<Line> {
    sample().iter().flat_map(|(_, file)| Lines::new(file.as_slice()).map(Result::unwrap).collect::<Vec<_>>()).collect()
}

/// The page that describes the schema, and the file.
#[test]
fn the_schema_is_the_one_that_the_page_describes() {
    let folder = Folder::new();
    export(&folder.archive(), &sample(), None, Some(vector_key())).unwrap();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/archive.md")).unwrap();
    let described = page.lines().filter_map(|line| {
        let [name, kind] = line.strip_prefix("| `")?.split(" | ").take(2).collect::<Vec<_>>()[..] else { return None };
        Some((name.trim_end_matches('`').to_owned(), kind.to_owned()))
    });
    let described: Vec<(String, String)> = described.filter(|(name, _)| !name.starts_with("bailiwick")).collect();
    let reader = SerializedFileReader::new(File::open(folder.archive()).unwrap()).unwrap();
    let schema = reader.metadata().file_metadata().schema().get_fields().iter().map(|column| {
        let info = column.get_basic_info();
        let kind = match (column.is_group().then_some("list"), info.logical_type_ref().map(|kind| format!("{kind:?}"))) {
            (Some(_), _) => "list of strings",
            (_, Some(kind)) if kind.starts_with("String") => "string",
            (_, Some(kind)) if kind.starts_with("Timestamp") => "timestamp, microseconds, UTC",
            (_, Some(kind)) => panic!("{kind}"),
            (None, None) => match column.get_physical_type() {
                parquet::basic::Type::INT64 => "int64",
                parquet::basic::Type::INT32 => "int32",
                parquet::basic::Type::BYTE_ARRAY => "binary",
                other => panic!("{other}"),
            },
        };
        (column.name().to_owned(), kind.to_owned())
    });
    assert_eq!(schema.collect::<Vec<_>>(), described);
}

/// Each member of each line, beside the columns of its row.
#[test]
fn a_row_says_what_its_line_says() {
    let folder = Folder::new();
    export(&folder.archive(), &sample(), None, None).unwrap();
    let rows = rows(&folder.archive());
    assert_eq!(rows.len(), lines().len());
    let mut records = 0;
    for (row, line) in rows.iter().zip(lines()) {
        let text = |name: &str| match value(row, name) {
            Field::Str(text) => Some(text.clone()),
            Field::Null => None,
            other => panic!("{name} is {other}"),
        };
        assert_eq!(*value(row, "seq"), Field::Long(i64::try_from(line.seq()).unwrap()));
        assert_eq!(*value(row, "form"), Field::Int(2));
        assert_eq!(*value(row, "raw"), Field::Null);
        let Some(record) = line.record() else {
            assert_ne!(text("kind").unwrap(), "record");
            for column in ["policy", "atlas", "meeting", "verdict", "orders", "why", "region", "prefix_len"] {
                assert_eq!(*value(row, column), Field::Null, "{column}");
            }
            continue;
        };
        records += 1;
        assert_eq!(text("kind").unwrap(), "record");
        assert_eq!(text("policy").unwrap(), record.policy.to_string());
        assert_eq!(text("atlas").unwrap(), record.atlas.to_string());
        assert_eq!(text("meeting").unwrap(), record.meeting.to_string());
        assert_eq!(text("verdict").unwrap(), record.verdict.name());
        assert_eq!(text("why").unwrap(), record.why.map_or("no-order", |why| why.name()));
        assert_eq!(text("region").unwrap(), record.region.to_string());
        let length = record.prefix_len.map_or(Field::Null, |length| Field::Int(length.into()));
        assert_eq!(*value(row, "prefix_len"), length);
        let Field::ListInternal(ids) = value(row, "orders") else { panic!("no list") };
        let ids: Vec<String> = ids.elements().iter().map(|id| format!("{id}")).collect();
        assert_eq!(ids, record.orders.iter().map(|id| format!("\"{id}\"")).collect::<Vec<_>>());
        let since = record.time.duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let Field::TimestampMicros(micros) = value(row, "time") else { panic!("no time") };
        let Field::Int(nanos) = value(row, "nanos") else { panic!("no nanoseconds") };
        assert_eq!(u128::try_from(*micros).unwrap() * 1000 + u128::try_from(*nanos).unwrap(), since);
    }
    assert!(records > 10);
}

/// The key, salts, and digests but the first of a file.
#[test]
fn no_column_has_the_key_or_a_salt_or_more_digests_than_are_needed() {
    let folder = Folder::new();
    export(&folder.archive(), &sample(), None, Some(vector_key())).unwrap();
    let key = fs::read(super::vectors().join("key")).unwrap();
    let bytes = fs::read(folder.archive()).unwrap();
    assert!(!bytes.windows(16).any(|window| window == &key[..16]));
    let rows = rows(&folder.archive());
    let shown = format!("{rows:?}");
    for line in lines() {
        assert!(!shown.contains(&line.salt().unwrap().to_string()), "a salt");
    }
    let with_prev: Vec<_> = rows.iter().filter(|row| *value(row, "prev") != Field::Null).collect();
    assert_eq!(with_prev.len(), 2, "the headers of two files");
    assert!(with_prev.iter().all(|row| row.iter().any(|(_, field)| *field == Field::Str("header".to_owned()))));
}

/// An archive without the key is the one with it: the key only decides whether salts are kept.
#[test]
fn the_key_does_not_change_the_archive_of_a_ledger_that_has_its_salts() {
    let (with, without) = (Folder::new(), Folder::new());
    export(&with.archive(), &sample(), None, Some(vector_key())).unwrap();
    export(&without.archive(), &sample(), None, None).unwrap();
    assert!(fs::read(with.archive()).unwrap() == fs::read(without.archive()).unwrap());
}
