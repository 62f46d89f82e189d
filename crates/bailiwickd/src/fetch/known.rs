//! When the store may answer that nothing changed.

use std::time::{Duration, SystemTime};

use bailiwick::Digest;

use super::File;

/// The least age of a file whose ETag is relied on. Web servers make ETags of the size and of the time of writing in whole seconds: a
/// file that is replaced within that second by one of its size keeps its ETag. What is younger is fetched once more.
const SETTLED: Duration = Duration::from_secs(10);

/// The number of polls that may be answered with "not modified" about a file that was refused. Then it is fetched once more, as the
/// reason may be over: a clock that was wrong, a full disk.
const UNTIL_AGAIN: u32 = 15;

/// What is known of the file in the store: its ETag, and why it was refused if it was.
#[derive(Debug)]
pub struct Known<R>(Option<Seen<R>>);

#[derive(Debug)]
struct Seen<R> {
    etag: String,
    digest: Digest,
    refused: Option<Refused<R>>,
}

#[derive(Debug)]
struct Refused<R> {
    why: R,
    /// The number of times in succession, each time read whole.
    times: u32,
    /// The number of polls that said since then that it is there still.
    again: u32,
}

impl<R> Default for Known<R> {
    fn default() -> Known<R> {
        Known(None)
    }
}

impl<R> Known<R> {
    /// The ETag of the file that need not be sent again.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        // What was refused once may have been harmed on its way.
        let is_sure = |refused: &Refused<R>| refused.times > 1 && refused.again < UNTIL_AGAIN;
        self.0.as_ref().filter(|seen| seen.refused.as_ref().is_none_or(is_sure)).map(|seen| seen.etag.as_str())
    }

    /// Notes a file that says what is in force.
    pub fn taken(&mut self, file: &File, now: SystemTime) {
        self.0 = seen(file, now);
    }

    /// Notes a file that was refused, and why.
    pub fn refused(&mut self, file: &File, now: SystemTime, why: R) {
        let before = self.0.take();
        let Some(mut seen) = seen(file, now) else { return };
        let is_same = |before: &Seen<R>| before.etag == seen.etag && before.digest == seen.digest;
        let times = before.filter(is_same).and_then(|before| before.refused).map_or(0, |refused| refused.times);
        seen.refused = Some(Refused { why, times: times.saturating_add(1), again: 0 });
        self.0 = Some(seen);
    }

    /// Notes that the store has that file still. Returns why it was refused, if it was.
    pub fn not_modified(&mut self) -> Option<&R> {
        let refused = self.0.as_mut()?.refused.as_mut()?;
        refused.again = refused.again.saturating_add(1);
        Some(&refused.why)
    }
}

fn seen<R>(file: &File, now: SystemTime) -> Option<Seen<R>> {
    let etag = file.etag.clone()?;
    let is_settled = file.modified.is_none_or(|modified| now.duration_since(modified).is_ok_and(|age| age >= SETTLED));
    is_settled.then(|| Seen { etag, digest: Digest::of(&file.bytes), refused: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: SystemTime = SystemTime::UNIX_EPOCH;

    fn file(etag: Option<&str>, bytes: &str) -> File {
        File { bytes: bytes.into(), etag: etag.map(str::to_owned), modified: None }
    }

    #[test]
    fn a_file_that_was_taken_need_not_be_sent_again() {
        let mut known = Known::<&str>::default();
        assert_eq!(known.etag(), None);
        known.taken(&file(Some("\"1\""), "one"), NOON);
        assert_eq!(known.etag(), Some("\"1\""));
        assert_eq!(known.not_modified(), None);
        known.taken(&file(None, "two"), NOON);
        assert_eq!(known.etag(), None, "a store without ETags sends it each time");
    }

    #[test]
    fn a_file_of_the_last_seconds_is_sent_once_more() {
        let mut known = Known::<&str>::default();
        let file = File { modified: Some(NOON), ..file(Some("\"1\""), "one") };
        let cases = [(Duration::ZERO, None), (SETTLED - Duration::from_secs(1), None), (SETTLED, Some("\"1\""))];
        for (age, expected) in cases {
            known.taken(&file, NOON + age);
            assert_eq!(known.etag(), expected, "{age:?}");
        }
    }

    #[test]
    fn a_file_written_in_the_future_is_not_relied_on() {
        let mut known = Known::<&str>::default();
        let file = File { modified: Some(NOON + SETTLED), ..file(Some("\"1\""), "one") };
        known.taken(&file, NOON);
        assert_eq!(known.etag(), None);
    }

    #[test]
    fn a_refused_file_is_read_twice_and_then_from_time_to_time() {
        let mut known = Known::<&str>::default();
        let forged = file(Some("\"1\""), "forged");
        known.refused(&forged, NOON, "forged");
        assert_eq!(known.etag(), None, "it may have been harmed on its way");
        known.refused(&forged, NOON, "forged");
        for _ in 0..UNTIL_AGAIN {
            assert_eq!(known.etag(), Some("\"1\""));
            assert_eq!(known.not_modified(), Some(&"forged"));
        }
        assert_eq!(known.etag(), None, "the reason may be over");
        known.refused(&forged, NOON, "forged");
        assert_eq!(known.etag(), Some("\"1\""));
    }

    #[test]
    fn a_refused_file_that_changes_begins_anew() {
        let mut known = Known::<&str>::default();
        for bytes in ["torn", "torn in another place", "torn"] {
            known.refused(&file(Some("\"1\""), bytes), NOON, "torn");
            assert_eq!(known.etag(), None, "{bytes}");
        }
        known.refused(&file(Some("\"2\""), "torn"), NOON, "torn");
        assert_eq!(known.etag(), None);
    }
}
