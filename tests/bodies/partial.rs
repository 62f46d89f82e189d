//! Properties of any bytes that are read as a partial report.

use bailiwick::report::{MergeError, PartialReport};
use bailiwick::{Digest, Docket};

/// Reads bytes as they are, and as the body of a partial whose digest is right: random bytes would never have it.
pub fn partial(bytes: &[u8]) {
    read(bytes);
    let digest = Digest::of(bytes);
    read(&[bytes, format!(",\"digest\":\"{digest}\"}}\n").as_bytes()].concat());
}

/// What is read is written the same again, cannot be counted twice, and makes a report without a small number.
fn read(bytes: &[u8]) {
    let Ok(partial) = PartialReport::from_bytes(bytes) else { return };
    assert_eq!(partial.to_bytes(), bytes);
    let (from, until) = partial.period();
    if let Ok(nothing) = PartialReport::builder(from, until).finer_than_days_reveals_more().build() {
        assert_eq!(nothing.merge_with(partial.clone()).as_ref(), Ok(&partial));
    }
    if partial.parts().next().is_some() {
        assert!(matches!(partial.clone().merge_with(partial.clone()), Err(MergeError::Overlap { .. })));
    }
    let report = partial.report(&Docket::default()).allow_gaps().finer_than_days_reveals_more().build().unwrap();
    let json = serde_json::to_value(&report).unwrap();
    let people = json["total"]["people"].as_object().unwrap();
    assert!(people.values().all(|count| count.as_u64().is_none_or(|count| count == 0 || count >= 10)), "{people:?}");
}
