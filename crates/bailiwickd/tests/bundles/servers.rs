//! Real servers: nginx, and the S3 server of the Python package `moto`. `test-stores` installs them and runs these.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::bundle::bundle;
use crate::fleet::{NODES, Place, every_node_is_on_the_new_version_after_one_poll};
use crate::node::Node;
use crate::program::Program;
use crate::wait_for;

/// A port that was free a moment ago: servers that are started by a configuration cannot say which one they took.
fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_until_it_listens(address: SocketAddr) {
    wait_for("the server listens", || TcpStream::connect(address).is_ok());
}

/// nginx in a folder of its own, that logs the status, the condition and the ETag of each request.
struct Nginx {
    folder: TempDir,
    address: SocketAddr,
    process: Option<Server>,
    published: AtomicU64,
}

impl Nginx {
    fn new() -> Nginx {
        let folder = tempfile::tempdir().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let dir = folder.path().to_str().unwrap();
        let config = format!(
            "daemon off; master_process off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n log_format conditions '$status $http_if_none_match $sent_http_etag';\n access_log {dir}/access.log conditions;\n\
             client_body_temp_path {dir}; proxy_temp_path {dir}; fastcgi_temp_path {dir}; uwsgi_temp_path {dir}; scgi_temp_path {dir};\n\
             server {{ listen {address}; root {dir}/www; default_type application/octet-stream; }}\n}}\n"
        );
        fs::create_dir(folder.path().join("www")).unwrap();
        fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let mut nginx = Nginx { folder, address, process: None, published: AtomicU64::new(0) };
        nginx.start();
        nginx
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Status, condition and ETag of each request so far.
    fn requests(&self) -> Vec<[String; 3]> {
        let text = fs::read_to_string(self.path("access.log")).unwrap();
        text.lines().filter_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>().try_into().ok()).collect()
    }
}

impl Place for Nginx {
    fn url(&self) -> String {
        format!("http://{}/orders.bundle", self.address)
    }

    /// Publishes as people do: by `rename`. Each file was written some minutes ago, and no two in one second, so that nginx gives them
    /// ETags of their own that can be relied on.
    fn publish(&self, bundle: Vec<u8>) {
        let new = self.path("www/orders.bundle.new");
        fs::write(&new, bundle).unwrap();
        let age = Duration::from_secs(600 - self.published.fetch_add(1, Ordering::Relaxed));
        fs::File::options().write(true).open(&new).unwrap().set_modified(SystemTime::now() - age).unwrap();
        fs::rename(new, self.path("www/orders.bundle")).unwrap();
    }

    fn stop(&mut self) {
        self.process = None;
    }

    fn start(&mut self) {
        let mut command = Command::new("nginx");
        let started =
            command.arg("-p").arg(self.folder.path()).arg("-c").arg(self.path("nginx.conf")).stderr(Stdio::null()).spawn();
        self.process = Some(Server(started.unwrap()));
        wait_until_it_listens(self.address);
    }
}

#[test]
#[ignore = "needs nginx: run test-stores"]
fn two_hundred_daemons_fetch_from_nginx() {
    let mut nginx = Nginx::new();
    every_node_is_on_the_new_version_after_one_poll(&mut nginx);
    let requests = nginx.requests();
    let of = |status: &str| requests.iter().filter(|request| request[0] == status).count();
    println!("nginx answered {} with 200 and {} with 304", of("200"), of("304"));
    // Every node took three of the files. How often one asks in between, and is told 304, depends on how fast the machine is.
    assert!(of("200") >= 3 * NODES);
}

#[test]
#[ignore = "needs nginx: run test-stores"]
fn nginx_sends_a_bundle_once_and_says_304_with_its_etag_from_then_on() {
    let nginx = Nginx::new();
    nginx.publish(bundle(1));
    let node = Node::start(&nginx.url(), "poll = \"200ms\"");
    node.wait_for_versions(&[1]);
    node.wait_for_poll();
    node.wait_for_poll();
    nginx.publish(bundle(2));
    node.wait_for_versions(&[1, 2]);
    node.wait_for_poll();
    let requests = nginx.requests();
    let etags: Vec<&str> = requests.iter().filter(|[status, ..]| status == "200").map(|[_, _, etag]| etag.as_str()).collect();
    assert_eq!(etags.len(), 2, "each version once: {requests:?}");
    for [status, condition, etag] in &requests[1..] {
        let expected = if status == "304" { etag.as_str() } else { etags[0] };
        assert_eq!(condition.as_str(), expected, "{requests:?}");
    }
}

#[test]
#[ignore = "needs nginx: run test-stores"]
fn a_version_that_nginx_gives_the_etag_of_the_one_before_is_taken() {
    let nginx = Nginx::new();
    let written = SystemTime::now();
    let publish = |version| {
        fs::write(nginx.path("www/new"), bundle(version)).unwrap();
        fs::File::options().write(true).open(nginx.path("www/new")).unwrap().set_modified(written).unwrap();
        fs::rename(nginx.path("www/new"), nginx.path("www/orders.bundle")).unwrap();
    };
    publish(1);
    let node = Node::start(&nginx.url(), "poll = \"200ms\"");
    node.wait_for_versions(&[1]);
    publish(2);
    node.wait_for_versions(&[1, 2]);
    let requests = nginx.requests();
    assert!(requests.iter().all(|[_, _, etag]| *etag == requests[0][2]), "both have one ETag: {requests:?}");
}

/// The S3 server, with one bucket.
struct Moto {
    address: SocketAddr,
    _process: Server,
}

impl Moto {
    fn new() -> Moto {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let program = std::env::var("MOTO_SERVER").expect("MOTO_SERVER is the path of moto_server, as test-stores installs it");
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &address.port().to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Server(command.spawn().unwrap());
        wait_until_it_listens(address);
        let moto = Moto { address, _process: process };
        moto.put("/fleet", b"");
        moto
    }

    fn put(&self, target: &str, bytes: &[u8]) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        // moto looks at who signed, and not at the signature.
        let signed = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
        let fields = format!("host: {}\r\nauthorization: {signed}\r\ncontent-length: {}\r\n", self.address, bytes.len());
        write!(stream, "PUT {target} HTTP/1.1\r\n{fields}connection: close\r\n\r\n").unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
}

#[test]
#[ignore = "needs moto's S3 server: run test-stores"]
fn programs_fetch_from_an_s3_server_with_credentials_of_the_environment() {
    let moto = Moto::new();
    let endpoint = format!("http://{}", moto.address);
    let environment = [
        ("AWS_ENDPOINT", endpoint.as_str()),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ];
    let programs: Vec<Program> =
        (0..5).map(|_| Program::start("s3://fleet/legal/orders.bundle", "poll = \"500ms\"", &environment)).collect();
    let all = |name: &str, holds: &dyn Fn(f64) -> bool| {
        for program in &programs {
            wait_for(name, || holds(program.metric(name)));
        }
    };
    all("bailiwick_bundle_failures_total{reason=\"missing\"}", &|count| count >= 1.0);
    moto.put("/fleet/legal/orders.bundle", &bundle(1));
    all("bailiwick_bundle_version", &|version| version == 1.0);
    assert!(programs.iter().all(|program| program.joins("vigil") == 403 && program.joins("another") == 200));
    moto.put("/fleet/legal/orders.bundle", &bundle(2));
    all("bailiwick_bundle_version", &|version| version == 2.0);
    all("bailiwick_bundle_polls_total{result=\"not-modified\"}", &|count| count >= 1.0);
    moto.put("/fleet/legal/orders.bundle", &bundle(1));
    all("bailiwick_bundle_refusals_total{reason=\"older-version\"}", &|count| count >= 1.0);
    all("bailiwick_bundle_version", &|version| version == 2.0);
}
