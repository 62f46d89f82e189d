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
    /// Ranges with their weights in thousandths, those that are liked better first. A weight of zero excludes.
    ranges: Vec<(&'l str, u16)>,
}

impl<'l> Languages<'l> {
    pub(super) fn new(list: &'l str) -> Languages<'l> {
        let mut ranges: Vec<(&str, u16)> = list.split(',').take(MOST).filter_map(entry).collect();
        ranges.sort_by_key(|&(_, weight)| Reverse(weight));
        Languages { ranges }
    }

    /// The best of some tags, which ascend; `None` only when there are none.
    ///
    /// For each range in turn: the tag that RFC 4647 looks up (section 3.4), or else the first that is narrower than the range (its
    /// section 3.3.1), as a reader of `zh` prefers `zh-Hant` to English. When no range finds any: `en`, or else the first.
    /// A tag that is excluded comes after all others, as something is better than nothing.
    pub(super) fn best<'t>(&self, tags: impl Iterator<Item = &'t str>) -> Option<&'t str> {
        let (excluded, liked): (Vec<&str>, Vec<&str>) = tags.partition(|tag| self.exclude(tag));
        let mut wanted = self.ranges.iter().filter(|&&(_, weight)| weight > 0);
        let found = wanted.find_map(|&(range, _)| {
            let mut lookup = truncations(range).filter_map(|range| liked.iter().find(|tag| tag.eq_ignore_ascii_case(range)));
            lookup.next().or_else(|| liked.iter().find(|tag| covers(range, tag)))
        });
        let usual = |tags: &[&'t str]| tags.iter().find(|tag| tag.eq_ignore_ascii_case("en")).or(tags.first()).copied();
        found.copied().or_else(|| usual(&liked)).or_else(|| usual(&excluded))
    }

    /// Whether the longest range that covers a tag has weight zero. A range that is both listed and excluded counts as listed.
    fn exclude(&self, tag: &str) -> bool {
        let covering = self.ranges.iter().filter(|(range, _)| covers(range, tag));
        covering.max_by_key(|(range, weight)| (range.len(), *weight)).is_some_and(|&(_, weight)| weight == 0)
    }
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
    let thousandths = format!("{decimals:0<3}").parse().ok()?;
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

    #[test]
    fn the_best_language_is_found_in_whatever_is_asked() {
        for (list, tags, best) in CASES {
            assert_eq!(Languages::new(list).best(tags.iter().copied()), Some(*best), "{list:?} among {tags:?}");
        }
        assert_eq!(Languages::new("zh").best(std::iter::empty()), None);
    }

    #[test]
    fn a_list_without_end_is_cut() {
        let list = "xx,".repeat(MOST - 1) + "fr," + &"zh,".repeat(100_000);
        assert_eq!(Languages::new(&list).best(["de", "zh"].into_iter()), Some("de"));
        assert_eq!(Languages::new(&list).best(["de", "fr"].into_iter()), Some("fr"));
    }

    #[test]
    fn a_range_without_end_is_passed_over() {
        let longest = "zh".to_owned() + &"-x".repeat(LONGEST / 2 - 1);
        assert_eq!(Languages::new(&longest).best(["de", "zh"].into_iter()), Some("zh"));
        for longer in [longest.clone() + "y", longest + &"-x".repeat(100_000)] {
            assert!(Languages::new(&longer).ranges.is_empty());
            assert_eq!(Languages::new(&(longer + ",fr")).best(["de", "fr", "zh"].into_iter()), Some("fr"));
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
