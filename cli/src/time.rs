//! Times as people and files give them.

use bailiwick::text::Timestamp;
use jiff::fmt::temporal::Pieces;

/// Reads a time with an offset: what `jiff` reads of ISO 8601, which is more than RFC 3339 has.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => Timestamp::new(time.into()),
        // The times of `jiff` end two hours and a day before the year 9999 does, and many write its last second for ever.
        Err(_) => text.parse().ok(),
    }
}

/// Whether a text has a date, a time and an offset, whatever its year.
pub(crate) fn has_form(text: &str) -> bool {
    Pieces::parse(text).is_ok_and(|pieces| pieces.time().is_some() && pieces.offset().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_second_of_the_year_9999_is_read_as_it_is_written() {
        for text in ["9999-12-30T21:59:59Z", "9999-12-30T22:00:00Z", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        assert_eq!(parse("2020-06-04 12:00+08").unwrap().to_string(), "2020-06-04T04:00:00Z");
    }

    #[test]
    fn a_year_that_cannot_be_written_is_told_from_no_time() {
        for text in ["9999-12-31T23:59:59-05:00", "-000001-01-01T00:00:00Z", "9999-12-31 23:59:59-05"] {
            assert!(parse(text).is_none() && has_form(text), "{text}");
        }
        for text in ["9999-12-31T23:59:59", "9999-12-31", "for ever", "9999-12-31T23:59:61Z", ""] {
            assert!(parse(text).is_none() && !has_form(text), "{text}");
        }
    }
}
