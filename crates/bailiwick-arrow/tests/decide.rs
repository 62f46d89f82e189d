//! Batches of every type and encoding: each row is decided as alone.

mod support;

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::SystemTime;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, FixedSizeBinaryArray, Int8Array, Int32Array, NullArray, RecordBatch, RunArray,
    StringArray, TimestampSecondArray,
};
use bailiwick::{Atlas, DecisionKind, Docket, Policy, Source};
use bailiwick_arrow::{BatchError, Column, Decisions, Questions, Times, decide, decide_batch};
use support::*;

const DOCKET: &str = r#"
[[orders]]
id = "cn-1"
issuer = "CN"
meetings = ["vigil"]
accounts = ["host"]
status = "in-force"

[[orders]]
id = "cn-2"
issuer = "CN"
meetings = ["later", "vigil"]
status = "in-force"
effective = "2100-01-01T00:00:00Z"
expires = "2101-01-01T00:00:00Z"

[[orders]]
id = "cn-3"
issuer = "CN"
meetings = ["narrow"]
networks = ["203.0.113.0/25", "2001:db8::/32"]
exempt = ["203.0.113.7/32"]
status = "in-force"

[[orders]]
id = "cn-4"
issuer = "CN"
meetings = ["early"]
expires = "1970-01-01T00:00:00Z"
status = "in-force"

[[orders]]
id = "us-1"
issuer = "US"
meetings = ["rejected", "narrow"]
status = "rejected"
"#;

const MEETINGS: [Option<&str>; 8] =
    [Some("vigil"), Some("later"), Some("another"), None, Some(""), Some("vigil"), Some("vigil"), Some("narrow")];

/// Of those that are no addresses, each looks like one.
const ADDRESSES: [Option<&str>; 8] = [
    Some("203.0.113.7"),
    Some("198.51.100.7"),
    None,
    Some("::ffff:203.0.113.8"),
    Some("2001:db8::1"),
    Some("203.0.113"),
    Some("203.0.113.7 "),
    Some("203.0.113.200"),
];

fn policy() -> Policy {
    let mut source = Source::new("provider");
    source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
    source.insert("198.51.100.0/24".parse().unwrap(), "US".parse().unwrap());
    let atlas = Atlas::builder().source(source).build().unwrap();
    Policy::compile(&Docket::from_toml(DOCKET).unwrap(), &atlas).unwrap()
}

fn questions(meetings: Column, addresses: Column, host_regions: Column, accounts: Column) -> Questions {
    Questions { meetings, addresses, host_regions, accounts, at: Times::Same(SystemTime::UNIX_EPOCH) }
}

fn ask(meetings: Column, addresses: Column, host_regions: Column, accounts: Column) -> Result<Decisions, BatchError> {
    decide(&policy(), &questions(meetings, addresses, host_regions, accounts))
}

fn texts(rows: &[Option<&str>], encoding: Encoding, plain: Plain<String>) -> ArrayRef {
    encode(&owned(rows), &"vigil".to_owned(), plain, encoding)
}

/// The rows in every text type and encoding, whole and cut at each row.
fn all_texts(rows: &[Option<&str>]) -> Vec<Column> {
    let mut columns = Vec::new();
    for encoding in ENCODINGS {
        for plain in TEXTS {
            let array = texts(rows, encoding, plain);
            columns.extend([Column::from(array.clone()), Column::Chunks(cut(&array, &[2, 2, 3]))]);
        }
        columns.extend((0..rows.len()).map(|at| Column::Chunks(cut(&texts(rows, encoding, TEXTS[at % 3]), &[at]))));
    }
    columns
}

fn inside(rows: usize) -> Column {
    Column::from(Arc::new(StringArray::from(vec!["203.0.113.7"; rows])) as ArrayRef)
}

fn outside(rows: usize) -> Column {
    Column::from(Arc::new(StringArray::from(vec!["198.51.100.7"; rows])) as ArrayRef)
}

fn rows_of(meetings: &[Option<&str>], addresses: &[Option<&str>]) -> Vec<Row> {
    let row = |(meeting, address): (&Option<&str>, &Option<&str>)| Row {
        meeting: meeting.map(str::to_owned),
        account: None,
        host_region: Some("US".to_owned()),
        address: address.map(str::to_owned),
        at: Some(SystemTime::UNIX_EPOCH),
    };
    meetings.iter().zip(addresses).map(row).collect()
}

#[test]
fn each_row_is_decided_as_alone_in_every_type_and_encoding() {
    let policy = policy();
    let expected: Vec<Answer> = rows_of(&MEETINGS, &ADDRESSES).iter().map(|row| row.answer(&policy)).collect();
    assert_eq!(expected[0].kind, DecisionKind::BlockParticipant);
    let unasked: Vec<usize> = (0..expected.len()).filter(|&row| expected[row].region.is_none()).collect();
    assert_eq!(unasked, [2, 3, 5, 6]);
    let addresses = all_texts(&ADDRESSES);
    for (n, meetings) in all_texts(&MEETINGS).into_iter().enumerate() {
        // Each meets encodings of the other column at four distances.
        for distance in [0, 1, 7, 31] {
            let addresses = addresses[(n + distance) % addresses.len()].clone();
            let questions = questions(meetings.clone(), addresses, same("US"), none());
            let (decisions, batch) = (decide(&policy, &questions).unwrap(), decide_batch(&policy, &questions).unwrap());
            assert_eq!(answers(&batch), expected, "{questions:?}");
            assert_eq!(batch.decisions(), &decisions);
            assert_eq!((decisions.unasked().collect::<Vec<_>>(), decisions.unasked_count()), (unasked.clone(), 4));
        }
    }
}

#[test]
fn addresses_come_as_bytes_and_numbers() {
    let policy = policy();
    let rows: Vec<Option<IpAddr>> =
        ["203.0.113.7", "", "::ffff:203.0.113.8", "198.51.100.7", "0.0.0.0", "255.255.255.255", "203.0.113.7"]
            .map(|text| text.parse().ok())
            .to_vec();
    let six: Vec<Option<IpAddr>> = rows.iter().copied().chain(["2001:db8::7".parse().ok(), "::".parse().ok()]).collect();
    let arrays = |rows: &[Option<IpAddr>], plain: Plain<IpAddr>| {
        ENCODINGS.map(|encoding| encode(rows, &"203.0.113.9".parse().unwrap(), plain, encoding))
    };
    let compare = |rows: &[Option<IpAddr>], array: &ArrayRef| {
        for chunks in [vec![array.clone()], cut(array, &[1, 4])] {
            let decisions = ask(same("vigil"), Column::Chunks(chunks), none(), none()).unwrap();
            let alone = |ip: &Option<IpAddr>| match ip {
                Some(ip) => policy.decide_at("vigil", *ip, "US".parse().unwrap(), SystemTime::UNIX_EPOCH).kind(),
                None => DecisionKind::Allow,
            };
            assert_eq!(decisions.kinds(), rows.iter().map(alone).collect::<Vec<_>>(), "{array:?}");
            assert_eq!(decisions.unasked().collect::<Vec<_>>(), [1]);
        }
    };
    FOUR.iter().flat_map(|&plain| arrays(&rows, plain)).for_each(|array| compare(&rows, &array));
    SIXTEEN.iter().flat_map(|&plain| arrays(&six, plain)).for_each(|array| compare(&six, &array));
}

#[test]
fn each_row_has_its_own_time_in_every_unit_and_zone() {
    let policy = policy();
    const SECOND: i64 = 1_000_000_000;
    // The order is in force from its first second to before its last.
    let seconds = [Some(0), Some(4_102_444_800), Some(4_102_444_799), None, Some(-7), Some(4_133_980_799), Some(4_133_980_800)];
    let kinds: Vec<&str> = vec!["allow", "block-participant", "allow", "allow", "allow", "block-participant", "allow"];
    for (unit, plain) in UNITS {
        let units: Vec<Option<i64>> = seconds.iter().map(|time| time.map(|time| time * (SECOND / unit))).collect();
        for encoding in ENCODINGS {
            let array = encode(&units, &(4_102_444_800 * (SECOND / unit)), plain, encoding);
            for chunks in [vec![array.clone()], cut(&array, &[1, 2, 5])] {
                let at = Times::Chunks(chunks);
                let questions = Questions { at, ..questions(same("later"), inside(7), none(), none()) };
                let batch = decide_batch(&policy, &questions).unwrap();
                let found: Vec<&str> = batch.decisions().kinds().iter().map(|kind| kind.name()).collect();
                assert_eq!(found, kinds, "{array:?}");
                assert_eq!(batch.decisions().unasked().collect::<Vec<_>>(), [3]);
                assert_eq!(answers(&batch)[4].why.as_deref(), Some("not-yet-effective"));
                assert_eq!(answers(&batch)[6].why.as_deref(), Some("expired"));
                assert_eq!(decide(&policy, &questions).unwrap(), *batch.decisions());
            }
        }
    }
    let each = seconds.map(|time| time.map(|time| after_1970(time * SECOND))).to_vec();
    let questions = Questions { at: Times::Each(each), ..questions(same("later"), inside(7), none(), none()) };
    assert_eq!(decide(&policy, &questions).unwrap().kinds().iter().map(|kind| kind.name()).collect::<Vec<_>>(), kinds);
}

#[test]
fn a_time_before_1970_is_before_1970() {
    for (unit, plain) in UNITS {
        let array = encode(&[Some(-7), Some(0), Some(7)], &0, plain, Encoding::Plain);
        let questions = Questions { at: times(array), ..questions(same("early"), inside(3), none(), none()) };
        assert_eq!(decide(&policy(), &questions).unwrap().blocked().collect::<Vec<_>>(), [0], "units of {unit} ns");
    }
}

#[test]
fn a_time_that_is_none_blocks_nobody() {
    let of =
        |at: ArrayRef| decide_batch(&policy(), &Questions { at: times(at), ..questions(same("vigil"), inside(2), none(), none()) });
    assert_eq!(of(Arc::new(NullArray::new(2))).unwrap().decisions().unasked_count(), 2);
    // Whether the system's clock can tell the ends of a column's range or not, no row is decided at another time.
    let ends = of(Arc::new(TimestampSecondArray::from(vec![i64::MIN, i64::MAX]))).unwrap();
    assert!(ends.decisions().unasked().all(|row| ends.decisions().get(row) == Some(DecisionKind::Allow)));
}

#[test]
fn regions_and_accounts_count_row_by_row() {
    let regions = [Some("CN"), Some("CN-GD"), Some("US"), None, Some("ZZ"), Some("UK"), Some("CN")];
    let accounts = [Some("host"), None, Some("host"), Some("vigil"), Some("host"), Some(""), Some("other")];
    for (regions, accounts) in all_texts(&regions).into_iter().zip(all_texts(&accounts).into_iter().rev()) {
        let decisions = ask(same("another"), outside(7), regions.clone(), accounts).unwrap();
        let named: Vec<usize> = (0..7).filter(|&row| decisions.get(row) == Some(DecisionKind::KeepMeeting)).collect();
        assert_eq!((named, decisions.domestic().collect::<Vec<_>>()), (vec![0, 2, 4], vec![0]));
        assert_eq!(decisions.unread_regions(), 1);
        assert_eq!(ask(same("vigil"), outside(7), regions, none()).unwrap().domestic().collect::<Vec<_>>(), [0, 1, 6]);
    }
}

/// Meetings that share an entry, or follow one another, under accounts that differ.
#[test]
fn a_meeting_looked_up_once_still_follows_each_rows_account() {
    let meetings = [Some("another"), Some("vigil"), Some("another"), Some("another"), Some("another"), Some("another")];
    let accounts = [Some("host"), None, None, Some("host"), Some("host"), Some("other")];
    for (meetings, accounts) in all_texts(&meetings).into_iter().zip(all_texts(&accounts).into_iter().rev()) {
        let decisions = ask(meetings, inside(6), none(), accounts.clone()).unwrap();
        assert_eq!(decisions.blocked().collect::<Vec<_>>(), [0, 1, 3, 4]);
        let decisions = ask(same("another"), inside(6), none(), accounts).unwrap();
        assert_eq!(decisions.blocked().collect::<Vec<_>>(), [0, 3, 4]);
    }
}

/// The same keys mean others in the next array.
#[test]
fn each_array_has_a_dictionary_of_its_own() {
    let dictionary = |values: Vec<Option<&str>>| -> ArrayRef {
        let keys = Int8Array::from(vec![Some(0), Some(1), Some(0), None]);
        Arc::new(DictionaryArray::<Int8Type>::new(keys, Arc::new(StringArray::from(values))))
    };
    let chunks = [vec![Some("vigil"), Some("another")], vec![Some("another"), Some("vigil")], vec![None, Some("vigil")]];
    let chunks: Vec<ArrayRef> = chunks.into_iter().map(dictionary).collect();
    let decisions = ask(Column::Chunks(chunks.clone()), inside(12), none(), none()).unwrap();
    assert_eq!(decisions.blocked().collect::<Vec<_>>(), [0, 2, 5, 9]);
    assert_eq!(decisions.unasked().collect::<Vec<_>>(), [3, 7, 8, 10, 11]);
    let addresses = [vec![Some("203.0.113.7"), Some("::1")], vec![Some("x"), Some("203.0.113.7")]].map(dictionary).to_vec();
    let decisions = ask(same("vigil"), Column::Chunks(addresses), none(), none()).unwrap();
    assert_eq!(
        (decisions.blocked().collect::<Vec<_>>(), decisions.unasked().collect::<Vec<_>>()),
        (vec![0, 2, 5], vec![3, 4, 6, 7])
    );
}

/// More rows than are read at once, cut beside that number.
#[test]
fn many_rows_are_decided_as_few() {
    let rows = 1500;
    let names: Vec<Option<&str>> = (0..rows).map(|row| MEETINGS[row * row % 7]).collect();
    let ips: Vec<Option<&str>> = (0..rows).map(|row| ADDRESSES[row % 8]).collect();
    let policy = policy();
    let expected: Vec<Answer> = rows_of(&names, &ips).iter().map(|row| row.answer(&policy)).collect();
    // As bytes, what is no address is a null.
    let octets: Vec<Option<IpAddr>> = ips.iter().map(|ip| ip.and_then(|ip| ip.parse().ok())).collect();
    for encoding in ENCODINGS {
        let meetings = texts(&names, encoding, TEXTS[0]);
        for cuts in [[0, 0], [255, 256], [256, 512], [257, 1499], [1, 1100]] {
            let meetings = Column::Chunks(cut(&meetings, &cuts));
            let addresses = Column::from(texts(&ips, Encoding::Plain, TEXTS[2]));
            let texts = questions(meetings, addresses, same("US"), none());
            let fixed = encode(&octets, &"::".parse().unwrap(), SIXTEEN[0], Encoding::Plain);
            let bytes = Questions { addresses: Column::from(fixed), ..texts.clone() };
            for questions in [texts, bytes] {
                assert_eq!(answers(&decide_batch(&policy, &questions).unwrap()), expected, "{encoding:?} {cuts:?}");
            }
        }
    }
}

#[test]
fn a_batch_in_parts_is_decided_as_the_whole() {
    let policy = policy();
    let seconds = |row: usize| Some(i64::try_from(row).unwrap() * 600_000_000);
    for encoding in ENCODINGS {
        let meetings = Column::Chunks(cut(&texts(&MEETINGS, encoding, TEXTS[0]), &[3, 5]));
        let at = times(Arc::new((0..8).map(seconds).collect::<TimestampSecondArray>()));
        let (addresses, accounts) =
            (Column::from(texts(&ADDRESSES, encoding, TEXTS[1])), Column::from(texts(&MEETINGS, encoding, TEXTS[2])));
        let whole = Questions { meetings, addresses, host_regions: same("CN"), accounts, at };
        let expected = decide(&policy, &whole).unwrap();
        for parts in 1..=10 {
            let split = whole.split(NonZeroUsize::new(parts).unwrap()).unwrap();
            assert!(split.len() <= parts);
            let kinds: Vec<DecisionKind> = split.iter().flat_map(|part| decide(&policy, part).unwrap().kinds()).collect();
            assert_eq!(kinds, expected.kinds());
        }
    }
    let two = NonZeroUsize::new(2).unwrap();
    let one = questions(same("vigil"), same("203.0.113.7"), none(), none());
    assert_eq!(one.split(two).unwrap().len(), 1);
    assert_eq!(decide(&policy, &one).unwrap().kinds(), [DecisionKind::BlockParticipant]);
    let each = Questions { at: Times::Each(vec![None, Some(SystemTime::UNIX_EPOCH)]), ..one };
    let parts = each.split(two).unwrap();
    assert_eq!(parts.iter().map(|part| decide(&policy, part).unwrap().unasked_count()).collect::<Vec<_>>(), [1, 0]);
    assert!(questions(inside(1), inside(2), none(), none()).split(two).is_err());
}

#[test]
fn a_batch_without_rows_has_no_answers() {
    for encoding in ENCODINGS {
        let empty = || Column::from(texts(&[], encoding, TEXTS[0]));
        let questions = questions(empty(), empty(), empty(), empty());
        let batch = decide_batch(&policy(), &questions).unwrap();
        assert!(batch.decisions().is_empty() && batch.to_struct().is_empty() && answers(&batch).is_empty());
        assert!(decide(&policy(), &questions).unwrap().is_empty());
        assert_eq!(questions.split(NonZeroUsize::new(3).unwrap()).unwrap().len(), 1);
    }
    assert!(ask(none(), Column::Chunks(vec![]), none(), none()).unwrap().is_empty());
}

#[test]
fn a_row_that_cannot_be_read_blocks_nobody() {
    for address in ["", "203.0.113", "203.0.113.7:1", "203.0.113.007", "\u{0}", "203.0.113.7%eth0", "2001:db8::7%eth0", "fe80::7%"]
    {
        let decisions =
            ask(same("vigil"), Column::from(texts(&[Some(address)], Encoding::Plain, TEXTS[0])), none(), none()).unwrap();
        assert_eq!((decisions.get(0), decisions.unasked_count()), (Some(DecisionKind::Allow), 1), "{address}");
        assert_eq!(ask(same("vigil"), same(address), none(), none()).unwrap().unasked_count(), 1);
    }
    // Of a link-local address the zone is left out: it is asked about, and it is at no place.
    for address in ["fe80::7%eth0", "fe80::7%3"] {
        let column = Column::from(texts(&[Some(address)], Encoding::Plain, TEXTS[0]));
        assert_eq!(ask(same("vigil"), column, none(), none()).unwrap().unasked_count(), 0, "{address}");
        assert_eq!(ask(same("vigil"), same(address), none(), none()).unwrap().blocked().count(), 0);
    }
    for len in (0..20).filter(|len| ![4, 16].contains(len)) {
        let bytes = vec![203; len];
        let array: ArrayRef = Arc::new(BinaryArray::from(vec![bytes.as_slice()]));
        assert_eq!(ask(same("vigil"), Column::from(array), none(), none()).unwrap().unasked_count(), 1, "{len} bytes");
    }
    let nothing = || Column::from(Arc::new(NullArray::new(3)) as ArrayRef);
    assert_eq!(ask(nothing(), inside(3), nothing(), nothing()).unwrap().unasked_count(), 3);
    assert_eq!(ask(none(), inside(3), none(), none()).unwrap().unasked_count(), 3);
    assert_eq!(ask(same("vigil"), nothing(), none(), none()).unwrap().kinds(), [DecisionKind::Allow; 3]);
}

#[test]
fn a_value_behind_a_null_is_not_read() {
    let addresses = StringArray::from(vec!["203.0.113.7", "203.0.113.7"]);
    let (offsets, values, _) = addresses.into_parts();
    let masked: ArrayRef = Arc::new(StringArray::new(offsets, values, Some(vec![true, false].into())));
    let decisions = ask(same("vigil"), Column::from(masked), none(), none()).unwrap();
    assert_eq!(decisions.kinds(), [DecisionKind::BlockParticipant, DecisionKind::Allow]);
}

#[test]
fn a_value_of_a_dictionary_that_no_row_has_is_not_counted() {
    let values: ArrayRef = Arc::new(StringArray::from(vec!["UK", "US", "EU"]));
    let keys = Int8Array::from(vec![Some(1), Some(0), Some(1), Some(0)]);
    let regions: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(keys, values));
    assert_eq!(ask(same("vigil"), inside(4), Column::from(regions), none()).unwrap().unread_regions(), 2);
}

#[test]
fn columns_that_do_not_fit_are_errors() {
    let error = ask(inside(1), inside(2), none(), none()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`meetings` has 1 rows and `addresses` has 2: give columns of one length, or one value for all rows"
    );
    assert!(
        ask(none(), inside(2), inside(3), none()).unwrap_err().to_string().starts_with("`host_regions` has 3 rows and `addresses`")
    );
    assert!(
        ask(none(), inside(2), none(), inside(0)).unwrap_err().to_string().starts_with("`accounts` has 0 rows and `addresses`")
    );
    let at = Times::Each(vec![None]);
    let error = decide_batch(&policy(), &Questions { at, ..questions(inside(3), same("::1"), none(), none()) }).unwrap_err();
    assert!(error.to_string().starts_with("`at` has 1 rows and `meetings` has 3"), "{error}");
}

#[test]
fn a_type_that_holds_no_such_values_is_an_error_that_says_which_do() {
    let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![b"vigil".as_slice()]));
    let five: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_iter([[0_u8; 5]].into_iter()).unwrap());
    let nested: ArrayRef = {
        let text: ArrayRef = Arc::new([Some("vigil")].into_iter().collect::<DictionaryArray<Int8Type>>());
        Arc::new(RunArray::<Int32Type>::try_new(&Int32Array::from(vec![1]), &text).unwrap())
    };
    let dictionary_of_numbers: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(Int8Array::from(vec![0]), numbers.clone()));
    for wrong in [&numbers, &bytes, &five, &nested, &dictionary_of_numbers] {
        let column = || Column::from(wrong.clone());
        assert!(matches!(ask(column(), inside(1), none(), none()), Err(BatchError::Type { column: "meetings", .. })));
        assert!(matches!(ask(none(), inside(1), column(), none()), Err(BatchError::Type { column: "host_regions", .. })));
        assert!(matches!(ask(none(), inside(1), none(), column()), Err(BatchError::Type { column: "accounts", .. })));
        if !Arc::ptr_eq(wrong, &bytes) {
            assert!(matches!(ask(none(), column(), none(), none()), Err(BatchError::Type { column: "addresses", .. })));
        }
        let at = Questions { at: times(wrong.clone()), ..questions(none(), inside(1), none(), none()) };
        assert!(matches!(decide(&policy(), &at), Err(BatchError::Type { column: "at", .. })));
    }
    assert_eq!(
        ask(Column::from(numbers), inside(1), none(), none()).unwrap_err().to_string(),
        "`meetings` is an Arrow array of Int32: give texts (utf8, large_utf8, utf8_view; or a dictionary or runs of them)"
    );
}

#[test]
fn decisions_leave_as_a_dictionary_of_three_names() {
    let decisions = ask(Column::from(texts(&MEETINGS, Encoding::Plain, TEXTS[0])), inside(8), none(), none()).unwrap();
    let array = decisions.to_arrow();
    let names: Vec<Option<&str>> = array.downcast_dict::<StringArray>().unwrap().into_iter().collect();
    assert_eq!(names, decisions.kinds().iter().map(|kind| Some(kind.name())).collect::<Vec<_>>());
    assert_eq!((array.null_count(), decisions.len()), (0, 8));
}

#[test]
fn a_batch_leaves_as_a_record_batch() {
    let meetings = Column::from(texts(&MEETINGS, Encoding::Plain, TEXTS[0]));
    let batch = decide_batch(&policy(), &questions(meetings, inside(8), same("CN"), none())).unwrap();
    let records = RecordBatch::from(batch.to_struct());
    let names: Vec<&str> = records.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["kind", "unasked", "domestic", "orders", "region", "why"]);
    let nullable: Vec<bool> = records.schema_ref().fields().iter().map(|field| field.is_nullable()).collect();
    assert_eq!(nullable, [false, false, false, false, true, true]);
    assert_eq!((records.num_rows(), records.column(4).logical_null_count()), (8, 1));
}
