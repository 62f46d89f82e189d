//! Records of CSV (RFC 4180): where they end, and their fields.

use std::borrow::Cow;

/// The state of a scan between two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Scan {
    /// At the beginning of a field, where a quote opens one.
    #[default]
    Start,
    /// In a field without quotes, or behind a closing quote.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote in a quoted field: it closes the field, or is the first of two.
    Closing,
}

impl Scan {
    fn after(self, byte: u8) -> Scan {
        match (self, byte) {
            (Scan::Start, b'"') | (Scan::Closing, b'"') => Scan::Quoted,
            (Scan::Quoted, b'"') => Scan::Closing,
            (Scan::Quoted, _) => Scan::Quoted,
            (_, b',' | b'\n') => Scan::Start,
            _ => Scan::Plain,
        }
    }
}

/// The number of bytes of the records that end in a text, which begins with a record, and whether the rest is between quotes.
pub(crate) fn whole_records(text: &[u8]) -> (usize, bool) {
    if !text.contains(&b'"') {
        return (text.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1), false);
    }
    let (mut scan, mut end) = (Scan::Start, 0);
    for (at, &byte) in text.iter().enumerate() {
        let is_within = scan == Scan::Quoted;
        scan = scan.after(byte);
        if byte == b'\n' && !is_within {
            end = at + 1;
        }
    }
    (end, scan == Scan::Quoted)
}

/// The next record of a text without the end of its line, and the rest. A record may have ends of lines between quotes.
pub(crate) fn next_record(text: &[u8]) -> (&[u8], &[u8]) {
    let line = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    let mut end = line;
    if text.get(..line).is_some_and(|line| line.contains(&b'"')) {
        let mut scan = Scan::Start;
        let is_end = |&byte: &u8| {
            let is_within = scan == Scan::Quoted;
            scan = scan.after(byte);
            byte == b'\n' && !is_within
        };
        end = text.iter().position(is_end).unwrap_or(text.len());
    }
    let (record, rest) = text.split_at_checked(end).unwrap_or((text, &[]));
    (record.strip_suffix(b"\r").unwrap_or(record), rest.get(1..).unwrap_or_default())
}

/// The hint for a field whose quotes are wrong.
pub(crate) const QUOTES: &str = "write a quote in a field doubled, and the field between quotes (RFC 4180)";

/// Calls `each` with the fields of a record, which is text.
///
/// # Errors
///
/// When a quote stands where none can be.
pub(crate) fn fields<'t>(record: &'t str, mut each: impl FnMut(usize, Cow<'t, str>)) -> Result<usize, &'static str> {
    if !record.contains('"') {
        let mut fields = 0;
        for field in record.split(',') {
            each(fields, Cow::Borrowed(field));
            fields += 1;
        }
        return Ok(fields);
    }
    let (mut rest, mut fields) = (record, 0);
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => {
                let (field, after) = rest.split_at_checked(rest.find(',').unwrap_or(rest.len())).unwrap_or((rest, ""));
                if field.contains('"') {
                    return Err(QUOTES);
                }
                (Cow::Borrowed(field), after)
            }
        };
        each(fields, field);
        fields += 1;
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(fields),
            None => return Err(QUOTES),
        }
    }
}

/// The content of a field behind its opening quote, and what follows the closing one.
fn quoted_field(text: &str) -> Result<(Cow<'_, str>, &str), &'static str> {
    let mut content = Cow::Borrowed("");
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or(QUOTES)?;
        let Some(next) = after.strip_prefix('"') else {
            if content.is_empty() {
                return Ok((Cow::Borrowed(part), after));
            }
            content.to_mut().push_str(part);
            return Ok((content, after));
        };
        content.to_mut().push_str(part);
        content.to_mut().push('"');
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(record: &str) -> Result<Vec<String>, &'static str> {
        let mut found = Vec::new();
        fields(record, |at, field| {
            assert_eq!(at, found.len());
            found.push(field.into_owned());
        })?;
        Ok(found)
    }

    #[test]
    fn fields_are_read_with_and_without_quotes() {
        let cases: [(&str, &[&str]); 9] = [
            ("", &[""]),
            ("a,b", &["a", "b"]),
            (",", &["", ""]),
            ("\"\"", &[""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("a,\"b\"\"c\"", &["a", "b\"c"]),
            ("\"\"\"\"", &["\""]),
            ("\"a\nb\",", &["a\nb", ""]),
            ("\"粤\",é", &["粤", "é"]),
        ];
        for (record, expected) in cases {
            assert_eq!(all(record).unwrap(), expected, "{record}");
        }
        for record in ["a\"b", "\"a\"b", "\"a", "a,\"", "\"a\" ,b", " \"a\"", "\"\"\""] {
            assert_eq!(all(record), Err(QUOTES), "{record}");
        }
    }

    /// All texts of a few signs: wherever records are told apart, the ends are the same.
    #[test]
    fn records_end_in_one_place_however_the_text_is_cut() {
        let signs = [b'a', b',', b'"', b'\n', b'\r'];
        for number in 0..5_usize.pow(7) {
            let text: Vec<u8> = (0..7)
                .scan(number, |rest, _| {
                    let sign = signs[*rest % 5];
                    *rest /= 5;
                    Some(sign)
                })
                .collect();
            let (end, _) = whole_records(&text);
            let (mut rest, mut ends) = (&text[..], Vec::new());
            while !rest.is_empty() {
                rest = next_record(rest).1;
                ends.push(text.len() - rest.len());
            }
            let is_an_end = end == 0 || ends.contains(&end);
            assert!(is_an_end, "{:?}: {end} {ends:?}", String::from_utf8_lossy(&text));
            let later = ends.iter().filter(|&&other| other > end).count();
            assert!(later <= 1, "only the last record may be cut: {:?}", String::from_utf8_lossy(&text));
        }
    }
}
