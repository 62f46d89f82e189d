//! A compiled atlas written as a file, read again, and changed by an enemy.

use std::net::IpAddr;

use bailiwick::{Atlas, Digest, Policy, Source};
use ipnet::IpNet;

use super::special::SPECIAL;
use super::world::World;

/// The bytes of the checksum at the end of a file.
pub const CHECKSUM: usize = 32;

/// The atlas of a world, and every policy on it, is the same after it was written and read.
pub fn world(world: &World) {
    let atlas = world.atlas();
    let file = atlas.to_bytes();
    let loaded = Atlas::from_bytes(&file).unwrap();
    assert!(loaded.to_bytes() == file);
    answers_equally(&loaded, &atlas);
    assert_eq!(format!("{loaded:?}"), format!("{atlas:?}"));

    let (policy, before) = (Policy::compile(&world.docket, &loaded).unwrap(), world.policy());
    assert_eq!(policy.warnings(), before.warnings());
    assert_eq!(policy.memory_usage(), before.memory_usage());
    for q in &world.questions {
        assert_eq!(loaded.locate(q.ip), atlas.locate(q.ip));
        assert!(loaded.excluded_by(q.ip).eq(atlas.excluded_by(q.ip)));
        let (explained, before) =
            (policy.explain(q.meeting(), q.ip, q.home, q.at), before.explain(q.meeting(), q.ip, q.home, q.at));
        assert_eq!(explained.to_string(), before.to_string());
        assert_eq!(serde_json::to_string(&explained).unwrap(), serde_json::to_string(&before).unwrap());
    }
}

/// Two atlases tell the same of their sources, and locate every address alike.
pub fn answers_equally(atlas: &Atlas, other: &Atlas) {
    assert_eq!(atlas.sources(), other.sources());
    assert_eq!(atlas.digest(), other.digest());
    assert!(atlas.networks().eq(other.networks()));
}

/// A file with the checksum of the bytes before it.
pub fn sealed(content: &[u8]) -> Vec<u8> {
    [content, Digest::of(content).as_bytes()].concat()
}

/// A file of any content with the right checksum is refused, or is an atlas like one that sources make: it is written as it was
/// read, every lookup agrees with its list of networks, and an atlas compiled from that list answers as it does.
pub fn hostile(content: &[u8]) {
    let file = sealed(content);
    let Ok(atlas) = Atlas::from_bytes(&file) else { return };
    assert!(atlas.to_bytes() == file, "it is written otherwise");

    let listed: Vec<_> = atlas.networks().collect();
    // One source for the world, and one of own networks, which alone speaks for special-purpose addresses.
    let (mut general, mut own) = (Source::new("general"), Source::new("own"));
    let places = ["CN", "US"].map(|code| code.parse().unwrap());
    for &(network, location) in &listed {
        for &region in location.region().as_slice().iter().chain(if location.region().is_none() { &places[..] } else { &[] }) {
            general.insert(network, region);
            special(network).for_each(|part| own.insert(part, region));
        }
    }
    let compiled = Atlas::builder().source(general).source(own).build().unwrap();
    assert!(compiled.networks().eq(listed.iter().copied()));
    assert_eq!(compiled.digest(), atlas.digest());
    let ends = listed.iter().flat_map(|(network, _)| [network.network(), network.broadcast()]);
    for ip in ends.flat_map(|ip| [Some(ip), before(ip), after(ip)]).flatten() {
        assert_eq!(atlas.locate(ip), compiled.locate(ip), "{ip}");
        assert!(atlas.excluded_by(ip).next().is_none() || atlas.locate(ip).region().is_none(), "{ip}");
    }
}

/// As [`hostile`], with the length of the last part made right, so that bytes may be added and removed.
pub fn hostile_of_any_length(content: &[u8]) {
    hostile(content);
    let mut content = content.to_vec();
    let len = |at: usize| Some(u64::from_le_bytes(content.get(at..at + 8)?.try_into().unwrap()));
    let regions = content.get(24..28).map(|count| u64::from(u32::from_le_bytes(count.try_into().unwrap())));
    let [Some(regions), Some(sources), Some(v4), Some(_)] = [regions, len(28), len(36), len(44)] else { return };
    let before = [52, regions * 8, sources, v4].into_iter().try_fold(0, u64::checked_add);
    if let Some(rest) = before.and_then(|before| (content.len() as u64).checked_sub(before)) {
        content[44..52].copy_from_slice(&rest.to_le_bytes());
        hostile(&content);
    }
}

/// The parts of a network that are special-purpose.
fn special(network: IpNet) -> impl Iterator<Item = IpNet> {
    let special = SPECIAL.iter().map(|special| special.parse::<IpNet>().unwrap());
    special.filter_map(move |special| match (special.contains(&network), network.contains(&special)) {
        (true, _) => Some(network),
        (_, true) => Some(special),
        _ => None,
    })
}

fn before(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().checked_sub(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(ip) => ip.to_bits().checked_sub(1).map(|bits| IpAddr::V6(bits.into())),
    }
}

fn after(ip: IpAddr) -> Option<IpAddr> {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().checked_add(1).map(|bits| IpAddr::V4(bits.into())),
        IpAddr::V6(ip) => ip.to_bits().checked_add(1).map(|bits| IpAddr::V6(bits.into())),
    }
}
