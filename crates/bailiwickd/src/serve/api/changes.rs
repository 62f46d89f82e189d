//! `GET /v1/changes`: server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_core::Stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use tokio::time::{Interval, MissedTickBehavior, Sleep, interval, sleep};

use crate::presence::{Event, Listening, Resync};

/// The time between two comments, by which both ends see that the other is there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The longest time of a stream: a connector that takes nothing holds no place for ever.
const LONGEST: Duration = Duration::from_secs(3600);

/// The answer that goes on.
pub(super) fn stream(listening: Listening) -> Response {
    let mut ticks = interval(KEEP_ALIVE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let events = Events { listening, ticks, end: Box::pin(sleep(LONGEST)), is_over: false };
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The events of a connector, as text.
struct Events {
    listening: Listening,
    ticks: Interval,
    end: Pin<Box<Sleep>>,
    is_over: bool,
}

impl Stream for Events {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        if let Poll::Ready(event) = self.listening.events.poll_recv(context) {
            let event = event.unwrap_or_else(|| {
                self.is_over = true;
                let is_behind = self.listening.is_behind.load(Ordering::Relaxed);
                resync(if is_behind { "events were lost, as they were not read in time" } else { "the daemon ends" })
            });
            return Poll::Ready(Some(Ok(text(&event))));
        }
        if self.end.as_mut().poll(context).is_ready() {
            self.is_over = true;
            return Poll::Ready(Some(Ok(text(&resync("the stream is an hour old")))));
        }
        self.ticks.poll_tick(context).map(|_| Some(Ok(Bytes::from_static(b":\n\n"))))
    }
}

fn resync(reason: &str) -> Event {
    Event::Resync(Resync { reason: reason.to_owned() })
}

/// An event as text. JSON of this kind has no line breaks.
fn text(event: &Event) -> Bytes {
    let data = serde_json::to_string(event).unwrap_or_default();
    Bytes::from(format!("event: {}\ndata: {data}\n\n", event.name()))
}
