//! A daemon in this process, and a client that says exactly what it is told to.

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bailiwickd::config::Config;
use bailiwickd::daemon::{Daemon, Signal, Signals};
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) const GEO: &str = "127.8.0.0/16,CN\n127.0.0.0/16,US\n";

pub(crate) const NOBODY: &str = "[end]\norders = 0\n";

pub(crate) const VIGIL: &str = r#"
[[orders]]
id = "cn-1"
issuer = "CN"
status = "in-force"
meetings = ["vigil", "六四纪念"]
accounts = ["host-7"]
notice = { en = "You cannot join from mainland China.", zh = "您无法从中国大陆加入。" }
[end]
orders = 1
"#;

/// Patience with what happens soon on a machine with nothing else to do.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// A daemon that runs until it is dropped.
pub(crate) struct Running {
    addresses: HashMap<String, SocketAddr>,
    signals: UnboundedSender<Signal>,
    reloaded: Mutex<Receiver<()>>,
    thread: Option<JoinHandle<()>>,
    pub(crate) folder: TempDir,
}

/// A listener that is asked about `/meet/NAME`, and is told the address by a header field.
pub(crate) const BY_HEADER: &str = r#"
[[listen]]
name = "door"
address = "127.0.0.1:0"
mode = "forward-auth"
client_address = "header:X-Bailiwick-Address"
meeting = { from = "header:X-Original-Uri", path = '^/meet/(?<meeting>[^/?#]+)' }
host_region = "US"
"#;

pub(crate) const ADMIN: &str = "[[listen]]\nname = \"admin\"\naddress = \"127.0.0.1:0\"\nmode = \"admin\"\n";

pub(crate) const API: &str = "[[listen]]\nname = \"api\"\naddress = \"127.0.0.1:0\"\nmode = \"api\"\nexempt = [\"focus\"]\n";

struct Told {
    signals: UnboundedReceiver<Signal>,
    ready: Sender<()>,
    reloaded: Sender<()>,
}

impl Signals for Told {
    async fn next(&mut self) -> Signal {
        self.signals.recv().await.unwrap_or(Signal::End)
    }

    fn ready(&mut self) {
        self.ready.send(()).unwrap();
    }

    fn reloading(&mut self) -> Box<dyn FnOnce() + Send> {
        let reloaded = self.reloaded.clone();
        Box::new(move || {
            let _ = reloaded.send(());
        })
    }

    fn stopping(&mut self) {}
}

impl Running {
    /// Starts a daemon with these orders and listeners.
    pub(crate) fn start(orders: &str, listeners: &str) -> Running {
        Running::start_with(orders, "", listeners)
    }

    /// Starts a daemon with more keys of `[policy]`; `{dir}` stands for its folder.
    pub(crate) fn start_with(orders: &str, policy: &str, listeners: &str) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_str().unwrap();
        fs::write(folder.path().join("geo.csv"), GEO).unwrap();
        fs::write(folder.path().join("orders.toml"), orders).unwrap();
        fs::write(folder.path().join("key"), (0..32).map(|n: u8| n.wrapping_mul(37)).collect::<Vec<_>>()).unwrap();
        let text = format!("[policy]\norders = \"{dir}/orders.toml\"\ngeo = [\"{dir}/geo.csv\"]\n{policy}\n{listeners}");
        let config = Config::parse(&text.replace("{dir}", dir)).unwrap_or_else(|error| panic!("{error}"));
        let (signals, told) = unbounded_channel();
        let ((ready, is_ready), (reloaded, was_reloaded), (bound, addresses)) = (channel(), channel(), channel());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let daemon = Daemon::start(config).await.unwrap();
                bound.send(daemon.addresses().unwrap()).unwrap();
                daemon.run(Told { signals: told, ready, reloaded }).await;
            });
        });
        let addresses = addresses.recv_timeout(SOON).unwrap().into_iter().collect();
        is_ready.recv_timeout(SOON).unwrap();
        Running { addresses, signals, reloaded: Mutex::new(was_reloaded), thread: Some(thread), folder }
    }

    pub(crate) fn address(&self, name: &str) -> SocketAddr {
        self.addresses[name]
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file in the place of the one before.
    pub(crate) fn write(&self, name: &str, text: &str) {
        replace(&self.path(name), text);
    }

    /// Reloads, and waits until that is done.
    pub(crate) fn reload(&self) {
        self.signals.send(Signal::Reload).unwrap();
        self.reloaded.lock().unwrap().recv_timeout(SOON).unwrap();
    }

    pub(crate) fn reload_with(&self, orders: &str) {
        self.write("orders.toml", orders);
        self.reload();
    }

    /// Asks a listener of mode `forward-auth`.
    pub(crate) fn ask(&self, name: &str, headers: &[(&str, &str)]) -> Answer {
        request(self.address(name), "GET", "/", headers, b"")
    }

    /// Asks the listener of [`BY_HEADER`].
    pub(crate) fn joins(&self, uri: &str, address: &str) -> u16 {
        self.ask("door", &[("X-Bailiwick-Address", address), ("X-Original-Uri", uri)]).status
    }

    /// The value of a metric, by its name and labels.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let text = request(self.address("admin"), "GET", "/metrics", &[], b"").text();
        let line = text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).rsplit(' ').next().unwrap().parse().unwrap()
    }

    /// The number of participants that a listener admitted without a decision.
    pub(crate) fn unasked(&self, listener: &str, reason: &str) -> f64 {
        self.metric(&format!("bailiwick_unasked_total{{listener=\"{listener}\",reason=\"{reason}\"}}"))
    }

    /// Ends the daemon, and waits for that.
    pub(crate) fn end(&mut self) {
        let _ = self.signals.send(Signal::End);
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.unwrap();
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

pub(crate) fn replace(path: &Path, text: &str) {
    let part = path.with_extension("part");
    fs::write(&part, text).unwrap();
    fs::rename(part, path).unwrap();
}

/// An answer over HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    stream.set_write_timeout(Some(SOON)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub(crate) fn head(method: &str, target: &str, headers: &[(&str, &str)], length: usize) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nhost: door\r\n");
    headers.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    if length > 0 {
        text.push_str(&format!("content-length: {length}\r\n"));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

pub(crate) fn request(address: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = connect(address);
    let bytes = [&head(method, target, headers, body.len())[..], body].concat();
    // Who is refused in the middle of a body may see it cut.
    let _ = stream.write_all(&bytes);
    read(&mut stream).unwrap_or_else(|| panic!("no answer to {method} {target}"))
}

pub(crate) fn post(address: SocketAddr, target: &str, body: &serde_json::Value) -> Answer {
    request(address, "POST", target, &[("content-type", "application/json")], body.to_string().as_bytes())
}

/// Reads one answer. `None` when the connection ends before it begins.
pub(crate) fn read(stream: &mut TcpStream) -> Option<Answer> {
    let head = read_head(stream)?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut answer = Answer { status, headers: lines.filter_map(header).collect(), body: Vec::new() };
    let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
    answer.body = vec![0; length];
    stream.read_exact(&mut answer.body).ok()?;
    Some(answer)
}

pub(crate) fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// Waits until a condition holds.
pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let last = Instant::now() + SOON;
    while !condition() {
        assert!(Instant::now() < last, "{what}");
        std::thread::yield_now();
        std::thread::park_timeout(Duration::from_millis(5));
    }
}
