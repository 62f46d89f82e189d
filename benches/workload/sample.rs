//! The files of `data/` as sources.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use bailiwick::{Location, Source};
use flate2::read::GzDecoder;

use super::world::World;

/// The folder of the files: beside the manifest, or two folders up for the package that measures peers.
fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["data", "../../data"].map(|folder| here.join(folder));
    folders.into_iter().find(|folder| folder.is_dir()).expect("the benchmarks read the sample data")
}

fn open(name: &str) -> impl Read {
    let open = |family: &str| {
        let path = folder().join(format!("{name}-{family}.csv.gz"));
        GzDecoder::new(BufReader::new(File::open(path).expect("the sample data has the file")))
    };
    open("ipv4").chain(open("ipv6"))
}

fn read(name: &str) -> Source {
    Source::from_range_csv(name, open(name)).expect("the sample data is well formed")
}

const WORLD: &str = "geo-whois-asn-country";

/// The world: the table that the library was written with.
pub fn world() -> World {
    World::new("world", read(WORLD))
}

/// The file of the world, decompressed.
pub fn world_csv() -> Vec<u8> {
    let mut bytes = Vec::new();
    open(WORLD).read_to_end(&mut bytes).expect("the sample data has the file");
    bytes
}

/// Another table of the world, on which nothing was tuned.
pub fn hold_out() -> World {
    World::new("asn-country", read("asn-country"))
}

/// Three jurisdictions of a world, and nothing else.
pub fn three(world: &World) -> World {
    let regions = super::docket::ISSUERS.map(|code| code.parse().expect("an issuer is a region"));
    let mut source = Source::new("three");
    for (network, location) in world.atlas.networks() {
        if let Location::In(region) = location
            && regions.contains(&region)
        {
            source.insert(network, region);
        }
    }
    World::new("three jurisdictions", source)
}
