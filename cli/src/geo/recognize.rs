//! Which format a file has, by what it begins with, and by its name where that is all that can tell.

use std::net::IpAddr;

use bailiwick::Region;

use super::spec::{FORMATS, Format};
use crate::input;
use bailiwick::Quoted;

/// How many lines are looked at: one may be special, twenty are the rule.
const LINES: usize = 20;

/// A file of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file that speaks for itself.
    Whole(Format),
    /// MaxMind's networks, and its places.
    Blocks,
    Locations,
}

/// The format of a file, or what to do about it.
pub(super) fn recognize(path: &str, head: &[u8]) -> Result<Kind, String> {
    let name = input::name(path);
    if head.iter().all(u8::is_ascii_whitespace) {
        return Err(format!("{name} is empty: name a file with geo data"));
    }
    if head.starts_with(b"PK\x03\x04") || head.get(257..262) == Some(b"ustar") {
        return Err(format!("{name} is an archive: unpack it, and name the files in it"));
    }
    if head.contains(&0) {
        return Ok(Kind::Whole(Format::Mmdb(None)));
    }
    let text = String::from_utf8_lossy(head);
    let lines: Vec<&str> = lines(&text);
    let first = lines.first().copied().unwrap_or_default();
    let kind = maxmind(first).or_else(|| {
        // A line that is wrong is for the format's own reader to complain about, with its number.
        let most = |is: fn(&str) -> bool| lines.iter().filter(|line| is(line)).count() * 2 > lines.len();
        if most(is_statistics) {
            Some(Kind::Whole(Format::Rir))
        } else if most(is_range) {
            Some(Kind::Whole(Format::Range))
        } else if most(|line| is_network(line) && fields(line).len() == 2) && !path.to_ascii_lowercase().contains("geofeed") {
            Some(Kind::Whole(Format::Cidr))
        } else if most(is_network) && lines.iter().any(|line| fields(line).len() > 1) {
            Some(Kind::Whole(Format::Geofeed))
        } else {
            zone_region(path).filter(|_| most(is_network)).map(|region| Kind::Whole(Format::Zone(region)))
        }
    });
    kind.ok_or_else(|| {
        if !lines.is_empty() && lines.iter().all(|line| is_network(line)) {
            return format!("{name} lists networks, and does not say where they are: write `--geo zone:REGION:{path}`");
        }
        let forms: Vec<&str> = FORMATS.iter().map(|&(_, form)| form).collect();
        format!(
            "the format of {name} is not recognised, as it has {}: name it, as one of {}",
            if lines.is_empty() { "only comments".to_owned() } else { format!("the line {}", Quoted(first)) },
            forms.join(", ")
        )
    })
}

/// Whether a file lists networks and nothing else, so that it does not say where they are.
pub(super) fn lists_networks(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let lines = lines(&text);
    !lines.is_empty() && lines.iter().all(|line| is_network(line) && fields(line).len() == 1)
}

/// Lines with content, but the last when it may be cut off.
fn lines(text: &str) -> Vec<&str> {
    let whole = text.rsplit_once('\n').map_or(text, |(whole, _)| whole);
    let content = |line: &'_ str| -> usize { line.find('#').unwrap_or(line.len()) };
    whole
        .trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.get(..content(line)).unwrap_or(line).trim())
        .filter(|line| !line.is_empty())
        .take(LINES)
        .collect()
}

/// The fields of a line. Quotes matter to those who read the whole file.
fn fields(line: &str) -> Vec<&str> {
    line.split(',').map(|field| field.trim().trim_matches('"')).collect()
}

/// MaxMind's files have a header.
fn maxmind(first: &str) -> Option<Kind> {
    let has = |name: &str| fields(first).iter().any(|field| field.eq_ignore_ascii_case(name));
    match (has("network"), has("geoname_id"), has("country_iso_code")) {
        (true, true, _) => Some(Kind::Blocks),
        (false, true, true) => Some(Kind::Locations),
        _ => None,
    }
}

/// A version line, a summary or a record of a registry's statistics.
fn is_statistics(line: &str) -> bool {
    line.split('|').count() >= 6
}

fn is_range(line: &str) -> bool {
    matches!(fields(line).as_slice(), [first, last, _, ..] if is_end(first) && is_end(last))
}

fn is_end(field: &str) -> bool {
    field.parse::<IpAddr>().is_ok() || (!field.is_empty() && field.bytes().all(|b| b.is_ascii_digit()))
}

fn is_network(line: &str) -> bool {
    let field = fields(line).first().copied().unwrap_or_default();
    let address = field.split_once('/').map_or(field, |(address, _)| address);
    address.parse::<IpAddr>().is_ok()
}

/// The region of `cn.zone` and `cn-aggregated.zone`, as zone lists are published.
fn zone_region(path: &str) -> Option<Region> {
    let file = path.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    let stem = file.strip_suffix(".gz").unwrap_or(&file).strip_suffix(".zone")?;
    stem.strip_suffix("-aggregated").unwrap_or(stem).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_recognised_by_their_lines() {
        let zone = |code: &str| Kind::Whole(Format::Zone(code.parse().unwrap()));
        let cases = [
            ("x.csv", "1.0.0.0,1.0.0.255,AU\n", Kind::Whole(Format::Range)),
            ("x.csv", "# a comment\r\n\r\n\"16777216\",\"16777471\",\"AU\",\"Australia\"\r\n", Kind::Whole(Format::Range)),
            ("x.csv", "2001:db8::,2001:db8::ff,CN\n", Kind::Whole(Format::Range)),
            ("x.csv", "1.0.0.0/24,AU\n2001:db8::1,CN\n", Kind::Whole(Format::Cidr)),
            ("geofeed.csv", "1.0.0.0/24,AU\n", Kind::Whole(Format::Geofeed)),
            ("x.csv", "192.0.2.0/24,US,US-AL,,\n", Kind::Whole(Format::Geofeed)),
            ("x", "\u{feff}192.0.2.0/24,US,US-AL,, # here\n192.0.2.5\n", Kind::Whole(Format::Geofeed)),
            ("x", "2|apnic|20200604|3|19830613|20200603|+1000\napnic|*|ipv4|*|1|summary\n", Kind::Whole(Format::Rir)),
            ("x", "apnic|AU|ipv4|1.0.0.0|256|20110811|assigned\n", Kind::Whole(Format::Rir)),
            ("ipdeny/cn.zone", "203.0.113.0/24\n", zone("CN")),
            ("hk-aggregated.zone.gz", "203.0.113.0/24\n", zone("HK")),
            ("b.csv", "network,geoname_id,registered_country_geoname_id\n203.0.113.0/24,1,1\n", Kind::Blocks),
            ("l.csv", "geoname_id,locale_code,country_iso_code\n1,en,CN\n", Kind::Locations),
            ("x", "192.0.2.0/24,US,US-AL,,\nnonsense\n192.0.3.0/24,US,,,\n", Kind::Whole(Format::Geofeed)),
            ("x", "first,last,code\n1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.1.255,CN\n", Kind::Whole(Format::Range)),
            ("x", "\0\0\x01binary", Kind::Whole(Format::Mmdb(None))),
        ];
        for (path, head, kind) in cases {
            assert_eq!(recognize(path, head.as_bytes()), Ok(kind), "{head}");
        }
    }

    #[test]
    fn what_is_not_recognised_says_what_to_do() {
        let cases: [(&str, &[u8], &str); 6] = [
            ("x.csv", b" \n", "`x.csv` is empty"),
            ("list.txt", b"203.0.113.0/24\n", "write `--geo zone:REGION:list.txt`"),
            ("x.csv", b"start,end,country\n", "it has the line `start,end,country`: name it, as one of range:FILE, cidr:FILE,"),
            ("x.csv", b"# nothing\n", "it has only comments"),
            ("x.zip", b"PK\x03\x04\x14\0", "unpack it"),
            ("uk.zone", b"203.0.113.0/24\n", "zone:REGION:uk.zone"),
        ];
        for (path, head, message) in cases {
            let error = recognize(path, head).unwrap_err();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn archives_are_to_be_unpacked_first() {
        let mut tar = [b'a'; 512];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(recognize("x.tar.gz", &tar).unwrap_err().contains("unpack it"));
    }

    /// A file that is cut in the middle of a line is recognised by the others.
    #[test]
    fn the_last_line_of_a_head_may_be_cut_off() {
        assert_eq!(recognize("x", b"1.0.0.0,1.0.0.255,AU\n1.0.1.0,1"), Ok(Kind::Whole(Format::Range)));
        assert_eq!(recognize("x", b"1.0.0.0,1.0.0.255,AU"), Ok(Kind::Whole(Format::Range)));
    }
}
