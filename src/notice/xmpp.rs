//! The notice over XMPP.

use std::fmt::{self, Display};

use super::Notice;
use crate::text::xml::Xml;

/// The namespace of stanza errors (RFC 6120, section 8.3.2).
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";

/// The error of the stanza that answers a request to join a room, as plain values; `Display` writes it as the element `error`.
///
/// The condition is `not-allowed`, of type `cancel` (RFC 6120, section 8.3.3), which claims the least. RFC 6120 defines it for
/// actions that *no* entity may take; here nobody at that place may join. Other conditions would claim more: `forbidden` is a
/// room's answer to banned people (XEP-0045, section 7.2), and its type `auth` asks for credentials; `policy-violation` says that
/// the person broke a rule of the service, and its types invite another attempt; `not-acceptable` and `service-unavailable` are
/// about nicknames and the room. `cancel` keeps clients from trying again by themselves. The text says the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct XmppRefusal<'p> {
    /// The attribute `type` of the error: `cancel`.
    pub kind: &'static str,
    /// The defined condition: `not-allowed`.
    pub condition: &'static str,
    /// The attribute `xml:lang` of the text.
    pub language: Option<&'p str>,
    /// The notice as plain text.
    pub text: String,
}

impl<'p> Notice<'p> {
    /// The error of the stanza that answers a request to join.
    #[must_use]
    pub fn xmpp(&self) -> XmppRefusal<'p> {
        XmppRefusal { kind: "cancel", condition: "not-allowed", language: self.tag(), text: self.to_string() }
    }
}

impl Display for XmppRefusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let XmppRefusal { kind, condition, language, text } = self;
        write!(f, "<error type='{}'><{condition} xmlns='{STANZAS}'/><text xmlns='{STANZAS}'", Xml(kind))?;
        language.map_or(Ok(()), |language| write!(f, " xml:lang='{}'", Xml(language)))?;
        write!(f, ">{}</text></error>", Xml(text))
    }
}
