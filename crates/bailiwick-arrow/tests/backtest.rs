//! Columns of joins, counted for a backtest as their rows are.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow_array::{ArrayRef, StringArray, TimestampSecondArray};
use bailiwick::backtest::{Backtest, Join};
use bailiwick::{Atlas, Docket, Order, Policy, Source};
use bailiwick_arrow::{BatchError, Column, Questions, Times, add_to_backtest};

fn policies() -> (Policy, Policy) {
    let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes()).unwrap();
    let atlas = Atlas::builder().source(source).build().unwrap();
    let mut docket = Docket::default();
    docket.orders.push(Order::new("cn-1", "CN"));
    docket.orders[0].meetings.push("vigil".to_owned());
    (Policy::compile(&Docket::default(), &atlas).unwrap(), Policy::compile(&docket, &atlas).unwrap())
}

/// Meeting, address and seconds of a row.
const ROWS: [(Option<&str>, Option<&str>, Option<i64>); 7] = [
    (Some("vigil"), Some("203.0.113.7"), Some(0)),
    (Some("vigil"), Some("198.51.100.7"), Some(90_000)),
    (Some("lecture"), Some("203.0.113.7"), Some(90_000)),
    (None, Some("203.0.113.7"), Some(0)),
    (Some("vigil"), Some("203.0.113.0/24"), Some(0)),
    (Some(""), Some("203.0.113.7"), Some(0)),
    (Some("vigil"), Some("203.0.113.8"), None),
];

#[test]
fn columns_count_as_their_rows_do() {
    let (old, new) = policies();
    let (mut rows, mut columns) = (Backtest::new(&old, &new), Backtest::new(&old, &new));
    // More rows than a block has.
    let all = || std::iter::repeat_n(ROWS, 100).flatten();
    for (meeting, address, seconds) in all() {
        let address = address.and_then(|address| address.parse::<IpAddr>().ok());
        match (meeting.filter(|meeting| !meeting.is_empty()), address, seconds) {
            (Some(meeting), Some(address), Some(seconds)) => {
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
                rows.add(&Join::new(meeting, address, at));
            }
            _ => rows.add_not_read(1),
        }
    }
    let meetings: StringArray = all().map(|row| row.0).collect();
    let addresses: StringArray = all().map(|row| row.1).collect();
    let times: TimestampSecondArray = all().map(|row| row.2).collect();
    let questions = Questions {
        meetings: Column::from(Arc::new(meetings) as ArrayRef),
        addresses: Column::from(Arc::new(addresses) as ArrayRef),
        host_regions: Column::same("Mars"),
        accounts: Column::Same(None),
        at: Times::from(Arc::new(times) as ArrayRef),
    };
    add_to_backtest(&mut columns, &questions).unwrap();
    let short = Questions { at: Times::Each(vec![None]), ..questions };
    assert!(matches!(add_to_backtest(&mut columns, &short), Err(BatchError::Length { .. })));
    let (rows, columns) = (rows.finish().unwrap(), columns.finish().unwrap());
    assert_eq!(String::from_utf8(columns.to_bytes()).unwrap(), String::from_utf8(rows.to_bytes()).unwrap());
}
