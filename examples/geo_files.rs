//! Geo files as people name them: `cargo run --features files --example geo_files -- geo.mmdb exclude:tor=exits.txt`
//!
//! Without arguments it opens two small files of its own.

use std::error::Error;
use std::net::IpAddr;
use std::{env, fs, io, process};

use bailiwick::Atlas;
use bailiwick::geo::{OpenOptions, SourceSpec};

const ADDRESSES: [&str; 3] = ["203.0.113.7", "203.0.113.8", "198.51.100.7"];

/// A provider's file, and a list of addresses that are no evidence of a place.
fn small_files() -> io::Result<Vec<String>> {
    let folder = env::temp_dir().join(format!("bailiwick-geo-files-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let (geo, exits) = (folder.join("geo.csv"), folder.join("exits.txt"));
    fs::write(&geo, "203.0.113.0/24,CN\n198.51.100.0/24,HK\n192.0.2.0/24,EU\n")?;
    fs::write(&exits, "203.0.113.8\n")?;
    Ok(vec![geo.display().to_string(), format!("exclude:exits={}", exits.display())])
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut names: Vec<String> = env::args().skip(1).collect();
    if names.is_empty() {
        names = small_files()?;
    }
    let specs = names.iter().map(|name| name.parse()).collect::<Result<Vec<SourceSpec>, _>>()?;

    // The formats are recognised, and gzip is decompressed.
    let opened = OpenOptions::new().open_all(&specs)?;
    for file in opened.iter().flat_map(|source| &source.files) {
        println!("{}, read as {}: {}", file.path, file.format, file.load_report);
    }

    let atlas = Atlas::builder().sources(opened.into_iter().map(|opened| opened.source)).build()?;
    for address in ADDRESSES {
        let ip: IpAddr = address.parse()?;
        let lists: Vec<&str> = atlas.excluded_by(ip).collect();
        println!(
            "{ip} is {}{}",
            atlas.locate(ip),
            if lists.is_empty() { String::new() } else { format!(", excluded by {}", lists.join(", ")) }
        );
    }
    Ok(())
}
