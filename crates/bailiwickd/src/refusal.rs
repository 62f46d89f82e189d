//! The answer to a blocked participant, as HTTP.

use std::fmt::Write as _;

use bailiwick::notice::{HttpRefusal, Notice};
use http::{HeaderName, HeaderValue};

/// The most bytes of the body in a header field: nginx reads the header of an answer into 4 KiB if nothing else is configured, and
/// takes a larger one for an error, which admits.
pub const MAX_BODY_HEADER: usize = 2048;

/// What a blocked participant is answered.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Header fields.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The notice, as a problem (RFC 9457).
    pub body: String,
    /// The same in ASCII, shortened where it is long, for a header field.
    pub body_header: HeaderValue,
}

impl Refusal {
    /// Composes the answer from a notice.
    #[must_use]
    pub fn of(notice: &Notice<'_>, blocked_by: &str) -> Refusal {
        let refusal = notice.http(blocked_by);
        let headers = refusal.headers.iter().filter_map(|(name, value)| {
            // INVARIANT: the library's fields are ASCII without line breaks.
            Some((HeaderName::try_from(*name).ok()?, HeaderValue::try_from(value.as_str()).ok()?))
        });
        let headers = headers.collect();
        let body = refusal.body();
        let body_header = HeaderValue::try_from(short(&refusal, &body)).unwrap_or(HeaderValue::from_static("{}"));
        Refusal { headers, body, body_header }
    }
}

/// The body in ASCII, without what does not fit: first the end of the text, and where that does not help all but the issuer.
fn short(refusal: &HttpRefusal<'_>, body: &str) -> String {
    let whole = ascii(body);
    if whole.len() <= MAX_BODY_HEADER {
        return whole;
    }
    let mut problem = refusal.problem.clone();
    let detail = problem.detail;
    for most in [400, 200, 100, 50] {
        problem.detail = first(detail, most);
        let text = ascii(&serde_json::to_string(&problem).unwrap_or_default());
        if text.len() <= MAX_BODY_HEADER {
            return text;
        }
    }
    problem.authority = None;
    problem.legal_basis = None;
    problem.orders.truncate(1);
    if problem.reference.is_some_and(|reference| reference.len() > MAX_BODY_HEADER / 4) {
        problem.reference = None;
    }
    let text = ascii(&serde_json::to_string(&problem).unwrap_or_default());
    if text.len() <= MAX_BODY_HEADER { text } else { r#"{"type":"about:blank","status":451}"#.to_owned() }
}

/// The first characters of a text.
fn first(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// JSON with every character beyond ASCII escaped (RFC 8259, section 7).
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        // DEL is no control character to JSON, and is one to HTTP.
        if c.is_ascii() && c != '\u{7f}' {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                // Writing to a text does not fail.
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
    }
    text
}
