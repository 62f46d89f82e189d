//! The program itself: arguments, signals, and what its service manager is told.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Output, Stdio};

use crate::support::{GEO, NOBODY, SOON, VIGIL, request};

const CONFIG: &str = "[policy]\norders = \"orders.toml\"\ngeo = [\"geo.csv\"]\n\
    [[listen]]\nname = \"door\"\naddress = \"127.0.0.1:0\"\nmode = \"forward-auth\"\nclient_address = \"header:X-A\"\n\
    meeting = { query = \"room\" }\n[ledger]\npath = \"ledger.jsonl\"\nkey = \"key\"\n";

fn folder(orders: &str, config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("orders.toml", orders), ("geo.csv", GEO), ("d.toml", config), ("key", "0123456789abcdef0123456789ABCDEF")]
    {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bailiwickd"))
}

fn run(arguments: &[&str], folder: &tempfile::TempDir) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = program().args(arguments).current_dir(folder.path()).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A process that is ended with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn signal(process: &Process, name: &str) {
    assert!(Command::new("kill").args([name, &process.0.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_check_says_what_is_wrong_with_the_configuration_and_its_files() {
    let fine = folder(VIGIL, CONFIG);
    let (code, out, err) = run(&["check", "--config", "d.toml"], &fine);
    assert_eq!((code, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("the configuration is fine") && out.contains("warning: order `cn-1`"), "{out}");

    let cases = [
        (VIGIL, CONFIG.replace("forward-auth", "forward"), "d.toml:7:8"),
        (
            "[[orders]]\nid = \"a\"\nissuer = \"UK\"\nstatus = \"in-force\"\nmeetings = [\"m\"]\n",
            CONFIG.to_owned(),
            "orders.toml:3:10",
        ),
        ("", CONFIG.to_owned(), "orders"),
        (VIGIL, CONFIG.replace("\"geo.csv\"", "\"absent.csv\""), "absent.csv"),
        (VIGIL, CONFIG.replace("\"key\"", "\"absent\""), "absent"),
    ];
    for (orders, config, place) in cases {
        let (code, out, err) = run(&["check", "--config", "d.toml"], &folder(orders, &config));
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains(place) && err.contains("error"), "{place}: {err}");
    }
}

#[test]
fn arguments_that_are_wrong_are_said_with_the_usage() {
    let folder = folder(VIGIL, CONFIG);
    for arguments in [&[][..], &["--config"], &["--config", "a", "b"], &["chek", "--config", "d.toml"]] {
        let (code, out, err) = run(arguments, &folder);
        assert_eq!((code, out.as_str()), (Some(2), ""));
        assert!(err.contains("usage: "), "{err}");
    }
    assert!(run(&["--help"], &folder).1.contains("SIGHUP"));
    let (code, _, err) = run(&["--config", "absent.toml"], &folder);
    assert!(code == Some(1) && err.contains("`absent.toml` cannot be read"), "{err}");
}

#[test]
fn the_service_manager_is_told_and_signals_reload_and_end_it() {
    let folder = folder(NOBODY, CONFIG);
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(SOON)).unwrap();
    let told = || {
        let mut bytes = [0; 1024];
        let length = manager.recv(&mut bytes).expect("the daemon tells its manager");
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    // By an absolute path, from another folder: relative paths start at the configuration's.
    let child = program()
        .arg("--config")
        .arg(folder.path().join("d.toml"))
        .current_dir("/")
        .env("NOTIFY_SOCKET", &path)
        .env("WATCHDOG_USEC", "200000")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut process = Process(child);
    let mut log = BufReader::new(process.0.stderr.take().unwrap()).lines();
    let mut next_line =
        |part: &str| log.by_ref().map_while(Result::ok).find(|line| line.contains(part)).unwrap_or_else(|| panic!("{part}"));
    let line = next_line("listener door is at ");
    let address = line.rsplit(' ').next().unwrap().parse().unwrap();
    let joins = || request(address, "GET", "/?room=vigil", &[("X-A", "127.8.0.5")], b"").status;

    while !told().contains("READY=1") {}
    assert_eq!(joins(), 200);
    while !told().contains("WATCHDOG=1") {}
    fs::write(folder.path().join("orders.toml"), VIGIL).unwrap();
    signal(&process, "-HUP");
    while !told().contains("RELOADING=1\nMONOTONIC_USEC=") {}
    while !told().contains("READY=1") {}
    assert_eq!(joins(), 200, "it widens");
    next_line("block people whom those in force admit");
    signal(&process, "-TERM");
    while !told().contains("STOPPING=1") {}
    assert_eq!(process.0.wait().unwrap().code(), Some(0));
    let ledger = fs::read(folder.path().join("ledger.jsonl")).unwrap();
    assert_eq!(bailiwick::ledger::verify([("ledger.jsonl", ledger.as_slice())]).unwrap().records, 2);
}

#[test]
fn an_address_that_is_taken_is_said_and_ends_it() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = folder(VIGIL, &CONFIG.replace("127.0.0.1:0", &address));
    let (code, _, err) = run(&["--config", "d.toml"], &folder);
    assert_eq!(code, Some(1));
    assert!(err.contains(&format!("the listener `door` cannot have {address}")), "{err}");
}
