//! The notice over XMPP.

use std::fmt::{self, Display, Write as _};

use super::Notice;

/// The namespace of stanza errors (RFC 6120, section 8.3.2).
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// The error of the stanza that answers a request to join a room, as plain values; `Display` writes it as the element `error`.
///
/// The condition is `not-allowed`, of type `cancel` (RFC 6120, section 8.3.3), as it says least that is untrue. RFC 6120 has it for
/// what *no* entity may do; here it is what no one from there may. Others would say more: `forbidden` is how a room answers those
/// whom it has banned (XEP-0045, section 7.2), and of type `auth`, which asks for credentials; `policy-violation` says that the
/// person broke a rule of the service, and its types that something else, or the same later, would pass; `not-acceptable` and
/// `service-unavailable` are about nicknames and room. `cancel` keeps clients from trying again by themselves. The text says the
/// rest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct XmppRefusal<'p> {
    /// The attribute `type` of the error: `cancel`.
    pub kind: &'static str,
    /// The defined condition: `not-allowed`.
    pub condition: &'static str,
    /// The attribute `xml:lang` of the text.
    pub language: Option<&'p str>,
    /// The notice as plain text.
    pub text: String,
}

impl<'p> Notice<'p> {
    /// The error of the stanza that answers a request to join.
    #[must_use]
    pub fn xmpp(&self) -> XmppRefusal<'p> {
        XmppRefusal { kind: "cancel", condition: "not-allowed", language: self.tag(), text: self.to_string() }
    }
}

impl Display for XmppRefusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let XmppRefusal { kind, condition, language, text } = self;
        write!(f, "<error type='{}'><{condition} xmlns='{STANZAS}'/><text xmlns='{STANZAS}'", Escaped(kind))?;
        language.map_or(Ok(()), |language| write!(f, " xml:lang='{}'", Escaped(language)))?;
        write!(f, ">{}</text></error>", Escaped(text))
    }
}

/// A text in XML. Characters that XML 1.0 cannot hold (its section 2.2), and other control characters but tabs and ends of lines,
/// are replaced.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
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
            assert_eq!(Escaped(text).to_string(), escaped);
        }
    }
}
