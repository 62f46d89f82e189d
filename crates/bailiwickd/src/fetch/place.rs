//! The place of a file.

use std::fmt::{self, Display};
use std::path::PathBuf;
use std::str::FromStr;

use bailiwick::Quoted;
use object_store::path::Path;
use url::Url;

/// The place of a file: on this machine, on a web server, or in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A path.
    File(PathBuf),
    /// A URL with `https` or `http`.
    Web(Url),
    /// A URL with `s3`: bucket and key.
    Bucket(Url),
}

impl Place {
    /// The path of a URL, as the store names the file.
    pub(super) fn path(url: &Url) -> Result<Path, object_store::path::Error> {
        Path::from_url_path(url.path())
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Place, PlaceError> {
        if text.is_empty() {
            return Err(PlaceError::Empty);
        }
        if !text.contains("://") {
            return Ok(Place::File(PathBuf::from(text)));
        }
        let url: Url = text.parse().map_err(|error: url::ParseError| PlaceError::Url { reason: error.to_string() })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(PlaceError::Password);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(PlaceError::Query);
        }
        if url.path().trim_matches('/').is_empty() || url.path().ends_with('/') {
            return Err(PlaceError::NoFile);
        }
        match url.scheme() {
            "file" => url.to_file_path().map(Place::File).map_err(|()| PlaceError::Host),
            "https" | "http" => checked(url).map(Place::Web),
            "s3" => checked(url).map(Place::Bucket),
            scheme => Err(PlaceError::Scheme { scheme: scheme.to_owned() }),
        }
    }
}

fn checked(url: Url) -> Result<Url, PlaceError> {
    match Place::path(&url) {
        Ok(_) => Ok(url),
        Err(error) => Err(PlaceError::Url { reason: error.to_string() }),
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path) => write!(f, "{}", Quoted(&path.to_string_lossy())),
            Place::Web(url) | Place::Bucket(url) => write!(f, "{}", Quoted(url.as_str())),
        }
    }
}

/// The reason why a text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// Nothing is written.
    #[error("the place is empty: write a path, or a URL with `https`, `http` or `s3`")]
    Empty,
    /// Not a URL, or one with a path that no store can have.
    #[error("the URL cannot be read: {reason}")]
    Url {
        /// The reason.
        reason: String,
    },
    /// Another scheme.
    #[error("{} cannot be fetched from: write a path, or a URL with `https`, `http` or `s3`", Quoted(scheme))]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// A name or password.
    #[error(
        "the URL has a name or password in it, which every log would show: a bundle is signed and needs none; where the store \
         does, use `s3://` with credentials in the environment"
    )]
    Password,
    /// A query or fragment.
    #[error("the URL has a query or fragment, which is never sent: write the URL without it")]
    Query,
    /// No file.
    #[error("the URL names no file: write one such as `https://example.org/orders.bundle` or `s3://bucket/orders.bundle`")]
    NoFile,
    /// `file://` with the name of another machine.
    #[error("the URL of a file has the name of a machine in it: write the path alone")]
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_or_the_url_of_a_file() {
        let file = |path: &str| Ok(Place::File(PathBuf::from(path)));
        let cases = [
            ("orders.bundle", file("orders.bundle")),
            ("/srv/a b.bundle", file("/srv/a b.bundle")),
            ("file:///srv/a%20b.bundle", file("/srv/a b.bundle")),
            ("file://host/srv/a.bundle", Err(PlaceError::Host)),
            ("", Err(PlaceError::Empty)),
            ("ftp://example.org/a", Err(PlaceError::Scheme { scheme: "ftp".to_owned() })),
            ("https://anna:secret@example.org/a", Err(PlaceError::Password)),
            ("https://anna@example.org/a", Err(PlaceError::Password)),
            ("https://example.org/a?b=c", Err(PlaceError::Query)),
            ("https://example.org/a#b", Err(PlaceError::Query)),
            ("https://example.org", Err(PlaceError::NoFile)),
            ("https://example.org/a/", Err(PlaceError::NoFile)),
            ("s3://bucket", Err(PlaceError::NoFile)),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Place>(), expected, "{text:?}");
        }
        for text in ["https://example.org/a.bundle", "http://127.0.0.1:8080/fleet/a.bundle"] {
            assert!(matches!(text.parse(), Ok(Place::Web(_))), "{text:?}");
        }
        assert!(matches!("s3://bucket/fleet/a.bundle".parse(), Ok(Place::Bucket(_))));
        for text in ["https://example.org/a//b", "https://", "https:// /a"] {
            assert!(matches!(text.parse::<Place>(), Err(PlaceError::Url { .. })), "{text:?}");
        }
    }

    #[test]
    fn no_message_repeats_a_password() {
        let error = "https://anna:secret@example.org/a".parse::<Place>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
