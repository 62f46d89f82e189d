//! Times that cannot be read.

use jiff::fmt::temporal::Pieces;

/// Whether a text has a date, a time and an offset, whatever its year.
pub(crate) fn has_form(text: &str) -> bool {
    Pieces::parse(text).is_ok_and(|pieces| pieces.time().is_some() && pieces.offset().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bailiwick::text::Timestamp;

    #[test]
    fn a_time_that_does_not_exist_is_told_from_no_time() {
        let is_read = |text| Timestamp::from_iso_8601(text).is_ok();
        for text in [
            "9999-12-31T23:59:59-05:00",
            "-000001-01-01T00:00:00Z",
            "9999-12-31 23:59:59-05",
            "2016-12-31T23:58:60Z",
            "2016-12-31 23:58:60Z",
        ] {
            assert!(!is_read(text) && has_form(text), "{text}");
        }
        for text in ["9999-12-31T23:59:59", "9999-12-31", "for ever", "9999-12-31T23:59:61Z", ""] {
            assert!(!is_read(text) && !has_form(text), "{text}");
        }
    }
}
