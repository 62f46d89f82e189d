//! The tables of ISO 3166 that [`Region`](super::Region) is read by. Facts, not code.
//!
//! Source: ISO 3166-1:2020 and its newsletters as published on the ISO Online Browsing Platform; ISO 3166-2 for the
//! subdivisions that are also countries of ISO 3166-1.

/// The 249 officially assigned alpha-2 codes, ascending, each with its alpha-3 code (for suggestions).
#[rustfmt::skip]
pub(super) const ASSIGNED: [(&str, &str); 249] = [
    ("AD", "AND"), ("AE", "ARE"), ("AF", "AFG"), ("AG", "ATG"), ("AI", "AIA"), ("AL", "ALB"),
    ("AM", "ARM"), ("AO", "AGO"), ("AQ", "ATA"), ("AR", "ARG"), ("AS", "ASM"), ("AT", "AUT"),
    ("AU", "AUS"), ("AW", "ABW"), ("AX", "ALA"), ("AZ", "AZE"), ("BA", "BIH"), ("BB", "BRB"),
    ("BD", "BGD"), ("BE", "BEL"), ("BF", "BFA"), ("BG", "BGR"), ("BH", "BHR"), ("BI", "BDI"),
    ("BJ", "BEN"), ("BL", "BLM"), ("BM", "BMU"), ("BN", "BRN"), ("BO", "BOL"), ("BQ", "BES"),
    ("BR", "BRA"), ("BS", "BHS"), ("BT", "BTN"), ("BV", "BVT"), ("BW", "BWA"), ("BY", "BLR"),
    ("BZ", "BLZ"), ("CA", "CAN"), ("CC", "CCK"), ("CD", "COD"), ("CF", "CAF"), ("CG", "COG"),
    ("CH", "CHE"), ("CI", "CIV"), ("CK", "COK"), ("CL", "CHL"), ("CM", "CMR"), ("CN", "CHN"),
    ("CO", "COL"), ("CR", "CRI"), ("CU", "CUB"), ("CV", "CPV"), ("CW", "CUW"), ("CX", "CXR"),
    ("CY", "CYP"), ("CZ", "CZE"), ("DE", "DEU"), ("DJ", "DJI"), ("DK", "DNK"), ("DM", "DMA"),
    ("DO", "DOM"), ("DZ", "DZA"), ("EC", "ECU"), ("EE", "EST"), ("EG", "EGY"), ("EH", "ESH"),
    ("ER", "ERI"), ("ES", "ESP"), ("ET", "ETH"), ("FI", "FIN"), ("FJ", "FJI"), ("FK", "FLK"),
    ("FM", "FSM"), ("FO", "FRO"), ("FR", "FRA"), ("GA", "GAB"), ("GB", "GBR"), ("GD", "GRD"),
    ("GE", "GEO"), ("GF", "GUF"), ("GG", "GGY"), ("GH", "GHA"), ("GI", "GIB"), ("GL", "GRL"),
    ("GM", "GMB"), ("GN", "GIN"), ("GP", "GLP"), ("GQ", "GNQ"), ("GR", "GRC"), ("GS", "SGS"),
    ("GT", "GTM"), ("GU", "GUM"), ("GW", "GNB"), ("GY", "GUY"), ("HK", "HKG"), ("HM", "HMD"),
    ("HN", "HND"), ("HR", "HRV"), ("HT", "HTI"), ("HU", "HUN"), ("ID", "IDN"), ("IE", "IRL"),
    ("IL", "ISR"), ("IM", "IMN"), ("IN", "IND"), ("IO", "IOT"), ("IQ", "IRQ"), ("IR", "IRN"),
    ("IS", "ISL"), ("IT", "ITA"), ("JE", "JEY"), ("JM", "JAM"), ("JO", "JOR"), ("JP", "JPN"),
    ("KE", "KEN"), ("KG", "KGZ"), ("KH", "KHM"), ("KI", "KIR"), ("KM", "COM"), ("KN", "KNA"),
    ("KP", "PRK"), ("KR", "KOR"), ("KW", "KWT"), ("KY", "CYM"), ("KZ", "KAZ"), ("LA", "LAO"),
    ("LB", "LBN"), ("LC", "LCA"), ("LI", "LIE"), ("LK", "LKA"), ("LR", "LBR"), ("LS", "LSO"),
    ("LT", "LTU"), ("LU", "LUX"), ("LV", "LVA"), ("LY", "LBY"), ("MA", "MAR"), ("MC", "MCO"),
    ("MD", "MDA"), ("ME", "MNE"), ("MF", "MAF"), ("MG", "MDG"), ("MH", "MHL"), ("MK", "MKD"),
    ("ML", "MLI"), ("MM", "MMR"), ("MN", "MNG"), ("MO", "MAC"), ("MP", "MNP"), ("MQ", "MTQ"),
    ("MR", "MRT"), ("MS", "MSR"), ("MT", "MLT"), ("MU", "MUS"), ("MV", "MDV"), ("MW", "MWI"),
    ("MX", "MEX"), ("MY", "MYS"), ("MZ", "MOZ"), ("NA", "NAM"), ("NC", "NCL"), ("NE", "NER"),
    ("NF", "NFK"), ("NG", "NGA"), ("NI", "NIC"), ("NL", "NLD"), ("NO", "NOR"), ("NP", "NPL"),
    ("NR", "NRU"), ("NU", "NIU"), ("NZ", "NZL"), ("OM", "OMN"), ("PA", "PAN"), ("PE", "PER"),
    ("PF", "PYF"), ("PG", "PNG"), ("PH", "PHL"), ("PK", "PAK"), ("PL", "POL"), ("PM", "SPM"),
    ("PN", "PCN"), ("PR", "PRI"), ("PS", "PSE"), ("PT", "PRT"), ("PW", "PLW"), ("PY", "PRY"),
    ("QA", "QAT"), ("RE", "REU"), ("RO", "ROU"), ("RS", "SRB"), ("RU", "RUS"), ("RW", "RWA"),
    ("SA", "SAU"), ("SB", "SLB"), ("SC", "SYC"), ("SD", "SDN"), ("SE", "SWE"), ("SG", "SGP"),
    ("SH", "SHN"), ("SI", "SVN"), ("SJ", "SJM"), ("SK", "SVK"), ("SL", "SLE"), ("SM", "SMR"),
    ("SN", "SEN"), ("SO", "SOM"), ("SR", "SUR"), ("SS", "SSD"), ("ST", "STP"), ("SV", "SLV"),
    ("SX", "SXM"), ("SY", "SYR"), ("SZ", "SWZ"), ("TC", "TCA"), ("TD", "TCD"), ("TF", "ATF"),
    ("TG", "TGO"), ("TH", "THA"), ("TJ", "TJK"), ("TK", "TKL"), ("TL", "TLS"), ("TM", "TKM"),
    ("TN", "TUN"), ("TO", "TON"), ("TR", "TUR"), ("TT", "TTO"), ("TV", "TUV"), ("TW", "TWN"),
    ("TZ", "TZA"), ("UA", "UKR"), ("UG", "UGA"), ("UM", "UMI"), ("US", "USA"), ("UY", "URY"),
    ("UZ", "UZB"), ("VA", "VAT"), ("VC", "VCT"), ("VE", "VEN"), ("VG", "VGB"), ("VI", "VIR"),
    ("VN", "VNM"), ("VU", "VUT"), ("WF", "WLF"), ("WS", "WSM"), ("YE", "YEM"), ("YT", "MYT"),
    ("ZA", "ZAF"), ("ZM", "ZMB"), ("ZW", "ZWE"),
];

/// Whether two upper-case letters are an assigned code, or one that ISO 3166-1 leaves to its users: `AA`, `QM` to `QZ`, `XA` to
/// `XZ` (`XK` among them, by common use Kosovo) and `ZZ`. One bit of a table.
pub(super) fn is_country([a, b]: [u8; 2]) -> bool {
    let bits = COUNTRIES.get(usize::from(a.wrapping_sub(b'A')));
    let bit = u32::from(b.wrapping_sub(b'A'));
    bit < LETTERS && bits.is_some_and(|bits| bits >> bit & 1 == 1)
}

/// The number of letters of the alphabet.
const LETTERS: u32 = 26;

/// The codes that [`is_country`] knows: for each first letter, a bit for each second letter.
const COUNTRIES: [u32; 26] = {
    let mut bits = [0; 26];
    let mut rest: &[(&str, &str)] = &ASSIGNED;
    while let [(code, _), more @ ..] = rest {
        set(&mut bits, code.as_bytes());
        rest = more;
    }
    let mut rest: &[&str] = &USER_ASSIGNED;
    while let [code, more @ ..] = rest {
        set(&mut bits, code.as_bytes());
        rest = more;
    }
    bits
};

/// Sets the bit of a code, while compiling: where an index is out of bounds, the build fails.
#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "evaluated while compiling, where neither can go wrong at run time"
)]
const fn set(bits: &mut [u32; 26], code: &[u8]) {
    bits[(code[0] - b'A') as usize] |= 1 << (code[1] - b'A');
}

/// The codes that ISO 3166-1 leaves to its users.
#[rustfmt::skip]
const USER_ASSIGNED: [&str; 42] = [
    "AA", "QM", "QN", "QO", "QP", "QQ", "QR", "QS", "QT", "QU", "QV", "QW", "QX", "QY", "QZ",
    "XA", "XB", "XC", "XD", "XE", "XF", "XG", "XH", "XI", "XJ", "XK", "XL", "XM", "XN", "XO", "XP", "XQ", "XR", "XS", "XT",
    "XU", "XV", "XW", "XX", "XY", "XZ", "ZZ",
];

/// Subdivision codes of ISO 3166-2 whose territory has an ISO 3166-1 code of its own, ascending. An order of the country does
/// not reach there, so both spellings must be one region.
#[rustfmt::skip]
pub(super) const TERRITORIES: [(&str, &str); 38] = [
    ("CN-71", "TW"), ("CN-91", "HK"), ("CN-92", "MO"), ("CN-HK", "HK"), ("CN-MO", "MO"),
    ("CN-TW", "TW"), ("FI-01", "AX"), ("FR-971", "GP"), ("FR-972", "MQ"), ("FR-973", "GF"),
    ("FR-974", "RE"), ("FR-976", "YT"), ("FR-BL", "BL"), ("FR-GF", "GF"), ("FR-GP", "GP"),
    ("FR-MF", "MF"), ("FR-MQ", "MQ"), ("FR-NC", "NC"), ("FR-PF", "PF"), ("FR-PM", "PM"),
    ("FR-RE", "RE"), ("FR-TF", "TF"), ("FR-WF", "WF"), ("FR-YT", "YT"), ("NL-AW", "AW"),
    ("NL-BQ1", "BQ"), ("NL-BQ2", "BQ"), ("NL-BQ3", "BQ"), ("NL-CW", "CW"), ("NL-SX", "SX"),
    ("NO-21", "SJ"), ("NO-22", "SJ"), ("US-AS", "AS"), ("US-GU", "GU"), ("US-MP", "MP"),
    ("US-PR", "PR"), ("US-UM", "UM"), ("US-VI", "VI"),
];

/// The code of the country that a subdivision is read as, when it is a territory with one of its own. `subdivision` is its code as a
/// number: six bytes, padded with zeros at the end. One entry of a table.
#[inline]
pub(super) fn territory(subdivision: u64) -> Option<[u8; 2]> {
    let (entry, country) = *TERRITORY_TABLE.get(usize::from(slot(subdivision)))?;
    (entry == subdivision).then_some(country)
}

/// [`TERRITORIES`] as a hash table without collisions: the code of the subdivision as a number, and that of the country. Entries that
/// are not used have no country's code as their number.
static TERRITORY_TABLE: [(u64, [u8; 2]); 256] = {
    let mut table = [(0, [0; 2]); 256];
    let mut rest: &[(&str, &str)] = &TERRITORIES;
    while let [(subdivision, country), more @ ..] = rest {
        insert(&mut table, number(subdivision.as_bytes()), country.as_bytes());
        rest = more;
    }
    table
};

/// Inserts an entry while compiling: where two have one slot, the build fails.
#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "evaluated while compiling, where neither can go wrong at run time"
)]
const fn insert(table: &mut [(u64, [u8; 2]); 256], number: u64, country: &[u8]) {
    let entry = &mut table[slot(number) as usize];
    assert!(entry.0 == 0, "two codes have one slot: take another multiplier");
    *entry = (number, [country[0], country[1]]);
}

/// The slot of a number: the highest byte of a product. The factor was found by trying random ones.
const fn slot(number: u64) -> u8 {
    let [slot, ..] = number.wrapping_mul(0xf3c6_4af7_75a8_9295).to_be_bytes();
    slot
}

/// The bytes of a code, padded with zeros to six, as a number.
#[expect(clippy::as_conversions, reason = "`From` cannot be called in constants; a byte fits a word")]
const fn number(code: &[u8]) -> u64 {
    let (mut number, mut rest, mut bytes) = (0, code, 0);
    while let [first, more @ ..] = rest {
        number = number << 8 | *first as u64;
        (rest, bytes) = (more, bytes + 1);
    }
    while bytes < 6 {
        (number, bytes) = (number << 8, bytes + 1);
    }
    number
}

/// Texts that are not codes of ISO 3166-1 today, each with the code that is meant: reserved codes (`UK`, `EL`), and withdrawn codes
/// with one successor (ISO 3166-3).
#[rustfmt::skip]
pub(super) const MISTAKEN: [(&str, &str); 8] = [
    ("BU", "MM"), ("DD", "DE"), ("EL", "GR"), ("FX", "FR"), ("TP", "TL"), ("UK", "GB"), ("YD", "YE"), ("ZR", "CD"),
];

/// Codes that stand for several countries at once: a docket names such a group itself.
pub(super) const GROUPS: [&str; 4] = ["AP", "EU", "EZ", "UN"];
