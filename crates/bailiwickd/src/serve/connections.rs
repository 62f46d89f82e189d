//! The open connections of a listener, of which there are at most so many: the one that was idle longest makes room.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use prometheus::{IntCounter, IntGauge};
use tokio::sync::Notify;

/// The open connections of a listener.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    open: Mutex<HashMap<u64, Arc<State>>>,
    next: AtomicU64,
    begun: Instant,
    gauge: IntGauge,
    dropped: IntCounter,
}

/// What is known about a connection.
#[derive(Debug)]
struct State {
    /// Requests whose answers are not whole yet.
    busy: AtomicUsize,
    /// Microseconds, since the listener began, of the last time that a request came or was answered.
    active: AtomicU64,
    end: Notify,
}

/// A connection in the list, for as long as it lives.
#[derive(Debug)]
pub(super) struct Entry {
    number: u64,
    state: Arc<State>,
    connections: Arc<Connections>,
}

/// A request whose answer is not whole yet.
#[derive(Debug)]
pub(super) struct Busy {
    state: Arc<State>,
    connections: Arc<Connections>,
}

impl Connections {
    pub(super) fn new(most: usize, gauge: IntGauge, dropped: IntCounter) -> Connections {
        Connections { most, open: Mutex::default(), next: AtomicU64::new(0), begun: Instant::now(), gauge, dropped }
    }

    /// Enters a connection. When there are too many, ends the one that was idle longest: one that never sent a whole request goes
    /// before one that is used.
    pub(super) fn open(self: &Arc<Self>) -> Entry {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let state = Arc::new(State { busy: AtomicUsize::new(0), active: AtomicU64::new(self.now()), end: Notify::new() });
        let mut open = self.lock();
        while open.len() >= self.most {
            let rank =
                |(_, state): &(&u64, &Arc<State>)| (state.busy.load(Ordering::Relaxed) > 0, state.active.load(Ordering::Relaxed));
            let Some((&longest, _)) = open.iter().min_by_key(rank) else { break };
            if let Some(state) = open.remove(&longest) {
                state.end.notify_one();
                self.dropped.inc();
            }
        }
        open.insert(number, Arc::clone(&state));
        self.count(&open);
        drop(open);
        Entry { number, state, connections: Arc::clone(self) }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<State>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, open: &HashMap<u64, Arc<State>>) {
        self.gauge.set(i64::try_from(open.len()).unwrap_or(i64::MAX));
    }
}

impl Entry {
    /// Waits until the connection must make room.
    pub(super) async fn ended(&self) {
        self.state.end.notified().await;
    }

    /// Notes a request, until the returned value is dropped.
    pub(super) fn busy(&self) -> Busy {
        self.state.busy.fetch_add(1, Ordering::Relaxed);
        self.state.active.store(self.connections.now(), Ordering::Relaxed);
        Busy { state: Arc::clone(&self.state), connections: Arc::clone(&self.connections) }
    }
}

/// The body of an answer, until which the connection is busy.
#[derive(Debug)]
pub(super) struct BusyBody {
    body: Body,
    _busy: Busy,
}

impl BusyBody {
    pub(super) fn new(body: Body, busy: Busy) -> BusyBody {
        BusyBody { body, _busy: busy }
    }
}

impl http_body::Body for BusyBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut open = self.connections.lock();
        open.remove(&self.number);
        self.connections.count(&open);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.state.busy.fetch_sub(1, Ordering::Relaxed);
        self.state.active.store(self.connections.now(), Ordering::Relaxed);
    }
}
