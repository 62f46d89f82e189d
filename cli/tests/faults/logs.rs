//! Keys, publishing and gathering.

use std::fs;
use std::path::Path;

use bailiwick::Digest;
use bailiwick::ledger::Verification;
use bailiwick::log::{FolderTiles, LogFolder, SignedCheckpoint, StoredTree};
use bailiwick::note::{SignedNote, SigningKey, VerifierKey};

use super::harness::Row;
use super::{KEY, done, is_done, ledger, tool, write_ledger};

pub const ROWS: [Row; 5] = [
    Row {
        name: "log-keygen",
        before: |_| {},
        writers: |folder| vec![tool(folder, "log keygen --origin example.com/log --out @log.key")],
        is_silent: false,
        check: |folder, said, _| {
            let is_made = said.iter().any(|line| line.starts_with("example.com/log+"));
            let (secret, vkey) = (folder.join("log.key"), folder.join("log.key.vkey"));
            assert!(!is_made || (secret.exists() && vkey.exists()));
            if secret.exists() {
                let secret: SigningKey = fs::read_to_string(&secret).unwrap().trim_end().parse().unwrap();
                assert!(!vkey.exists() || fs::read_to_string(&vkey).unwrap().trim_end() == secret.verifier().to_string());
            } else {
                assert!(!vkey.exists(), "a public key of no secret");
            }
        },
        is_in_use: None,
        may_refuse: |folder| folder.join("log.key").exists(),
    },
    Row {
        name: "log-publish",
        before: |folder| {
            keys(folder);
            write_ledger(&folder.join("ledger.jsonl"), 250);
        },
        writers: |folder| vec![ledger(300), tool(folder, PUBLISH)],
        is_silent: false,
        check: |folder, said, _| {
            check_published(folder, "log", said);
            done(folder, PUBLISH);
            check_published(folder, "log", said);
        },
        is_in_use: None,
        may_refuse: |_| false,
    },
    Row {
        name: "log-publish-next",
        before: |folder| {
            keys(folder);
            write_ledger(&folder.join("ledger.jsonl"), 300);
            done(folder, PUBLISH);
        },
        writers: |folder| vec![ledger(505), tool(folder, PUBLISH_PADDED)],
        is_silent: false,
        check: |folder, said, _| {
            let said: Vec<String> = said.iter().cloned().chain(["signed a checkpoint of 256 lines".to_owned()]).collect();
            check_published(folder, "log", &said);
            done(folder, PUBLISH_PADDED);
            check_published(folder, "log", &said);
            assert_eq!(LogFolder::read(folder.join("log")).unwrap().size(), 512);
        },
        is_in_use: None,
        may_refuse: |_| false,
    },
    Row {
        name: "log-gather",
        before: nodes,
        writers: |folder| vec![tool(folder, GATHER)],
        is_silent: false,
        check: |folder, said, _| check_gathered(folder, said, 0),
        is_in_use: None,
        may_refuse: |_| false,
    },
    Row {
        name: "log-gather-next",
        before: |folder| {
            nodes(folder);
            done(folder, GATHER);
            write_ledger(&folder.join("ledger.jsonl"), 600);
            done(folder, PUBLISH);
        },
        writers: |folder| vec![tool(folder, GATHER)],
        is_silent: false,
        check: |folder, said, _| check_gathered(folder, said, 2),
        is_in_use: None,
        may_refuse: |_| false,
    },
];

const PUBLISH: &str = "log publish @ledger.jsonl --key @log.key --out @log --html";
const PUBLISH_PADDED: &str = "log publish @ledger.jsonl --key @log.key --out @log --html --pad --key-file @key";
const GATHER: &str = "log gather @log @two --into @fleet --key @fleet.key --vkey @log.key.vkey --vkey @two.key.vkey";

fn keys(folder: &Path) {
    fs::write(folder.join("key"), KEY).unwrap();
    for name in ["log", "two", "fleet"] {
        let key = SigningKey::from_seed(&format!("example.com/{name}"), Digest::of(name.as_bytes()).as_bytes()).unwrap();
        fs::write(folder.join(format!("{name}.key")), key.to_secret_text().as_str()).unwrap();
        fs::write(folder.join(format!("{name}.key.vkey")), key.verifier().to_string()).unwrap();
    }
}

fn vkey(folder: &Path, name: &str) -> VerifierKey {
    fs::read_to_string(folder.join(format!("{name}.key.vkey"))).unwrap().trim_end().parse().unwrap()
}

/// Two nodes that have published.
fn nodes(folder: &Path) {
    keys(folder);
    write_ledger(&folder.join("ledger.jsonl"), 300);
    write_ledger(&folder.join("two.jsonl"), 300);
    done(folder, PUBLISH);
    done(folder, "log publish @two.jsonl --key @two.key --out @two");
}

/// What is shown is whole and signed, and has what was said. The ledger has every line that was signed.
fn check_published(folder: &Path, name: &str, said: &[String]) {
    let (dir, vkey) = (folder.join(name), vkey(folder, name));
    let least = said.iter().filter_map(|line| line.strip_prefix("signed a checkpoint of ")?.split(' ').next()?.parse::<u64>().ok());
    let least = least.max().unwrap_or(0);
    let size = match fs::read(dir.join("checkpoint")) {
        Ok(bytes) => {
            let signed = SignedCheckpoint::parse(&bytes).unwrap();
            signed.verify(&vkey).unwrap();
            let (size, root) = (signed.checkpoint().size(), signed.checkpoint().root());
            StoredTree::new(FolderTiles::new(&dir), size).verify(root, |_| {}).unwrap();
            size
        }
        Err(_) => 0,
    };
    assert!(size >= least, "a checkpoint of {size} lines is shown, and one of {least} was signed");
    if let Ok(status) = fs::read(dir.join("status")) {
        SignedNote::parse(&status).unwrap().verify(&vkey).unwrap();
    }
    if let Ok(page) = fs::read_to_string(dir.join("index.html")) {
        assert!(page.trim_end().ends_with("</html>"), "half a page");
    }
    if is_done(said) && least > 0 {
        let status = fs::read_to_string(dir.join("status")).unwrap();
        assert!(status.contains(&format!("\n{size}\n")), "{status}");
        assert!(dir.join("index.html").exists());
    }
    if name == "log" && size > 0 {
        let mut verification = Verification::new();
        let mut lines = 0;
        let file = fs::File::open(folder.join("ledger.jsonl")).unwrap();
        let _ = verification.each_line("ledger.jsonl", file, |_, _| lines += 1);
        assert!(lines >= size, "{size} lines were signed, and the ledger has {lines}");
    }
}

fn check_gathered(folder: &Path, said: &[String], before: u64) {
    let least = said.iter().filter_map(|line| line.split(", ").nth(1)?.strip_suffix(" in all")?.parse::<u64>().ok());
    let least = least.max().unwrap_or(0).max(before);
    for _ in 0..2 {
        let log = LogFolder::read(folder.join("fleet")).unwrap();
        assert!(log.size() >= least, "{} heads are signed, and {least} were gathered", log.size());
        if log.size() > 0 {
            log.verify(Some(&vkey(folder, "fleet")), |_| {}).unwrap();
            let heads = fs::read_to_string(folder.join("fleet/heads.jsonl")).unwrap();
            assert!(heads.split_inclusive('\n').filter(|line| line.ends_with('\n')).count() as u64 >= log.size());
        }
        done(folder, GATHER);
    }
}
