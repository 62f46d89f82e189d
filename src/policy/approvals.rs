//! The number of people who approved an order.

use std::collections::BTreeSet;
use std::iter::once;

use crate::text::quote::is_invisible;

/// The number of distinct people among some names.
///
/// Names that differ only in letter case, blanks or invisible characters count once; names without visible characters do not count.
/// When in doubt, too few people approved.
pub(crate) fn distinct(names: &[String]) -> usize {
    let keys = names.iter().map(|name| key(name).collect::<String>()).filter(|key| !key.is_empty());
    keys.collect::<BTreeSet<String>>().len()
}

/// As [`distinct`], but 2 stands for all larger numbers. Does not allocate.
pub(crate) fn distinct_up_to_two(names: &[String]) -> usize {
    let mut names = names.iter().filter(|name| key(name).next().is_some());
    match names.next() {
        None => 0,
        Some(first) if names.any(|other| !key(other).eq(key(first))) => 2,
        Some(_) => 1,
    }
}

/// The visible words of a name in lower case, each with one blank before it.
fn key(name: &str) -> impl Iterator<Item = char> {
    let words = name.split(char::is_whitespace).filter(|word| word.chars().any(is_seen));
    words.flat_map(|word| once(' ').chain(word.chars().filter(|&c| is_seen(c)).flat_map(char::to_lowercase)))
}

/// Whether a character is visible. Beside those that messages escape, these are not: joiners and fillers, variation selectors
/// (`Default_Ignorable_Code_Point` of Unicode's DerivedCoreProperties), and the empty braille pattern.
fn is_seen(c: char) -> bool {
    let is_ignorable = matches!(c,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}');
    !c.is_control() && !is_invisible(c) && !is_ignorable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_one_person() {
        let cases: [(&[&str], usize); 10] = [
            (&[], 0),
            (&["", " ", "\u{200b}", "\u{feff} \u{ad}"], 0),
            (&["a"], 1),
            (&["a", "A", " a\t", "a\u{200b}", "\u{2060}a", "a\u{fe0f}", "a \u{200d}"], 1),
            (&["counsel a", "counsel\u{a0}a", "counsel  a", "coun\u{ad}sel a"], 1),
            (&["a", "b"], 2),
            (&["", "a", "b"], 2),
            (&["counsel a", "counsela"], 2),
            (&["a", "a\u{200b}", "b", "c"], 3),
            (&["\u{202e}a", "a", "\u{34f}b"], 2),
        ];
        for (names, people) in cases {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(distinct(&names), people, "{names:?}");
            assert_eq!(distinct_up_to_two(&names), people.min(2), "{names:?}");
        }
    }
}
