//! Fetches one file again and again: from this machine, from a web server or from a bucket, within bounds of size and time.
//!
//! - `place`: where it is;
//! - `web`: the client for web servers and buckets;
//! - `error`: why it could not be fetched;
//! - `known`: when the store may answer that nothing changed;
//! - `pace`: when to ask again.

mod place;
mod web;
mod error;
mod known;
mod pace;

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_core::Stream;
use futures_util::StreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{GetOptions, ObjectStore};

pub use error::FetchError;
pub use known::Known;
pub use pace::Pace;
pub use place::{Place, PlaceError};

/// The bounds of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes.
    pub size: u64,
    /// The longest time from the request to the last byte.
    pub time: Duration,
}

/// A store and a file in it.
#[derive(Debug)]
pub struct Fetcher {
    place: Place,
    store: Box<dyn ObjectStore>,
    path: Path,
    limits: Limits,
}

/// The answer of a store.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fetched {
    /// It has the file of this ETag still.
    NotModified,
    /// The file, whole.
    File(File),
}

/// A file as it was sent.
#[derive(Debug, Clone)]
pub struct File {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What the store calls this content (RFC 9110, section 8.8.3).
    pub etag: Option<String>,
    /// The time at which it was last written, by the store's clock.
    pub modified: Option<SystemTime>,
}

impl Fetcher {
    /// A fetcher of a file. Nothing is read yet. What a bucket needs (credentials, region, endpoint) is in the environment: the
    /// variables that begin with `AWS_`.
    ///
    /// # Errors
    ///
    /// When the environment or the certificates of the system cannot be used.
    pub fn new(place: Place, limits: Limits) -> Result<Fetcher, FetchError> {
        let wrong = |error: object_store::Error| FetchError::store(&place, &error);
        let path = |url| Place::path(url).map_err(|error| wrong(error.into()));
        let (store, path): (Box<dyn ObjectStore>, Path) = match &place {
            Place::File(file) => {
                let absolute = std::path::absolute(file).map_err(|error| FetchError::path(&place, &error))?;
                let path = Path::from_absolute_path(absolute).map_err(|error| wrong(error.into()))?;
                (Box::new(LocalFileSystem::new()), path)
            }
            Place::Web(url) => (web::server(url, limits).map_err(wrong)?, path(url)?),
            Place::Bucket(url) => (web::bucket(url, limits).map_err(wrong)?, path(url)?),
        };
        Ok(Fetcher { place, store, path, limits })
    }

    /// The place.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Fetches the file, unless it is the one of an ETag.
    ///
    /// # Errors
    ///
    /// When it cannot be had within the bounds.
    pub async fn fetch(&self, unless: Option<&str>) -> Result<Fetched, FetchError> {
        self.fetch_within(self.limits.time, unless).await
    }

    /// Fetches the file within a time that may be shorter than the longest one.
    ///
    /// # Errors
    ///
    /// As [`fetch`](Fetcher::fetch).
    pub async fn fetch_within(&self, time: Duration, unless: Option<&str>) -> Result<Fetched, FetchError> {
        let limit = time.min(self.limits.time);
        match tokio::time::timeout(limit, self.fetch_all(unless)).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::Time { place: self.place.to_string(), limit }),
        }
    }

    async fn fetch_all(&self, unless: Option<&str>) -> Result<Fetched, FetchError> {
        let options = GetOptions { if_none_match: unless.map(str::to_owned), ..GetOptions::default() };
        let got = match self.store.get_opts(&self.path, options).await {
            Ok(got) => got,
            Err(object_store::Error::NotModified { .. }) if unless.is_some() => return Ok(Fetched::NotModified),
            Err(error) => return Err(FetchError::store(&self.place, &error)),
        };
        let size = || FetchError::Size { place: self.place.to_string(), limit: self.limits.size };
        if got.meta.size > self.limits.size {
            return Err(size());
        }
        let etag = got.meta.e_tag.clone();
        // A store that does not say when the file was written: object_store has the beginning of time then.
        let modified = SystemTime::from(got.meta.last_modified);
        let modified = (modified != SystemTime::UNIX_EPOCH).then_some(modified);
        let bytes = collect(got.into_stream(), self.limits.size).await;
        let bytes = bytes.map_err(|error| FetchError::store(&self.place, &error))?.ok_or_else(size)?;
        Ok(Fetched::File(File { bytes, etag, modified }))
    }
}

/// Collects what is sent, whatever was said about its size: `None` as soon as there is more than the limit.
async fn collect<E>(mut stream: impl Stream<Item = Result<Bytes, E>> + Unpin, limit: u64) -> Result<Option<Vec<u8>>, E> {
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        let len = u64::try_from(bytes.len().saturating_add(chunk.len())).unwrap_or(u64::MAX);
        if len > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    fn now<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    #[test]
    fn what_is_sent_without_end_is_cut_at_the_limit() {
        let sent = Cell::new(0);
        let endless = stream::repeat_with(|| {
            sent.set(sent.get() + 1);
            Ok::<_, Infallible>(Bytes::from_static(&[0; 1024]))
        });
        assert_eq!(now(collect(endless, 10 * 1024)), Ok(None));
        assert_eq!(sent.get(), 11, "the first chunk beyond the limit ends it");
    }

    #[test]
    fn what_has_the_size_of_the_limit_is_whole() {
        for (size, whole) in [(9, true), (10, true), (11, false)] {
            let sent = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![7; size]))]);
            assert_eq!(now(collect(sent, 10)), Ok(whole.then(|| vec![7; size])), "{size}");
        }
    }

    #[test]
    fn a_file_is_read_once_and_again_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        // A name that a URL would have to escape.
        let path = folder.path().join("ord ers#1.bundle");
        let fetcher = Fetcher::new(Place::File(path.clone()), Limits { size: 8, time: Duration::from_secs(60) }).unwrap();
        assert!(matches!(now(fetcher.fetch(None)), Err(FetchError::Missing { .. })));
        std::fs::write(&path, "one").unwrap();
        let Ok(Fetched::File(file)) = now(fetcher.fetch(None)) else { panic!() };
        assert_eq!(file.bytes, b"one");
        let etag = file.etag.unwrap();
        assert!(matches!(now(fetcher.fetch(Some(&etag))), Ok(Fetched::NotModified)));
        std::fs::write(&path, "another").unwrap();
        let Ok(Fetched::File(file)) = now(fetcher.fetch(Some(&etag))) else { panic!() };
        assert_eq!(file.bytes, b"another");
        std::fs::write(&path, "one byte more").unwrap();
        assert!(matches!(now(fetcher.fetch(None)), Err(FetchError::Size { limit: 8, .. })));
    }
}
