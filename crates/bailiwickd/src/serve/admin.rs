//! Mode `admin`: for those who run the daemon.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use http::header::CONTENT_TYPE;

use crate::door::Door;

/// The type of Prometheus' text format.
const METRICS_TYPE: &str = "text/plain; version=0.0.4";

pub(super) fn router(door: Arc<Door>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(door)
}

async fn ready(State(door): State<Arc<Door>>) -> Response {
    if door.load().is_some() {
        return "ready\n".into_response();
    }
    let why = door.status().refusal.unwrap_or_else(|| "it is being loaded".to_owned());
    (StatusCode::SERVICE_UNAVAILABLE, format!("there is no policy, so everybody is admitted: {why}\n")).into_response()
}

async fn metrics(State(door): State<Arc<Door>>) -> Response {
    ([(CONTENT_TYPE, METRICS_TYPE)], door.render_metrics()).into_response()
}
