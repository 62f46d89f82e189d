//! Batches of every type, each row decided as alone.

use std::sync::Arc;
use std::time::SystemTime;

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::types::{Int8Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, Int32Array, LargeBinaryArray, LargeStringArray, NullArray,
    StringArray, StringViewArray,
};
use bailiwick::{Atlas, DecisionKind, Docket, Policy, Region, Source};
use bailiwick_arrow::{BatchError, Column, Decisions, Questions, decide};

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
meetings = ["later"]
status = "in-force"
effective = "2100-01-01T00:00:00Z"
"#;

const MEETINGS: [Option<&str>; 7] = [Some("vigil"), Some("later"), Some("another"), None, Some(""), Some("vigil"), Some("vigil")];

const ADDRESSES: [Option<&str>; 7] = [
    Some("203.0.113.7"),
    Some("198.51.100.7"),
    None,
    Some("::ffff:203.0.113.8"),
    Some("2001:db8::1"),
    Some("203.0.113"),
    Some("203.0.113.7 "),
];

fn policy() -> Policy {
    let mut source = Source::new("provider");
    source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
    source.insert("198.51.100.0/24".parse().unwrap(), "US".parse().unwrap());
    let atlas = Atlas::builder().source(source).build().unwrap();
    Policy::compile(&Docket::from_toml(DOCKET).unwrap(), &atlas).unwrap()
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH
}

/// The arrays that hold some texts: of every type, and with other rows before and after.
fn texts(rows: &[Option<&str>]) -> Vec<Column> {
    let wide: Vec<Option<&str>> = [Some("x"), None].into_iter().chain(rows.iter().copied()).chain([Some("y")]).collect();
    let wide = wide.as_slice();
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(wide.iter().copied().collect::<StringArray>()),
        Arc::new(wide.iter().copied().collect::<LargeStringArray>()),
        Arc::new(wide.iter().copied().collect::<StringViewArray>()),
        Arc::new(wide.iter().copied().collect::<DictionaryArray<Int8Type>>()),
        Arc::new(wide.iter().copied().collect::<DictionaryArray<UInt32Type>>()),
    ];
    let sliced = arrays.iter().map(|array| vec![array.slice(2, rows.len())]);
    // Cut at every place, with an empty array between.
    let cut = (0..=rows.len())
        .map(|at| vec![arrays[0].slice(2, at), arrays[1].slice(0, 0), arrays[at % arrays.len()].slice(2 + at, rows.len() - at)]);
    sliced.chain(cut).map(Column::Chunks).collect()
}

/// The arrays that hold the addresses as bytes.
fn bytes(rows: &[Option<&str>]) -> Vec<Column> {
    let octets = |text: &str| {
        text.parse().ok().map(|ip: std::net::IpAddr| match ip {
            std::net::IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
            std::net::IpAddr::V6(ip) => ip.octets(),
        })
    };
    let rows: Vec<Option<[u8; 16]>> = rows.iter().map(|row| row.and_then(octets)).collect();
    let slices = || rows.iter().map(|row| row.as_ref().map(<[u8; 16]>::as_slice));
    let mut fixed = FixedSizeBinaryBuilder::new(16);
    rows.iter().for_each(|row| match row {
        Some(row) => fixed.append_value(row).unwrap(),
        None => fixed.append_null(),
    });
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(fixed.finish()),
        Arc::new(slices().collect::<BinaryArray>()),
        Arc::new(slices().collect::<LargeBinaryArray>()),
        Arc::new(slices().collect::<BinaryViewArray>()),
    ];
    arrays.into_iter().map(|array| Column::Chunks(vec![array])).collect()
}

fn ask(meetings: Column, addresses: Column, host_regions: Column, accounts: Column) -> Result<Decisions, BatchError> {
    decide(&policy(), &Questions { meetings, addresses, host_regions, accounts }, now())
}

fn same(text: &str) -> Column {
    Column::Same(Some(text.to_owned()))
}

fn none() -> Column {
    Column::Same(None)
}

#[test]
fn each_row_is_decided_as_alone_in_every_type() {
    let policy = policy();
    let alone = |(meeting, address): (&Option<&str>, &Option<&str>)| match (meeting, address.and_then(|text| text.parse().ok())) {
        (&Some(meeting), Some(address)) => Some(policy.decide_at(meeting, address, Region::UNKNOWN, now()).kind()),
        _ => None,
    };
    let expected: Vec<Option<DecisionKind>> = MEETINGS.iter().zip(&ADDRESSES).map(alone).collect();
    assert_eq!(expected[0], Some(DecisionKind::BlockParticipant));
    let unasked: Vec<usize> = (0..7).filter(|&row| expected[row].is_none()).collect();
    for meetings in texts(&MEETINGS) {
        for addresses in texts(&ADDRESSES).into_iter().chain(bytes(&ADDRESSES)) {
            let decisions = ask(meetings.clone(), addresses, same("US"), none()).unwrap();
            assert_eq!(decisions.kinds(), expected.iter().map(|kind| kind.unwrap_or(DecisionKind::Allow)).collect::<Vec<_>>());
            assert_eq!(decisions.unasked().collect::<Vec<_>>(), unasked);
        }
    }
}

#[test]
fn regions_and_accounts_count_row_by_row() {
    let regions = [Some("CN"), Some("CN-GD"), Some("US"), None, Some("ZZ"), Some("UK"), Some("CN")];
    let accounts = [Some("host"), None, Some("host"), Some("vigil"), Some("host"), Some(""), Some("other")];
    let outside = || Column::Chunks(vec![Arc::new(StringArray::from(vec!["198.51.100.7"; 7]))]);
    for (regions, accounts) in texts(&regions).into_iter().zip(texts(&accounts)) {
        let decisions = ask(same("another"), outside(), regions.clone(), accounts).unwrap();
        let named: Vec<usize> = (0..7).filter(|&row| decisions.get(row) == Some(DecisionKind::KeepMeeting)).collect();
        assert_eq!((named, decisions.domestic().collect::<Vec<_>>()), (vec![0, 2, 4], vec![0]));
        assert_eq!(decisions.unread_regions(), 1);
        assert_eq!(ask(same("vigil"), outside(), regions, none()).unwrap().domestic().collect::<Vec<_>>(), [0, 1, 6]);
    }
}

#[test]
fn a_row_that_cannot_be_read_blocks_nobody() {
    for address in ["", "203.0.113", "203.0.113.7:1", "203.0.113.007", "\u{0}", "203.0.113.7%eth0"] {
        let decisions =
            ask(same("vigil"), Column::Chunks(vec![Arc::new(StringArray::from(vec![address]))]), none(), none()).unwrap();
        assert_eq!((decisions.get(0), decisions.unasked().count()), (Some(DecisionKind::Allow), 1), "{address}");
    }
    for len in (0..20).filter(|len| ![4, 16].contains(len)) {
        let bytes = vec![203; len];
        let decisions =
            ask(same("vigil"), Column::Chunks(vec![Arc::new(BinaryArray::from(vec![bytes.as_slice()]))]), none(), none());
        assert_eq!(decisions.unwrap().unasked().count(), 1, "{len} bytes");
    }
    let nothing = || Column::Chunks(vec![Arc::new(NullArray::new(3)) as ArrayRef]);
    let inside = Column::Chunks(vec![Arc::new(StringArray::from(vec!["203.0.113.7"; 3]))]);
    assert_eq!(ask(nothing(), inside.clone(), nothing(), nothing()).unwrap().unasked().count(), 3);
    assert_eq!(ask(none(), inside, none(), none()).unwrap().unasked().count(), 3);
    assert_eq!(ask(same("vigil"), nothing(), none(), none()).unwrap().kinds(), [DecisionKind::Allow; 3]);
}

#[test]
fn a_value_behind_a_null_is_not_read() {
    let addresses = StringArray::from(vec!["203.0.113.7", "203.0.113.7"]);
    let (offsets, values, _) = addresses.into_parts();
    let masked = StringArray::new(offsets, values, Some(vec![true, false].into()));
    let decisions = ask(same("vigil"), Column::Chunks(vec![Arc::new(masked)]), none(), none()).unwrap();
    assert_eq!(decisions.kinds(), [DecisionKind::BlockParticipant, DecisionKind::Allow]);
}

#[test]
fn columns_that_do_not_fit_are_errors() {
    let column = |rows: usize| Column::Chunks(vec![Arc::new(StringArray::from(vec!["203.0.113.7"; rows]))]);
    let error = ask(column(1), column(2), none(), none()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`meetings` has 1 rows and `addresses` has 2: give columns of one length, or one value for all rows"
    );
    assert!(ask(none(), column(2), column(3), none()).is_err() && ask(none(), column(2), none(), column(0)).is_err());
    let numbers = || Column::Chunks(vec![Arc::new(Int32Array::from(vec![1])) as ArrayRef]);
    let bytes = || Column::Chunks(vec![Arc::new(BinaryArray::from(vec![b"vigil".as_slice()])) as ArrayRef]);
    assert!(matches!(ask(numbers(), column(1), none(), none()), Err(BatchError::Type { column: "meetings", .. })));
    assert!(matches!(ask(bytes(), column(1), none(), none()), Err(BatchError::Type { column: "meetings", .. })));
    assert!(matches!(ask(none(), numbers(), none(), none()), Err(BatchError::Type { column: "addresses", .. })));
    assert!(matches!(ask(none(), column(1), numbers(), none()), Err(BatchError::Type { column: "host_regions", .. })));
}

#[test]
fn decisions_leave_as_a_dictionary_of_three_names() {
    let decisions = ask(texts(&MEETINGS).remove(0), texts(&ADDRESSES).remove(0), none(), none()).unwrap();
    let array = decisions.to_arrow();
    let names: Vec<Option<&str>> = array.downcast_dict::<StringArray>().unwrap().into_iter().collect();
    assert_eq!(names, decisions.kinds().iter().map(|kind| Some(kind.name())).collect::<Vec<_>>());
    assert_eq!(array.null_count(), 0);
    assert_eq!(decisions.len(), 7);
    assert!(ask(none(), Column::Chunks(vec![]), none(), none()).unwrap().is_empty());
}
