//! The sample data, at every boundary of every row, against a binary search of the same rows.
//!
//! The oracle reads the files by itself and shares nothing with the crate: no parser, no sweep, no trie.

use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use bailiwick::{Atlas, Location, Source};
use flate2::read::GzDecoder;
use ipnet::IpNet;

/// The two files of a provider.
struct Provider {
    name: &'static str,
    text: String,
    v4: Rows,
    v6: Rows,
}

static WHOIS: LazyLock<Provider> = LazyLock::new(|| Provider::read("geo-whois-asn-country"));
static ASN: LazyLock<Provider> = LazyLock::new(|| Provider::read("asn-country"));

/// Networks whose addresses are at no place (IANA's special-purpose registries, RFC 6890).
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let v4 = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 \
              198.18.0.0/15 224.0.0.0/4 240.0.0.0/4";
    let v6 = "::/128 ::1/128 64:ff9b:1::/48 100::/64 fc00::/7 fe80::/10 ff00::/8";
    [v4, v6].iter().flat_map(|networks| networks.split_whitespace()).map(|network| network.parse().unwrap()).collect()
});

/// Every boundary of both providers, and of the special-purpose networks, once, ascending, with what the oracle says there for the one and for the other.
static BOUNDARIES: LazyLock<Vec<(IpAddr, [Answer; 2])>> = LazyLock::new(|| {
    let mut boundaries: Vec<IpAddr> = WHOIS.boundaries().chain(ASN.boundaries()).chain(special_boundaries()).collect();
    boundaries.sort_unstable();
    boundaries.dedup();
    boundaries.into_iter().map(|ip| (ip, [WHOIS.says(ip), ASN.says(ip)])).collect()
});

fn special_boundaries() -> impl Iterator<Item = IpAddr> {
    let after = |ip| match ip {
        IpAddr::V4(ip) => u32::from(ip).checked_add(1).map(|ip| IpAddr::V4(Ipv4Addr::from(ip))),
        IpAddr::V6(ip) => u128::from(ip).checked_add(1).map(|ip| IpAddr::V6(Ipv6Addr::from(ip))),
    };
    SPECIAL
        .iter()
        .flat_map(move |network| [Some(network.network()), Some(network.broadcast()), after(network.broadcast())])
        .flatten()
}

/// Codes in the data that ISO 3166-1 does not assign: `AN`, the Netherlands Antilles, dissolved in 2010.
const NO_REGIONS: [&[u8; 2]; 1] = [b"AN"];

/// The step between boundaries at which IPv4 addresses are also asked for in their mapped form.
const MAPPED_SAMPLE: usize = 7;

/// One family's rows.
struct Rows {
    /// Ascending by first address.
    rows: Vec<Row>,
    /// The highest last address of each row and all before it.
    highest: Vec<u128>,
}

#[derive(Clone, Copy)]
struct Row {
    first: u128,
    last: u128,
    code: [u8; 2],
}

/// The oracle's answer about an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    In([u8; 2]),
    Contested,
    Unknown,
}

impl Provider {
    fn read(name: &'static str) -> Provider {
        let mut text = String::new();
        for family in ["ipv4", "ipv6"] {
            let path = format!("{}/data/{name}-{family}.csv.gz", env!("CARGO_MANIFEST_DIR"));
            GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        }
        let (v6, v4): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.contains(':'));
        let (v4, v6) = (Rows::new(&v4), Rows::new(&v6));
        Provider { name, text, v4, v6 }
    }

    fn source(&self) -> Source {
        Source::from_range_csv(self.name, self.text.as_bytes()).unwrap()
    }

    fn says(&self, ip: IpAddr) -> Answer {
        match ip {
            ip if SPECIAL.iter().any(|network| network.contains(&ip)) => Answer::Unknown,
            IpAddr::V4(ip) => self.v4.says(u32::from(ip).into()),
            IpAddr::V6(ip) => self.v6.says(u128::from(ip)),
        }
    }

    /// Each row's first and last address, the one before and the one after.
    fn boundaries(&self) -> impl Iterator<Item = IpAddr> {
        let v4 = self.v4.boundaries().filter_map(|ip| u32::try_from(ip).ok()).map(|ip| IpAddr::V4(Ipv4Addr::from(ip)));
        let v6 = self.v6.boundaries().map(|ip| IpAddr::V6(Ipv6Addr::from(ip)));
        v4.chain(v6)
    }
}

impl Rows {
    fn new(lines: &[&str]) -> Rows {
        let mut rows: Vec<Row> = lines.iter().map(|line| row(line)).collect();
        rows.sort_by_key(|row| row.first);
        let highest_so_far = |highest: &mut u128, row: &Row| {
            *highest = row.last.max(*highest);
            Some(*highest)
        };
        let highest = rows.iter().scan(0, highest_so_far).collect();
        Rows { rows, highest }
    }

    fn boundaries(&self) -> impl Iterator<Item = u128> {
        let around = |row: &Row| [row.first.checked_sub(1), Some(row.first), Some(row.last), row.last.checked_add(1)];
        self.rows.iter().flat_map(around).flatten()
    }

    /// The narrowest of the rows that hold the address speaks; equally narrow ones must say the same.
    fn says(&self, ip: u128) -> Answer {
        let mut narrowest = u128::MAX;
        let mut answer = Answer::Unknown;
        let begin_before = self.rows.partition_point(|row| row.first <= ip);
        // No row before the first one that ends too soon, with all before it, can hold the address.
        let earlier = (0..begin_before).rev().take_while(|&index| self.highest[index] >= ip);
        for row in earlier.map(|index| &self.rows[index]).filter(|row| row.last >= ip) {
            let (width, says) = (row.last - row.first, Answer::In(row.code));
            if width < narrowest {
                (narrowest, answer) = (width, says);
            } else if width == narrowest && answer != says {
                answer = Answer::Contested;
            }
        }
        match answer {
            Answer::In(code) if NO_REGIONS.contains(&&code) => Answer::Unknown,
            answer => answer,
        }
    }
}

fn row(line: &str) -> Row {
    let fields: Vec<&str> = line.split(',').collect();
    let [first, last, code] = fields[..] else { panic!("{line}") };
    let number = |text: &str| match text.parse().unwrap() {
        IpAddr::V4(ip) => u32::from(ip).into(),
        IpAddr::V6(ip) => u128::from(ip),
    };
    Row { first: number(first), last: number(last), code: code.as_bytes().try_into().unwrap() }
}

/// The agreement of two providers: all codes in the data are countries, so they agree when they are equal.
fn together(says: [Answer; 2], min_sources: usize) -> Answer {
    match says.into() {
        (Answer::Contested, _) | (_, Answer::Contested) => Answer::Contested,
        (Answer::In(one), Answer::In(other)) => {
            if one == other {
                Answer::In(one)
            } else {
                Answer::Contested
            }
        }
        (Answer::In(only), Answer::Unknown) | (Answer::Unknown, Answer::In(only)) if min_sources == 1 => Answer::In(only),
        _ => Answer::Unknown,
    }
}

fn answer(location: Location) -> Answer {
    match location {
        Location::In(region) => Answer::In(region.as_str().as_bytes().try_into().unwrap()),
        Location::Contested => Answer::Contested,
        Location::Unknown => Answer::Unknown,
    }
}

fn alone(source: Source) -> Atlas {
    Atlas::builder().source(source).build().unwrap()
}

fn both(min_sources: usize) -> Atlas {
    Atlas::builder().source(WHOIS.source()).source(ASN.source()).min_sources(min_sources).build().unwrap()
}

/// Compares an atlas at every boundary with what the oracle makes of the two providers' answers.
fn agrees_at_every_boundary(atlas: &Atlas, oracle: impl Fn([Answer; 2]) -> Answer) {
    for (index, &(ip, says)) in BOUNDARIES.iter().enumerate() {
        let expected = oracle(says);
        assert_eq!(answer(atlas.locate(ip)), expected, "{ip}");
        if let (IpAddr::V4(v4), 0) = (ip, index % MAPPED_SAMPLE) {
            assert_eq!(answer(atlas.locate(v4.to_ipv6_mapped().into())), expected, "{ip}, mapped");
        }
    }
}

#[test]
fn one_provider_is_located_by_its_narrowest_rows() {
    assert!(BOUNDARIES.len() > 1_000_000, "{}", BOUNDARIES.len());
    agrees_at_every_boundary(&alone(WHOIS.source()), |[whois, _]| whois);
    agrees_at_every_boundary(&alone(ASN.source()), |[_, asn]| asn);
}

#[test]
fn two_providers_are_located_where_they_agree() {
    agrees_at_every_boundary(&both(1), |says| together(says, 1));
    agrees_at_every_boundary(&both(2), |says| together(says, 2));
}

/// One provider has rows of private networks, all in one country.
#[test]
fn nobody_in_special_purpose_networks_is_located() {
    let atlas = alone(WHOIS.source());
    let said = |ip: &str| WHOIS.v4.says(u32::from(ip.parse::<Ipv4Addr>().unwrap()).into());
    assert_eq!(["172.16.0.1", "192.168.1.1"].map(said), [Answer::In(*b"AU"); 2], "what the rows say");
    assert_eq!(atlas.sources()[0].special_purpose(), 2);
    for (network, location) in atlas.networks().chain(both(1).networks()) {
        let meets = |special: &IpNet| special.contains(&network) || network.contains(special);
        assert!(!SPECIAL.iter().any(meets), "{network} is {location}");
    }
}

#[test]
fn the_networks_of_an_atlas_are_all_that_it_says_in_the_fewest_blocks() {
    agrees_with_its_networks(&alone(WHOIS.source()), |[whois, _]| whois);
    agrees_with_its_networks(&both(1), |says| together(says, 1));
    agrees_with_its_networks(&both(2), |says| together(says, 2));
}

fn agrees_with_its_networks(atlas: &Atlas, oracle: impl Fn([Answer; 2]) -> Answer) {
    let networks: Vec<(IpNet, Location)> = atlas.networks().collect();
    for pair in networks.windows(2) {
        let [(before, location), (after, next_location)] = pair else { unreachable!() };
        assert!(before.broadcast() < after.network(), "{before} and {after} are disjoint and ascend");
        let siblings = before.prefix_len() == after.prefix_len() && before.supernet() == after.supernet();
        assert!(!siblings || location != next_location, "{before} and {after} are both {location}");
    }
    let ends: Vec<_> = networks.iter().map(|&(network, location)| (network.network(), network.broadcast(), location)).collect();
    for &(first, last, location) in &ends {
        assert_ne!(location, Location::Unknown, "{first} to {last}");
        assert_eq!([atlas.locate(first), atlas.locate(last)], [location; 2], "{first} to {last}");
        let says = [first, last].map(|ip| oracle([WHOIS.says(ip), ASN.says(ip)]));
        assert_eq!(says, [answer(location); 2], "{first} to {last}");
    }
    // Between two boundaries nothing changes, so a network that is missing shows at one of them.
    for &(ip, says) in BOUNDARIES.iter() {
        let at = ends.partition_point(|&(first, ..)| first <= ip);
        let holding = ends[..at].last().filter(|&&(_, last, _)| ip <= last);
        assert_eq!(holding.map_or(Answer::Unknown, |&(.., location)| answer(location)), oracle(says), "{ip}");
    }
}

#[test]
fn addresses_written_as_numbers_are_the_same_addresses() {
    for (index, provider) in [&*WHOIS, &*ASN].into_iter().enumerate() {
        let rows = provider.v4.rows.iter().chain(&provider.v6.rows);
        let line = |row: &Row| format!("{},{},{}\n", row.first, row.last, str::from_utf8(&row.code).unwrap());
        let numbers: String = rows.map(line).collect();
        let atlas = alone(Source::from_range_csv(provider.name, numbers.as_bytes()).unwrap());
        agrees_at_every_boundary(&atlas, |says| says[index]);
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    for (index, provider) in [&*WHOIS, &*ASN].into_iter().enumerate() {
        let reversed: Vec<&str> = provider.text.lines().rev().collect();
        let atlas = alone(Source::from_range_csv(provider.name, reversed.join("\n").as_bytes()).unwrap());
        assert!(atlas.networks().eq(alone(provider.source()).networks()));
        agrees_at_every_boundary(&atlas, |says| says[index]);
    }
}

#[test]
fn the_data_are_what_their_readme_says() {
    let files = [(&WHOIS.v4, 334_373, 6_825), (&WHOIS.v6, 216_295, 703), (&ASN.v4, 141_822, 0), (&ASN.v6, 68_368, 0)];
    for (family, rows, overlapping) in files {
        let overlaps = family.rows.iter().skip(1).zip(&family.highest).filter(|(row, highest)| row.first <= **highest);
        assert_eq!((family.rows.len(), overlaps.count()), (rows, overlapping));
    }

    let (mut differ, mut one_cn_other_hk, mut only_one_cn) = (0, 0, 0);
    let v4 = |ip| if let IpAddr::V4(ip) = ip { Some(u32::from(ip)) } else { None };
    // An answer holds from its boundary to the next.
    for (&(ip, says), &(next, _)) in BOUNDARIES.iter().zip(&BOUNDARIES[1..]) {
        let (Some(from), Some(to)) = (v4(ip), v4(next)) else { break };
        let [cn, hk] = [b"CN", b"HK"].map(|code| says.contains(&Answer::In(*code)));
        let agree = says[0] == says[1];
        differ += if agree || says.contains(&Answer::Unknown) { 0 } else { to - from };
        one_cn_other_hk += if cn && hk { to - from } else { 0 };
        only_one_cn += if cn && !agree { to - from } else { 0 };
    }
    assert_eq!((differ, one_cn_other_hk, only_one_cn), (159_992_784, 378_746, 2_146_667));
}
