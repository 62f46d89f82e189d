//! Comparison of texts that look alike to people and differ for programs.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::text::quote::is_hidden;

/// Folds a text: decodes percent-encoding (RFC 3986, section 2.1), normalizes compatible characters (NFKC, UAX #15), lowers the
/// case, and drops blanks and hidden characters. Texts that fold to the same one look alike.
pub(crate) fn folded(text: &str) -> String {
    let decoded = decoded(text);
    let lower = decoded.as_deref().unwrap_or(text).nfkc().flat_map(char::to_lowercase);
    lower.filter(|c| !c.is_whitespace() && !is_hidden(*c)).collect()
}

/// Whether [`folded`] only lowers the case of ASCII letters in the text, so that comparing plain texts without case suffices.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%')
}

/// Decodes percent-encoding. `None` when the text has none, or does not encode UTF-8.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

/// The NFC form (UAX #15) of a text; `None` when the text is in NFC already.
pub(crate) fn nfc(text: &str) -> Option<String> {
    (!is_nfc(text)).then(|| text.nfc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_what_people_do_not_see_look_alike() {
        for (a, b) in [
            ("june-4-vigil", "June-4-Vigil"),
            ("june 4 vigil", "june%204%20vigil"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("vigil", "ｖｉｇｉｌ"),
            ("vi\u{200b}gil", "vigil "),
            ("%E7%B2%A4", "粤"),
            ("100%", "100%"),
        ] {
            assert_eq!(folded(a), folded(b), "{a:?}, {b:?}");
        }
        for (a, b) in [("vigil", "vigils"), ("a%zz", "a"), ("june-4", "june_4"), ("%ff", "\u{ff}")] {
            assert_ne!(folded(a), folded(b), "{a:?}, {b:?}");
        }
    }

    #[test]
    fn texts_that_folding_only_lowers_are_plain() {
        assert!(["June-4-Vigil", "a_1.@/", ""].into_iter().all(is_plain));
        assert!(!["june 4", "june%204", "caf\u{e9}", "vigil\u{200b}"].into_iter().any(is_plain));
    }

    #[test]
    fn only_what_is_not_nfc_has_another_form() {
        assert_eq!(nfc("cafe\u{301}").as_deref(), Some("caf\u{e9}"));
        assert_eq!(nfc("caf\u{e9} 粤 🕯"), None);
    }
}
