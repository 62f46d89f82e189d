//! `tolerance_never_blocks_more`: a tolerant load locates nobody in a region where the strict load of the lines that can be read would
//! not, and no wider row speaks for the addresses of a line that was refused.

use std::net::{IpAddr, Ipv4Addr};

use bailiwick::geo::Loader;
use bailiwick::{Atlas, Location, Source, SourceError};
use ipnet::Ipv4Net;

/// A format of lines: how a file begins, a row of it, and how it is loaded.
struct Format {
    header: &'static str,
    row: fn(Ipv4Net, &str) -> String,
    load: fn(Loader, &[u8]) -> Result<Source, SourceError>,
}

const FORMATS: [Format; 9] = [
    Format {
        header: "",
        row: |net, code| format!("{},{},{code}", net.network(), net.broadcast()),
        load: |loader, bytes| loader.range_csv(bytes),
    },
    Format {
        header: "start,end,country_code,name\n",
        row: |net, code| format!("{},{},{code},name", net.network(), net.broadcast()),
        load: |loader, bytes| loader.range_csv(bytes),
    },
    Format {
        header: "",
        row: |net, code| format!("\"{}\",\"{}\",\"{code}\",\"Name\"", net.network().to_bits(), net.broadcast().to_bits()),
        load: |loader, bytes| loader.range_csv(bytes),
    },
    Format { header: "", row: |net, code| format!("{net},{code}"), load: |loader, bytes| loader.cidr_csv(bytes) },
    Format {
        header: "network,name,country_code\n",
        row: |net, code| format!("{net},\"a, b\",{code}"),
        load: |loader, bytes| loader.cidr_csv(bytes),
    },
    Format { header: "", row: |net, _| net.to_string(), load: |loader, bytes| loader.zone("CN".parse().unwrap(), bytes) },
    Format { header: "", row: |net, code| format!("{net},{code},,Town,"), load: |loader, bytes| loader.geofeed(bytes) },
    Format {
        header: "2|apnic|1|0|1|20200604|0\n",
        row: |net, code| format!("apnic|{code}|ipv4|{}|{}||allocated", net.network(), 1_u64 << (32 - net.prefix_len())),
        load: |loader, bytes| loader.rir(bytes),
    },
    Format {
        header: "network,geoname_id,is_anycast\n",
        row: |net, code| format!("{net},{},0", if code == "CN" { 1 } else { 2 }),
        load: |loader, bytes| loader.maxmind_csv(bytes, &b"geoname_id,country_iso_code\n1,CN\n2,HK\n"[..]),
    },
];

/// A source of choices: bytes, then zeros.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }
}

/// A line that was made, and the network that it is about.
struct Line {
    bytes: Vec<u8>,
    network: Ipv4Net,
}

/// Damages the end of a line, after its addresses.
fn damage(line: &mut Vec<u8>, network_alone: bool, choices: &mut Choices<'_>) {
    match choices.byte() % 14 {
        0 => line.push(0xff),
        1 => line.extend(b",S\xe3o Paulo"),
        2 => line.extend(std::iter::repeat_n(b'x', 5000)),
        3 => line.extend(b",\"open"),
        4 => line.extend(b",,,,,,,,,,,,"),
        5 => line.extend(b"||||||||||||"),
        // Removing a digit of the addresses would change which addresses the line is about.
        6 if !network_alone => _ = line.pop(),
        7 => line.extend([b',', choices.byte(), choices.byte()]),
        8 => line.extend(b"\x0b198.51.100.0/24"),
        9 => line.extend(b" # comment"),
        _ => {}
    }
}

fn line(format: &Format, choices: &mut Choices<'_>) -> Line {
    let length = 20 + choices.byte() % 13;
    let network = Ipv4Net::new(Ipv4Addr::new(203, 0, 113, choices.byte()), length).unwrap().trunc();
    let code = ["CN", "HK", "ZZ", "EU", "CHN", "CN-GD", "", "\u{e9}"][usize::from(choices.byte() % 8)];
    let mut bytes = (format.row)(network, code).into_bytes();
    let network_alone = bytes == network.to_string().as_bytes();
    damage(&mut bytes, network_alone, choices);
    bytes.retain(|byte| !b"\r\n".contains(byte));
    Line { bytes, network }
}

fn file<'a>(format: &Format, lines: impl Iterator<Item = &'a Line>, end: &[u8]) -> Vec<u8> {
    let mut file = format.header.as_bytes().to_vec();
    lines.for_each(|line| file.extend([line.bytes.as_slice(), end].concat()));
    file
}

fn atlas(source: &Source) -> Atlas {
    Atlas::builder().source(source.clone()).build().unwrap()
}

/// Makes a file of nested rows with some damaged ones, as the bytes choose, and compares both loads.
pub fn tolerance_never_blocks_more(bytes: &[u8]) {
    let mut choices = Choices(bytes.iter());
    let format = &FORMATS[usize::from(choices.byte()) % FORMATS.len()];
    let end = [&b"\n"[..], b"\r\n", b"\r"][usize::from(choices.byte() % 3)];
    // At most as many as a report lists, in case all are refused.
    let lines: Vec<Line> = (0..choices.byte() % 11).map(|_| line(format, &mut choices)).collect();
    let Ok(tolerant) = (format.load)(Source::loader("tolerant").tolerant(), &file(format, lines.iter(), end)) else { return };
    let first = 1 + format.header.lines().count() as u64;
    let numbers: Vec<u64> = tolerant.load_report().refused().iter().map(|refused| refused.line).collect();
    let is_refused = |n: usize| numbers.contains(&(first + n as u64));
    let kept = lines.iter().enumerate().filter(|&(n, _)| !is_refused(n)).map(|(_, line)| line);
    let strict = (format.load)(Source::loader("strict"), &file(format, kept, end)).unwrap();
    let (tolerated, kept) = (atlas(&tolerant), atlas(&strict));
    for ip in lines.iter().flat_map(|line| [line.network.network(), line.network.broadcast()]) {
        for ip in [ip.to_bits().saturating_sub(1), ip.to_bits(), ip.to_bits().saturating_add(1)] {
            let ip = Ipv4Addr::from_bits(ip);
            let found = tolerated.locate(ip.into());
            let is_nowhere = matches!(found, Location::Unknown | Location::Contested);
            assert!(is_nowhere || found == kept.locate(ip.into()), "{ip}: {found}");
            for (n, line) in lines.iter().enumerate() {
                if is_refused(n) && line.network.contains(&ip) && !is_nowhere {
                    assert!(has_narrower(&strict, ip, line.network), "{ip} is in {found} by a row wider than line {n}");
                }
            }
        }
    }
}

fn has_narrower(source: &Source, ip: Ipv4Addr, network: Ipv4Net) -> bool {
    let width = |first: Ipv4Addr, last: Ipv4Addr| last.to_bits() - first.to_bits();
    source.ranges().any(|(first, last, _)| match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => {
            first <= ip && ip <= last && width(first, last) < width(network.network(), network.broadcast())
        }
        _ => false,
    })
}

/// Any bytes as a file: what a tolerant load locates, the strict load of the lines that it did not refuse locates, too.
pub fn any_file(bytes: &[u8]) {
    for format in &FORMATS {
        let Ok(tolerant) = (format.load)(Source::loader("tolerant").tolerant(), bytes) else { continue };
        let refused = tolerant.load_report().refused();
        let all = tolerant.load_report().skipped().find(|(reason, _)| **reason == bailiwick::geo::Skipped::Refused);
        if all.is_some_and(|(_, lines)| lines != refused.len() as u64) {
            continue;
        }
        let kept: Vec<u8> = lines_of(bytes)
            .enumerate()
            .filter(|(n, _)| refused.iter().all(|refused| refused.part.is_some() || refused.line != *n as u64 + 1))
            .flat_map(|(_, line)| [line, b"\n"].concat())
            .collect();
        let Ok(strict) = (format.load)(Source::loader("strict"), &kept) else { continue };
        let (tolerated, kept) = (atlas(&tolerant), atlas(&strict));
        for ip in tolerant.ranges().take(64).flat_map(|(first, last, _)| [first, last]) {
            let found = tolerated.locate(ip);
            assert!(matches!(found, Location::Unknown | Location::Contested) || found == kept.locate(ip), "{ip}: {found}");
        }
    }
}

/// Lines that end with LF, CRLF or CR.
fn lines_of(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest.take()?;
        let Some(end) = bytes.iter().position(|byte| b"\r\n".contains(byte)) else { return Some(bytes) };
        let after = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
        rest = Some(&bytes[after..]);
        Some(&bytes[..end])
    })
}
