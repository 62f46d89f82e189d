//! The command-line tool, as it is called: arguments, files and standard input in; texts, JSON and exit status out.
//!
//! - `backtest`, `bundle`, `check`, `explain`, `locate`, `reach`, `diff`, `report`, `verify`, `replay`, `ledger`, `log`: the commands, their texts and their JSON;
//! - `formats`: every geo format, recognised and named;
//! - `mishaps`: what goes wrong, and what is said then;
//! - `pages`: the examples of README and `docs/`;
//! - `picture`: what is drawn, cell by cell.

mod backtest;
#[cfg(feature = "parquet")]
mod backtest_parquet;
mod bundle;
mod check;
mod diff;
mod explain;
mod formats;
mod ledger;
mod locate;
mod log;
mod mishaps;
#[cfg(unix)]
mod pages;
mod picture;
mod reach;
mod replay;
mod report;
mod test;
mod verify;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A folder of its own for a test, where the tool runs.
struct Folder(PathBuf);

/// The end of a run: output and status.
struct Ended {
    status: Option<i32>,
    out: String,
    err: String,
}

/// Made-up places: documentation networks.
const GEO: &str = "203.0.113.0/24,CN\n198.51.100.0/24,HK\n192.0.2.0/24,US\n2001:db8::/32,CN\n";

/// An order with nothing to warn of, but that it is over one day.
const ORDER: &str = r#"
[[orders]]
id = "cn-1"
issuer = "CN"
meetings = ["vigil"]
accounts = ["account-17"]
status = "in-force"
effective = "2020-06-03T00:00:00Z"
expires = "9000-01-01T00:00:00Z"
exempt = ["203.0.113.7/32"]
evidence = ["sha256:00"]
approved_by = ["counsel-a", "counsel-b"]
"#;

impl Folder {
    /// With `geo.csv` and `orders.toml` in it.
    fn new(name: &str) -> Folder {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let folder = Folder(path);
        folder.write("geo.csv", GEO);
        folder.write("orders.toml", ORDER);
        folder
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    /// Runs the tool with the words of a line.
    fn run(&self, line: &str) -> Ended {
        self.run_with(line, "")
    }

    fn run_with(&self, line: &str, stdin: impl AsRef<[u8]>) -> Ended {
        let mut child = self.command(line).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The tool may end before it has read all.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_ref());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwick"));
        command.current_dir(&self.0).args(line.split_whitespace());
        command.env_remove("NO_COLOR").env_remove("CLICOLOR").env_remove("CLICOLOR_FORCE");
        command
    }
}

impl Ended {
    /// Standard output of a run that ended well, and said nothing else.
    fn text(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    fn json(self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    /// The standard error of a run that ended with a status and wrote nothing to standard output.
    fn failure(self, status: i32) -> String {
        assert_eq!((self.status, self.out.as_str()), (Some(status), ""), "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err
    }
}
