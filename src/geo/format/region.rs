//! Regions of geofeeds that are not codes of ISO 3166-2.

use crate::geo::load_report::Skipped;
use crate::region::Region;

/// Parts of the names of territories that ISO 3166-2 lists under a country and that have a country code of their own, in lower case.
/// An order of the country does not reach there, so a row that names one by its country must not be located in the country.
const TERRITORIES: [(&str, &[&str]); 6] = [
    ("CN", &["hong kong", "hongkong", "macao", "macau", "taiwan", "taipei", "香港", "澳门", "澳門", "台湾", "台灣", "臺灣"]),
    ("US", &["puerto rico", "guam", "samoa", "virgin islands", "mariana", "minor outlying"]),
    (
        "FR",
        &[
            "guadeloupe",
            "martinique",
            "guyane",
            "guiana",
            "union",
            "mayotte",
            "barth",
            "saint-martin",
            "saint martin",
            "cal\u{e9}donie",
            "caledonia",
            "polyn",
            "miquelon",
            "wallis",
            "austral",
            "antarctic",
        ],
    ),
    ("NL", &["aruba", "cura", "maarten", "bonaire", "eustatius", "saba"]),
    ("NO", &["svalbard", "jan mayen"]),
    ("FI", &["\u{e5}land", "aland", "ahvenanmaa", "\u{fffd}land"]),
];

/// The codes of three letters of the same territories (ISO 3166-1).
const ALPHA_3: [(&str, &[&str]); 6] = [
    ("CN", &["HKG", "MAC", "TWN"]),
    ("US", &["ASM", "GUM", "MNP", "PRI", "UMI", "VIR"]),
    ("FR", &["ATF", "BLM", "GLP", "GUF", "MAF", "MTQ", "MYT", "NCL", "PYF", "REU", "SPM", "WLF"]),
    ("NL", &["ABW", "BES", "CUW", "SXM"]),
    ("NO", &["SJM"]),
    ("FI", &["ALA"]),
];

/// What a table says for a country.
fn of<'t>(table: &'t [(&str, &'t [&'t str])], country: &str) -> &'t [&'t str] {
    table.iter().find(|(of, _)| *of == country).map_or(&[], |(_, values)| values)
}

/// The territory with a country code of its own that a code in a country stands for: `HK` and `CN-HK` in `CN`.
///
/// Files have millions of rows, most with a name here: only what may be such a code is parsed.
fn territory(country: Region, code: &str) -> Option<Region> {
    let elsewhere = |text: &str| text.parse::<Region>().ok().filter(|territory| territory.country() != country);
    if code.contains('-') {
        return Some(code).filter(|code| code.len() <= "CN-HKG".len()).and_then(elsewhere);
    }
    let may_be = code.len() <= "HKG".len() && !of(&TERRITORIES, country.as_str()).is_empty();
    may_be.then(|| elsewhere(&format!("{country}-{code}"))).flatten()
}

/// Whether a subdivision is a territory with a country code of its own, by its code of three letters: `CN-HKG`.
pub(super) fn is_alpha_3(region: Region) -> bool {
    let is_of = |(country, code): (&str, &str)| of(&ALPHA_3, country).contains(&code);
    region.as_str().split_once('-').is_some_and(is_of)
}

/// Whether a text names a territory of a country that has a country code of its own.
fn names_territory(country: Region, text: &str) -> bool {
    let names = of(&TERRITORIES, country.as_str());
    if names.is_empty() {
        return false;
    }
    let code = text.split_once('-').filter(|(of, _)| of.eq_ignore_ascii_case(country.as_str())).map_or(text, |(_, code)| code);
    let lower = text.to_lowercase();
    names.iter().any(|name| lower.contains(name))
        || of(&ALPHA_3, country.as_str()).iter().any(|alpha_3| alpha_3.eq_ignore_ascii_case(code.trim()))
}

/// The place of a row, which is none when a field beside the code names a territory of the country that has a code of its own, or a
/// subdivision of another country: an order of the country must not reach there.
pub(super) fn beside<T: AsRef<[u8]>>(
    place: Result<Region, Skipped>,
    fields: impl IntoIterator<Item = T>,
) -> Result<Region, Skipped> {
    let country = place.clone()?.country();
    // A name may be in any encoding.
    let is_elsewhere = |field: T| {
        let text = String::from_utf8_lossy(field.as_ref());
        !text.is_empty() && (territory(country, &text).is_some() || names_territory(country, &text))
    };
    if fields.into_iter().any(is_elsewhere) { Err(Skipped::Disagreeing) } else { place }
}

/// Whether the two sides of a `-` form a name, such as `Al-Qassim`, and not a misspelt code.
pub(super) fn is_name(before: &str, after: &str) -> bool {
    let is_prefix = (2..=3).contains(&before.len()) && before.bytes().all(|b| b.is_ascii_alphabetic());
    let is_word = after.chars().count() > 3 && after.chars().any(char::is_lowercase);
    !is_prefix && !before.is_empty() || is_word
}

/// The place of a country and a region that is no code, and whether the region was not read: `GD` and `Guangdong` both leave the
/// country.
///
/// `CN` with `HK` is Hong Kong, as `CN-HK` is. `CN` with `Hong Kong` or `HKG` locates nothing.
pub(super) fn of_country(country: Result<Region, Skipped>, region: &str) -> (Result<Region, Skipped>, bool) {
    let Ok(place) = country else { return (country, !region.is_empty()) };
    if region.is_empty() {
        return (country, false);
    }
    if let Some(territory) = territory(place, region) {
        return (Ok(territory), false);
    }
    if names_territory(place, region) {
        return (Err(Skipped::Disagreeing), false);
    }
    (country, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    #[test]
    fn a_name_with_a_hyphen_is_told_from_a_code() {
        for (before, after, expected) in [
            ("Al", "Qassim", true),
            ("Al", "Baha", true),
            ("US", "Cal", false),
            ("US", "CA", false),
            ("US", "CALI", false),
            ("US", "cali", true),
            ("USA", "CA", false),
            ("USAA", "CA", true),
            ("U", "CA", true),
            ("", "CA", false),
            ("", "Qassim", true),
            ("A1", "CA", true),
            ("\u{e9}", "CA", true),
            ("US", "\u{e9}\u{e9}\u{e9}", false),
        ] {
            assert_eq!(is_name(before, after), expected, "{before}-{after}");
        }
    }

    /// Each name and each code of three letters hides its country, in any case and within other words, and hides no other country.
    #[test]
    fn each_territory_is_known_by_its_names_and_its_code() {
        for (table, is_name) in [(&TERRITORIES, true), (&ALPHA_3, false)] {
            for (country, texts) in table.iter() {
                let place = Ok(region(country));
                for text in *texts {
                    let upper = text.to_uppercase();
                    let mut written = vec![(*text).to_owned(), upper, format!("{country}-{text}")];
                    if is_name {
                        written.push(format!("the {text} islands"));
                    } else {
                        written.push(format!(" {text} "));
                    }
                    for text in written {
                        assert_eq!(beside(place.clone(), [&text]), Err(Skipped::Disagreeing), "{country} {text}");
                        assert_eq!(beside(place.clone(), ["", "x", &text]), Err(Skipped::Disagreeing), "{country} {text}");
                        assert_eq!(beside(Ok(region("DE")), [&text]), beside_germany(&text), "{text}");
                    }
                    assert!(!is_alpha_3(region("CN-GD")));
                    if !is_name {
                        let code = format!("{country}-{text}");
                        assert_eq!(
                            code.parse().is_ok_and(is_alpha_3),
                            code.parse::<Region>().is_ok_and(|r| r.country() == region(country)),
                            "{code}"
                        );
                    }
                }
            }
        }
        assert_eq!(beside(Ok(region("CN")), ["Guangdong", "GD", ""]), Ok(region("CN")));
        assert_eq!(beside::<&str>(Err(Skipped::NoCode), ["Hong Kong"]), Err(Skipped::NoCode));
    }

    /// A code of another country beside Germany's disagrees, and a name does not.
    fn beside_germany(text: &str) -> Result<Region, Skipped> {
        if text.contains('-') && text.len() <= 6 && text.parse::<Region>().is_ok() {
            Err(Skipped::Disagreeing)
        } else {
            Ok(region("DE"))
        }
    }

    #[test]
    fn of_a_country_and_a_region_the_territory_is_taken_and_the_name_of_one_locates_nothing() {
        for (text, expected) in [
            ("", (Ok("CN"), false)),
            ("GD", (Ok("CN"), true)),
            ("Guangdong", (Ok("CN"), true)),
            ("HK", (Ok("HK"), false)),
            ("hk", (Ok("HK"), false)),
            ("91", (Ok("HK"), false)),
            ("CN-HK", (Ok("HK"), false)),
            ("US-CA", (Ok("US-CA"), false)),
            ("HKG", (Err(Skipped::Disagreeing), false)),
            ("Hong Kong", (Err(Skipped::Disagreeing), false)),
        ] {
            let (place, is_unread) = expected;
            assert_eq!(of_country(Ok(region("CN")), text), (place.map(region), is_unread), "{text}");
        }
    }
}
