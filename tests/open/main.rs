//! Opening geo files as people name them: what is read, and that each hint of an error ends well.

mod hints;
mod input;
mod sources;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use bailiwick::{Atlas, Location, Source};
use flate2::Compression;
use flate2::write::GzEncoder;

/// A folder of its own for a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("open").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    /// A specification with `@` for the folder.
    fn spec(&self, spec: &str) -> String {
        spec.replace('@', &format!("{}/", self.0.display()))
    }

    fn open(&self, spec: &str) -> Result<Source, String> {
        Source::open(&self.spec(spec)).map_err(|error| error.to_string().replace(&format!("{}/", self.0.display()), "@"))
    }
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn locate(source: &Source, ip: &str) -> Location {
    Atlas::builder().source(source.clone()).build().unwrap().locate(ip.parse().unwrap())
}
