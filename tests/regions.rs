//! Regions: which codes are read, as what, and what covers what. The lists are typed from ISO 3166, not taken from the library.

use std::collections::BTreeSet;

use bailiwick::{Region, RegionError};

/// ISO 3166-1: the officially assigned codes, by first letter.
const ASSIGNED: [(char, &str); 25] = [
    ('A', "DEFGILMOQRSTUWXZ"),
    ('B', "ABDEFGHIJLMNOQRSTVWYZ"),
    ('C', "ACDFGHIKLMNORUVWXYZ"),
    ('D', "EJKMOZ"),
    ('E', "CEGHRST"),
    ('F', "IJKMOR"),
    ('G', "ABDEFGHILMNPQRSTUWY"),
    ('H', "KMNRTU"),
    ('I', "DELMNOQRST"),
    ('J', "EMOP"),
    ('K', "EGHIMNPRWYZ"),
    ('L', "ABCIKRSTUVY"),
    ('M', "ACDEFGHKLMNOPQRSTUVWXYZ"),
    ('N', "ACEFGILOPRUZ"),
    ('O', "M"),
    ('P', "AEFGHKLMNRSTWY"),
    ('Q', "A"),
    ('R', "EOSUW"),
    ('S', "ABCDEGHIJKLMNORSTVXYZ"),
    ('T', "CDFGHJKLMNORTVWZ"),
    ('U', "AGMSYZ"),
    ('V', "ACEGINU"),
    ('W', "FS"),
    ('Y', "ET"),
    ('Z', "AMW"),
];

/// ISO 3166-1, 8.1.3: the codes left to users. `XK` is among them, and `ZZ`.
const USER_ASSIGNED: [(char, &str); 4] = [('A', "A"), ('Q', "MNOPQRSTUVWXYZ"), ('X', "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ('Z', "Z")];

/// Subdivisions of ISO 3166-2 that are territories with a code of their own.
const TERRITORIES: [(&str, &str); 38] = [
    ("CN-HK", "HK"),
    ("CN-91", "HK"),
    ("CN-MO", "MO"),
    ("CN-92", "MO"),
    ("CN-TW", "TW"),
    ("CN-71", "TW"),
    ("FR-GP", "GP"),
    ("FR-971", "GP"),
    ("FR-MQ", "MQ"),
    ("FR-972", "MQ"),
    ("FR-GF", "GF"),
    ("FR-973", "GF"),
    ("FR-RE", "RE"),
    ("FR-974", "RE"),
    ("FR-YT", "YT"),
    ("FR-976", "YT"),
    ("FR-BL", "BL"),
    ("FR-MF", "MF"),
    ("FR-NC", "NC"),
    ("FR-PF", "PF"),
    ("FR-PM", "PM"),
    ("FR-TF", "TF"),
    ("FR-WF", "WF"),
    ("US-AS", "AS"),
    ("US-GU", "GU"),
    ("US-MP", "MP"),
    ("US-PR", "PR"),
    ("US-UM", "UM"),
    ("US-VI", "VI"),
    ("NL-AW", "AW"),
    ("NL-CW", "CW"),
    ("NL-SX", "SX"),
    ("NL-BQ1", "BQ"),
    ("NL-BQ2", "BQ"),
    ("NL-BQ3", "BQ"),
    ("NO-21", "SJ"),
    ("NO-22", "SJ"),
    ("FI-01", "AX"),
];

/// Subdivisions of every form that is allowed, some of codes left to users. Some look like territories and are none.
const SUBDIVISIONS: [&str; 16] = [
    "AA-1", "AT-9", "CN-44", "CN-GD", "CN-XJ", "CN-HKG", "FR-75C", "FR-97", "GB-ENG", "HK-1", "NL-BQ4", "US-CA", "US-NY", "XA-00Z",
    "XK-A", "QM-1A2",
];

/// Texts that are no region, each with what is said about it.
const REFUSED: [(&str, &str); 44] = [
    // Reserved, withdrawn or never assigned.
    ("UK", "`UK` is not a code that ISO 3166-1 assigns: did you mean `GB`?"),
    ("uk", "`uk` is not a code that ISO 3166-1 assigns: did you mean `GB`?"),
    ("UK-ENG", "`UK-ENG` is not a code that ISO 3166-1 assigns: did you mean `GB-ENG`?"),
    ("EL", "`EL` is not a code that ISO 3166-1 assigns: did you mean `GR`?"),
    ("FX", "`FX` is not a code that ISO 3166-1 assigns: did you mean `FR`?"),
    ("ZR", "`ZR` is not a code that ISO 3166-1 assigns: did you mean `CD`?"),
    ("AN", "`AN` is not a code that ISO 3166-1 assigns: write that of a country, such as `CN`"),
    ("SU", "`SU` is not a code that ISO 3166-1 assigns: write that of a country, such as `CN`"),
    ("OO-1", "`OO-1` is not a code that ISO 3166-1 assigns: write that of a country, such as `CN`"),
    // Several countries at once.
    ("EU", "`EU` stands for several countries: name a group of regions under `jurisdictions`, and its countries there"),
    ("eu", "`eu` stands for several countries: name a group of regions under `jurisdictions`, and its countries there"),
    ("EU-1", "`EU-1` stands for several countries: name a group of regions under `jurisdictions`, and its countries there"),
    ("AP", "`AP` stands for several countries: name a group of regions under `jurisdictions`, and its countries there"),
    // The unknown region has no parts.
    ("ZZ-1", "`ZZ-1` is a subdivision of nowhere, as `ZZ` means that the region is unknown: name a region"),
    // Almost a code.
    ("USA", "`USA` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `US`?"),
    ("usa-ca", "`usa-ca` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `US-CA`?"),
    ("CHN-91", "`CHN-91` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `HK`?"),
    ("CN_GD", "`CN_GD` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `CN-GD`?"),
    ("cn gd", "`cn gd` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `CN-GD`?"),
    ("CN–GD", "`CN–GD` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `CN-GD`?"),
    (" CN", "` CN` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `CN`?"),
    ("CN-GD ", "`CN-GD ` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `CN-GD`?"),
    // No code at all.
    ("", "`` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    (" ", "` ` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("C", "`C` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("12", "`12` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("C1", "`C1` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CNN", "`CNN` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("China", "`China` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("*", "`*` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    // A country, and no subdivision after it.
    ("CN-", "`CN-` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CN-ABCD", "`CN-ABCD` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CN-*", "`CN-*` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CN--GD", "`CN--GD` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CN-G-D", "`CN-G-D` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("-GD", "`-GD` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    // Letters that only look right, and two bytes that are no two letters.
    ("СN", "`СN` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("é", "`é` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("中国", "`中国` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CN-粤", "`CN-粤` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    // What would forge a line of a log, colour a terminal or reorder a text is shown escaped.
    ("C\nN", "`C\\u{a}N` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("CN\0", "`CN\\u{0}` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("\u{1b}[31mCN", "`\\u{1b}[31mCN` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("\u{202e}NC", "`\\u{202e}NC` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
];

fn region(code: &str) -> Region {
    code.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn codes(table: &[(char, &str)]) -> BTreeSet<String> {
    table.iter().flat_map(|&(first, seconds)| seconds.chars().map(move |second| format!("{first}{second}"))).collect()
}

/// Every country code, and subdivisions of some.
fn all() -> Vec<Region> {
    let countries = codes(&ASSIGNED).into_iter().chain(codes(&USER_ASSIGNED));
    countries.map(|code| region(&code)).chain(SUBDIVISIONS.map(region)).collect()
}

/// Regions between which every relation occurs that there is.
fn some() -> Vec<Region> {
    ["CN", "HK", "MO", "TW", "US", "GB", "XK", "AA", "ZZ"].into_iter().chain(SUBDIVISIONS).map(region).collect()
}

/// A text in each mixture of cases that a person may write.
fn in_any_case(code: &str) -> [String; 4] {
    let mixed = |upper_at: usize| {
        let letter = |(at, c): (usize, char)| if at % 2 == upper_at { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
        code.chars().enumerate().map(letter).collect()
    };
    [code.to_ascii_uppercase(), code.to_ascii_lowercase(), mixed(0), mixed(1)]
}

#[test]
fn of_all_pairs_of_letters_the_assigned_and_those_left_to_users_are_read_in_any_case_and_no_others() {
    let (assigned, user_assigned) = (codes(&ASSIGNED), codes(&USER_ASSIGNED));
    assert_eq!((assigned.len(), user_assigned.len()), (249, 42));
    let mut read = 0;
    for code in ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("{first}{second}"))) {
        let is_region = assigned.contains(&code) || user_assigned.contains(&code);
        for text in in_any_case(&code) {
            match text.parse::<Region>() {
                Ok(region) => assert!(is_region && region.to_string() == code, "{text} is read as {region}"),
                Err(error) => assert!(!is_region && error.to_string().starts_with(&format!("`{text}` ")), "{error}"),
            }
        }
        read += usize::from(is_region);
    }
    assert_eq!(read, 291);
}

#[test]
fn zz_is_the_unknown_region() {
    assert_eq!(region("ZZ"), Region::UNKNOWN);
    assert_eq!(region("zz"), Region::UNKNOWN);
    assert_eq!(Region::UNKNOWN.to_string(), "ZZ");
    assert_eq!(all().into_iter().filter(|&other| other == Region::UNKNOWN).count(), 1);
}

#[test]
fn a_subdivision_is_one_to_three_letters_or_digits_in_any_case() {
    for code in SUBDIVISIONS {
        for text in in_any_case(code) {
            assert_eq!(region(&text).to_string(), code);
        }
    }
}

#[test]
fn the_code_of_a_territory_as_a_subdivision_is_the_territory() {
    for (subdivision, territory) in TERRITORIES {
        let (country, _) = subdivision.split_once('-').unwrap();
        for text in in_any_case(subdivision) {
            assert_eq!(region(&text), region(territory), "{text}");
            assert_eq!(region(&text).to_string(), territory);
            assert_eq!(region(&text).country(), region(territory));
            assert!(!region(country).covers(region(&text)), "{country} covers {text}");
        }
    }
}

/// The code that some bytes are read as, byte by byte, by the lists above.
fn read_as(text: &[u8], countries: &BTreeSet<String>) -> Option<String> {
    let upper = String::from_utf8(text.to_ascii_uppercase()).ok()?;
    let (country, subdivision) = upper.split_once('-').map_or((upper.as_str(), None), |(country, rest)| (country, Some(rest)));
    if !countries.contains(country) {
        return None;
    }
    let Some(subdivision) = subdivision else { return Some(upper) };
    let is_code = (1..=3).contains(&subdivision.len()) && subdivision.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let territory = TERRITORIES.iter().find(|&&(code, _)| code == upper).map(|&(_, territory)| territory.to_owned());
    (is_code && country != "ZZ").then(|| territory.unwrap_or(upper.clone()))
}

/// The bytes at both ends of digits and letters, and beside them.
const EDGES: [u8; 20] = *b"\0-/09:@AHKZ[`ahkz{\x7f\x80";

/// Every byte at each place of a code, beside every edge at each other place: a byte must not tell on its neighbours.
#[test]
fn a_code_is_read_as_its_bytes_are_one_by_one() {
    let countries: BTreeSet<String> = codes(&ASSIGNED).into_iter().chain(codes(&USER_ASSIGNED)).collect();
    let mut read = 0;
    for code in ["CN", "CN-1", "cn-hk", "FR-97", "us-vi", "fr-971", "NL-BQ1", "ZZ-1", "XA-00Z", "US-CALI"] {
        for (first, second) in (0..code.len()).flat_map(|first| (0..code.len()).map(move |second| (first, second))) {
            for (one, two) in EDGES.iter().flat_map(|&one| (0..=u8::MAX).map(move |two| (one, two))) {
                let mut bytes = code.as_bytes().to_vec();
                (bytes[first], bytes[second]) = (one, two);
                let expected = read_as(&bytes, &countries);
                let mut padded = [0; 8];
                padded[..bytes.len()].copy_from_slice(&bytes);
                // Zeros at the end are padding in that form.
                let code = bytes.iter().rposition(|&byte| byte != 0).map_or(&[][..], |last| &bytes[..=last]);
                let as_written = read_as(code, &countries).filter(|written| written.as_bytes() == code);
                assert_eq!(Region::from_bytes(padded).map(|region| region.to_string()), as_written, "{bytes:?}");
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    assert_eq!(text.parse::<Region>().ok().map(|region| region.to_string()), expected, "{text:?}");
                }
                read += usize::from(expected.is_some());
            }
        }
    }
    assert!(read > 10_000, "{read}");
}

#[test]
fn cn_does_not_cover_hk_mo_or_tw() {
    for territory in ["HK", "MO", "TW", "CN-HK", "CN-MO", "CN-TW", "CN-91", "CN-92", "CN-71"] {
        assert!(!region("CN").covers(region(territory)) && !region(territory).covers(region("CN")), "{territory}");
    }
}

#[test]
fn every_region_but_the_unknown_one_covers_itself() {
    for region in all() {
        assert_eq!(region.covers(region), region != Region::UNKNOWN, "{region}");
    }
}

#[test]
fn the_unknown_region_covers_nothing_and_nothing_covers_it() {
    for region in all() {
        assert!(!region.covers(Region::UNKNOWN) && !Region::UNKNOWN.covers(region), "{region}");
    }
}

#[test]
fn two_regions_that_cover_each_other_are_one() {
    for a in all() {
        for b in all() {
            assert!(a == b || !(a.covers(b) && b.covers(a)), "{a} and {b}");
        }
    }
}

#[test]
fn what_covers_a_region_covers_what_that_region_covers() {
    for a in some() {
        for b in some() {
            for c in some().into_iter().filter(|&c| a.covers(b) && b.covers(c)) {
                assert!(a.covers(c), "{a} covers {b}, which covers {c}");
            }
        }
    }
}

#[test]
fn besides_itself_a_region_covers_its_subdivisions_and_nothing_else() {
    for a in all() {
        for b in all().into_iter().filter(|&b| a != b) {
            let is_part = a != Region::UNKNOWN && b.to_string().starts_with(&format!("{a}-"));
            assert_eq!(a.covers(b), is_part, "{a} and {b}");
        }
    }
}

#[test]
fn the_country_of_a_region_is_the_part_before_the_hyphen() {
    for region in all() {
        let country = region.country();
        assert_eq!(country.to_string(), region.to_string().split('-').next().unwrap());
        assert_eq!(country.country(), country);
        assert!(region == Region::UNKNOWN || country.covers(region), "{region}");
    }
}

#[test]
fn regions_are_in_the_sequence_of_their_texts() {
    for a in all() {
        for b in all() {
            assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()), "{a} and {b}");
        }
    }
}

#[test]
fn a_region_is_written_as_it_is_read_again() {
    for region in all() {
        let text = region.to_string();
        assert_eq!(text.parse(), Ok(region));
        let json = serde_json::to_string(&region).unwrap();
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Region>(&json).unwrap(), region);
        let value = toml::Value::try_from(region).unwrap();
        assert_eq!(value, toml::Value::String(text));
        assert_eq!(value.try_into::<Region>().unwrap(), region);
    }
}

#[test]
fn a_region_lines_up_in_a_column() {
    assert_eq!(format!("{:<6}|{:>6}|", region("CN"), region("US-CA")), "CN    | US-CA|");
}

#[test]
fn whatever_is_no_region_is_refused_with_the_reason_and_what_to_write_instead() {
    for (text, message) in REFUSED {
        let error: RegionError = text.parse::<Region>().expect_err(text);
        assert_eq!(error.to_string(), message);
        let json = serde_json::to_string(text).unwrap();
        let read = serde_json::from_str::<Region>(&json).unwrap_err().to_string();
        assert!(read.starts_with(&format!("{message} at line 1 column ")), "{read}");
    }
}

#[test]
fn what_a_message_suggests_is_a_region() {
    for (text, message) in REFUSED {
        if let Some((_, meant)) = message.split_once("did you mean `") {
            let meant = meant.trim_end_matches("`?");
            assert_eq!(region(meant).to_string(), meant, "for {text}");
        }
    }
}

#[test]
fn a_megabyte_of_text_is_refused_with_a_short_message() {
    let megabyte = "C".repeat(1 << 20);
    for text in
        [megabyte.clone(), format!("CN-{megabyte}"), format!("UK-{megabyte}"), format!("EU-{megabyte}"), "é".repeat(1 << 19)]
    {
        let error = text.parse::<Region>().unwrap_err();
        assert!(error.to_string().chars().count() < 1024 && format!("{error:?}").chars().count() < 2048, "{error}");
    }
}

#[test]
fn what_is_no_text_is_no_region() {
    for (json, message) in [
        ("5", "invalid type: integer `5`, expected an ISO 3166 code, such as \"CN\" or \"CN-GD\" at line 1 column 1"),
        ("null", "invalid type: null, expected an ISO 3166 code, such as \"CN\" or \"CN-GD\" at line 1 column 4"),
        ("[\"CN\"]", "invalid type: sequence, expected an ISO 3166 code, such as \"CN\" or \"CN-GD\" at line 1 column 0"),
    ] {
        assert_eq!(serde_json::from_str::<Region>(json).unwrap_err().to_string(), message);
    }
}
