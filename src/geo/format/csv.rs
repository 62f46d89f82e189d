//! The fields of a line of CSV.

use std::borrow::Cow;

use crate::geo::error::LineError;
use crate::text::quote::excerpt;

/// The fields of one line, as [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180) has them: commas between, and quotes around
/// those that have a comma or a quote (doubled) within. Blanks around a field are dropped; no field spans lines.
pub(super) struct Fields<'a> {
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(line: &'a str) -> Fields<'a> {
        Fields { rest: Some(line) }
    }

    /// The next field, or nothing at all when the line has no more.
    pub(super) fn next_or_empty(&mut self) -> Result<Cow<'a, str>, LineError> {
        self.next().unwrap_or(Ok(Cow::Borrowed("")))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Cow<'a, str>, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest?;
        if let Some(quoted) = rest.trim_ascii_start().strip_prefix('"') {
            let (field, rest) = match unquote(quoted) {
                Some((field, rest)) => (Ok(field), rest),
                None => (Err(LineError::Quote { value: excerpt(rest.trim_ascii()) }), None),
            };
            self.rest = rest;
            return Some(field);
        }
        let (field, rest) = rest.split_once(',').map_or((rest, None), |(field, rest)| (field, Some(rest)));
        self.rest = rest;
        Some(Ok(Cow::Borrowed(field.trim_ascii())))
    }
}

/// The first `N` fields of a line, which has no more of them: but one more, the country's name, where it begins with a quote, as
/// those of IP2Location do.
///
/// Two letters are no country's name. DB-IP's Country file has them in that place, the country's code, and before it the
/// continent's: `AS` is not American Samoa there.
pub(super) fn columns<'a, const N: usize>(line: &'a str, expected: &'static str) -> Result<[Cow<'a, str>; N], LineError> {
    let mut columns = [const { Cow::Borrowed("") }; N];
    let mut found = 0;
    let mut has_name = false;
    for field in Fields::of(line) {
        let field = field?;
        match columns.get_mut(found) {
            Some(column) => *column = field,
            None => has_name = found == N && line.starts_with('"') && field.len() != 2,
        }
        found += 1;
    }
    if found == N || has_name { Ok(columns) } else { Err(LineError::Fields { found, expected }) }
}

/// What follows an opening quote: the field, and the fields after it where there are any. `None` when the quote is not closed at
/// the field's end.
fn unquote(mut text: &str) -> Option<(Cow<'_, str>, Option<&str>)> {
    let mut field = Cow::Borrowed("");
    loop {
        let (piece, after) = text.split_once('"')?;
        field += piece;
        if let Some(more) = after.strip_prefix('"') {
            field += "\"";
            text = more;
            continue;
        }
        let outside = after.trim_ascii_start();
        return match outside.strip_prefix(',') {
            Some(rest) => Some((field, Some(rest))),
            None if outside.is_empty() => Some((field, None)),
            None => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str) -> Option<Vec<String>> {
        Fields::of(line).map(|field| field.ok().map(Cow::into_owned)).collect()
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
            (r#"""",""""#, vec![r#"",""#]),
            (r#"a "b" c,d"#, vec![r#"a "b" c"#, "d"]),
            (r#""é""漢",x"#, vec!["é\"漢", "x"]),
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
}
