//! Values that a field of an order cannot have. Reading stops at the first one, and names its line.

use bailiwick::Docket;

use super::reading::{json_refuses, toml_refuses, with_field};

/// A field of an order, a value that it cannot have, as TOML and JSON write it alike, and what both say.
const VALUES: &[(&str, &str, &str)] = &[
    // Keys.
    (
        "wildcard",
        r#"true"#,
        "unknown key `wildcard`: write one of `id`, `issuer`, `authority`, `meetings`, `accounts`, `demands`, `status`, `received`, `effective`, `expires`, `regions`, `networks`, `exempt`, `legal_basis`, `reference`, `evidence`, `approved_by`, `notice`",
    ),
    ("meeting", r#"["a"]"#, "unknown key `meeting`: did you mean `meetings`?"),
    ("Meetings", r#"["a"]"#, "unknown key `Meetings`: did you mean `meetings`?"),
    ("legal-basis", r#""a""#, "unknown key `legal-basis`: did you mean `legal_basis`?"),
    ("orders", r#"[]"#, "unknown key `orders`: write one of `id`, `issuer`, "),
    // Types.
    ("id", r#"17"#, "invalid type: integer `17`, expected a string"),
    ("issuer", r#"["CN"]"#, "invalid type: sequence, expected a string"),
    ("authority", r#"false"#, "invalid type: boolean `false`, expected a string"),
    ("meetings", r#""june-4-vigil""#, "invalid type: string \"june-4-vigil\", expected a sequence"),
    ("meetings", r#"[17]"#, "invalid type: integer `17`, expected a string"),
    ("accounts", r#"[["a"]]"#, "invalid type: sequence, expected a string"),
    ("legal_basis", r#"1.5"#, "invalid type: floating point `1.5`, expected a string"),
    ("reference", r#"[]"#, "invalid type: sequence, expected a string"),
    ("evidence", r#""sha256:0""#, "invalid type: string \"sha256:0\", expected a sequence"),
    ("approved_by", r#"2"#, "invalid type: integer `2`, expected a sequence"),
    ("notice", r#""Not here.""#, "invalid type: string \"Not here.\", expected a table, such as { key = … }"),
    ("notice", r#"["en"]"#, "invalid type: sequence, expected a table, such as { key = … }"),
    // Words.
    ("status", r#""inforce""#, "`inforce` is not a status: did you mean `in-force`?"),
    ("status", r#""In-Force""#, "`In-Force` is not a status: did you mean `in-force`?"),
    ("status", r#""""#, "`` is not a status: write one of `received`, `under-review`, `in-force`, `rejected`, `withdrawn`"),
    (
        "demands",
        r#"["end-meeting"]"#,
        "`end-meeting` is not a demand: write one of `terminate-meeting`, `suspend-host`, `block-participants`, `disclose-data`",
    ),
    ("demands", r#""suspend-host""#, "invalid type: string \"suspend-host\", expected a sequence"),
    // Regions.
    ("regions", r#"["UK"]"#, "`UK` is not a code that ISO 3166-1 assigns: did you mean `GB`?"),
    ("regions", r#"["CN", "EU"]"#, "`EU` stands for several countries: name a group of regions under `jurisdictions`"),
    ("regions", r#"[""]"#, "`` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    ("regions", r#"["*"]"#, "`*` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`)"),
    (
        "regions",
        r#"["CN-GD "]"#,
        "`CN-GD ` is not a region code: write two letters (`CN`), or a subdivision (`CN-GD`): did you mean `CN-GD`?",
    ),
    ("regions", r#"[86]"#, "invalid type: integer `86`, expected an ISO 3166 code, such as \"CN\" or \"CN-GD\""),
    ("regions", r#""CN-GD""#, "invalid type: string \"CN-GD\", expected a sequence"),
];

/// Texts that are no network, and what is said about them.
const NETWORKS: &[(&str, &str)] = &[
    ("203.0.113.7/24", "`203.0.113.7/24` has host bits set: did you mean `203.0.113.0/24`?"),
    ("2001:db8::1/32", "`2001:db8::1/32` has host bits set: did you mean `2001:db8::/32`?"),
    ("0.0.0.1/0", "`0.0.0.1/0` has host bits set: did you mean `0.0.0.0/0`?"),
    ("203.0.113.7", "`203.0.113.7` has no length: for this one address write `203.0.113.7/32`"),
    ("2001:db8::7", "`2001:db8::7` has no length: for this one address write `2001:db8::7/128`"),
    ("203.0.113.0/", "`203.0.113.0/` has no valid length: write a number from 0 to 32 after the `/`"),
    ("203.0.113.0/33", "`203.0.113.0/33` has no valid length: write a number from 0 to 32 after the `/`"),
    ("203.0.113.0/024", "`203.0.113.0/024` has no valid length: write a number from 0 to 32 after the `/`"),
    ("10.0.0.0/08", "`10.0.0.0/08` has no valid length: write a number from 0 to 32 after the `/`"),
    ("0.0.0.0/00", "`0.0.0.0/00` has no valid length: write a number from 0 to 32 after the `/`"),
    ("203.0.113.0/+24", "`203.0.113.0/+24` has no valid length: write a number from 0 to 32 after the `/`"),
    ("203.0.113.0/ 24", "`203.0.113.0/ 24` has no valid length: write a number from 0 to 32 after the `/`"),
    ("203.0.113.0/24/8", "`203.0.113.0/24/8` has no valid length: write a number from 0 to 32 after the `/`"),
    ("10.0.0.0/255.0.0.0", "`10.0.0.0/255.0.0.0` has no valid length: write a number from 0 to 32 after the `/`"),
    ("::/129", "`::/129` has no valid length: write a number from 0 to 128 after the `/`"),
    ("010.0.0.0/8", "`010.0.0.0/8` is not a network: write an address in plain digits, `/` and a length, such as `203.0.113.0/24`"),
    ("10.00.0.0/8", "`10.00.0.0/8` is not a network: write an address in plain digits, "),
    ("0x0a.0.0.0/8", "`0x0a.0.0.0/8` is not a network: write an address in plain digits, "),
    ("10/8", "`10/8` is not a network: write an address in plain digits, "),
    ("10.0.0/8", "`10.0.0/8` is not a network: write an address in plain digits, "),
    ("167772160/8", "`167772160/8` is not a network: write an address in plain digits, "),
    ("256.0.0.0/8", "`256.0.0.0/8` is not a network: write an address in plain digits, "),
    ("fe80::%eth0/64", "`fe80::%eth0/64` is not a network: write an address in plain digits, "),
    ("[2001:db8::]/32", "`[2001:db8::]/32` is not a network: write an address in plain digits, "),
    ("2001:db8::/32 ", "`2001:db8::/32 ` has no valid length: write a number from 0 to 128 after the `/`"),
    (" 10.0.0.0/8", "` 10.0.0.0/8` is not a network: write an address in plain digits, "),
    ("10.0.0.0-10.0.0.255", "`10.0.0.0-10.0.0.255` is not a network: write an address in plain digits, "),
    ("/24", "`/24` is not a network: write an address in plain digits, "),
    ("", "`` is not a network: write an address in plain digits, "),
    (" ", "` ` is not a network: write an address in plain digits, "),
    ("*", "`*` is not a network: write an address in plain digits, "),
    ("vigil.example/24", "`vigil.example/24` is not a network: write an address in plain digits, "),
];

/// Texts that are no time, and what is said about them.
const TIMES: &[(&str, &str)] = &[
    ("2020-06-03T00:00:00", "`2020-06-03T00:00:00` has no offset: end it with `Z` for UTC, or with one like `+08:00`"),
    ("2020-06-03T00:00:00.5", "`2020-06-03T00:00:00.5` has no offset: end it with `Z` for UTC, or with one like `+08:00`"),
    ("2020-06-03", "`2020-06-03` is not an RFC 3339 date and time with an offset: write one like `2020-06-03T00:00:00Z`"),
    ("2020-06-03 00:00:00Z", "`2020-06-03 00:00:00Z` is not an RFC 3339 date and time with an offset: "),
    ("2020-06-03T00:00Z", "`2020-06-03T00:00Z` is not an RFC 3339 date and time with an offset: "),
    ("2020-06-03T00:00:00,5Z", "`2020-06-03T00:00:00,5Z` is not an RFC 3339 date and time with an offset: "),
    ("2020-06-03T00:00:00.Z", "`2020-06-03T00:00:00.Z` is not an RFC 3339 date and time with an offset: "),
    ("2020-06-03T00:00:00+0800", "`2020-06-03T00:00:00+0800` is not an RFC 3339 date and time with an offset: "),
    ("2020-06-03T00:00:00+24:00", "`2020-06-03T00:00:00+24:00` is not an RFC 3339 date and time with an offset: "),
    ("2020-06-03T00:00:00 Z", "`2020-06-03T00:00:00 Z` is not an RFC 3339 date and time with an offset: "),
    (
        "2020-06-03T00:00:00Z[Asia/Hong_Kong]",
        "`2020-06-03T00:00:00Z[Asia/Hong_Kong]` is not an RFC 3339 date and time with an offset: ",
    ),
    ("20200603T000000Z", "`20200603T000000Z` is not an RFC 3339 date and time with an offset: "),
    ("10000-01-01T00:00:00Z", "`10000-01-01T00:00:00Z` is not an RFC 3339 date and time with an offset: "),
    ("+2020-06-03T00:00:00Z", "`+2020-06-03T00:00:00Z` is not an RFC 3339 date and time with an offset: "),
    ("-2020-06-03T00:00:00Z", "`-2020-06-03T00:00:00Z` is not an RFC 3339 date and time with an offset: "),
    ("２０２０-06-03T00:00:00Z", "`２０２０-06-03T00:00:00Z` is not an RFC 3339 date and time with an offset: "),
    ("1591142400", "`1591142400` is not an RFC 3339 date and time with an offset: "),
    ("never", "`never` is not an RFC 3339 date and time with an offset: "),
    ("", "`` is not an RFC 3339 date and time with an offset: "),
    ("2020-02-30T00:00:00Z", "`2020-02-30T00:00:00Z` does not exist: check the month, the day and the time of the day"),
    ("2019-02-29T00:00:00Z", "`2019-02-29T00:00:00Z` does not exist: check the month, the day and the time of the day"),
    ("2020-13-01T00:00:00Z", "`2020-13-01T00:00:00Z` does not exist: check the month, the day and the time of the day"),
    ("2020-00-01T00:00:00Z", "`2020-00-01T00:00:00Z` does not exist: check the month, the day and the time of the day"),
    ("2020-06-03T24:00:00Z", "`2020-06-03T24:00:00Z` does not exist: check the month, the day and the time of the day"),
    ("2020-06-03T00:60:00Z", "`2020-06-03T00:60:00Z` does not exist: check the month, the day and the time of the day"),
];

/// The same value in both formats, and both refuse it on its line with the same words.
fn refuses(field: &str, value: &str, message: &str) {
    let (toml, json, line) = with_field(field, value, value);
    toml_refuses(&toml, line, message);
    json_refuses(&json, line, message);
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn a_value_that_a_field_cannot_have_is_refused_on_its_line() {
    for (field, value, message) in VALUES {
        refuses(field, value, message);
    }
}

#[test]
fn a_network_is_plain_decimal_and_has_a_length_and_no_host_bits() {
    for field in ["networks", "exempt"] {
        for (text, message) in NETWORKS {
            refuses(field, &format!("[{}]", quoted(text)), message);
            refuses(field, &format!("[\"198.51.100.0/24\", {}]", quoted(text)), message);
        }
        refuses(
            field,
            "\"203.0.113.0/24\"",
            "invalid type: string \"203.0.113.0/24\", expected a list of networks, such as [\"203.0.113.0/24\"]",
        );
        refuses(field, "[24]", "invalid type: integer `24`, expected a network, such as \"203.0.113.0/24\"");
    }
}

/// `::/8` would reach 2^96 times as far as what was meant, and no IPv4 address at all.
#[test]
fn a_mapped_network_of_a_length_for_ipv4_is_refused_and_nothing_wider_suggested() {
    for (text, wider) in [("::ffff:10.0.0.0/8", "`::/8`"), ("::ffff:203.0.113.0/24", "`::/24`")] {
        let (toml, json, line) = with_field("networks", &format!("[\"{text}\"]"), &format!("[\"{text}\"]"));
        toml_refuses(&toml, line, &format!("`{text}` "));
        json_refuses(&json, line, &format!("`{text}` "));
        let message = serde_json::from_str::<Docket>(&json).unwrap_err().to_string();
        assert!(!message.contains(wider), "{message}");
    }
}

#[test]
fn a_time_is_rfc_3339_with_an_offset() {
    for field in ["received", "effective", "expires"] {
        for (text, message) in TIMES {
            refuses(field, &quoted(text), message);
        }
        let expected = "expected an RFC 3339 date and time in quotes, such as \"2020-06-03T00:00:00Z\"";
        refuses(field, "1591142400", &format!("invalid type: integer `1591142400`, {expected}"));
        refuses(field, "[]", &format!("invalid type: sequence, {expected}"));
    }
}

#[test]
fn a_time_of_toml_without_quotes_is_refused() {
    for field in ["received", "effective", "expires"] {
        for time in ["2020-06-03T00:00:00Z", "2020-06-03 00:00:00Z", "2020-06-03T00:00:00", "2020-06-03", "00:00:00"] {
            let (toml, _, line) = with_field(field, time, "\"\"");
            toml_refuses(&toml, line, "a date or time without quotes: write a string, such as \"2020-06-03T00:00:00Z\"");
        }
    }
}

#[test]
fn a_status_and_a_demand_are_words_and_no_tables() {
    for (field, toml, json) in [
        ("status", "{ in-force = {} }", "{\"in-force\": null}"),
        ("demands", "[{ suspend-host = {} }]", "[{\"suspend-host\": null}]"),
    ] {
        let (toml, json, _) = with_field(field, toml, json);
        toml::from_str::<Docket>(&toml).expect_err(&toml);
        serde_json::from_str::<Docket>(&json).expect_err(&json);
    }
}

#[test]
fn a_date_of_toml_is_no_notice_and_no_group() {
    for date in ["2020-06-03", "2020-06-03T00:00:00Z", "00:00:00"] {
        let (toml, ..) = with_field("notice", date, "");
        toml::from_str::<Docket>(&toml).expect_err(&toml);
        let toml = format!("jurisdictions = {date}");
        toml::from_str::<Docket>(&toml).expect_err(&toml);
    }
}
