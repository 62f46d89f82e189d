//! The client for web servers and buckets.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use http::HeaderValue;
use http_body_util::{BodyExt as _, Limited};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};
use object_store::http::HttpBuilder;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::{Position, Url};

use super::Limits;

/// The longest time until there is a connection.
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// The longest time without a byte.
const SILENCE: Duration = Duration::from_secs(15);

/// The most bytes of the body of an error, which is read for its message.
const MAX_ERROR: usize = 64 << 10;

/// What one read may give beyond the limit of a file, before the file is cut off where it is collected. Reads are of less than 1 MiB.
const ONE_READ: u64 = 4 << 20;

const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("bailiwickd/", env!("CARGO_PKG_VERSION")));

/// The store of a web server.
pub(super) fn server(url: &Url, limits: Limits) -> object_store::Result<Box<dyn ObjectStore>> {
    install_cryptography();
    let is_plain = url.scheme() == "http";
    let options = ClientOptions::new()
        .with_user_agent(USER_AGENT)
        .with_allow_http(is_plain)
        // Certificates are of no use there, and a system without any must do, too.
        .with_no_system_certificates(is_plain)
        .with_connect_timeout(CONNECT_TIME)
        .with_read_timeout(SILENCE)
        .with_timeout(limits.time)
        .with_pool_max_idle_per_host(0);
    let server = HttpBuilder::new()
        .with_url(&url[..Position::BeforePath])
        .with_client_options(options)
        .with_retry(once())
        .with_http_connector(Connector { limit: limits.size })
        .build()?;
    Ok(Box::new(server))
}

/// The store of a bucket. Credentials, region, endpoint and whether it may be without TLS are in the environment.
pub(super) fn bucket(url: &Url, limits: Limits) -> object_store::Result<Box<dyn ObjectStore>> {
    install_cryptography();
    let settings = [
        (ClientConfigKey::UserAgent, concat!("bailiwickd/", env!("CARGO_PKG_VERSION")).to_owned()),
        (ClientConfigKey::ConnectTimeout, seconds(CONNECT_TIME)),
        (ClientConfigKey::ReadTimeout, seconds(SILENCE)),
        (ClientConfigKey::Timeout, seconds(limits.time)),
        (ClientConfigKey::PoolMaxIdlePerHost, "0".to_owned()),
    ];
    let builder = settings.into_iter().fold(AmazonS3Builder::from_env().with_url(url.as_str()), |builder, (key, value)| {
        builder.with_config(AmazonS3ConfigKey::Client(key), value)
    });
    let bucket = builder.with_retry(once()).with_http_connector(Connector { limit: limits.size }).build()?;
    Ok(Box::new(bucket))
}

fn seconds(time: Duration) -> String {
    format!("{} seconds", time.as_secs().max(1))
}

/// The next poll is the next try.
fn once() -> RetryConfig {
    RetryConfig { backoff: BackoffConfig::default(), max_retries: 0, retry_timeout: Duration::ZERO }
}

/// Gives TLS its cryptography, once in a process.
fn install_cryptography() {
    // An error says that it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Makes clients that bound what an answer may have, that of an error, too: it is read into memory for its message.
#[derive(Debug)]
struct Connector {
    limit: u64,
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = ReqwestConnector::default().connect(options)?;
        let limit = usize::try_from(self.limit.saturating_add(ONE_READ)).unwrap_or(usize::MAX);
        Ok(HttpClient::new(Bounded { client, limit }))
    }
}

#[derive(Debug)]
struct Bounded {
    client: HttpClient,
    limit: usize,
}

#[async_trait]
impl HttpService for Bounded {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = self.client.execute(request).await?.into_parts();
        let limit = if parts.status.is_success() { self.limit } else { MAX_ERROR };
        let body = Limited::new(body, limit).map_err(http_error);
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}

fn http_error(error: Box<dyn Error + Send + Sync>) -> HttpError {
    match error.downcast::<HttpError>() {
        Ok(error) => *error,
        Err(error) => HttpError::new_boxed(HttpErrorKind::Decode, error),
    }
}
