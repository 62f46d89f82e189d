//! Why a name in a docket can never match one that a backend asks about.

use std::fmt::{self, Display};

use crate::text::alike::nfc;

/// A flaw of a name, with which it can hardly be the id of a meeting, an account or a group. Flaws come from e-mails, spreadsheets
/// and browsers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NameFlaw {
    /// A blank at its beginning or end.
    BlankAtEnd,
    /// A control character that does not end a line.
    Control,
    /// A character without width, but U+200C and U+200D between characters that are not ASCII, where scripts need them.
    ZeroWidth,
    /// A character that reorders others (UAX #9).
    Reordering,
    /// A no-break space.
    NoBreakSpace,
    /// A line end.
    LineEnd,
    /// A comma, as between two names.
    Comma,
    /// `://`, as in a link.
    Link,
    /// Nothing but 9 digits or more with blanks or dashes between them, as people are shown numbers of meetings.
    GroupedDigits,
    /// Text that is not NFC (UAX #15).
    NotNfc,
}

/// The fewest digits that are a number of a meeting, and no date.
const MIN_DIGITS: usize = 9;

impl NameFlaw {
    /// The flaws of a name, in the sequence of the variants.
    pub(crate) fn of(name: &str) -> Vec<NameFlaw> {
        let mut flaws = Vec::new();
        let is_plain = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'.' | b'@');
        // Most names have letters, and nothing that could be a flaw.
        if name.bytes().any(|byte| byte.is_ascii_alphabetic())
            && name.bytes().all(|b| is_plain(b) || b.is_ascii_digit() || b == b'-')
        {
            return flaws;
        }
        let ends = [name.chars().next(), name.chars().next_back()];
        let mut push = |is_found: bool, flaw| flaws.extend(is_found.then_some(flaw));
        push(ends.into_iter().flatten().any(char::is_whitespace), NameFlaw::BlankAtEnd);
        push(name.chars().any(|c| c.is_control() && !ends_line(c)), NameFlaw::Control);
        push(has_zero_width(name), NameFlaw::ZeroWidth);
        push(name.contains(reorders), NameFlaw::Reordering);
        push(name.contains(['\u{a0}', '\u{2007}', '\u{202f}']), NameFlaw::NoBreakSpace);
        push(name.contains(ends_line), NameFlaw::LineEnd);
        push(name.contains(','), NameFlaw::Comma);
        push(name.contains("://"), NameFlaw::Link);
        push(is_grouped_digits(name), NameFlaw::GroupedDigits);
        push(!name.is_ascii() && nfc(name).is_some(), NameFlaw::NotNfc);
        flaws
    }

    /// The name without its flaws, where that is one name.
    pub(crate) fn mended(name: &str, flaws: &[NameFlaw]) -> Option<String> {
        if flaws.iter().any(|flaw| matches!(flaw, NameFlaw::Comma | NameFlaw::Link | NameFlaw::LineEnd)) {
            return None;
        }
        let grouped = flaws.contains(&NameFlaw::GroupedDigits);
        let is_kept = |c: char| !(c.is_control() || is_zero_width(c) || reorders(c) || (grouped && !c.is_ascii_digit()));
        // A joiner that a script needs stays.
        let zero_width = flaws.contains(&NameFlaw::ZeroWidth);
        let kept: String = name.chars().filter(|&c| is_kept(c) || (is_joiner(c) && !zero_width)).collect();
        let spaced = kept.replace(['\u{a0}', '\u{2007}', '\u{202f}'], " ");
        let trimmed = spaced.trim();
        let mended = nfc(trimmed).unwrap_or_else(|| trimmed.to_owned());
        (!mended.is_empty() && NameFlaw::of(&mended).is_empty()).then_some(mended)
    }
}

fn ends_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn reorders(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_zero_width(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a character without width stands where no script needs one.
fn has_zero_width(name: &str) -> bool {
    let is_other = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    let mut before = None;
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        let is_needed = is_joiner(c) && is_other(before) && is_other(rest.clone().next());
        if is_zero_width(c) && !is_needed {
            return true;
        }
        before = Some(c);
    }
    false
}

fn is_grouped_digits(name: &str) -> bool {
    let is_dash = |c: char| c == '-' || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}');
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let others = name.chars().count() - digits;
    digits >= MIN_DIGITS && others > 0 && name.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || is_dash(c))
}

impl Display for NameFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NameFlaw::BlankAtEnd => "a blank at an end",
            NameFlaw::Control => "a control character",
            NameFlaw::ZeroWidth => "a zero-width character",
            NameFlaw::Reordering => "a reordering character",
            NameFlaw::NoBreakSpace => "a no-break space",
            NameFlaw::LineEnd => "a line end",
            NameFlaw::Comma => "a comma, as between two names",
            NameFlaw::Link => "`://`, as in a link",
            NameFlaw::GroupedDigits => "nothing but digits with blanks or dashes between them",
            NameFlaw::NotNfc => "text that is not NFC",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NameFlaw::*;

    const FLAWED: &[(&str, &[NameFlaw], Option<&str>)] = &[
        ("vigil ", &[BlankAtEnd], Some("vigil")),
        ("\tvigil", &[BlankAtEnd, Control], Some("vigil")),
        ("vi\u{7}gil", &[Control], Some("vigil")),
        ("vi\u{200b}gil", &[ZeroWidth], Some("vigil")),
        ("vigil\u{feff}", &[ZeroWidth], Some("vigil")),
        ("vi\u{200d}gil", &[ZeroWidth], Some("vigil")),
        ("粤\u{200d}a", &[ZeroWidth], Some("粤a")),
        ("\u{202e}vigil", &[Reordering], Some("vigil")),
        ("june\u{a0}vigil", &[NoBreakSpace], Some("june vigil")),
        ("vigil\u{a0}", &[BlankAtEnd, NoBreakSpace], Some("vigil")),
        ("one\ntwo", &[LineEnd], None),
        ("one\r\n", &[BlankAtEnd, LineEnd], None),
        ("one\u{2028}two", &[LineEnd], None),
        ("one, two", &[Comma], None),
        ("https://example.org/j/1", &[Link], None),
        ("123 4567 8901", &[GroupedDigits], Some("12345678901")),
        ("123-456-789", &[GroupedDigits], Some("123456789")),
        ("123\u{a0}456\u{a0}789", &[NoBreakSpace, GroupedDigits], Some("123456789")),
        ("123–456–789", &[GroupedDigits], Some("123456789")),
        ("cafe\u{301}", &[NotNfc], Some("caf\u{e9}")),
        ("\u{200b}", &[ZeroWidth], None),
        (" ", &[BlankAtEnd], None),
        ("123 456 789\u{200b}", &[ZeroWidth], None),
    ];

    #[test]
    fn each_flaw_is_found_and_mended() {
        for &(name, flaws, mended) in FLAWED {
            assert_eq!(NameFlaw::of(name), flaws, "{name:?}");
            assert_eq!(NameFlaw::mended(name, flaws).as_deref(), mended, "{name:?}");
        }
    }

    #[test]
    fn names_as_backends_give_them_have_none() {
        for name in [
            "vigil",
            "june-4-vigil",
            "june 4 vigil",
            "12345678901",
            "2020-06-04",
            "123 456",
            "a@example.org",
            "0b0a6f5e-1d2c-4c5b-8a8e-7d4b9a9f3c11",
            "caf\u{e9}",
            "粤 🕯",
            "👩\u{200d}💻",
            "می\u{200c}خواهم",
            "*",
            "a/b:c",
            "room(1)",
            "",
        ] {
            assert_eq!(NameFlaw::of(name), [], "{name:?}");
        }
    }
}
