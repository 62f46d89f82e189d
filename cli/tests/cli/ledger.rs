//! `bailiwick ledger`.

use super::Folder;
#[cfg(feature = "parquet")]
use super::verify::ledger;

#[cfg(not(feature = "parquet"))]
#[test]
fn a_tool_without_parquet_says_so() {
    let folder = Folder::new("ledger-without");
    for call in ["ledger export --parquet a.parquet one.jsonl", "ledger import a.parquet"] {
        let error = folder.run(call).failure(2);
        assert!(error.contains("this `bailiwick` was built without Parquet: build it with the default features"), "{error}");
    }
}

#[cfg(feature = "parquet")]
mod with_parquet {
    use std::fs;
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    use super::{Folder, ledger};

    #[test]
    fn a_ledger_comes_back_from_its_archive_byte_for_byte_and_verifies() {
        let folder = Folder::new("ledger");
        let head = ledger(&folder);
        let said = folder.run("ledger export --parquet june.parquet two.jsonl one.jsonl --key-file key").text();
        let bytes = folder.read("one.jsonl").len() + folder.read("two.jsonl").len();
        let archive = folder.read("june.parquet").len();
        let number = |n: usize| format!("{},{:03}", n / 1000, n % 1000);
        assert_eq!(
            said,
            format!(
                "2 files, 6 lines, 3 decisions, {} bytes: archived in `june.parquet`, {} bytes\n",
                number(bytes),
                number(archive)
            )
        );
        let said = folder.run("ledger import june.parquet --key-file key --out back").text();
        assert_eq!(said, "2 files, 6 lines: given back in `back`, as they were exported\n");
        for name in ["one.jsonl", "two.jsonl"] {
            assert_eq!(folder.read(&format!("back/{name}")), folder.read(name));
        }
        folder.run(&format!("verify back/one.jsonl back/two.jsonl --head {head} --key-file key")).text();

        let json = folder.run("ledger export --parquet again.parquet one.jsonl two.jsonl --key-file key --json").json();
        let expected = json!({
            "files": 2, "rows": 6, "decisions": 3, "raw": 0, "ledger_bytes": bytes, "archive_bytes": archive, "fault": null
        });
        assert_eq!(json, expected);
    }

    /// The name of a compressed file is the one that it had before.
    #[test]
    fn a_compressed_file_and_standard_input_come_back_as_they_were_before() {
        let folder = Folder::new("ledger-gzip");
        ledger(&folder);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&folder.read("one.jsonl")).unwrap();
        folder.write("one.jsonl.gz", gzip.finish().unwrap());
        folder.run_with("ledger export --parquet a.parquet one.jsonl.gz - --key-file key", folder.read("two.jsonl")).text();
        folder.run("ledger import a.parquet --key-file key --out new/folder").text();
        assert_eq!(folder.read("new/folder/one.jsonl"), folder.read("one.jsonl"));
        assert_eq!(folder.read("new/folder/ledger.jsonl"), folder.read("two.jsonl"));
    }

    #[test]
    fn without_the_key_decisions_are_archived_and_lines_do_not_come_back() {
        let folder = Folder::new("ledger-no-key");
        ledger(&folder);
        let ended = folder.run("ledger export --parquet a.parquet one.jsonl two.jsonl");
        assert_eq!(ended.status, Some(0));
        assert!(
            ended.err.contains("note: without the key, nobody knows whether the salts of the ledger are those"),
            "{}",
            ended.err
        );
        let error = folder.run("ledger import a.parquet --out back").failure(2);
        let said =
            "`one.jsonl` has form 2: its lines have salts, which only the key of the ledger gives: give it with `--key-file`";
        assert!(error.contains(said), "{error}");
        folder.write("other", "another key of the tests, of 32 bytes or more");
        // `--unverified` would keep each line as its own text, and call the ledger changed.
        let error = folder.run("ledger export --parquet b.parquet one.jsonl two.jsonl --key-file other").failure(1);
        assert!(error.contains("was written with another key: give the key") && !error.contains("--unverified"), "{error}");
        let error = folder.run("ledger import a.parquet --out back --key-file other").failure(1);
        assert!(error.contains("`a.parquet`: `one.jsonl` was written with another key"), "{error}");
        folder.run("ledger import a.parquet --out back --key-file key").text();
    }

    #[test]
    fn a_ledger_that_was_changed_is_archived_as_it_is_or_not_at_all() {
        let folder = Folder::new("ledger-changed");
        ledger(&folder);
        let changed =
            String::from_utf8(folder.read("one.jsonl")).unwrap().replacen("203", "204", 1).replacen("\"CN\"", "\"HK\"", 1);
        folder.write("one.jsonl", &changed[..changed.len() - 9]);
        fs::create_dir(folder.0.join("sub")).unwrap();
        fs::rename(folder.0.join("one.jsonl"), folder.0.join("sub/one.jsonl")).unwrap();
        let call = "ledger export --parquet a.parquet sub/one.jsonl two.jsonl --key-file key";
        let error = folder.run(call).failure(1);
        assert!(error.contains("`sub/one.jsonl`, line 2, number 1: the line was changed, or the next one was"), "{error}");
        assert!(error.contains("nothing is archived: `--unverified` archives the ledger as it is"), "{error}");
        assert!(!folder.0.join("a.parquet").exists() && !folder.0.join("a.parquet.new").exists());

        let ended = folder.run(&format!("{call} --unverified"));
        assert_eq!(ended.status, Some(0));
        assert!(ended.out.contains("kept as their own text, as the columns do not give them back: 1 line"), "{}", ended.out);
        // The archive has no folders of this machine in it.
        assert!(ended.err.contains("the ledger does not verify, and the archive says so: `one.jsonl`, line 2"), "{}", ended.err);
        let ended = folder.run("ledger import a.parquet --key-file key --out back");
        let said = "warning: the ledger did not verify when it was exported: `one.jsonl`, line 2, number 1: the line was changed";
        assert!(ended.err.contains(said), "{}", ended.err);
        assert_eq!(folder.read("back/one.jsonl"), folder.read("sub/one.jsonl"));
        let error = folder.run("verify back/one.jsonl back/two.jsonl").failure(1);
        assert!(error.contains("line 2, number 1"), "{error}");

        let error = folder.run("ledger export --parquet b.parquet - --unverified").failure(2);
        assert!(error.contains("`--unverified` reads the ledger twice: name a file and not `-`"), "{error}");
        let error = folder.run("ledger export --parquet b.parquet sub/one.jsonl --unverified").failure(2);
        assert!(error.contains("give the key of the ledger, with `--key-file`"), "{error}");
    }

    /// What `--unverified` is said to be of a ledger in which nothing is wrong.
    #[test]
    fn a_ledger_that_verifies_is_archived_as_such_whatever_was_said() {
        let folder = Folder::new("ledger-well");
        ledger(&folder);
        folder.run("ledger export --parquet a.parquet one.jsonl two.jsonl --key-file key").text();
        let said = folder.run("ledger export --parquet b.parquet one.jsonl two.jsonl --key-file key --unverified").text();
        assert!(!said.contains("fault"), "{said}");
        assert_eq!(folder.read("a.parquet"), folder.read("b.parquet"));
    }

    #[test]
    fn nothing_is_overwritten() {
        let folder = Folder::new("ledger-overwrite");
        ledger(&folder);
        folder.write("a.parquet", "mine");
        let error = folder.run("ledger export --parquet a.parquet one.jsonl").failure(2);
        assert!(error.contains("`a.parquet` is there already, and is not overwritten"), "{error}");
        assert_eq!(folder.read("a.parquet"), b"mine");
        folder.run("ledger export --parquet b.parquet one.jsonl --key-file key").text();
        let error = folder.run("ledger import b.parquet --key-file key").failure(2);
        assert!(error.contains("one.jsonl` is there already, and is not overwritten"), "{error}");
        let error = folder.run("ledger export --parquet c.parquet one.jsonl ./one.jsonl").failure(2);
        assert!(error.contains("two files of the ledger are named `one.jsonl`"), "{error}");
    }

    #[test]
    fn an_archive_goes_to_a_file_and_comes_from_one() {
        let folder = Folder::new("ledger-stdout");
        ledger(&folder);
        let error = folder.run("ledger export --parquet - one.jsonl --key-file key").failure(2);
        assert!(error.contains("an archive is not written to standard output") && error.contains("so name a file"), "{error}");
        folder.run("ledger export --parquet ./- one.jsonl --key-file key").text();
        let error = folder.run("ledger import - --key-file key --out back").failure(2);
        assert!(error.contains("an archive is not read from standard input: name the file"), "{error}");
        let error = folder.run("ledger import ./- --key-file key --out -").failure(2);
        assert!(error.contains("a ledger is not written to standard output: its files go into a folder, so name one"), "{error}");
        folder.run("ledger import ./- --key-file key --out back").text();
        assert_eq!(folder.read("back/one.jsonl"), folder.read("one.jsonl"));
    }

    #[test]
    fn files_of_earlier_periods_may_be_kept_elsewhere() {
        let folder = Folder::new("ledger-after");
        ledger(&folder);
        let call = "ledger export --parquet a.parquet two.jsonl --key-file key";
        for unverified in ["", " --unverified"] {
            let ended = folder.run(&format!("{call}{unverified}"));
            let is_archived = ended.status == Some(0);
            assert_eq!(is_archived, !unverified.is_empty(), "{}", ended.err);
            if !is_archived {
                assert!(ended.err.contains("Give the earlier files, too;") && !ended.err.contains("--unverified"), "{}", ended.err);
                assert!(ended.err.contains("`--after SEQ:DIGEST`, as `bailiwick verify` of those files shows it"), "{}", ended.err);
            }
        }
        std::fs::remove_file(folder.0.join("a.parquet")).unwrap();
        let shown = folder.run("verify one.jsonl").text();
        let seal = shown.lines().find_map(|line| line.strip_prefix("  last line: ")).unwrap().replace(", a seal", "");
        folder.run(&format!("{call} --after {seal}")).text();
        folder.run("ledger import a.parquet --key-file key --out back").text();
        assert_eq!(folder.read("back/two.jsonl"), folder.read("two.jsonl"));
    }

    /// A full disk, as far as a test has one: status 1 would say that the ledger was changed.
    #[cfg(unix)]
    #[test]
    fn an_archive_that_cannot_be_written_says_nothing_of_the_ledger() {
        let folder = Folder::new("ledger-full");
        ledger(&folder);
        let tool = env!("CARGO_BIN_EXE_bailiwick");
        let script = format!("trap '' XFSZ; ulimit -f 1; exec {tool} ledger export --parquet a.parquet one.jsonl --key-file key");
        let ended = std::process::Command::new("sh").current_dir(&folder.0).args(["-c", &script]).output().unwrap();
        let error = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{error}");
        assert!(error.contains("`a.parquet`: ") && !folder.0.join("a.parquet").exists(), "{error}");
    }

    #[test]
    fn an_archive_that_was_changed_or_is_none_is_refused() {
        let folder = Folder::new("ledger-damaged");
        ledger(&folder);
        folder.run("ledger export --parquet a.parquet one.jsonl --key-file key").text();
        let mut bytes = folder.read("a.parquet");
        bytes[100] ^= 1;
        folder.write("b.parquet", &bytes);
        let error = folder.run("ledger import b.parquet --key-file key --out back").failure(1);
        assert!(error.contains("`b.parquet`: it was changed or cut off after it was written"), "{error}");
        let error = folder.run("ledger import one.jsonl --key-file key --out back").failure(1);
        assert!(error.contains("`one.jsonl`: it is not an archive of a ledger: it is not a Parquet file"), "{error}");
        let error = folder.run("ledger import missing.parquet --key-file key --out back").failure(2);
        assert!(error.contains("missing.parquet"), "{error}");
        let error = folder.run("ledger import . --key-file key --out back").failure(2);
        assert!(error.contains("is a directory"), "{error}");
        assert!(!folder.0.join("back").exists());
    }
}
