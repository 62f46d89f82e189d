//! Quoting of untrusted text in messages: in backticks, on one line, of bounded length.

use std::fmt::{self, Display, Write as _};

/// The most characters of a foreign text that a message repeats. A valid name (512 bytes) is never cut.
const SHOWN: usize = 512;

/// Shows untrusted text in backticks, on one line, as every message of this library does.
///
/// Control, invisible and reordering characters are escaped, so that a name can forge neither a line of a log nor a terminal's
/// colours; a backtick is, so that a name cannot end its own quotation. Text beyond 512 characters is cut.
///
/// ```
/// use bailiwick::Quoted;
///
/// assert_eq!(Quoted("june-4\u{1b}[2J").to_string(), r"`june-4\u{1b}[2J`");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('`')?;
        for c in self.0.chars().take(SHOWN) {
            if c == '`' {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                shown(c).try_for_each(|c| f.write_char(c))?;
            }
        }
        if self.0.chars().nth(SHOWN).is_some() {
            f.write_char('…')?;
        }
        f.write_char('`')
    }
}

/// Whether messages escape a character because it is not seen, or reorders the text around it.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c)
}

/// A character as a message shows it: escaped, when it would not be seen or would change what is seen around it.
pub(crate) fn shown(c: char) -> impl Iterator<Item = char> {
    let escaped = is_hidden(c).then(|| c.escape_unicode());
    let plain = if escaped.is_none() { Some(c) } else { None };
    escaped.into_iter().flatten().chain(plain)
}

/// Line separators, characters without width, and the marks that reorder text (Unicode UAX #9): shown as they are, they make one
/// name look like another.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A copy of a foreign text for an error to own, no longer than a message shows.
pub(crate) fn excerpt(text: &str) -> String {
    if text.len() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_length_is_bounded() {
        assert_eq!(Quoted("vigil").to_string(), "`vigil`");
        assert_eq!(Quoted("a\nb\u{1b}[31m").to_string(), "`a\\u{a}b\\u{1b}[31m`");
        assert_eq!(Quoted("a\u{202e}b").to_string(), "`a\\u{202e}b`");
        assert_eq!(Quoted("a` or `b").to_string(), "`a\\u{60} or \\u{60}b`");
        let name = "é".repeat(SHOWN);
        assert_eq!(Quoted(&name).to_string(), format!("`{name}`"));
        let long = "é".repeat(SHOWN + 1);
        assert_eq!(Quoted(&long).to_string(), format!("`{name}…`"));
        assert_eq!(Quoted(&excerpt(&"é".repeat(9000))).to_string(), format!("`{name}…`"));
    }
}
