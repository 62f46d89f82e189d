//! The notice to a blocked person: by whose order, on which basis, and that the meeting goes on.

mod language;
mod uri;
mod http;
mod sip;
mod xmpp;

use std::fmt::{self, Debug, Display, Write as _};

pub use http::{HttpRefusal, Problem};
pub use sip::SipRefusal;
pub use xmpp::XmppRefusal;

use crate::order::Order;
use crate::policy::Block;
use crate::text::quote::shown;
use language::{Languages, is_tag};

/// The text where no order has one.
const CANNOT_JOIN: &str = "You cannot join this meeting from where you are.";

/// The notice to a blocked person.
///
/// One of the orders that reach the person gives the text: the first by id that has one in the best language, or else the first.
/// `Display` writes all of it as plain text for people; [`http`](Notice::http), [`sip`](Notice::sip) and [`xmpp`](Notice::xmpp) as
/// plain values that any framework can send.
///
/// It does not contain the person's address, the meeting or anyone else in it, nor whether an order is domestic to the host. Texts
/// are as the orders have them: escape them for where you show them.
///
/// ```
/// # use bailiwick::{Atlas, Decision, Docket, Policy, Source};
/// # let atlas = Atlas::builder().source(Source::from_range_csv("a", "203.0.113.0,203.0.113.255,CN".as_bytes())?).build()?;
/// let docket: Docket = toml::from_str(r#"
///     [[orders]]
///     id = "cn-1"
///     issuer = "CN"
///     meetings = ["vigil"]
///     status = "in-force"
///     legal_basis = "Article 12"
///     notice = { en = "You cannot join from mainland China.", zh = "您无法从中国大陆加入。" }
/// "#)?;
/// let policy = Policy::compile(&docket, &atlas)?;
/// let decision = policy.decide("vigil", "203.0.113.9".parse()?, "US".parse()?);
/// let Decision::BlockParticipant(block) = decision else { panic!("{decision}") };
///
/// let notice = block.notice("zh-Hant-TW, zh;q=0.8, *;q=0.1");
/// assert_eq!((notice.language(), notice.text()), (Some("zh"), Some("您无法从中国大陆加入。")));
/// assert_eq!((notice.issuer(), notice.legal_basis()), ("CN", Some("Article 12")));
/// assert_eq!(notice.http("https://example.org/").status, 451);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Notice<'p> {
    block: Block<'p>,
    /// The order that gives the text. INVARIANT: there is one, as nobody is blocked without an order.
    order: Option<&'p Order>,
    /// The language and the text.
    said: Option<(&'p str, &'p str)>,
}

impl<'p> Block<'p> {
    /// Composes the notice to the blocked person, in the best of the available languages.
    ///
    /// `language` is a language tag (BCP 47), such as the one of the person's settings, or a list such as HTTP's `Accept-Language`
    /// (RFC 9110, section 12.5.4). The best language is looked up as RFC 4647 says, in all texts of all orders that reach the
    /// person: for `zh-Hant-TW` that is `zh-Hant-TW`, `zh-Hant` or `zh`, or else one that is narrower. Otherwise it is `en`, or
    /// else the first. Malformed entries are ignored, and every input has an answer. Neither this nor `Display` allocates.
    #[must_use]
    pub fn notice(&self, language: &str) -> Notice<'p> {
        let languages = Languages::new(language);
        let said = self.orders().flat_map(|order| texts(order).map(move |(tag, text)| (order, tag, text)));
        // Of equal ones the first is taken: that of the smallest id.
        match said.min_by_key(|&(_, tag, _)| (languages.rank(tag), tag)) {
            Some((order, tag, text)) => Notice { block: *self, order: Some(order), said: Some((tag, text)) },
            None => Notice { block: *self, order: self.orders().next(), said: None },
        }
    }
}

/// The texts of an order by their languages. A text of nothing but spaces is none.
fn texts(order: &Order) -> impl Iterator<Item = (&str, &str)> {
    order.notice.iter().map(|(tag, text)| (tag.as_str(), text.as_str())).filter(|(_, text)| !text.trim().is_empty())
}

impl<'p> Notice<'p> {
    /// The text of the order in the best language. `None` when no order that reaches the person has a text.
    #[must_use]
    pub fn text(&self) -> Option<&'p str> {
        self.said.map(|(_, text)| text)
    }

    /// The language of the text, as the order names it.
    #[must_use]
    pub fn language(&self) -> Option<&'p str> {
        self.said.map(|(language, _)| language)
    }

    /// Every order that reaches the person, ascending by id: at least one.
    pub fn orders(&self) -> impl Iterator<Item = &'p Order> + use<'p> {
        self.block.orders()
    }

    /// The id of the order that gives the text.
    #[must_use]
    pub fn id(&self) -> &'p str {
        self.order.map_or("", |order| &order.id)
    }

    /// The order's issuer: a region or a group.
    #[must_use]
    pub fn issuer(&self) -> &'p str {
        self.order.map_or("", |order| &order.issuer)
    }

    /// The office or person that signed the order.
    #[must_use]
    pub fn authority(&self) -> Option<&'p str> {
        self.field(|order| &order.authority)
    }

    /// The law that the order invokes.
    #[must_use]
    pub fn legal_basis(&self) -> Option<&'p str> {
        self.field(|order| &order.legal_basis)
    }

    /// The URL of the order.
    #[must_use]
    pub fn reference(&self) -> Option<&'p str> {
        self.field(|order| &order.reference)
    }

    /// A field of the order that gives the text, unless it is empty.
    fn field(&self, field: fn(&Order) -> &String) -> Option<&'p str> {
        self.order.map(|order| field(order).as_str()).filter(|text| !text.trim().is_empty())
    }

    /// The language of what is said, where it can stand in a header field or an attribute: our own sentences are English.
    fn tag(&self) -> Option<&'p str> {
        self.said.map_or(Some("en"), |(language, _)| Some(language).filter(|language| is_tag(language)))
    }
}

impl Display for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", AllLines(self.text().unwrap_or(CANNOT_JOIN).trim()))?;
        write!(f, "This is by order {} of {}", OneLine(self.id()), OneLine(self.issuer()))?;
        self.authority().map_or(Ok(()), |authority| write!(f, ", signed by {}", OneLine(authority)))?;
        f.write_str(".\n")?;
        for (what, text) in [("Legal basis", self.legal_basis()), ("The order can be read at", self.reference())] {
            text.map_or(Ok(()), |text| writeln!(f, "{what}: {}", OneLine(text)))?;
        }
        let mut others = self.orders().map(|order| order.id.as_str()).filter(|&id| id != self.id());
        if let Some(first) = others.next() {
            write!(f, "Further orders: {}", OneLine(first))?;
            others.try_for_each(|id| write!(f, ", {}", OneLine(id)))?;
            f.write_char('\n')?;
        }
        f.write_str("Only you are kept out. The meeting goes on, and nothing was done to the account of its host.")
    }
}

/// Shows orders by id, and no name that is in them.
impl Debug for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let orders: Vec<&str> = self.orders().map(|order| order.id.as_str()).collect();
        f.debug_struct("Notice")
            .field("orders", &orders)
            .field("order", &self.id())
            .field("language", &self.language())
            .finish_non_exhaustive()
    }
}

/// An untrusted text on one line, with invisible characters escaped.
struct OneLine<'a>(&'a str);

impl Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.trim().chars().flat_map(shown).try_for_each(|c| f.write_char(c))
    }
}

/// An untrusted text, on its own lines.
struct AllLines<'a>(&'a str);

impl Display for AllLines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Joiners and marks of direction belong to how some languages are written, and reach no further than their neighbours.
        let is_kept = |c: char| matches!(c, '\n' | '\u{200c}'..='\u{200f}');
        self.0.lines().enumerate().try_for_each(|(n, line)| {
            if n > 0 {
                f.write_char('\n')?;
            }
            line.chars().try_for_each(|c| if is_kept(c) { f.write_char(c) } else { shown(c).try_for_each(|c| f.write_char(c)) })
        })
    }
}
