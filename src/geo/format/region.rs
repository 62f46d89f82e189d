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

/// Whether the two sides of a `-` form a name, such as `Al-Qassim`, and not a misspelt code.
pub(super) fn is_name(before: &str, after: &str) -> bool {
    let is_prefix = (2..=3).contains(&before.len()) && before.bytes().all(|b| b.is_ascii_alphabetic());
    let is_word = after.chars().count() > 3 && after.chars().any(char::is_lowercase);
    !is_prefix && !before.is_empty() || is_word
}

/// The place of a country and a region that is no code, and whether the region was not read: `GD` and `Guangdong` both leave the
/// country.
///
/// `CN` with `HK` is Hong Kong, as `CN-HK` is. `CN` with `Hong Kong` locates nothing.
pub(super) fn of_country(country: Result<Region, Skipped>, region: &str) -> (Result<Region, Skipped>, bool) {
    let Ok(place) = country else { return (country, !region.is_empty()) };
    if region.is_empty() {
        return (country, false);
    }
    let territory = format!("{place}-{region}").parse::<Region>().ok().filter(|territory| territory.country() != place);
    if let Some(territory) = territory {
        return (Ok(territory), false);
    }
    let name = region.to_lowercase();
    let is_territory = |(of, parts): &(&str, &[&str])| *of == place.as_str() && parts.iter().any(|part| name.contains(part));
    if TERRITORIES.iter().any(is_territory) {
        return (Err(Skipped::Disagreeing), false);
    }
    (country, true)
}
