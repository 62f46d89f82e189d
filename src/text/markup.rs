//! Text from outside in Markdown and in CSV.

use std::fmt::{self, Display, Write};

use crate::text::quote::shown;

/// A text as it stands in Markdown, of which nothing is markup: neither of a table nor of anything else.
pub(crate) struct MarkdownText<'a>(pub(crate) &'a str);

impl Display for MarkdownText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().flat_map(shown).try_for_each(|c| {
            // Any sign of ASCII may be escaped (CommonMark, section 2.4); the hyphen of `CN-GD` need not be.
            if c.is_ascii_punctuation() && c != '-' {
                f.write_char('\\')?;
            }
            f.write_char(c)
        })
    }
}

/// A text as a field of CSV (RFC 4180), on one line.
///
/// Spreadsheets take what begins with one of a few signs, also in full width, for a formula: an apostrophe before it has them show it
/// as it is.
pub(crate) struct CsvField<'a>(pub(crate) &'a str);

impl Display for CsvField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.0.chars().flat_map(shown).collect();
        let is_formula = text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
        let text = if is_formula { format!("'{text}") } else { text };
        match text.contains([',', '"', '\r', '\n']) {
            true => write!(f, "\"{}\"", text.replace('"', "\"\"")),
            false => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_markup() {
        let cases = [
            ("CN-GD", "CN-GD"),
            ("a|b", "a\\|b"),
            ("<b>[x](y)*_`\\", "\\<b\\>\\[x\\]\\(y\\)\\*\\_\\`\\\\"),
            ("a\n| b", "a\\\\u\\{a\\}\\| b"),
            ("欧盟", "欧盟"),
        ];
        for (name, escaped) in cases {
            assert_eq!(MarkdownText(name).to_string(), escaped);
        }
    }

    #[test]
    fn fields_are_quoted_and_start_no_formula() {
        let cases = [
            ("CN", "CN"),
            ("a, b", "\"a, b\""),
            ("the \"union\"", "\"the \"\"union\"\"\""),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@a", "'@a"),
            ("a=b", "a=b"),
            ("a\r\n=b", "a\\u{d}\\u{a}=b"),
            ("\t=b", "\\u{9}=b"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ];
        for (name, field) in cases {
            assert_eq!(CsvField(name).to_string(), field);
        }
    }
}
