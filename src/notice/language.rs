//! Choice of the available language that suits a person best.

use std::cmp::Reverse;

/// The most entries of a list that are looked at. Browsers send about ten; each costs a look at every language that there is.
const MOST: usize = 64;

/// The most bytes of a range. Tags that are in use have at most 35 (RFC 5646, section 4.4.1); one without end would be looked up as
/// often as it has subtags.
const LONGEST: usize = 64;

/// The languages that a person reads: a list such as HTTP's `Accept-Language` (RFC 9110, section 12.5.4), of which one language tag
/// is the shortest. Malformed entries of the list are ignored.
#[derive(Debug)]
pub(super) struct Languages<'l> {
    /// Ranges with their weights in thousandths, as listed. A weight of zero excludes. In place, as a notice allocates nothing.
    ranges: [(&'l str, u16); MOST],
    /// The number of them.
    len: usize,
}

/// The rank of a tag for a person. The least is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A range matches it. The greatest weight comes first, then the first range, then the fewest subtags removed.
    Wanted { weight: Reverse<u16>, number: usize, taken_away: usize },
    /// No range matches it.
    Other { is_excluded: bool, is_not_english: bool },
}

/// The rank of a tag that is narrower than a range comes after those of all that are found by taking subtags away.
const NARROWER: usize = usize::MAX;

impl<'l> Languages<'l> {
    pub(super) fn new(list: &'l str) -> Languages<'l> {
        let mut languages = Languages { ranges: [("", 0); MOST], len: 0 };
        let entries = list.split(',').take(MOST).filter_map(entry);
        for (slot, entry) in languages.ranges.iter_mut().zip(entries) {
            *slot = entry;
            languages.len += 1;
        }
        languages
    }

    fn ranges(&self) -> &[(&'l str, u16)] {
        self.ranges.get(..self.len).unwrap_or_default()
    }

    /// The rank of a tag among others, of which equal ones ascend.
    ///
    /// For each range in turn, those that are liked better first: the tag that RFC 4647 looks up (section 3.4), or else one that is
    /// narrower than the range (its section 3.3.1), as a reader of `zh` prefers `zh-Hant` to English. When no range finds any: `en`,
    /// or else any. A tag that is excluded comes after all others, as something is better than nothing.
    pub(super) fn rank(&self, tag: &str) -> Rank {
        let is_excluded = self.exclude(tag);
        let wanted = self.ranges().iter().zip(0..).filter(|&(&(_, weight), _)| weight > 0 && !is_excluded);
        let ranks = wanted.filter_map(|(&(range, weight), number)| {
            let taken_away = found(range, tag)?;
            Some(Rank::Wanted { weight: Reverse(weight), number, taken_away })
        });
        ranks.min().unwrap_or(Rank::Other { is_excluded, is_not_english: !tag.eq_ignore_ascii_case("en") })
    }

    /// Whether the longest range that covers a tag has weight zero. A range that is both listed and excluded counts as listed.
    fn exclude(&self, tag: &str) -> bool {
        let covering = self.ranges().iter().filter(|(range, _)| covers(range, tag));
        covering.max_by_key(|(range, weight)| (range.len(), *weight)).is_some_and(|&(_, weight)| weight == 0)
    }
}

/// The number of subtags to remove from a range until it equals a tag; [`NARROWER`] for a tag that is narrower. `None` when the
/// range does not find the tag.
fn found(range: &str, tag: &str) -> Option<usize> {
    let taken_away = covers(tag, range).then(|| truncations(range).position(|range| range.eq_ignore_ascii_case(tag)));
    taken_away.flatten().or_else(|| covers(range, tag).then_some(NARROWER))
}

/// Whether a text has the form of a language tag: up to eight letters, then subtags of up to eight letters and digits (RFC 4647,
/// section 2.1).
pub(super) fn is_tag(text: &str) -> bool {
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    let language = text.split('-').next().unwrap_or_default();
    text.split('-').all(subtag) && language.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A range with its weight. `*` is left out: any language is taken anyway when no range matches.
fn entry(text: &str) -> Option<(&str, u16)> {
    const SPACE: [char; 2] = [' ', '\t'];
    let (range, weight) = text.split_once(';').map_or((text, None), |(range, weight)| (range, Some(weight)));
    let range = range.trim_matches(SPACE);
    let weight = weight.map_or(Some(1000), |weight| self::weight(weight.trim_matches(SPACE)))?;
    (range.len() <= LONGEST && is_tag(range)).then_some((range, weight))
}

/// The thousandths of `q=0.123` (RFC 9110, section 12.4.2).
fn weight(text: &str) -> Option<u16> {
    let number = text.strip_prefix("q=").or_else(|| text.strip_prefix("Q="))?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = decimals.bytes().chain(std::iter::repeat(b'0')).take(3);
    let thousandths = digits.fold(0, |number, digit| number * 10 + u16::from(digit.wrapping_sub(b'0')));
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1000),
        _ => None,
    }
}

/// A range, and what is left of it as one subtag after the other is taken from its end. A single letter or digit, which introduces
/// what follows it, goes with that.
fn truncations(range: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(range), |range| {
        let (rest, _) = range.rsplit_once('-')?;
        match rest.rsplit_once('-') {
            Some((before, last)) if last.len() == 1 => Some(before),
            _ => Some(rest),
        }
    })
}

/// Whether a tag equals a range, or begins with it and goes on with another subtag.
fn covers(range: &str, tag: &str) -> bool {
    tag.split_at_checked(range.len())
        .is_some_and(|(start, rest)| start.eq_ignore_ascii_case(range) && (rest.is_empty() || rest.starts_with('-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The languages of a reader, the available ones, and the one that is chosen.
    const CASES: &[(&str, &[&str], &str)] = &[
        ("zh", &["en", "zh"], "zh"),
        ("ZH-HANT-tw", &["en", "zh", "zh-hant"], "zh-hant"),
        ("zh-Hant-TW", &["en", "zh"], "zh"),
        ("zh-Hant-TW, zh;q=0.8, *;q=0.1", &["en", "zh"], "zh"),
        ("de, zh;q=0.8, en;q=0.9", &["en", "zh"], "en"),
        ("de;q=0.8, zh;q=0.8", &["de", "zh"], "de"),
        // One range is looked up to its end before the next.
        ("zh-Hant-TW, fr", &["fr", "zh"], "zh"),
        // Narrower than asked for, when nothing else is there.
        ("zh, en;q=0.5", &["en", "zh-Hant"], "zh-Hant"),
        ("zh-Hant, en;q=0.5", &["en", "zh-Hans"], "en"),
        ("zh", &["en", "zho", "zhx-Hant"], "en"),
        // A singleton goes with what it introduces, and private use as a whole.
        ("zh-Hant-CN-x-private1-private2", &["zh-Hant-CN", "zh-Hant-CN-x"], "zh-Hant-CN"),
        ("de-a-value-DE", &["de", "de-a"], "de"),
        // English, and then the first.
        ("ja", &["de", "EN", "zh"], "EN"),
        ("ja", &["de", "zh"], "de"),
        ("", &["de", "zh"], "de"),
        ("*", &["de", "en"], "en"),
        ("*, zh;q=0.1", &["en", "zh"], "zh"),
        // No weight excludes, the longest range first.
        ("ja, en;q=0", &["en", "zh"], "zh"),
        ("zh-Hant-TW, zh-Hant;q=0", &["en", "zh", "zh-Hant"], "zh"),
        ("zh;q=0, zh-Hant", &["en", "zh-Hans", "zh-Hant"], "zh-Hant"),
        ("zh, zh-Hant;q=0", &["en", "zh-Hans", "zh-Hant"], "zh-Hans"),
        ("en;q=0, en", &["de", "en"], "en"),
        ("en;q=0.000, de;q=0.0", &["de", "en"], "en"),
        // Malformed entries of the list are ignored.
        (
            "zh;q=2, de;q=1.001, fr;q=0.1234, ja;level=1, ru;q=, es;q=0.5;a, it",
            &["de", "en", "es", "fr", "it", "ja", "ru", "zh"],
            "it",
        ),
        (",,; ,zh_TW, -zh, zh-, zh--TW, 17, toolonglanguage, z\u{fc}, de-\0", &["de", "fr", "zh"], "de"),
        ("  \tzh-Hant\t ; \tq=1.0  ", &["en", "zh-Hant"], "zh-Hant"),
        ("de;Q=0.5,zh;Q=0.6", &["de", "zh"], "zh"),
        // Keys that are not tags are never matched.
        ("zh", &["", "!"], ""),
        ("", &["", "en"], "en"),
    ];

    fn best<'t>(list: &str, tags: &[&'t str]) -> &'t str {
        let languages = Languages::new(list);
        tags.iter().copied().min_by_key(|&tag| (languages.rank(tag), tag)).unwrap()
    }

    #[test]
    fn the_best_language_is_found_in_whatever_is_asked() {
        for (list, tags, best) in CASES {
            assert_eq!(self::best(list, tags), *best, "{list:?} among {tags:?}");
            let backwards: Vec<&str> = tags.iter().rev().copied().collect();
            assert_eq!(self::best(list, &backwards), *best, "{list:?} among {backwards:?}");
        }
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let list = "xx,".repeat(MOST - 1) + "fr," + &"zh,".repeat(100_000);
        assert_eq!(best(&list, &["de", "zh"]), "de");
        assert_eq!(best(&list, &["de", "fr"]), "fr");
    }

    #[test]
    fn a_range_without_end_is_passed_over() {
        let longest = "zh".to_owned() + &"-x".repeat(LONGEST / 2 - 1);
        assert_eq!(best(&longest, &["de", "zh"]), "zh");
        for longer in [longest.clone() + "y", longest + &"-x".repeat(100_000)] {
            assert!(Languages::new(&longer).ranges().is_empty());
            assert_eq!(best(&(longer + ",fr"), &["de", "fr", "zh"]), "fr");
        }
    }

    #[test]
    fn tags_are_told_from_other_texts() {
        for tag in ["en", "zh-Hant-TW", "x-private", "i-klingon", "de-CH-1901", "abcdefgh-12345678"] {
            assert!(is_tag(tag), "{tag}");
        }
        for text in
            ["", "-", "en-", "-en", "en--US", "e n", "en_US", "abcdefghi", "en-123456789", "1-en", "en\r\n", "fr\u{e9}", "*"]
        {
            assert!(!is_tag(text), "{text:?}");
        }
    }
}
