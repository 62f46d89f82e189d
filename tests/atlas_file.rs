//! The compiled atlas as a file: written, read, and refused.

mod bodies;
mod support;

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, SystemTime};

use bailiwick::geo::AtlasFileError;
use bailiwick::{Atlas, Source};
use bodies::atlas_file::{CHECKSUM, answers_equally, hostile, hostile_of_any_length, sealed, world};
use bodies::world::World;
use proptest::prelude::*;
use support::{ip, network, region, source};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn a_loaded_atlas_is_the_saved_one(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        world(&World::from_bytes(&bytes));
    }

    /// Some edits of the file of any world, and the checksum computed anew.
    #[test]
    fn edits_under_a_right_checksum_are_refused_or_make_another_atlas(
        bytes in prop::collection::vec(any::<u8>(), 0..700),
        edits in prop::collection::vec((any::<prop::sample::Index>(), value(), 0..3), 1..4),
    ) {
        let mut content = World::from_bytes(&bytes).atlas().to_bytes();
        content.truncate(content.len() - CHECKSUM);
        for (at, value, edit) in edits {
            let at = at.index(content.len());
            match edit {
                0 => content[at] = value,
                1 => content.insert(at, value),
                _ => drop(content.remove(at)),
            }
        }
        hostile_of_any_length(&content);
    }
}

/// Any byte, and more often the kinds of slots and bytes beside the bounds of a number.
fn value() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), 0..8_u8, 16..24_u8, prop::sample::select(vec![0x7f, 0x80, 0xfe, 0xff])]
}

/// Sources whose atlases use every part of a file, and are small.
fn small() -> Vec<(&'static str, Atlas)> {
    let own = source("own", &[("10.0.0.0/8", "CN"), ("fd00::/8", "US-CA")]);
    let exits = source("exits", &[("203.0.113.64/30", "ZZ"), ("2001:db8:1::/48", "ZZ")]).excluding();
    let places = [("203.0.113.0/24", "CN"), ("203.0.113.128/25", "CN-GD"), ("2001:db8::/32", "HK"), ("2001:db8::7/128", "US")];
    let other = source("other", &[("203.0.113.7/32", "US"), ("::ffff:203.0.113.9/128", "CN")]);
    // More cuts than a bucket holds, so that there are tables and nodes; several slots share a bucket.
    let mut crowded = Source::new("crowded");
    for n in 0..60_u32 {
        let code = ["CN", "US", "HK"][n as usize % 3];
        crowded.insert(network(&format!("198.51.{}.{}/32", n % 4, n * 4)), region(code));
        crowded.insert(network(&format!("2001:db8:{:x}::{:x}/128", n % 2, n * 2)), region(code));
    }
    let atlas = |sources: Vec<Source>| Atlas::builder().sources(sources).build().unwrap();
    vec![
        ("nothing", Atlas::builder().build().unwrap()),
        ("own networks", atlas(vec![own.clone()])),
        ("places", atlas(vec![source("provider", &places).as_of(SystemTime::UNIX_EPOCH), other, exits, own])),
        ("everywhere", atlas(vec![source("all", &[("0.0.0.0/0", "CN"), ("::/0", "CN")])])),
        ("crowded", atlas(vec![crowded])),
    ]
}

#[test]
fn small_atlases_are_read_as_they_were_written() {
    for (name, atlas) in small() {
        let file = atlas.to_bytes();
        let mut written = Vec::new();
        atlas.write_to(&mut written).unwrap();
        let loaded = Atlas::from_bytes(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        answers_equally(&loaded, &atlas);
        assert!(loaded.to_bytes() == file && written == file, "{name}");
    }
}

#[test]
fn any_changed_byte_is_refused() {
    for (name, atlas) in small() {
        let mut file = atlas.to_bytes();
        for at in 0..file.len() {
            for flip in 1..=255 {
                file[at] ^= flip;
                assert!(Atlas::from_bytes(&file).is_err(), "{name}: byte {at} ^ {flip}");
                file[at] ^= flip;
            }
        }
    }
}

#[test]
fn a_file_that_is_cut_off_or_continued_is_refused() {
    for (name, atlas) in small() {
        let file = atlas.to_bytes();
        (0..file.len()).for_each(|len| assert!(Atlas::from_bytes(&file[..len]).is_err(), "{name}: {len}"));
        for byte in 0..=255 {
            assert!(Atlas::from_bytes(&[file.as_slice(), &[byte]].concat()).is_err(), "{name}: {byte}");
        }
        assert!(Atlas::from_bytes(&file.repeat(2)).is_err(), "{name}");
    }
}

/// Checks a changed content at each place, as many at once as there are processors. `change` has a copy for itself.
fn at_each_place(places: usize, content: &[u8], change: impl Fn(usize, &mut [u8]) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                let mut content = content.to_vec();
                std::iter::repeat_with(|| next.fetch_add(1, Relaxed))
                    .take_while(|at| *at < places)
                    .for_each(|at| change(at, &mut content));
            });
        }
    });
}

/// Every byte of every small file with every value, and the checksum computed anew.
#[test]
fn a_changed_byte_under_a_right_checksum_is_refused_or_makes_another_atlas() {
    for (_, atlas) in small() {
        let mut content = atlas.to_bytes();
        content.truncate(content.len() - CHECKSUM);
        // Of the larger files one bit of each byte, and all: all values would take minutes.
        let is_small = content.len() < 400;
        at_each_place(content.len(), &content, |at, content| {
            let flips: Vec<u8> = if is_small { (1..=255).collect() } else { vec![1 << (at % 8), 255] };
            for flip in flips {
                content[at] ^= flip;
                hostile(content);
                content[at] ^= flip;
            }
        });
    }
}

/// Numbers of 32 and 64 bits with the values at which sums, products and counts go wrong.
#[test]
fn a_number_beyond_any_bound_under_a_right_checksum_is_refused() {
    for (_, atlas) in small() {
        let mut original = atlas.to_bytes();
        original.truncate(original.len() - CHECKSUM);
        at_each_place(original.len() - 8, &original, |at, content| {
            for number in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, 1 << 32, u64::from(u32::MAX), 1 << 31, 1 << 16] {
                for len in [4, 8] {
                    content[at..at + len].copy_from_slice(&number.to_le_bytes()[..len]);
                    hostile(content);
                    content.copy_from_slice(&original);
                }
            }
        });
    }
}

#[test]
fn more_regions_than_a_byte_counts_are_told_apart() {
    for regions in [253, 254, 255, 256, 3000] {
        let mut source = Source::new("many");
        for n in 0..regions {
            let letter = |n: u32| char::from(b'A' + n as u8 % 26);
            let code = format!("US-{}{}{}", letter(n / 676), letter(n / 26), letter(n));
            source.insert(network(&format!("203.{}.{}.0/24", n / 256, n % 256)), region(&code));
            source.insert(network(&format!("2001:db8:{n:x}::/48")), region(&code));
        }
        let atlas = Atlas::builder().source(source).build().unwrap();
        let loaded = Atlas::from_bytes(&atlas.to_bytes()).unwrap();
        answers_equally(&loaded, &atlas);
        assert_eq!(format!("{loaded:?}"), format!("{atlas:?}"), "{regions}");
    }
}

#[test]
fn the_facts_about_sources_are_kept() {
    let day = Duration::from_nanos(86_400_000_000_001);
    let named = |name: &str, time| source(name, &[("203.0.113.0/24", "CN"), ("10.0.0.0/8", "CN")]).as_of(time);
    let builder = Atlas::builder()
        .source(named("before", SystemTime::UNIX_EPOCH - day))
        .source(named("", SystemTime::UNIX_EPOCH + day))
        .source(named("名\n\u{202e}", SystemTime::now()))
        .source(Source::new("empty"))
        .source(named("whole seconds", SystemTime::UNIX_EPOCH - Duration::from_secs(5)))
        .source(source("exits", &[("203.0.113.0/25", "CN")]).excluding());
    let atlas = builder.build().unwrap();
    let loaded = Atlas::from_bytes(&atlas.to_bytes()).unwrap();
    assert_eq!(loaded.sources(), atlas.sources());
    assert_eq!(loaded.sources()[1].known_as_of(), Some(SystemTime::UNIX_EPOCH - day));
    assert_eq!(loaded.sources()[1].special_purpose(), 1);
    assert!(loaded.excluded_by(ip("203.0.113.7")).eq(["exits"]));
}

#[test]
fn the_world_is_read_as_it_was_written() {
    for name in ["geo-whois-asn-country", "asn-country"] {
        let open = |family| {
            let path = format!("{}/data/{name}-{family}.csv.gz", env!("CARGO_MANIFEST_DIR"));
            flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap())
        };
        let csv = std::io::Read::chain(open("ipv4"), open("ipv6"));
        let atlas = Atlas::builder().source(Source::from_range_csv(name, csv).unwrap()).build().unwrap();
        let file = atlas.to_bytes();
        let loaded = Atlas::from_bytes(&file).unwrap();
        answers_equally(&loaded, &atlas);
        assert!(loaded.to_bytes() == file);
        assert_eq!(format!("{loaded:?}"), format!("{atlas:?}"));
        assert!(file.len() < 3 << 20, "{} bytes", file.len());
    }
}

#[test]
fn what_is_refused_says_what_to_do() {
    let file = small().swap_remove(2).1.to_bytes();
    let with = |at: usize, byte: u8| {
        let mut content = file[..file.len() - CHECKSUM].to_vec();
        content[at] = byte;
        content
    };
    let mut damaged = file.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let cases = [
        (b"1.0.0.0/24,CN\n".to_vec(), "does not begin with `bailiwick atlas`: is this the right file?"),
        (sealed(&with(16, 2)), "a compiled atlas of form 2, and this version reads form 1: compile the atlas again"),
        (file[..20].to_vec(), "a compiled atlas of 20 bytes, and its header tells of 84: get the file again"),
        (damaged, "a compiled atlas that was changed or damaged"),
        (sealed(&with(52, b'c')), "not consistent: a region is not one, at byte 60 in the part `regions`: compile the atlas again"),
    ];
    for (file, message) in cases {
        let error: AtlasFileError = Atlas::from_bytes(&file).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

/// A list of regions has each region of the atlas once, and no other.
#[test]
fn a_list_of_other_regions_than_those_of_the_atlas_is_refused() {
    let parts =
        |code: &str| Parts::of(&Atlas::builder().source(source("a", &[("203.0.113.0/24", code)])).build().unwrap().to_bytes());
    let list = |codes: &[&str]| codes.iter().flat_map(|code| parts(code).regions).collect::<Vec<u8>>();
    let is_read = |regions: Vec<u8>| Atlas::from_bytes(&Parts { regions, ..parts("CN") }.file()).map_err(|error| error.to_string());
    assert!(is_read(list(&["CN"])).is_ok());
    for (regions, message) in [
        (list(&["CN", "US"]), "a region of the list has no address, at byte 52 in the part `regions`"),
        (list(&["CN", "CN"]), "a region is listed twice"),
        (list(&["CN", "US", "CN"]), "a region is listed twice"),
        (list(&["US"]).repeat(65_535), "there are more regions than an atlas can tell apart"),
        (list(&["US"]).repeat(65_534), "a region is listed twice"),
        (Vec::new(), "a location is beyond the list of regions"),
    ] {
        let error = is_read(regions).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
}

/// Locations that no source can give: each file differs from a valid one in what it tells of its sources alone.
#[test]
fn a_location_that_no_source_can_give_is_refused() {
    let atlas = |sources: Vec<Source>| Atlas::builder().sources(sources).build().unwrap();
    let place = |name: &str, net: &str| source(name, &[(net, "CN")]);
    let exits = || source("exits", &[("203.0.113.64/26", "ZZ"), ("2001:db8:1::/48", "ZZ")]).excluding();
    // The trie of one atlas with the sources of another.
    let cases = [
        (atlas(vec![place("a", "203.0.113.0/24")]), atlas(vec![])),
        (atlas(vec![place("a", "203.0.113.0/24")]), atlas(vec![place("a", "203.0.113.0/24"), exits()])),
        (atlas(vec![place("a", "2001:db8::/32")]), atlas(vec![place("a", "2001:db8::/32"), exits()])),
        (atlas(vec![place("a", "10.0.0.0/8")]), atlas(vec![place("a", "203.0.113.0/24")])),
        (atlas(vec![place("a", "203.0.113.0/24")]), atlas(vec![place("a", "10.0.0.0/8")])),
        (atlas(vec![place("a", "fd00::/8")]), atlas(vec![place("a", "2001:db8::/32")])),
        // A source that locates nothing.
        (atlas(vec![place("a", "203.0.113.0/24")]), atlas(vec![source("a", &[("203.0.113.0/24", "ZZ")])])),
        (atlas(vec![place("a", "10.0.0.0/8")]), atlas(vec![source("a", &[("10.0.0.0/8", "ZZ")])])),
        (atlas(vec![place("a", "fd00::/8")]), atlas(vec![source("a", &[("fd00::/8", "ZZ")])])),
    ];
    for (n, (tries, sources)) in cases.iter().enumerate() {
        let [tries, sources] = [tries, sources].map(|atlas| Parts::of(&atlas.to_bytes()));
        assert!(Atlas::from_bytes(&tries.file()).is_ok());
        let mixed = Parts { count: sources.count, sources: sources.sources, ..tries };
        let error = Atlas::from_bytes(&mixed.file()).unwrap_err().to_string();
        assert!(error.contains("an address is located that no source can locate"), "case {n}: {error}");
    }
}

/// Single addresses of two regions by turns, so that the tries have buckets whose regions are all known before: each address in turn is
/// excluded by the sources, and located by the tries.
#[test]
fn an_excluded_address_is_not_located_wherever_it_is_in_a_bucket() {
    let mut places = Source::new("places");
    for n in 0..192_u32 {
        let code = ["CN", "US"][n as usize % 2];
        places.insert(network(&format!("203.0.113.{n}/32")), region(code));
        places.insert(network(&format!("2001:db8::{n:x}/128")), region(code));
    }
    let tries = Parts::of(&Atlas::builder().source(places.clone()).build().unwrap().to_bytes());
    for n in 0..192_u32 {
        for excluded in [format!("203.0.113.{n}/32"), format!("2001:db8::{n:x}/128")] {
            let exits = source("exits", &[(excluded.as_str(), "ZZ")]).excluding();
            let sources = Parts::of(&Atlas::builder().source(places.clone()).source(exits).build().unwrap().to_bytes());
            let (v4, v6) = (tries.v4.clone(), tries.v6.clone());
            let mixed = Parts { count: sources.count, sources: sources.sources, regions: tries.regions.clone(), v4, v6 };
            let error = Atlas::from_bytes(&mixed.file()).unwrap_err().to_string();
            assert!(error.contains("an address is located that no source can locate"), "{excluded}: {error}");
        }
    }
}

/// The parts of a file.
struct Parts {
    count: u32,
    regions: Vec<u8>,
    sources: Vec<u8>,
    v4: Vec<u8>,
    v6: Vec<u8>,
}

impl Parts {
    fn of(file: &[u8]) -> Parts {
        let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let mut rest = &file[52..];
        let mut take = |len| {
            let (part, after) = rest.split_at(len);
            rest = after;
            part.to_vec()
        };
        let count = number(20) as u32;
        let [regions, sources, v4, v6] = [number(24) * 8, number(28), number(36), number(44)].map(&mut take);
        Parts { count, regions, sources, v4, v6 }
    }

    fn file(&self) -> Vec<u8> {
        let Parts { count, regions, sources, v4, v6 } = self;
        let mut content = [b"bailiwick atlas\0".as_slice(), &1_u32.to_le_bytes(), &count.to_le_bytes()].concat();
        content.extend((regions.len() as u32 / 8).to_le_bytes());
        [sources, v4, v6].iter().for_each(|part| content.extend((part.len() as u64).to_le_bytes()));
        [regions, sources, v4, v6].iter().for_each(|part| content.extend(*part));
        sealed(&content)
    }
}
