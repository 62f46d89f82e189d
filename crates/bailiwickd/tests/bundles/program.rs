//! The program itself, from its start to what it answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

use crate::bundle::{bundle, policy};
use crate::node::metric;
use crate::store::{Does, WebStore};
use crate::{SOON, wait_for};

const LISTENERS: &str = r#"
[[listen]]
name = "door"
address = "127.0.0.1:0"
mode = "forward-auth"
client_address = "header:X-A"
meeting = { query = "room" }
host_region = "US"

[[listen]]
name = "admin"
address = "127.0.0.1:0"
mode = "admin"
"#;

/// A process that is ended with the test.
pub(crate) struct Program {
    process: Child,
    log: Arc<Mutex<String>>,
    _folder: TempDir,
}

pub(crate) fn check(place: &str, more: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    check_in(folder.path(), place, more)
}

fn check_in(folder: &Path, place: &str, more: &str) -> (bool, String) {
    std::fs::write(folder.join("d.toml"), policy(place, "state", more) + LISTENERS).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwickd"));
    let output = command.args(["check", "--config", "d.toml"]).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

impl Program {
    pub(crate) fn start(place: &str, more: &str, environment: &[(&str, &str)]) -> Program {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("d.toml"), policy(place, "state", more) + LISTENERS).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bailiwickd"));
        command.args(["--config", "d.toml"]).current_dir(folder.path()).envs(environment.iter().copied());
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, of_thread) = (process.stderr.take().unwrap(), Arc::clone(&log));
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                of_thread.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        Program { process, log, _folder: folder }
    }

    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    fn address(&self, name: &str) -> SocketAddr {
        let sought = format!("listener {name} is at ");
        wait_for(&sought, || self.log().contains(&sought));
        let log = self.log();
        log.split_once(&sought).unwrap().1.lines().next().unwrap().parse().unwrap()
    }

    fn get(&self, listener: &str, target: &str) -> (u16, String) {
        get(self.address(listener), target)
    }

    pub(crate) fn joins(&self, meeting: &str) -> u16 {
        self.get("door", &format!("/?room={meeting}")).0
    }

    pub(crate) fn metric(&self, name: &str) -> f64 {
        metric(&self.get("admin", "/metrics").1, name)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Asks over HTTP as a person of the territory.
pub(crate) fn get(address: SocketAddr, target: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nhost: door\r\nx-a: 127.8.0.1\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[test]
fn without_a_bundle_everybody_is_admitted_and_counted_until_there_is_one() {
    let store = WebStore::new(Does::Status(404));
    let program = Program::start(&store.url(), "poll = \"200ms\"", &[]);
    let (status, said) = program.get("admin", "/readyz");
    assert_eq!(status, 503, "{said}");
    assert_eq!((program.joins("vigil"), program.get("admin", "/healthz").0), (200, 200));
    assert!(program.metric("bailiwick_unasked_total{listener=\"door\",reason=\"no-policy\"}") >= 1.0);
    wait_for("where it looks", || program.get("admin", "/readyz").1.contains("orders.bundle"));
    store.serve(bundle(1));
    wait_for("ready", || program.get("admin", "/readyz").0 == 200);
    assert_eq!((program.joins("vigil"), program.joins("another")), (403, 200));
    assert_eq!(program.metric("bailiwick_bundle_version"), 1.0);
    // A thread of its own reads what the program logs.
    wait_for("the log to say so", || ["EVERYBODY IS ADMITTED", "404"].iter().all(|part| program.log().contains(part)));
}

#[test]
fn a_stuck_store_is_never_in_the_way_of_an_answer_and_of_the_end() {
    let store = WebStore::serving(bundle(1));
    let mut program = Program::start(&store.url(), "poll = \"100ms\"", &[]);
    wait_for("ready", || program.get("admin", "/readyz").0 == 200);
    store.now(Does::Silence);
    let before = store.seen().len();
    wait_for("a poll that hangs", || store.seen().len() > before);
    for _ in 0..20 {
        assert_eq!(program.joins("vigil"), 403);
    }
    let id = program.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(program.process.wait().unwrap().success());
}

#[test]
fn a_daemon_that_waits_for_its_first_bundle_ends_when_it_is_told_to() {
    let store = WebStore::new(Does::Silence);
    let mut program = Program::start(&store.url(), "poll = \"100ms\"", &[]);
    wait_for("the first poll hangs", || !store.seen().is_empty());
    let begun = std::time::Instant::now();
    let id = program.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(program.process.wait().unwrap().success());
    assert!(begun.elapsed() < std::time::Duration::from_secs(15), "the fetch takes longer: {:?}", begun.elapsed());
}

#[test]
fn a_check_reads_the_bundle_of_a_path_and_fetches_none() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orders.bundle"), bundle(3)).unwrap();
    let (is_fine, said) = check_in(folder.path(), "orders.bundle", "");
    assert!(is_fine && said.contains("version 3"), "{said}");
    let (is_fine, said) = check_in(folder.path(), "orders.bundle", "minimum_version = 4");
    assert!(!is_fine && said.contains("minimum_version"), "{said}");
    let (is_fine, said) = check_in(folder.path(), "absent.bundle", "");
    assert!(!is_fine && said.contains("absent.bundle"), "{said}");
    let store = WebStore::serving(bundle(1));
    let (is_fine, said) = check(&store.url(), "");
    assert!(is_fine && said.contains("fetched") && store.seen().is_empty(), "{said}");
    std::fs::write(folder.path().join("state"), "").unwrap();
    let (is_fine, said) = check_in(folder.path(), "orders.bundle", "");
    assert!(!is_fine && said.contains("`state` is not a folder"), "{said}");
}
