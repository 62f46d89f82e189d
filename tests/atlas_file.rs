//! The compiled atlas as a file: written, read, and refused.

mod bodies;
mod support;

use std::time::SystemTime;

use bailiwick::{Atlas, Source};
use bodies::atlas_file::{CHECKSUM, answers_equally, hostile, world};
use bodies::world::World;
use proptest::prelude::*;
use support::{network, region, source};

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn a_loaded_atlas_is_the_saved_one(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        world(&World::from_bytes(&bytes));
    }
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

/// Every byte of every small file with every value, and the checksum computed anew.
#[test]
fn a_changed_byte_under_a_right_checksum_is_refused_or_makes_another_atlas() {
    for (_, atlas) in small() {
        let mut content = atlas.to_bytes();
        content.truncate(content.len() - CHECKSUM);
        for at in 0..content.len() {
            for flip in 1..=255 {
                content[at] ^= flip;
                hostile(&content);
                content[at] ^= flip;
            }
        }
    }
}
