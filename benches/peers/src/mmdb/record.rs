//! The record of each country in a file.

use super::data::{Value, map, text};

/// The record of a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// `{"country": {"iso_code": "CN"}}`: what a decision needs, and no more.
    Code,
    /// [The fields that DB-IP documents][fields], which GeoLite2-Country has, too, in eight languages and with the country of
    /// registration. Names and numbers are made up, of the usual length.
    ///
    /// [fields]: https://db-ip.com/db/format/ip-to-country/mmdb.html
    All,
}

/// The value of an address in a country.
pub(super) fn record(code: &str, about: About) -> Value {
    let iso_code = ("iso_code", text(code));
    match about {
        About::Code => map([("country", map([iso_code]))]),
        About::All => {
            let number = code.bytes().map(u32::from).sum::<u32>();
            let continent = CONTINENTS[number as usize % CONTINENTS.len()];
            let geoname_id = |number| ("geoname_id", Value::Number(6, 6_000_000 + number));
            let in_continent = [("code", text(continent)), geoname_id(0), ("names", names(continent))];
            let in_country = [geoname_id(number), ("is_in_european_union", Value::No), iso_code, ("names", names(code))];
            map([("continent", map(in_continent)), ("country", map(in_country))])
        }
    }
}

const CONTINENTS: [&str; 7] = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];

/// Languages, and what they call themselves.
const LANGUAGES: [(&str, &str); 10] = [
    ("de", "Deutsch"),
    ("en", "English"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fr", "Français"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("pt-BR", "Português"),
    ("ru", "Русский"),
    ("zh-CN", "简体中文"),
];

/// A name for a code in each language: as long as those of countries, and in the same scripts.
fn names(code: &str) -> Value {
    map(LANGUAGES.map(|(language, name)| (language, text(&format!("{name} {code}")))))
}
