//! Why a file could not be fetched.

use std::error::Error;
use std::time::Duration;

use bailiwick::Quoted;

use super::place::Place;

/// The most characters of a cause: a server's error page is its, and a log is ours.
const CAUSE: usize = 200;

/// The reason why a file could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// There is no such file.
    #[error("{place} is not there: {cause}")]
    Missing {
        /// The place, quoted.
        place: String,
        /// The store's words.
        cause: String,
    },
    /// The store does not give it to us.
    #[error(
        "{place} is refused: {cause}; see which credentials the environment has (`AWS_ACCESS_KEY_ID` …), and what they may read"
    )]
    Denied {
        /// The place, quoted.
        place: String,
        /// The store's words.
        cause: String,
    },
    /// It has more bytes than are read.
    #[error("{place} has more than {limit} bytes: it is not one of yours, or `max_size` is too small for it")]
    Size {
        /// The place, quoted.
        place: String,
        /// The most bytes.
        limit: u64,
    },
    /// It was not there in time.
    #[error("{place} was not there within {} seconds: see what keeps it, or write a longer `timeout`", limit.as_secs_f32())]
    Time {
        /// The place, quoted.
        place: String,
        /// The longest time.
        limit: Duration,
    },
    /// No connection, or another error.
    #[error("{place} cannot be fetched: {cause}")]
    Other {
        /// The place, quoted.
        place: String,
        /// The words of the system or the store.
        cause: String,
    },
}

impl FetchError {
    pub(super) fn store(place: &Place, error: &object_store::Error) -> FetchError {
        let (place, cause) = (place.to_string(), cause(error));
        match error {
            object_store::Error::NotFound { .. } => FetchError::Missing { place, cause },
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                FetchError::Denied { place, cause }
            }
            _ => FetchError::Other { place, cause },
        }
    }

    pub(super) fn path(place: &Place, error: &std::io::Error) -> FetchError {
        FetchError::Other { place: place.to_string(), cause: cause(error) }
    }

    /// A word for the reason, for metrics.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            FetchError::Missing { .. } => "missing",
            FetchError::Denied { .. } => "denied",
            FetchError::Size { .. } => "size",
            FetchError::Time { .. } => "timeout",
            FetchError::Other { .. } => "unreachable",
        }
    }
}

/// The innermost cause, which says what happened; those around it name libraries and repeat the URL.
fn cause(error: &dyn Error) -> String {
    let innermost = std::iter::successors(Some(error), |&error| error.source()).last().unwrap_or(error).to_string();
    let first: String = innermost.trim().chars().take(CAUSE).collect();
    Quoted(&first).to_string()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_cause_is_the_innermost_one_on_one_line_and_short() {
        let page = format!("503\nfor\u{1b}[2J you {}", "x".repeat(1000));
        let error = object_store::Error::Generic { store: "HTTP", source: Box::new(io::Error::other(page)) };
        let cause = cause(&error);
        assert!(cause.starts_with(r"`503\u{a}for\u{1b}[2J you xxx"), "{cause}");
        assert!(cause.len() < 2 * CAUSE, "{cause}");
    }

    #[test]
    fn a_place_is_in_every_message() {
        let place: Place = "https://example.org/orders.bundle".parse().unwrap();
        let source = || Box::new(io::Error::other("no"));
        let errors = [
            object_store::Error::NotFound { path: String::new(), source: source() },
            object_store::Error::PermissionDenied { path: String::new(), source: source() },
            object_store::Error::Generic { store: "HTTP", source: source() },
        ];
        for error in errors {
            let error = FetchError::store(&place, &error);
            assert!(error.to_string().starts_with("`https://example.org/orders.bundle`"), "{error}");
        }
    }
}
