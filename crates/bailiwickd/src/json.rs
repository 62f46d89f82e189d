//! What is written as JSON by more than one part.

use bailiwick::notice::Notice;
use serde::Serialize;
use serde_json::Value;

/// What a blocked participant is told.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NoticeJson {
    /// The language of the order's text; null when the order has none.
    pub language: Option<String>,
    /// All of it, as plain text.
    pub text: String,
    /// The value of a `Link` field (RFC 7725).
    pub link: Option<String>,
    /// The body of an answer with status 451 (RFC 9457).
    pub problem: Value,
}

impl NoticeJson {
    /// Writes a notice.
    #[must_use]
    pub fn of(notice: &Notice<'_>, blocked_by: &str) -> NoticeJson {
        let http = notice.http(blocked_by);
        NoticeJson {
            language: notice.language().map(str::to_owned),
            text: notice.to_string(),
            link: http.headers.iter().find(|(name, _)| *name == "Link").map(|(_, value)| value.clone()),
            problem: serde_json::to_value(&http.problem).unwrap_or_default(),
        }
    }
}
