//! The notice over SIP.

use super::{Notice, uri};

/// The answer to an INVITE of SIP, as plain values: 608 Rejected (RFC 8688) with a text for people.
///
/// Field values are ASCII without line breaks, whatever the order and the caller's URI hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SipRefusal {
    /// 608: someone between caller and callee rejected the call, and no one answers it.
    pub status: u16,
    /// The reason phrase, `Rejected`.
    pub reason: &'static str,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The notice as plain text in UTF-8, with CR LF at the end of each line.
    pub body: String,
}

impl Notice<'_> {
    /// The answer to an INVITE.
    ///
    /// `card` is the URI of the backend's signed jCard, with which RFC 8688 lets a caller who is blocked in error reach someone. It
    /// goes into `Call-Info`, with characters that no URI has percent-encoded; without an absolute URI there is no `Call-Info`.
    /// Pass an empty text to leave it out.
    #[must_use]
    pub fn sip(&self, card: &str) -> SipRefusal {
        let mut headers = Vec::new();
        if let Some(uri) = uri::absolute(card) {
            headers.push(("Call-Info", format!("<{uri}>; purpose=jwscard")));
        }
        headers.push(("Content-Type", "text/plain;charset=utf-8".to_owned()));
        if let Some(tag) = self.tag() {
            headers.push(("Content-Language", tag.to_owned()));
        }
        let body = self.to_string().lines().map(|line| format!("{line}\r\n")).collect();
        SipRefusal { status: 608, reason: "Rejected", headers, body }
    }
}
