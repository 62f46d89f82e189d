//! The notice over HTTP.

use serde::Serialize;

use super::{Notice, uri};

/// The answer to an HTTP request to join, as plain values: status 451 (RFC 7725), header fields, and a problem (RFC 9457) as the
/// body.
///
/// Field values are ASCII without line breaks, whatever the order and the caller's URI hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRefusal<'p> {
    /// 451, Unavailable For Legal Reasons.
    pub status: u16,
    /// Names and values. `no-store`, since a 451 may be cached otherwise, and another person be given this answer.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub problem: Problem<'p>,
}

/// The body of an [`HttpRefusal`]: problem details (RFC 9457), with what RFC 7725 asks to be told of the demand as further members.
///
/// It has no `instance`, which would be a name for this join. In JSON an absent member is left out. Texts are the order's own:
/// escape them before you put them on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Problem<'p> {
    /// `about:blank`: the status says what the problem is (RFC 9457, section 4.2.1).
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The phrase of the status.
    pub title: &'static str,
    /// 451.
    pub status: u16,
    /// The order's text, in the best language; a sentence of our own when there is none.
    pub detail: &'p str,
    /// The order's issuer: a region or a group.
    pub issuer: &'p str,
    /// The office or person that signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<&'p str>,
    /// The law that it invokes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<&'p str>,
    /// The URL of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'p str>,
    /// The ids of all orders that reach the person, ascending.
    pub orders: Vec<&'p str>,
}

impl<'p> Notice<'p> {
    /// The answer to an HTTP request.
    ///
    /// `blocked_by` is a URI of the backend's own: the `Link` with `rel="blocked-by"` names who *carries out* the blocking, and not
    /// who ordered it (RFC 7725, section 4), which is in the body. Characters that no URI has are percent-encoded; without a URI
    /// there is no `Link`.
    #[must_use]
    pub fn http(&self, blocked_by: &str) -> HttpRefusal<'p> {
        let mut headers = Vec::new();
        if let Some(uri) = uri::reference(blocked_by) {
            headers.push(("Link", format!("<{uri}>; rel=\"blocked-by\"")));
        }
        headers.push(("Cache-Control", "no-store".to_owned()));
        headers.push(("Content-Type", "application/problem+json".to_owned()));
        if let Some(tag) = self.tag() {
            headers.push(("Content-Language", tag.to_owned()));
        }
        headers.push(("Vary", "Accept-Language".to_owned()));
        let problem = Problem {
            kind: "about:blank",
            title: "Unavailable For Legal Reasons",
            status: 451,
            detail: self.text().unwrap_or(super::CANNOT_JOIN),
            issuer: self.issuer(),
            authority: self.authority(),
            legal_basis: self.legal_basis(),
            reference: self.reference(),
            orders: self.orders().map(|order| order.id.as_str()).collect(),
        };
        HttpRefusal { status: 451, headers, problem }
    }
}

#[cfg(any(feature = "json", feature = "ledger"))]
impl HttpRefusal<'_> {
    /// The body as JSON.
    #[must_use]
    pub fn body(&self) -> String {
        // Texts and a number: there is nothing that JSON cannot write.
        serde_json::to_string(&self.problem).unwrap_or_default()
    }
}
