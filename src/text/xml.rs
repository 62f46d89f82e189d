//! Text in XML.

use std::fmt::{self, Display, Write};

/// A text as it stands between tags of XML, or in an attribute: with entities for markup.
///
/// Characters that XML 1.0 cannot hold (its section 2.2), and other control characters but tabs and ends of lines, are replaced
/// with U+FFFD.
///
/// ```
/// assert_eq!(bailiwick::text::Xml("a < b & \"c\"").to_string(), "a &lt; b &amp; &quot;c&quot;");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Xml<'a>(pub &'a str);

impl Display for Xml<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '\'' => f.write_str("&apos;"),
            '"' => f.write_str("&quot;"),
            '\t' | '\n' => f.write_char(c),
            '\u{fffe}' | '\u{ffff}' => f.write_char(char::REPLACEMENT_CHARACTER),
            c if c.is_control() => f.write_char(char::REPLACEMENT_CHARACTER),
            c => f.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_replaced_and_the_rest_escaped() {
        let cases = [
            ("Article 12 & <13> 'of' \"it\"", "Article 12 &amp; &lt;13&gt; &apos;of&apos; &quot;it&quot;"),
            ("a\tb\nc", "a\tb\nc"),
            ("\0\u{1}\u{8}\u{b}\r\u{1b}\u{7f}\u{85}\u{fffe}\u{ffff}", "\u{fffd}".repeat(10).leak()),
            ("]]>", "]]&gt;"),
            ("粤 🕯 é", "粤 🕯 é"),
        ];
        for (text, escaped) in cases {
            assert_eq!(Xml(text).to_string(), escaped);
        }
    }
}
