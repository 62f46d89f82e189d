//! Listeners: connections with limits, so that a slow or stuck client harms nobody.

mod admin;
mod api;
mod connections;
mod ext_authz;
mod forward_auth;
mod patient;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::asker::Asker;
use crate::config::{ClientAddress, Listen, Mode};
use crate::door::Door;
use crate::presence::Presence;
use crate::question::address::Connection;
use crate::question::proxy_protocol;
use crate::question::rule::NotFound;
use connections::{BusyBody, Connections, Entry};
use patient::Patient;

/// The longest time until the header of a request is whole, and until the next request of a connection begins. A proxy that sends a
/// request by a connection that ends just then sends it again.
const HEADER_TIME: Duration = Duration::from_secs(10);

/// The longest time until a PROXY header is whole: it is the first thing that a proxy sends.
const PROXY_HEADER_TIME: Duration = Duration::from_secs(5);

/// The most bytes of the header of a request, within the size of one more read: what Envoy takes at most (60 KiB), and nginx (32 KiB).
const MAX_HEADER: usize = 64 * 1024;

/// The most header fields of a request: Envoy takes 100.
const MAX_FIELDS: usize = 128;

/// The most requests of one HTTP/2 connection at once, and the most that wait for their end: Envoy has a connection for each worker.
const MAX_STREAMS: u32 = 1024;

/// The time between two pings of an HTTP/2 connection, and the longest wait for the answer: a peer that vanished holds no place.
const PING: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(10));

/// The most bytes of a body that are read for a rule with `json`: a request for a token has some hundred.
const MAX_BODY: usize = 64 * 1024;

/// The longest time until the other end takes some of an answer.
const WRITE_TIME: Duration = Duration::from_secs(10);

/// The longest time for connections to end when the daemon does.
pub const END_TIME: Duration = Duration::from_secs(5);

/// The pause after an error of accepting, such as for want of file descriptors: without one it would repeat at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener that is bound, with all it needs to serve.
pub struct Server {
    listener: TcpListener,
    name: String,
    protocol: Protocol,
    router: Router,
    reads_proxy_header: bool,
    connections: Arc<Connections>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Waits until the daemon ends.
async fn told(ending: &mut watch::Receiver<bool>) {
    // An error says that nobody is left to tell.
    let _ = ending.wait_for(|&ending| ending).await;
}

/// The address and the other facts about a connection, for handlers.
#[derive(Debug, Clone, Copy)]
struct Client(Connection);

impl Server {
    /// Binds a listener.
    ///
    /// # Errors
    ///
    /// When its address cannot be had.
    pub async fn bind(listen: Listen, door: &Arc<Door>, presence: &Arc<Presence>) -> io::Result<Server> {
        let asker = || Arc::new(Asker::new(Arc::clone(door), &listen.name));
        let listener = TcpListener::bind(listen.address).await?;
        let (mut protocol, mut reads_proxy_header) = (Protocol::Http1, false);
        let router = match listen.mode {
            Mode::ForwardAuth { questions, status } => {
                reads_proxy_header = questions.client_address == ClientAddress::ProxyProtocol;
                forward_auth::router(asker(), questions, status)
            }
            Mode::Admin => admin::router(Arc::clone(door)),
            Mode::ExtAuthz(questions) => {
                protocol = Protocol::Http2;
                ext_authz::router(asker(), questions)
            }
            Mode::Api { exempt, blocked_by } => {
                api::router(Asker::new(Arc::clone(door), &listen.name), exempt, blocked_by, Arc::clone(presence))
            }
        };
        let (gauge, dropped) = door.metrics.connections(&listen.name);
        let connections = Arc::new(Connections::new(listen.max_connections, gauge, dropped));
        Ok(Server { listener, name: listen.name, protocol, router, reads_proxy_header, connections })
    }

    /// The address that it is bound to.
    ///
    /// # Errors
    ///
    /// When the socket does not tell.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The name of the listener.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Serves until the daemon ends, and waits for its connections within bounds.
    pub async fn serve(self, mut ending: watch::Receiver<bool>) {
        let server = Arc::new(self);
        let mut tasks = JoinSet::new();
        let for_connections = ending.clone();
        loop {
            tokio::select! {
                () = told(&mut ending) => break,
                accepted = server.listener.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let entry = server.connections.open();
                        tasks.spawn(Arc::clone(&server).connection(stream, peer.ip(), entry, for_connections.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(listener = server.name, "a connection cannot be accepted: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(_) = tasks.join_next() => {}
            }
        }
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(END_TIME, all).await.is_err() {
            tracing::warn!(listener = server.name, "connections did not end in time, and are cut");
        }
    }

    /// Serves one connection to its end.
    async fn connection(self: Arc<Self>, stream: TcpStream, peer: IpAddr, entry: Entry, ending: watch::Receiver<bool>) {
        // Answers are small and must not wait for more of them.
        let _ = stream.set_nodelay(true);
        let mut stream = stream;
        let mut client = Connection { peer: Ok(peer), proxied: Err(NotFound::Missing) };
        let mut rest = Vec::new();
        if self.reads_proxy_header {
            let beginning = tokio::select! {
                beginning = tokio::time::timeout(PROXY_HEADER_TIME, proxy_protocol::read(&mut stream)) => beginning,
                () = entry.ended() => return,
            };
            let Ok(Ok(beginning)) = beginning else { return };
            client.proxied = beginning.address;
            rest = beginning.rest;
        }
        let (read, write) = stream.into_split();
        let io = tokio::io::join(io::Cursor::new(rest).chain(read), Patient::new(write, WRITE_TIME));
        self.requests(io, Client(client), entry, ending).await;
    }

    async fn requests(
        &self,
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        client: Client,
        entry: Entry,
        mut ending: watch::Receiver<bool>,
    ) {
        let entry = &entry;
        let service = service_fn(|mut request: Request<Incoming>| {
            request.extensions_mut().insert(client);
            let busy = entry.busy();
            let answer = self.router.clone().oneshot(request.map(Body::new));
            async move { answer.await.map(|answer| answer.map(|body| BusyBody::new(body, busy))) }
        });
        let builder = self.builder();
        let connection = builder.serve_connection(TokioIo::new(io), service);
        tokio::pin!(connection);
        tokio::select! {
            _ = connection.as_mut() => return,
            () = entry.ended() => return,
            () = told(&mut ending) => connection.as_mut().graceful_shutdown(),
        }
        let _ = tokio::time::timeout(END_TIME, connection).await;
    }

    fn builder(&self) -> auto::Builder<TokioExecutor> {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(MAX_HEADER).max_headers(MAX_FIELDS);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(u32::try_from(MAX_HEADER).unwrap_or(u32::MAX))
            .keep_alive_interval(PING.0)
            .keep_alive_timeout(PING.1);
        match self.protocol {
            Protocol::Http1 => builder.http1_only(),
            Protocol::Http2 => builder.http2_only(),
        }
    }
}
