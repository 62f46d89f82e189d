//! URIs in header fields.

use std::fmt::Write as _;

/// A URI as it may stand between `<` and `>` in a header field: what RFC 3986 allows in none is percent-encoded, so that nothing
/// ends the field or the line. Letters beyond ASCII are as IRIs are mapped to URIs (RFC 3987, section 3.1). `None` when it is
/// empty.
pub(super) fn reference(text: &str) -> Option<String> {
    let text = text.trim();
    let mut uri = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        let is_allowed = match byte {
            b'%' => text.as_bytes().get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        };
        if is_allowed {
            uri.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    (!uri.is_empty()).then_some(uri)
}

/// As above, for a URI that must begin with a scheme (RFC 3986, section 3.1).
pub(super) fn absolute(text: &str) -> Option<String> {
    reference(text).filter(|uri| {
        uri.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_a_field_is_encoded() {
        let cases = [
            ("https://example.org/a?b=c&d=%20#e", Some("https://example.org/a?b=c&d=%20#e")),
            (" https://example.org ", Some("https://example.org")),
            ("/block", Some("/block")),
            (
                "https://example.org/>; rel=\"x\"\r\nSet-Cookie: a=b",
                Some("https://example.org/%3E;%20rel=%22x%22%0D%0ASet-Cookie:%20a=b"),
            ),
            ("https://example.org/粤", Some("https://example.org/%E7%B2%A4")),
            ("https://example.org/100%", Some("https://example.org/100%25")),
            ("https://example.org/%zz%é", Some("https://example.org/%25zz%25%C3%A9")),
            ("[::1]", Some("[::1]")),
            ("a\\b^c`d{e|f}g\0", Some("a%5Cb%5Ec%60d%7Be%7Cf%7Dg%00")),
            ("", None),
            (" \r\n\t", None),
        ];
        for (text, uri) in cases {
            assert_eq!(reference(text).as_deref(), uri, "{text:?}");
        }
    }

    #[test]
    fn a_relative_reference_is_not_absolute() {
        for text in ["https://example.org/card", "sip:block@example.org", "data:application/jose,a"] {
            assert_eq!(absolute(text).as_deref(), Some(text));
        }
        for text in ["", "/card", "example.org/card", "card:", ":card", "1a:b", "é:b", "a b:c"] {
            assert_eq!(absolute(text), None, "{text}");
        }
    }
}
