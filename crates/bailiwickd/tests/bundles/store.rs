//! A store in this process that does as it is told, over HTTP.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use bailiwick::Digest;

use crate::SOON;

/// What a store does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Does {
    /// Sends a file with an ETag of its own, or says that it is not modified.
    Serve(Arc<Vec<u8>>),
    /// Sends a file under an ETag that says nothing of it.
    ServeAs(Arc<Vec<u8>>, &'static str),
    /// Sends the first half and ends the connection.
    Cut(Arc<Vec<u8>>),
    /// Sends a header with this status and field, and then bytes until the other end has enough.
    Endless(u16, &'static str),
    /// Sends this status.
    Status(u16),
    /// Ends the connection.
    Hang,
    /// Says nothing.
    Silence,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) condition: Option<String>,
    pub(crate) status: u16,
}

#[derive(Debug)]
pub(crate) struct WebStore {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    does: Mutex<Does>,
    seen: Mutex<Vec<Seen>>,
    /// Bytes without end that were sent.
    sent: AtomicU64,
}

impl WebStore {
    pub(crate) fn new(does: Does) -> WebStore {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { does: Mutex::new(does), seen: Mutex::default(), sent: AtomicU64::new(0) });
        let of_threads = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&of_threads);
                thread::spawn(move || shared.answer(stream));
            }
        });
        WebStore { address, shared }
    }

    pub(crate) fn serving(bundle: Vec<u8>) -> WebStore {
        WebStore::new(Does::Serve(Arc::new(bundle)))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/fleet/orders.bundle", self.address)
    }

    pub(crate) fn now(&self, does: Does) {
        *self.shared.does.lock().unwrap() = does;
    }

    pub(crate) fn serve(&self, bundle: Vec<u8>) {
        self.now(Does::Serve(Arc::new(bundle)));
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    pub(crate) fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) {
        let Some(head) = head(&mut stream) else { return };
        let condition = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("if-none-match").then(|| value.to_owned())
        });
        let does = self.does.lock().unwrap().clone();
        let status = match &does {
            Does::Serve(bytes) if condition.as_ref() == Some(&etag(bytes)) => 304,
            Does::ServeAs(_, etag) if condition.as_deref() == Some(etag) => 304,
            Does::Status(status) | Does::Endless(status, _) => *status,
            Does::Hang | Does::Silence => 0,
            _ => 200,
        };
        self.seen.lock().unwrap().push(Seen { condition, status });
        // The other end may have gone.
        let _ = self.send(&mut stream, &does, status);
    }

    fn send(&self, stream: &mut TcpStream, does: &Does, status: u16) -> std::io::Result<()> {
        let head = |fields: &str| format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n{fields}\r\n");
        match does {
            Does::Serve(bytes) => file(stream, status, bytes, &etag(bytes), bytes.len()),
            Does::ServeAs(bytes, etag) => file(stream, status, bytes, etag, bytes.len()),
            Does::Cut(bytes) => file(stream, status, bytes, &etag(bytes), bytes.len() / 2),
            Does::Endless(_, field) => {
                stream.write_all(head(&format!("{field}\r\n")).as_bytes())?;
                let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
                loop {
                    stream.write_all(&chunk)?;
                    self.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
                }
            }
            Does::Status(_) => stream.write_all(head("content-length: 2\r\n\r\nno").as_bytes()),
            Does::Hang => Ok(()),
            Does::Silence => stream.read(&mut [0]).map(drop),
        }
    }
}

fn file(stream: &mut TcpStream, status: u16, bytes: &[u8], etag: &str, sent: usize) -> std::io::Result<()> {
    let length = bytes.len();
    let head = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\netag: {etag}\r\n");
    if status == 304 {
        return stream.write_all(format!("{head}\r\n").as_bytes());
    }
    stream.write_all(format!("{head}content-length: {length}\r\n\r\n").as_bytes())?;
    stream.write_all(&bytes[..sent])
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", Digest::of(bytes))
}

fn head(stream: &mut TcpStream) -> Option<String> {
    stream.set_read_timeout(Some(SOON)).ok()?;
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(read) => head.extend_from_slice(&part[..read]),
        }
    }
    String::from_utf8(head).ok()
}
