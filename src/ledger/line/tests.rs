//! Each kind of line, and what is none.

use super::*;

const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

const SALT: &str = "AAECAwQFBgcICQoLDA0ODw";

/// Every kind of line, as it is written in both forms.
fn lines() -> Vec<String> {
    let digest = format!("sha256:{HASH}");
    let salted = |line: String| line.replace("\"prev\"", &format!("\"salt\":\"{SALT}\",\"prev\""));
    let record = |middle: &str| {
        let start =
            format!(r#"{{"seq":7,"time":"2020-06-04T12:00:00.5Z","policy":"{digest}","atlas":"{digest}","meeting":"{HASH}""#);
        format!(r#"{start},{middle},"prev":"{digest}"}}"#)
    };
    let first = vec![
        format!(r#"{{"ledger":1,"seq":0,"opened":"2020-06-03T00:00:00Z","prev":"{}"}}"#, Digest::ZERO),
        record(r#""verdict":"block-participant","orders":["cn-1","cn-2"],"why":"reaches","region":"CN-GD","prefix_len":24"#),
        record(r#""verdict":"keep-meeting","orders":["\"é\\\n"],"why":"contested","region":"contested","prefix_len":0"#),
        record(r#""verdict":"allow","orders":[],"why":"no-order","region":"unknown","prefix_len":null"#),
        record(r#""verdict":"allow","orders":[],"why":"expired","region":"HK","prefix_len":128"#),
        format!(r#"{{"sealed":"2020-06-05T00:00:00Z","seq":8,"prev":"{digest}"}}"#),
    ];
    let header = format!(r#"{{"ledger":2,"seq":0,"opened":"2020-06-03T00:00:00Z","key":"{HASH}","prev":"{}"}}"#, Digest::ZERO);
    let pad = format!(r#"{{"pad":"2020-06-05T00:00:00Z","seq":8,"prev":"{digest}"}}"#);
    let unrecorded = [0, 10, u64::MAX].map(|n| format!(r#"{{"unrecorded":{n},"seq":8,"prev":"{digest}"}}"#));
    let second = first[1..].iter().cloned().chain([header, pad]).chain(unrecorded).map(salted).collect();
    [first, second].concat()
}

#[test]
fn every_kind_of_line_is_read_and_written_again_the_same() {
    for text in lines() {
        let line = Line::parse(text.as_bytes()).unwrap();
        assert_eq!((line.to_bytes(), line.digest()), (Some(text.clone().into_bytes()), Some(Digest::of(text.as_bytes()))));
        assert_eq!((line.form() == Form::Two, line.to_string()), (text.contains("salt"), text));
    }
}

#[test]
fn what_is_written_otherwise_is_no_line() {
    let changes = [
        ("{", "{ "),
        ("{", ""),
        ("}", "} "),
        ("}", "},"),
        ("}", ",\"user\":1}"),
        ("\"seq\":", "\"seq\":0"),
        ("\"seq\":", "\"seq\":-"),
        ("\"seq\":", "\"seq\":1e"),
        ("\"seq\":", "\"Seq\":"),
        ("\"seq\"", "\"s\\u0065q\""),
        (":00Z", ":00+00:00"),
        (":00Z", ":00.0Z"),
        (":00.5Z", ":00.50Z"),
        ("aabbcc", "AABBCC"),
        ("sha256:", ""),
        ("CN-GD", "cn-gd"),
        ("\"HK\"", "\"CN-HK\""),
        ("\"HK\"", "\"ZZ\""),
        ("\"HK\"", "\"UK\""),
        ("128", "256"),
        ("null", "\"\""),
        ("é", "\\u00e9"),
        ("no-order", "none"),
        ("\"allow\"", "\"close-account\""),
        ("\"ledger\":1", "\"ledger\":2"),
        ("\"ledger\":2", "\"ledger\":1"),
        ("\"ledger\":2", "\"ledger\":3"),
        ("\"key\":", "\"key\":null,\"key\":"),
        ("AAEC", "BAEC="),
        ("DA0ODw", "DA0ODx"),
        ("\"salt\":\"", "\"salt\":\"A"),
        (&format!("\"salt\":\"{SALT}\""), "\"salt\":null"),
        ("\"pad\":\"2020", "\"pad\":\"2020\",\"pad\":\"2020"),
        ("\"prev\"", "\"prev\":null,\"prev\""),
    ];
    for (from, to) in changes {
        let changed = lines().into_iter().filter(|line| line.contains(from)).map(|line| line.replacen(from, to, 1));
        let refused = changed.inspect(|line| assert!(Line::parse(line.as_bytes()).is_err(), "{line}")).count();
        assert!(refused > 0, "no line has {from}");
    }
}

/// A change of a line, and what is wrong with it then.
#[test]
fn what_no_decision_can_be_is_no_line() {
    let [block, keep, no_order, expired, unrecorded] = [1, 2, 3, 4, 14].map(|n| lines().swap_remove(n));
    let cases = [
        (&block, r#""cn-1","cn-2""#, r#""cn-2","cn-1""#, "orders that are not ascending"),
        (&block, r#""cn-1","cn-2""#, r#""cn-1","cn-1""#, "or one twice"),
        (&block, r#""cn-1","cn-2""#, "", "0 orders for the verdict `block-participant`"),
        (&block, r#""cn-1""#, r#""""#, "an order's id of 0 bytes"),
        (&block, "reaches", "exempt", "the why `exempt` for the verdict `block-participant`"),
        (&block, "reaches", "no-order", "the why `no-order` for"),
        (&block, "block-participant", "keep-meeting", "the why `reaches` for the verdict `keep-meeting`"),
        (&block, "block-participant", "allow", "2 orders for the verdict `allow`"),
        (&block, "CN-GD", "contested", "the why `reaches` for a participant in `contested`"),
        (&block, "24", "129", "the prefix_len 129, and no network has more than 128"),
        (&block, "24", "null", "no prefix_len for a participant in `CN-GD`"),
        (&keep, r#""\"é\\\n""#, "", "0 orders for the verdict `keep-meeting`"),
        (&keep, r#""region":"contested""#, r#""region":"HK""#, "the why `contested` for a participant in `HK`"),
        (&keep, r#""why":"contested""#, r#""why":"outside""#, "the why `outside` for a participant in `contested`"),
        (&keep, r#""why":"contested""#, r#""why":"expired""#, "the why `expired` for the verdict `keep-meeting`"),
        (&no_order, "[]", r#"["cn-1"]"#, "1 orders for the verdict `allow`"),
        (&no_order, "null", "0", "a prefix_len for a participant in `unknown`"),
        (&expired, "expired", "outside", "the why `outside` for the verdict `allow`"),
        (&expired, "\"HK\"", "\"unknown\"", "a prefix_len for a participant in `unknown`"),
        (&unrecorded, "\"unrecorded\":10", "\"unrecorded\":9", "counts 9 unrecorded decisions"),
        (&unrecorded, "\"unrecorded\":10", "\"unrecorded\":1", "a number from 1 to 9 is not written"),
    ];
    for (line, from, to, said) in cases {
        assert!(line.contains(from), "{line} has no {from}");
        let fault = Line::parse(line.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert!(matches!(fault, LineFault::Inconsistent(_)) && fault.to_string().contains(said), "{from} as {to}: {fault}");
    }
}

#[test]
fn a_line_that_was_converted_on_its_way_says_so() {
    let line = lines().swap_remove(0);
    assert_eq!(Line::parse(format!("{line}\r").as_bytes()), Err(LineFault::CarriageReturn));
    assert_eq!(Line::parse(format!("\u{feff}{line}").as_bytes()), Err(LineFault::ByteOrderMark));
    assert_eq!(Line::parse(b"\xff\xfe{\0"), Err(LineFault::ByteOrderMark));
    assert_eq!(Line::parse(&[0; 9]), Err(LineFault::Zeros));
}

#[test]
fn a_line_of_form_2_has_at_most_65535_bytes() {
    let id = |n: usize| format!("\"{n:0>510}\"");
    let line = |salted: usize, ids: usize, more: usize| {
        let ids: Vec<String> = (0..ids).map(id).chain([format!("\"{}\"", "1".repeat(more))]).collect();
        lines()[salted].replace("\"cn-1\",\"cn-2\"", &ids.join(","))
    };
    let more = 65_535 - line(6, 126, 0).len();
    assert_eq!(line(6, 126, more).len(), 65_535);
    assert!(Line::parse(line(6, 126, more).as_bytes()).is_ok());
    assert_eq!(Line::parse(line(6, 126, more + 1).as_bytes()), Err(LineFault::TooLong { limit: 65_535 }));
    assert!(Line::parse(line(1, 126, more + 100).as_bytes()).is_ok(), "form 1 has longer lines");
}

#[test]
fn a_line_has_an_end() {
    let long = vec![b' '; MAX_LINE + 1];
    assert_eq!(Line::parse(&long), Err(LineFault::TooLong { limit: MAX_LINE }));
    assert!(matches!(Line::parse(&long[1..]), Err(LineFault::Unreadable { .. })));
    assert!(matches!(Line::parse(&[0xff; 9]), Err(LineFault::Unreadable { .. })));
    assert!(matches!(Line::parse(b""), Err(LineFault::Unreadable { .. })));
}
