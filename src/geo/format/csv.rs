//! The fields of a line of separated values.

use std::borrow::Cow;

use super::prefix;
use crate::geo::error::LineError;
use crate::net::address::IpSpan;
use crate::text::quote::excerpt;

/// The separators of fields. No address and no code has one of them.
const SEPARATORS: &[u8] = b",;\t|";

/// The fields of one line, as [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180) has them: commas between, and quotes around
/// those that have a comma or a quote (doubled) within. Semicolons or tabs separate them in a line in which one of these comes before
/// a comma. Blanks around a field are dropped; no field spans lines. A field is bytes: one that is not read may be in any encoding.
pub(in crate::geo) struct Fields<'a> {
    rest: Option<&'a [u8]>,
    separator: u8,
}

impl<'a> Fields<'a> {
    pub(in crate::geo) fn of(line: &'a [u8]) -> Fields<'a> {
        Fields { rest: Some(line), separator: separator(line) }
    }

    /// The text of the next field; empty when the line has no more.
    pub(super) fn next_text(&mut self) -> Result<String, LineError> {
        self.next().unwrap_or(Ok(Cow::Borrowed(b""))).and_then(|field| Ok(text(&field)?.to_owned()))
    }

    pub(super) fn is_tabs(&self) -> bool {
        self.separator == b'\t'
    }

    fn trim(&self, text: &'a [u8]) -> &'a [u8] {
        trim_end(self.trim_start(text), self.separator)
    }

    fn trim_start(&self, text: &'a [u8]) -> &'a [u8] {
        let start = text.iter().position(|&byte| !is_blank(byte, self.separator)).unwrap_or(text.len());
        text.get(start..).unwrap_or_default()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Cow<'a, [u8]>, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        if let Some(quoted) = self.trim_start(rest).strip_prefix(b"\"") {
            let (field, rest) = match unquote(quoted, self.separator) {
                Some((field, rest)) => (Ok(field), rest),
                None => (Err(LineError::Quote { value: excerpt(&String::from_utf8_lossy(self.trim(rest))) }), None),
            };
            self.rest = rest;
            return Some(field);
        }
        let (field, rest) = split_once(rest, self.separator).map_or((rest, None), |(field, rest)| (field, Some(rest)));
        self.rest = rest;
        Some(Ok(Cow::Borrowed(self.trim(field))))
    }
}

/// The text of a field that is read.
pub(super) fn text(field: &[u8]) -> Result<&str, LineError> {
    std::str::from_utf8(field).map_err(|_| LineError::NotText)
}

/// The first separator outside quotes.
fn separator(line: &[u8]) -> u8 {
    let mut quoted = false;
    let outside = line.iter().copied().filter(|&byte| {
        quoted ^= byte == b'"';
        !quoted
    });
    outside.into_iter().find(|byte| matches!(byte, b',' | b';' | b'\t')).unwrap_or(b',')
}

fn is_blank(byte: u8, separator: u8) -> bool {
    byte != separator && byte.is_ascii_whitespace()
}

fn trim_end(text: &[u8], separator: u8) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_blank(byte, separator)).map_or(0, |last| last + 1);
    text.get(..end).unwrap_or_default()
}

fn split_once(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let place = text.iter().position(|&byte| byte == at)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// A quoted field, and the fields after it where there are any.
type Unquoted<'a> = (Cow<'a, [u8]>, Option<&'a [u8]>);

/// Reads what follows an opening quote. `None` when the quote is not closed at the field's end.
fn unquote(mut text: &[u8], separator: u8) -> Option<Unquoted<'_>> {
    let mut field: Cow<'_, [u8]> = Cow::Borrowed(b"");
    loop {
        let (piece, after) = split_once(text, b'"')?;
        if field.is_empty() {
            field = Cow::Borrowed(piece);
        } else {
            field.to_mut().extend_from_slice(piece);
        }
        if let Some(more) = after.strip_prefix(b"\"") {
            field.to_mut().push(b'"');
            text = more;
            continue;
        }
        let blanks = after.iter().position(|&byte| !is_blank(byte, separator)).unwrap_or(after.len());
        return match after.get(blanks..)?.split_first() {
            Some((&next, rest)) if next == separator => Some((field, Some(rest))),
            None => Some((field, None)),
            Some(_) => None,
        };
    }
}

/// The first fields of a line, even when its quotes or separators are wrong, to find the addresses of a refused line.
pub(super) fn raw_fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pieces = line.split(|byte| SEPARATORS.contains(byte) || *byte == b'"');
    pieces.map(<[u8]>::trim_ascii).filter(|piece| !piece.is_empty())
}

/// The network that a refused line begins with.
pub(super) fn raw_network(line: &[u8]) -> Option<IpSpan> {
    raw_fields(line).next().and_then(prefix::raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Option<Vec<String>> {
        Fields::of(line.as_bytes()).map(|field| field.ok().map(|field| String::from_utf8(field.into_owned()).unwrap())).collect()
    }

    #[test]
    fn fields_are_between_commas_with_or_without_quotes() {
        for (line, expected) in [
            ("", vec![""]),
            (",", vec!["", ""]),
            ("a,b", vec!["a", "b"]),
            (" a ,\tb ", vec!["a", "b"]),
            (r#""a","b""#, vec!["a", "b"]),
            (r#" "a" , "b" "#, vec!["a", "b"]),
            (r#""","""#, vec!["", ""]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""a ""quoted"" word",c"#, vec![r#"a "quoted" word"#, "c"]),
            (r#""""""#, vec![r#"""#]),
            (r#""""a",b"#, vec![r#""a"#, "b"]),
            (r#"a "b" c,d"#, vec![r#"a "b" c"#, "d"]),
            (r#""é""漢",x"#, vec!["é\"漢", "x"]),
            ("a;b,c;d", vec!["a", "b,c", "d"]),
            ("a\t\tb\t", vec!["a", "", "b", ""]),
            ("a\t\"b\tc\"\t d", vec!["a", "b\tc", "d"]),
            (r#""a;b",c;d"#, vec!["a;b", "c;d"]),
            (r#""a,b";c,d"#, vec!["a,b", "c,d"]),
            (r#"a;"b,c";d"#, vec!["a", "b,c", "d"]),
        ] {
            assert_eq!(fields(line), Some(expected.into_iter().map(str::to_owned).collect()), "{line}");
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_at_the_end_of_its_field_is_an_error() {
        for line in [r#"""#, r#""a"#, r#""a"b,c"#, r#""a,b"#, r#"a,"b"#, r#""a"""#, r#""a" b"#, r#""a" "b""#] {
            assert_eq!(fields(line), None, "{line}");
        }
    }

    #[test]
    fn a_field_that_is_not_read_may_be_in_any_encoding() {
        let mut fields = Fields::of(b"a,\xe9,b");
        assert_eq!(fields.next_text(), Ok("a".to_owned()));
        assert_eq!(fields.next().unwrap().unwrap(), &b"\xe9"[..]);
        assert_eq!(fields.next_text(), Ok("b".to_owned()));
        assert_eq!(Fields::of(b"\xe9").next_text(), Err(LineError::NotText));
    }
}
