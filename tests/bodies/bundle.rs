//! Bundles: a reader of ustar that shares nothing with the library's, and properties of any bytes that are offered as a bundle.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use bailiwick::bundle::{self, Bundle, Error, Manifest, Release, Trust};
use bailiwick::note::SigningKey;
use bailiwick::{Atlas, Digest, Docket, Order, Policy, Requirements, Source, Status};

const ORIGIN: &str = "example.org/orders";

/// The name and the content of a member of an archive.
pub type Member = (String, Vec<u8>);

/// The members of an archive that is whole.
pub fn members(archive: &[u8]) -> Vec<Member> {
    let mut members = Vec::new();
    let mut at = 0;
    while archive[at] != 0 {
        let header = &archive[at..at + 512];
        let text = |field: &[u8]| String::from_utf8(field.split(|&byte| byte == 0).next().unwrap().to_vec()).unwrap();
        let size = usize::from_str_radix(&text(&header[124..136]), 8).unwrap();
        members.push((text(&header[..100]), archive[at + 512..at + 512 + size].to_vec()));
        at += 512 + size.next_multiple_of(512);
    }
    members
}

/// An archive of members, in any sequence.
pub fn packed(members: &[Member]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in members {
        let mut header = [0; 512];
        let size = format!("{:011o}", content.len());
        let fields: [(usize, &[u8]); 10] = [
            (0, name.as_bytes()),
            (100, b"0000644"),
            (108, b"0000000"),
            (116, b"0000000"),
            (124, size.as_bytes()),
            (136, b"00000000000"),
            (148, b"        "),
            (156, b"0"),
            (257, b"ustar\x0000"),
            (329, b"0000000\x000000000"),
        ];
        fields.iter().for_each(|&(at, field)| header[at..at + field.len()].copy_from_slice(field));
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

fn key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::from_seed("example.org/fuzz", Digest::of(b"a key of the tests").as_bytes()).unwrap())
}

fn trust() -> Trust {
    Trust::builder(ORIGIN).key("legal", key().verifier()).build().unwrap()
}

/// A bundle that a node takes, and its members.
fn base() -> &'static (Vec<u8>, Vec<Member>) {
    static BASE: OnceLock<(Vec<u8>, Vec<Member>)> = OnceLock::new();
    BASE.get_or_init(|| {
        let mut order = Order::new("cn-1", "CN");
        order.meetings.push("vigil".to_owned());
        order.expires = Some(now() + Duration::from_secs(1000));
        let docket: Docket = [order].into_iter().collect();
        let source = Source::from_range_csv("provider", &b"203.0.113.0,203.0.113.255,CN\n"[..]).unwrap();
        let atlas = Atlas::builder().source(source).build().unwrap();
        let release = Release::new(ORIGIN, 7, now(), now() + Duration::from_secs(1000)).unwrap();
        let made = bundle::make(release, &docket, &Requirements::new(), &atlas).unwrap();
        let signed = bundle::sign(&made, key()).unwrap();
        let members = members(&signed);
        (signed, members)
    })
}

/// All properties, of bytes that mean something else to each.
pub fn bundle(bytes: &[u8]) {
    whatever_is_read_is_written_alike(bytes);
    no_edit_is_taken(bytes);
    no_content_is_taken_that_does_not_hold(bytes);
}

/// The bytes are a bundle, or the text of a manifest.
fn whatever_is_read_is_written_alike(bytes: &[u8]) {
    assert!(bundle::check(bytes, &trust(), None, now()).is_err() || bytes == base().0, "nobody signed it");
    if let Ok(read) = Bundle::read(bytes) {
        assert_eq!(packed(&members(bytes)), bytes);
        let note = members(bytes)[0].1.clone();
        assert!(note.starts_with(read.manifest().to_string().as_bytes()));
        if read.compile().is_ok() {
            let signed = bundle::sign(bytes, key()).unwrap();
            assert_eq!(Bundle::read(&signed).unwrap().manifest(), read.manifest());
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if let Ok(manifest) = text.parse::<Manifest>() {
            assert_eq!(manifest.to_string(), text);
        }
    }
}

/// The bytes are edits of a bundle that a node takes: two with a position, and one that is added to what is there.
fn no_edit_is_taken(bytes: &[u8]) {
    let (base, _) = base();
    let mut edited = base.clone();
    for edit in bytes.chunks_exact(3).take(64) {
        let at = usize::from(u16::from_be_bytes([edit[0], edit[1]])) % edited.len();
        edited[at] = edited[at].wrapping_add(edit[2]);
    }
    assert_eq!(bundle::check(&edited, &trust(), None, now()).is_ok(), edited == *base);
}

/// The bytes are the three members behind the manifest, with `%` between them; `=` is the member of a bundle that a node takes. Their
/// digests are right, and they are signed.
fn no_content_is_taken_that_does_not_hold(bytes: &[u8]) {
    let (_, base) = base();
    let mut parts = bytes.split(|&byte| byte == b'%').filter(|part| !part.is_empty());
    let mut content = |n: usize| match parts.next() {
        Some([b'=', ..]) | None => base[n].1.clone(),
        Some(part) => part.to_vec(),
    };
    let (docket, requirements, atlas) = (content(1), content(2), content(3));
    let compiled = || {
        let docket = Docket::from_json(std::str::from_utf8(&docket).ok()?).ok()?;
        Policy::compile(&docket, &Atlas::from_bytes(&atlas).ok()?).ok()
    };
    let digests = compiled().map_or([Digest::of(b""); 2], |policy| [policy.digest(), policy.atlas_digest()]);
    let text = String::from_utf8(base[0].1.clone()).unwrap();
    let text: String = text.lines().take(12).fold(String::new(), |text, line| {
        let content = |name: &str, bytes: &[u8]| format!("{name}: {} {}", bytes.len(), Digest::of(bytes));
        let line = match line.split(": ").next().unwrap() {
            "docket.json" => content("docket.json", &docket),
            "requirements.json" => content("requirements.json", &requirements),
            "atlas.bin" => content("atlas.bin", &atlas),
            "policy" => format!("policy: {}", digests[0]),
            "atlas" => format!("atlas: {}", digests[1]),
            _ => line.to_owned(),
        };
        text + &line + "\n"
    });
    let mut note = bailiwick::note::SignedNote::new(text).unwrap();
    note.sign(key()).unwrap();
    let names = ["manifest.note", "docket.json", "requirements.json", "atlas.bin"].map(str::to_owned);
    let contents = [note.to_string().into_bytes(), docket, requirements, atlas];
    let archive = packed(&names.into_iter().zip(contents).collect::<Vec<_>>());
    match bundle::check(&archive, &trust(), None, now()) {
        Ok(checked) => {
            let mut in_force = checked.policy.orders().filter(|order| order.status == Status::InForce);
            assert!(in_force.all(|order| order.expires.is_some()), "an order in force has no end");
            assert_eq!([checked.policy.digest(), checked.policy.atlas_digest()], digests);
        }
        Err(error) => {
            let of_content = matches!(error.reason(), "docket" | "atlas" | "compile" | "digest" | "archive");
            assert!(of_content && !matches!(error, Error::Member { .. }), "{error}");
            assert!(!error.to_string().contains('\n') || matches!(error, Error::Compile(_) | Error::Docket(_)), "{error}");
        }
    }
}
