//! `bailiwick log`, and `verify --checkpoint`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

use bailiwick::Ledger;
use bailiwick::ledger::Key;
use bailiwick::log::LogFolder;
use bailiwick::note::{Algorithm, Signature, SignedNote, Signer, SigningKey, VerifierKey};

use super::Folder;

/// The key of these ledgers.
const KEY: &[u8] = b"a key of the tests, of 32 bytes or more";

/// The lines of a ledger, which is the beginning of every longer one.
fn write_ledger(folder: &Folder, name: &str, lines: u64) {
    let path = folder.0.join(name);
    let mut ledger = Ledger::open(&path, Key::new(KEY).unwrap()).unwrap().ledger;
    let there = ledger.head().seq + 1;
    (there..lines).for_each(|_| _ = ledger.unrecorded(10).unwrap());
}

/// A folder with a ledger of so many lines, published by `log.key` to `log`.
fn published(name: &str, lines: u64) -> Folder {
    let folder = Folder::new(name);
    folder.write("key", KEY);
    folder.run("log keygen --origin example.com/log --out log.key").text();
    write_ledger(&folder, "ledger.jsonl", lines);
    folder.run("log publish ledger.jsonl --key log.key --out log").text();
    folder
}

fn vkey(folder: &Folder) -> String {
    String::from_utf8(folder.read("log.key.vkey")).unwrap().trim().to_owned()
}

fn edit(folder: &Folder, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(folder.read(name)).unwrap();
    assert!(text.contains(from), "{text}");
    folder.write(name, text.replacen(from, to, 1));
}

#[test]
fn a_key_is_made_for_its_owner_alone_and_never_overwritten() {
    let folder = Folder::new("log-keygen");
    let said = folder.run("log keygen --origin example.com/log --out log.key").text();
    assert_eq!(said.trim(), vkey(&folder));
    assert!(said.starts_with("example.com/log+"));
    let secret = String::from_utf8(folder.read("log.key")).unwrap();
    assert!(secret.starts_with("PRIVATE+KEY+example.com/log+"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(folder.0.join("log.key")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let error = folder.run("log keygen --origin example.com/log --out log.key").failure(2);
    assert_eq!(error, "error: `log.key` is there already, and a key is never overwritten: give another file, or move it away\n");
    fs::remove_file(folder.0.join("log.key")).unwrap();
    let error = folder.run("log keygen --origin example.com/log --out log.key").failure(2);
    assert!(error.contains("`log.key.vkey` is there already"), "{error}");
    assert!(!folder.0.join("log.key").exists());
    let error = folder.run("log keygen --origin a+b --out other").failure(2);
    assert!(error.contains("the key's name `a+b` has '+'"), "{error}");
}

#[test]
fn a_ledger_is_published_and_its_lines_proved() {
    let folder = published("log-publish", 600);
    assert!(folder.0.join("log/tile/0/001").is_file() && folder.0.join("log/checkpoints/512").is_file());
    let again = folder.run("log publish ledger.jsonl --key log.key --out log").text();
    assert_eq!(again, "nothing new: the checkpoint of 512 lines stands, and the rest waits for the next multiple of 256\n");

    let lines: Vec<String> = String::from_utf8(folder.read("ledger.jsonl")).unwrap().lines().map(str::to_owned).collect();
    for seq in [0, 300, 511] {
        let proof = folder.run(&format!("log prove ledger.jsonl --log log --seq {seq}")).text();
        folder.write("x.tlog-proof", &proof);
        let ended = folder.run("log verify x.tlog-proof --vkey log.key.vkey");
        assert_eq!((ended.status, ended.out.trim_end()), (Some(0), lines[seq].as_str()), "{}", ended.err);
        assert!(ended.err.contains(&format!("line {seq} of 512 is in the log")), "{}", ended.err);
    }
    let waits = folder.run("log prove ledger.jsonl --log log --seq 512").failure(2);
    assert!(waits.contains("line 512 is not covered yet: 512 lines are"), "{waits}");
    let missing = folder.run("log prove ledger.jsonl --log log --seq 600").failure(2);
    assert!(missing.contains("no file has line 600"), "{missing}");
    edit(&folder, "x.tlog-proof", "index 511", "index 510");
    let wrong = folder.run("log verify x.tlog-proof --vkey log.key.vkey").failure(1);
    assert!(wrong.contains("does not lead from the line to the root"), "{wrong}");

    let all_well = folder.run(&format!("log fsck log --ledger ledger.jsonl --vkey {}", vkey(&folder))).text();
    assert_eq!(all_well, "512 lines, 1 checkpoint: every tile is there, and is that of the ledger\n");
}

#[test]
fn few_lines_wait_and_padding_covers_them() {
    let folder = published("log-pad", 100);
    assert!(!folder.0.join("log").exists() && !folder.0.join("log.key.signed").exists());
    let said = folder.run("log publish ledger.jsonl --key log.key --out log").text();
    assert!(said.starts_with("nothing is published: the ledger has fewer than 256 lines"), "{said}");
    let ended = folder.run("log publish ledger.jsonl --key log.key --out log --pad");
    assert!(ended.failure(2).contains("--key-file"));
    let ended = folder.run("log publish ledger.jsonl --key log.key --out log --pad --key-file key");
    assert_eq!(
        (ended.status, ended.out.as_str()),
        (Some(0), "signed a checkpoint of 256 lines as `example.com/log`\n"),
        "{}",
        ended.err
    );
    assert_eq!(ended.err, "note: wrote 156 lines of padding to `ledger.jsonl`\n");
    // An old backup of the ledger is not padded: that would be another history.
    let backup: String = String::from_utf8(folder.read("ledger.jsonl")).unwrap().split_inclusive('\n').take(90).collect();
    let whole = folder.read("ledger.jsonl");
    folder.write("ledger.jsonl", &backup);
    let error = folder.run("log publish ledger.jsonl --key log.key --out log --pad --key-file key").failure(1);
    assert!(error.contains("the ledger has 90 lines, and a checkpoint of 256 was signed"), "{error}");
    assert_eq!(folder.read("ledger.jsonl"), backup.as_bytes());
    folder.write("ledger.jsonl", whole);
    folder.run("log fsck log --ledger ledger.jsonl --vkey log.key.vkey").text();
}

#[test]
fn a_checkpoint_finds_what_a_chain_cannot() {
    let folder = published("log-verify", 300);
    let said = folder.run("verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key.vkey").text();
    assert!(said.ends_with("  published: the first 256 lines\n"), "{said}");
    let json = folder.run("verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key.vkey --json").json();
    assert_eq!((json["checkpoint"]["size"].as_u64(), json["checkpoint"]["origin"].as_str()), (Some(256), Some("example.com/log")));

    // Another ledger, written anew as a whole, and one that ends early: their chains are right.
    write_ledger(&folder, "anew.jsonl", 300);
    folder.run("verify anew.jsonl").text();
    let anew = folder.run("verify anew.jsonl --checkpoint log/checkpoint --vkey log.key.vkey").failure(1);
    assert!(anew.contains("the files are not the ledger of which `log/checkpoint` was published"), "{anew}");
    let short: String = String::from_utf8(folder.read("ledger.jsonl")).unwrap().split_inclusive('\n').take(255).collect();
    folder.write("short.jsonl", short);
    let short = folder.run("verify short.jsonl --checkpoint log/checkpoint --vkey log.key.vkey").failure(1);
    assert!(short.contains("the files have 255 lines, and `log/checkpoint` was published of 256"), "{short}");

    let unsigned = folder.run("verify ledger.jsonl --checkpoint log/checkpoint").failure(2);
    assert!(unsigned.contains("--vkey"), "{unsigned}");
    folder.run("log keygen --origin example.com/log --out other.key").text();
    let other = folder.run("verify ledger.jsonl --checkpoint log/checkpoint --vkey other.key.vkey").failure(1);
    assert!(other.contains("is not signed by `example.com/log`"), "{other}");
    let secret = folder.run("verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key").failure(2);
    assert!(secret.contains("this is a secret key") && !secret.contains("PRIVATE"), "{secret}");
    let few = "verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key.vkey --quorum 1";
    assert!(folder.run(few).failure(2).contains("the quorum is 1, and the number of witnesses whose keys are given is 0"));
    // A published key of C2SP's examples, as one of a witness.
    let witness = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    let error =
        folder.run(&format!("verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key.vkey --witness {witness}")).failure(2);
    assert!(error.contains("the key of `example.com/foo` is not one of a witness"), "{error}");
}

#[test]
fn nothing_is_signed_over_files_that_were_changed() {
    let folder = published("log-changed", 300);
    let publish = || folder.run("log publish ledger.jsonl --key log.key --out log");
    let right = folder.read("ledger.jsonl");
    write_ledger(&folder, "anew.jsonl", 600);
    folder.write("ledger.jsonl", folder.read("anew.jsonl"));
    let error = publish().failure(1);
    assert!(error.contains("line 0 of the ledger is not the one that was published"), "{error}");
    // The folder is removed, too: the key remembers.
    fs::rename(folder.0.join("log"), folder.0.join("log.old")).unwrap();
    let error = publish().failure(1);
    assert!(error.contains("the key has signed another history of the first 256 lines (`log.key.signed` says so)"), "{error}");
    assert!(!folder.0.join("log").exists());
    fs::rename(folder.0.join("log.old"), folder.0.join("log")).unwrap();
    folder.write("ledger.jsonl", right);
    let tile = folder.0.join("log/tile/0/000");
    let bytes = fs::read(&tile).unwrap();
    let mut changed = bytes.clone();
    changed[77] ^= 4;
    fs::write(&tile, &changed).unwrap();
    for command in ["log publish ledger.jsonl --key log.key --out log", "log fsck log --ledger ledger.jsonl"] {
        let error = folder.run(command).failure(1);
        assert!(error.contains("`tile/0/000` was changed"), "{error}");
    }
    fs::write(&tile, &bytes).unwrap();
    publish().text();
    // What is said to do ends well.
    let checkpoint = folder.read("log/checkpoint");
    edit(&folder, "log/checkpoint", "log\n256", "lag\n256");
    let error = publish().failure(1);
    assert!(error.contains("`log/checkpoint`") && error.contains("publish all files of the ledger into a new folder"), "{error}");
    folder.run("log publish ledger.jsonl --key log.key --out new").text();
    assert_eq!(folder.read("new/checkpoint"), checkpoint);
    folder.write("log/checkpoint", &checkpoint);
    folder.write("log.key.signed", "nothing");
    let error = publish().failure(1);
    assert!(error.contains("`log.key.signed`") && error.contains("copy `checkpoint` there"), "{error}");
    folder.write("log.key.signed", &checkpoint);
    publish().text();
    fs::remove_file(folder.0.join("log.key")).unwrap();
    assert!(publish().failure(2).contains("`log.key` cannot be read: there is no such file"));
}

#[test]
fn nothing_of_a_file_that_may_be_secret_is_shown() {
    let folder = published("log-secret", 300);
    let error = folder.run("verify ledger.jsonl --checkpoint log/checkpoint --vkey key").failure(2);
    assert!(error.contains("`key` does not have a verifier key") && !error.contains("of the tests"), "{error}");
    for file in ["key", "log.key.vkey"] {
        let error = folder.run(&format!("log publish ledger.jsonl --key {file} --out log")).failure(2);
        assert!(!error.contains("of the tests") && !error.contains("warning"), "{error}");
    }
    let secret = folder.run("log publish ledger.jsonl --key log.key --out log --report log.key --html").failure(1);
    assert!(secret.contains("`log.key` is not a report") && !secret.contains("PRIVATE"), "{secret}");
}

#[test]
fn a_witness_that_cannot_be_asked_is_named() {
    let folder = published("log-witness", 300);
    let error = folder.run("log witness log --url http://127.0.0.1:1").failure(2);
    assert!(error.contains("the witness at `http://127.0.0.1:1` cannot be asked"), "{error}");
    let error = folder.run("log witness log --url https://witness.example").failure(2);
    assert!(error.contains("this tool speaks HTTP without TLS"), "{error}");
    let error = folder.run("log witness nowhere --url http://127.0.0.1:1").failure(2);
    assert!(error.contains("`nowhere` has no checkpoint"), "{error}");
}

/// The address of a server that gives each of these answers once.
fn server(answers: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            // The last line of the request is a signature.
            while !request.windows(4).any(|end| end == b"\r\n\r\n") || !request.ends_with(b"=\n") {
                let mut part = [0; 4096];
                let read = stream.read(&mut part).unwrap();
                request.extend_from_slice(&part[..read]);
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", answer.len());
            stream.write_all((head + &answer).as_bytes()).unwrap();
        }
    });
    format!("http://{address}")
}

#[test]
fn an_unverified_cosignature_takes_the_place_of_none() {
    let folder = published("log-hostile", 300);
    // The form of a cosignature: a time, and 64 bytes.
    let answer = |byte: u8| format!("{}\n", Signature::new("w1", 7, [&[0; 8][..], &[byte; 64]].concat()).unwrap());
    let log = "— example.com/log AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n";
    let url = server(vec![answer(1), answer(2), log.to_owned()]);
    let ended = folder.run(&format!("log witness log --url {url}"));
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert!(ended.err.contains("the cosignature is not verified"), "{}", ended.err);
    let before = folder.read("log/checkpoint");
    assert!(String::from_utf8_lossy(&before).contains(&answer(1)));
    let again = folder.run(&format!("log witness log --url {url}"));
    assert_eq!((again.status, again.out.as_str()), (Some(0), ""));
    assert!(again.err.contains("has a cosignature of `w1` already, which stays"), "{}", again.err);
    folder.run(&format!("log witness log --url {url}")).failure(1);
    assert_eq!(folder.read("log/checkpoint"), before);
}

#[test]
fn the_heads_of_a_fleet_are_gathered_and_a_line_is_proved_to_them() {
    let folder = published("log-gather", 300);
    folder.run("log keygen --origin example.com/node2 --out node2.key").text();
    write_ledger(&folder, "two.jsonl", 700);
    folder.run("log publish two.jsonl --key node2.key --out node2 --bundle 7").text();
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    let gather = "log gather log node2 --into fleet --key fleet.key --vkey log.key.vkey --vkey node2.key.vkey";
    assert_eq!(folder.run(gather).text(), "2 new heads of 2 nodes, 2 in all\n");
    assert_eq!(folder.run(gather).text(), "0 new heads of 2 nodes, 2 in all\n");
    let heads = String::from_utf8(folder.read("fleet/heads.jsonl")).unwrap();
    let head: serde_json::Value = serde_json::from_str(heads.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        (head["node"].as_str(), head["size"].as_u64(), head["bundle"].as_u64()),
        (Some("example.com/node2"), Some(512), Some(7))
    );
    // 511 lines after the header tell of 10 decisions each.
    assert_eq!(head["unrecorded"].as_u64(), Some(5110));

    let proof = folder.run("log prove two.jsonl --log node2 --seq 400 --fleet fleet").text();
    folder.write("x.tlog-proof", &proof);
    let verify = "log verify x.tlog-proof --vkey node2.key.vkey --fleet fleet.key.vkey";
    let ended = folder.run(verify);
    assert_eq!((ended.status, ended.out.contains("\"seq\":400")), (Some(0), true), "{}", ended.err);
    // One proof alone does not lead to the fleet, and a proof of another node's head is another one.
    let alone = folder.run("log prove two.jsonl --log node2 --seq 400").text();
    folder.write("alone.tlog-proof", &alone);
    let error = folder.run("log verify alone.tlog-proof --vkey node2.key.vkey --fleet fleet.key.vkey").failure(1);
    assert!(error.contains("there is no proof that leads to the log of heads"), "{error}");
    let other = folder.run("log prove ledger.jsonl --log log --seq 4 --fleet fleet").text();
    let of_fleet = &other[other.rfind("c2sp.org/tlog-proof@v1").unwrap()..];
    folder.write("mixed.tlog-proof", alone + of_fleet);
    let error = folder.run("log verify mixed.tlog-proof --vkey node2.key.vkey --fleet fleet.key.vkey").failure(1);
    assert!(error.contains("the second proof is about another checkpoint"), "{error}");

    write_ledger(&folder, "two.jsonl", 800);
    folder.run("log publish two.jsonl --key node2.key --out node2").text();
    assert_eq!(folder.run(gather).text(), "1 new head of 2 nodes, 3 in all\n");
    // A node that begins anew under its key is noticed, even where nothing remembers what the key signed.
    fs::remove_dir_all(folder.0.join("node2")).unwrap();
    fs::remove_file(folder.0.join("node2.key.signed")).unwrap();
    write_ledger(&folder, "anew.jsonl", 900);
    folder.run("log publish anew.jsonl --key node2.key --out node2").text();
    let error = folder.run(gather).failure(1);
    assert!(error.contains("does not go on from the head of 768 lines that was gathered before"), "{error}");
    assert!(Path::new(&folder.0.join("fleet/checkpoints/3")).is_file());
}

#[test]
fn the_folder_of_a_fleet_is_checked_as_a_whole() {
    let folder = published("log-fleet-fsck", 300);
    folder.run("log keygen --origin example.com/node2 --out node2.key").text();
    write_ledger(&folder, "two.jsonl", 700);
    folder.run("log publish two.jsonl --key node2.key --out node2").text();
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    let gather = "log gather log node2 --into fleet --key fleet.key --vkey log.key.vkey --vkey node2.key.vkey";
    folder.run(gather).text();
    write_ledger(&folder, "two.jsonl", 800);
    folder.run("log publish two.jsonl --key node2.key --out node2").text();
    folder.run(gather).text();
    let fsck = "log fsck fleet --node log node2 --vkey fleet.key.vkey";
    let well = "3 heads of 2 nodes, 2 checkpoints: every tile is there, and is that of the heads\n";
    assert_eq!(folder.run(fsck).text(), well);
    for (nodes, others) in [("", "2 nodes"), (" --node log", "1 node"), (" --node node2", "1 node")] {
        let ended = folder.run(&format!("log fsck fleet{nodes}"));
        assert!(ended.status == Some(0) && ended.out.starts_with(well), "{}", ended.out);
        assert!(ended.err.contains(&format!("the heads of {others} are not compared with their logs")), "{}", ended.err);
    }
    assert_eq!(folder.run(fsck).err, "");
    let error = folder.run("log fsck fleet --node log node2 log").failure(2);
    assert!(error.contains("`log` and `log` are of one node"), "{error}");

    // What does not go together says what does.
    let error = folder.run("log fsck fleet --ledger two.jsonl").failure(2);
    assert!(error.contains("leave out `--ledger`"), "{error}");
    let error = folder.run("log fsck log").failure(2);
    assert!(error.contains("with `--ledger`") && error.contains("not in `log`"), "{error}");
    folder.run("log fsck log --ledger ledger.jsonl --node log").failure(2);
    let error = folder.run("log fsck fleet --vkey log.key.vkey").failure(1);
    assert!(error.contains("example.com/log"), "{error}");

    // A changed head, one that is missing, and a changed tile.
    let heads = String::from_utf8(folder.read("fleet/heads.jsonl")).unwrap();
    edit(&folder, "fleet/heads.jsonl", "\"size\":512", "\"size\":256");
    assert!(folder.run(fsck).failure(1).contains("line 2, is not the head that was signed"));
    folder.write("fleet/heads.jsonl", heads.split_inclusive('\n').take(2).collect::<String>());
    assert!(folder.run(fsck).failure(1).contains("has 2 heads, and 3 were signed"));
    folder.write("fleet/heads.jsonl", heads.clone());
    let tile = folder.read("fleet/tile/0/000.p/3");
    folder.write("fleet/tile/0/000.p/3", [&tile[..95], &[tile[95] ^ 1]].concat());
    assert!(folder.run(fsck).failure(1).contains("was changed"));
    folder.write("fleet/tile/0/000.p/3", tile);
    // A head over which nothing is signed yet waits.
    folder.write("fleet/heads.jsonl", heads.clone() + &heads.lines().nth(2).unwrap().replace("\"seq\":2", "\"seq\":3") + "\n");
    let ended = folder.run(fsck);
    assert_eq!((ended.status, ended.out.as_str()), (Some(0), well), "{}", ended.err);
    assert!(ended.err.contains("1 head more is not signed yet"), "{}", ended.err);
    folder.write("fleet/heads.jsonl", heads);
    // A node that was forked since it was gathered, and one that never was.
    fs::remove_dir_all(folder.0.join("node2")).unwrap();
    fs::remove_file(folder.0.join("node2.key.signed")).unwrap();
    write_ledger(&folder, "anew.jsonl", 900);
    folder.run("log publish anew.jsonl --key node2.key --out node2").text();
    let error = folder.run(fsck).failure(1);
    assert!(error.contains("head 1 is of 512 lines of `example.com/node2`, and `node2` has another history"), "{error}");
    folder.run("log keygen --origin example.com/node3 --out node3.key").text();
    folder.run("log publish anew.jsonl --key node3.key --out node3").text();
    let error = folder.run("log fsck fleet --node node3").failure(1);
    assert!(error.contains("`fleet` has no head of `example.com/node3`: gather it"), "{error}");
}

/// As a fleet's key signs them, and nothing that `gather` writes.
#[test]
fn heads_that_no_gathering_writes_are_found() {
    let folder = Folder::new("log-fleet-flaws");
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    let key: SigningKey = String::from_utf8(folder.read("fleet.key")).unwrap().trim().parse().unwrap();
    let head = |seq: u64, size: u64, root: &str, unrecorded: u64| {
        format!(
            "{{\"seq\":{seq},\"node\":\"example.com/node\",\"size\":{size},\"root\":\"{root}\",\"bundle\":null,\"unrecorded\":{unrecorded}}}"
        )
    };
    let cases = [
        (vec![head(0, 300, "a", 0)], "is of 300 lines of `example.com/node`, which is not a multiple of 256"),
        (vec![head(0, 0, "a", 0)], "not a multiple of 256"),
        (vec![head(0, 256, "a", 9)], "tells of fewer than 10 decisions"),
        (vec![head(0, 512, "a", 10), head(1, 256, "a", 10)], "head 1 is of 256 lines of `example.com/node`, and the one before"),
        (vec![head(0, 512, "a", 20), head(1, 768, "a", 10)], "tells of more decisions"),
        (vec![head(0, 512, "a", 20), head(1, 512, "b", 20)], "another root for them"),
    ];
    for (n, (lines, said)) in cases.iter().enumerate() {
        let name = format!("fleet{n}");
        let mut update = LogFolder::open(folder.0.join(&name), &key.verifier(), None, |_| {}).unwrap().update_all().unwrap();
        (0..).zip(lines).for_each(|(seq, line)| update.line(seq, line.as_bytes()).unwrap());
        update.publish(&key, &key.verifier()).unwrap();
        folder.write(&format!("{name}/heads.jsonl"), lines.iter().map(|line| format!("{line}\n")).collect::<String>());
        let error = folder.run(&format!("log fsck {name} --vkey fleet.key.vkey")).failure(1);
        assert!(error.contains(said), "{said}: {error}");
    }
}

/// A status may be signed by other programs than this tool, and a head waits in the file when `gather` was cut off.
#[test]
fn what_a_check_of_the_fleet_refuses_is_never_gathered() {
    let folder = Folder::new("log-gather-flaws");
    folder.run("log keygen --origin example.com/node --out node.key").text();
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    let key: SigningKey = String::from_utf8(folder.read("node.key")).unwrap().trim().parse().unwrap();
    publish_lines(&folder, "node", &key, &(0..256).map(|n| format!("line {n}")).collect::<Vec<String>>());
    let tell = |unrecorded: u64| {
        let text = format!("bailiwick-status/v1\nexample.com/node\n256\nunrecorded {unrecorded}\nbundle none\n");
        let mut status = SignedNote::new(text).unwrap();
        status.sign(&key).unwrap();
        folder.write("node/status", status.to_string());
    };
    let gather = "log gather node --into fleet --key fleet.key --vkey node.key.vkey";
    tell(5);
    let error = folder.run(gather).failure(1);
    assert!(error.contains("tells of fewer than 10 decisions that were not recorded. Nothing is gathered"), "{error}");
    assert!(!folder.0.join("fleet/checkpoint").exists() && !folder.0.join("fleet/heads.jsonl").exists());
    tell(20);
    assert_eq!(folder.run(gather).text(), "1 new head of 1 node, 1 in all\n");
    tell(10);
    let error = folder.run(gather).failure(1);
    assert!(error.contains("tells of more decisions that were not recorded. Nothing is gathered"), "{error}");
    tell(20);
    let heads = String::from_utf8(folder.read("fleet/heads.jsonl")).unwrap();
    let waiting = heads.replace("\"seq\":0", "\"seq\":1").replace("\"unrecorded\":20", "\"unrecorded\":5");
    folder.write("fleet/heads.jsonl", heads + &waiting);
    let error = folder.run(gather).failure(1);
    assert!(error.contains("`fleet`: head 1 is of 256 lines of `example.com/node`, and tells of fewer than 10"), "{error}");
    assert!(!folder.0.join("fleet/checkpoints/2").exists());
}

#[test]
fn heads_that_were_changed_are_never_gone_on_from() {
    let folder = published("log-heads", 300);
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    let gather = "log gather log --into fleet --key fleet.key --vkey log.key.vkey";
    for lines in [300, 600, 900] {
        write_ledger(&folder, "ledger.jsonl", lines);
        folder.run("log publish ledger.jsonl --key log.key --out log").text();
        folder.run(gather).text();
    }
    let heads = String::from_utf8(folder.read("fleet/heads.jsonl")).unwrap();
    let first_two: String = heads.split_inclusive('\n').take(2).collect();
    let no_end = heads.trim_end().to_owned() + "\u{b}";
    let long = heads.replacen('\n', &" ".repeat(5000), 1);
    let edited = heads.replacen("\"unrecorded\":2550", "\"unrecorded\":2560", 1);
    let cases = [
        (edited.as_str(), "line 1, is not the head that was signed: restore the file"),
        (first_two.as_str(), "`fleet/heads.jsonl` has 2 heads, and 3 were signed: restore the file"),
        (no_end.as_str(), "`fleet/heads.jsonl` has 2 heads, and 3 were signed: restore the file"),
        (long.as_str(), "line 1, is not a head: restore the file"),
    ];
    write_ledger(&folder, "ledger.jsonl", 1100);
    folder.run("log publish ledger.jsonl --key log.key --out log").text();
    for (changed, said) in cases {
        folder.write("fleet/heads.jsonl", changed);
        let error = folder.run(gather).failure(1);
        assert!(error.contains(said), "{error}");
        assert_eq!(String::from_utf8(folder.read("fleet/heads.jsonl")).unwrap(), changed, "nothing is cut off");
        assert!(!folder.0.join("fleet/checkpoints/4").exists());
    }
    // What nothing was signed over is cut off.
    folder.write("fleet/heads.jsonl", heads.clone() + "{\"seq\":3,\"no");
    assert_eq!(folder.run(gather).text(), "1 new head of 1 node, 4 in all\n");
    assert!(String::from_utf8(folder.read("fleet/heads.jsonl")).unwrap().starts_with(&(heads + "{\"seq\":3,\"node\"")));
}

/// Publishes lines to a folder with a node's status, as one that does not use this tool can.
fn publish_lines(folder: &Folder, to: &str, key: &SigningKey, lines: &[String]) {
    let mut update = LogFolder::open(folder.0.join(to), &key.verifier(), None, |_| {}).unwrap().update_all().unwrap();
    (0..).zip(lines).for_each(|(seq, line)| update.line(seq, line.as_bytes()).unwrap());
    update.publish(key, &key.verifier()).unwrap();
    let text = format!("bailiwick-status/v1\nexample.com/node\n{}\nunrecorded 0\nbundle none\n", lines.len());
    let mut status = SignedNote::new(text).unwrap();
    status.sign(key).unwrap();
    folder.write(&format!("{to}/status"), status.to_string());
}

/// Its tiles give the root of each history, and no proof from the one to the other.
#[test]
fn a_node_that_mixes_the_tiles_of_two_histories_is_found() {
    let folder = Folder::new("log-mixed");
    folder.run("log keygen --origin example.com/node --out node.key").text();
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    let key: SigningKey = String::from_utf8(folder.read("node.key")).unwrap().trim().parse().unwrap();
    let lines = |word: &str, count: u32| (0..count).map(|n| format!("{word} {n}")).collect::<Vec<String>>();
    let gather = "log gather node --into fleet --key fleet.key --vkey node.key.vkey";
    publish_lines(&folder, "node", &key, &lines("one", 100));
    let error = folder.run(gather).failure(1);
    assert!(error.contains("the checkpoint of `node` has 100 lines, a number that counts decisions"), "{error}");
    fs::remove_dir_all(folder.0.join("node")).unwrap();
    publish_lines(&folder, "node", &key, &lines("one", 256));
    assert_eq!(folder.run(gather).text(), "1 new head of 1 node, 1 in all\n");
    let of_one = folder.read("node/tile/1/000.p/1");
    fs::remove_dir_all(folder.0.join("node")).unwrap();
    // Of a full tile nothing shows in the root but what the tile above has.
    publish_lines(&folder, "node", &key, &lines("two", 256 * 256 + 256));
    let of_two = folder.read("node/tile/1/000");
    folder.write("node/tile/1/000", [&of_one[..], &of_two[of_one.len()..]].concat());
    let error = folder.run(gather).failure(1);
    assert!(error.contains("does not go on from the head of 256 lines that was gathered before"), "{error}");
    assert!(!folder.0.join("fleet/checkpoints/2").exists());
}

#[test]
fn the_number_of_unrecorded_decisions_is_never_lost() {
    let folder = published("log-status", 300);
    let publish = || folder.run("log publish ledger.jsonl --key log.key --out log");
    let first = folder.read("log/status");
    write_ledger(&folder, "ledger.jsonl", 600);
    let has = |number: &str| String::from_utf8(folder.read("log/status")).unwrap().contains(&format!("\nunrecorded {number}\n"));
    // Changed.
    edit(&folder, "log/status", "unrecorded 2550", "unrecorded 0");
    let error = folder.run("log fsck log --ledger ledger.jsonl --vkey log.key.vkey").failure(1);
    assert!(error.contains("`log/status`: the signature"), "{error}");
    let error = publish().failure(1);
    assert!(error.contains("is wrong: the text was changed") && error.contains("publish all files of the ledger again"), "{error}");
    assert!(!folder.0.join("log/checkpoints/512").exists());
    // Lost; and of the checkpoint before, as a process ended before it was written.
    fs::remove_file(folder.0.join("log/status")).unwrap();
    publish().text();
    assert!(has("5110"));
    folder.write("log/status", &first);
    publish().text();
    assert!(has("5110"));
    // Lost, and the lines are not given: the next file alone.
    let mut next = Ledger::open(folder.0.join("ledger.jsonl"), Key::new(KEY).unwrap()).unwrap().ledger;
    next.rotate_to(folder.0.join("next.jsonl")).unwrap();
    drop(next);
    write_ledger(&folder, "next.jsonl", 900);
    folder.run("log publish ledger.jsonl next.jsonl --key log.key --out log").text();
    assert!(has("7650"));
    fs::remove_file(folder.0.join("log/status")).unwrap();
    let ended = folder.run("log publish next.jsonl --key log.key --out log");
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert!(ended.err.contains("the status of `log` is not written"), "{}", ended.err);
    assert!(!folder.0.join("log/status").exists());
    folder.run("log publish ledger.jsonl next.jsonl --key log.key --out log").text();
    assert!(has("7650"));
}

#[test]
fn the_page_for_the_public_has_the_policies_and_the_figures_of_reports() {
    let folder = published("log-page", 300);
    let orders = "[[orders]]\nid = \"cn-1\"\nissuer = \"CN\"\nreceived = \"2020-06-01T00:00:00Z\"\ndemands = [\"terminate-meeting\"]\nstatus = \"in-force\"\n\
        meetings = [\"vigil\"]\n";
    folder.write("orders.toml", orders);
    let publish = "log publish ledger.jsonl --key log.key --out log --html";
    folder.run(publish).text();
    let bare = String::from_utf8(folder.read("log/index.html")).unwrap();
    assert!(bare.contains("has not listed them") && bare.contains("no report here"), "{bare}");

    for (name, days) in
        [("june.json", "--from 2020-06-01 --until 2020-07-01"), ("july.json", "--from 2020-07-01 --until 2020-08-01")]
    {
        let report = folder.run(&format!("report orders.toml --ledger ledger.jsonl {days} --format json")).text();
        folder.write(name, report);
    }
    let digest = format!("sha256:{}", "ab".repeat(32));
    folder.run(&format!("{publish} --policy {digest} --policy orders.toml --report july.json --report june.json")).text();
    let page = String::from_utf8(folder.read("log/index.html")).unwrap();
    assert!(page.contains(&format!("<li><code>{digest}</code></li>")) && page.matches("<li><code>sha256:").count() == 2, "{page}");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}: {page}"));
    assert!(at("From 2020-06-01T00:00:00Z to 2020-07-01") < at("From 2020-07-01T00:00:00Z to 2020-08-01"));
    assert!(at("<caption>CN</caption>") < at("<tr><th scope=\"row\">orders received</th><td>1</td></tr>"));
    at("<tr><th scope=\"row\">meetings ended</th><td>0</td></tr>");
    assert!(!page.contains("vigil"));

    // What a report says is text of the page, never its markup or a place to be filled.
    let june = String::from_utf8(folder.read("june.json")).unwrap();
    folder.write("hostile.json", june.replace("\"CN\"", "\"<script>{vkey}\""));
    folder.run(&format!("{publish} --report hostile.json")).text();
    let page = String::from_utf8(folder.read("log/index.html")).unwrap();
    assert!(page.contains("<caption>&lt;script&gt;&#123;vkey}</caption>"), "{page}");

    folder.write("part.json", june.replace("2020-06-01T", "2020-06-30T").replace("2020-07-01T", "2020-07-30T"));
    let error = folder.run(&format!("{publish} --report june.json --report part.json")).failure(1);
    assert!(error.contains("periods that overlap"), "{error}");
    folder.write("no.json", june.replace("\"blocked\"", "\"other\""));
    let error = folder.run(&format!("{publish} --report no.json")).failure(1);
    assert!(error.contains("`no.json` is not a report: a row has no number of people blocked"), "{error}");
    assert!(folder.run("log publish ledger.jsonl --key log.key --out log --report june.json").failure(2).contains("--html"));
}

/// Cosigns the last checkpoint of `log`, in the second 1,700,000,000.
fn cosign(folder: &Folder, secret: &SigningKey, vkey: &VerifierKey, break_it: bool) {
    let mut log = LogFolder::read(folder.0.join("log")).unwrap();
    let message = format!("cosignature/v1\ntime 1700000000\n{}", log.last().unwrap().note().text());
    let mut bytes = [&1_700_000_000_u64.to_be_bytes()[..], &secret.sign(message.as_bytes()).unwrap()].concat();
    bytes[20] ^= u8::from(break_it);
    log.add_cosignatures(vec![Signature::new(vkey.name(), vkey.id(), bytes).unwrap()]).unwrap();
}

#[test]
fn the_page_for_the_public_knows_the_witnesses_that_it_is_given() {
    let folder = published("log-page-witness", 300);
    let secret = SigningKey::generate("w1").unwrap();
    let named = |name: &str| VerifierKey::new(name, Algorithm::CosignatureV1, secret.verifier().public_key()).unwrap();
    let vkey = named("w1<{vkey}");
    folder.write("w1.vkey", vkey.to_string());
    let publish = "log publish ledger.jsonl --key log.key --out log --html --witness w1.vkey";
    let page = || String::from_utf8(folder.read("log/index.html")).unwrap();
    folder.run(publish).text();
    let shown = "w1&lt;&#123;vkey}";
    assert!(page().contains(&format!("<li data-vkey=\"{shown}+")) && page().contains(" data-quorum=\"1\""), "{}", page());
    assert!(page().contains(&format!("{shown} has not cosigned the last checkpoint: <code>{shown}+")), "{}", page());
    cosign(&folder, &secret, &vkey, false);
    folder.run(publish).text();
    let cosigned = page();
    assert!(cosigned.contains(&format!("{shown} has cosigned the last checkpoint, at 2023-11-14T22:13:20Z")), "{cosigned}");
    assert!(!cosigned.contains("in the names of others"), "{cosigned}");
    // Without its key nobody knows whether it is right.
    folder.run("log publish ledger.jsonl --key log.key --out log --html").text();
    assert!(page().contains("they are not checked") && page().contains(&format!("<li>{shown}, at 2023-11-14T22:13:20Z</li>")));
    folder.run(publish).text();
    assert_eq!(page(), cosigned);
    cosign(&folder, &secret, &vkey, true);
    let error = folder.run(publish).failure(1);
    assert!(error.contains("`log/checkpoint`: the signature") && error.contains("No page is written"), "{error}");
    assert_eq!(page(), cosigned);
    cosign(&folder, &secret, &vkey, false);
    folder.run(publish).text();

    assert!(
        folder
            .run(&format!("{publish} --quorum 2"))
            .failure(2)
            .contains("the quorum is 2, and the number of witnesses whose keys are given is 1")
    );
    assert!(folder.run("log publish ledger.jsonl --key log.key --out log --witness w1.vkey").failure(2).contains("--html"));
    let verify = "verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key.vkey --witness w1.vkey";
    for call in [publish, verify] {
        let error = folder.run(&format!("{call} --quorum 0")).failure(2);
        assert!(error.contains("Give a quorum of 1 or more, or no keys of witnesses"), "{error}");
        folder.run(&format!("{call} --quorum 1")).text();
    }
    folder.run(&verify.replace(" --witness w1.vkey", "")).text();
    let other = format!("{publish} --witness {}", named("w2"));
    assert!(folder.run(&other).failure(2).contains("has the public key of another one"));
}

#[test]
fn a_log_is_no_witness_of_its_own() {
    let folder = published("log-own-witness", 300);
    let log: SigningKey = String::from_utf8(folder.read("log.key")).unwrap().trim().parse().unwrap();
    let own = VerifierKey::new("independent.example", Algorithm::CosignatureV1, log.verifier().public_key()).unwrap();
    cosign(&folder, &log, &own, false);
    folder.write("x.tlog-proof", folder.run("log prove ledger.jsonl --log log --seq 4").text());
    for command in [
        "log publish ledger.jsonl --key log.key --out log --html",
        "log verify x.tlog-proof --vkey log.key.vkey",
        "verify ledger.jsonl --checkpoint log/checkpoint --vkey log.key.vkey",
        "log witness log --url http://127.0.0.1:1",
    ] {
        let error = folder.run(&format!("{command} --witness {own}")).failure(2);
        assert!(error.contains("the witness `independent.example` has the public key of the log itself"), "{command}: {error}");
    }
    assert!(!folder.0.join("log/index.html").exists());
}

#[test]
fn the_page_of_a_fleet_has_its_nodes() {
    let folder = published("log-fleet-page", 300);
    folder.run("log keygen --origin example.com/fleet --out fleet.key").text();
    folder.run("log gather log --into fleet --key fleet.key --vkey log.key.vkey --html").text();
    let page = String::from_utf8(folder.read("fleet/index.html")).unwrap();
    assert!(page.contains("<p>1 head.</p>") && page.contains(" data-fleet>") && !page.contains("Policies"), "{page}");
    assert!(page.contains(&format!("<table data-vkey=\"{}\">\n<caption>example.com/log</caption>", vkey(&folder))), "{page}");
    assert!(page.contains("<th scope=\"row\">decisions that were not recorded</th><td>2,550</td>"), "{page}");
    assert!(page.contains("--vkey KEY-OF-THE-NODE --fleet example.com/fleet+"), "{page}");
    // Nothing new is gathered, and the page is written.
    fs::remove_file(folder.0.join("fleet/index.html")).unwrap();
    folder.run("log gather log --into fleet --key fleet.key --vkey log.key.vkey --html").text();
    assert_eq!(String::from_utf8(folder.read("fleet/index.html")).unwrap(), page);
}
