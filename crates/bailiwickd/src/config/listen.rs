//! `[[listen]]`: a listener, its mode, and how it finds what a request is about.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::str::FromStr;

use bailiwick::Region;
use http::HeaderName;
use ipnet::{IpNet, Ipv4Net};
use toml::Spanned;

use super::error::{Problems, quoted};
use super::raw::{RawFind, RawListen, RawRule};
use crate::question::rule::{From, How, Repeated, Rule};

/// The connections of a listener that are open at once, if the configuration says nothing: a proxy keeps some for each worker.
const MAX_CONNECTIONS: usize = 4096;

/// A listener.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Listen {
    /// The address and port.
    pub address: SocketAddr,
    /// The name in metrics and the log.
    pub name: String,
    /// The one protocol that it speaks.
    pub mode: Mode,
    /// The most connections that are open at once.
    pub max_connections: usize,
}

/// What a listener speaks.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Mode {
    /// Answers the subrequests of proxies over HTTP.
    ForwardAuth {
        /// How it finds what a request is about.
        questions: Questions,
        /// The status of a refusal: 403 or 451.
        status: u16,
    },
    /// Answers Envoy over gRPC.
    ExtAuthz(Questions),
    /// Answers connectors in JSON.
    Api {
        /// Participants who are admitted without a decision.
        exempt: Exempt,
        /// The URI of whoever carries out the blocking.
        blocked_by: String,
    },
    /// Answers those who run the daemon.
    Admin,
}

impl Mode {
    /// The word in the configuration.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Mode::ForwardAuth { .. } => "forward-auth",
            Mode::ExtAuthz(_) => "ext-authz",
            Mode::Api { .. } => "api",
            Mode::Admin => "admin",
        }
    }
}

/// How a listener finds what a request is about.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Questions {
    /// Where the participant's address is.
    pub client_address: ClientAddress,
    /// The meeting.
    pub meeting: Rule,
    /// The account that hosts it.
    pub account: Option<Rule>,
    /// The home region of the host's account.
    pub host_region: Option<Rule>,
    /// The participant, for `exempt`.
    pub participant: Option<Rule>,
    /// Participants who are admitted without a decision.
    pub exempt: Exempt,
    /// The URI of whoever carries out the blocking.
    pub blocked_by: String,
}

impl Questions {
    /// Whether a rule needs the body of a request.
    #[must_use]
    pub fn needs_body(&self) -> bool {
        let others = [&self.account, &self.host_region, &self.participant];
        self.meeting.needs_body() || others.into_iter().flatten().any(Rule::needs_body)
    }
}

/// Where the participant's address is. Nothing else is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAddress {
    /// The other end of the connection; for Envoy, the source that it names.
    Peer,
    /// A header field that the proxy sets, and never passes on.
    Header(HeaderName),
    /// The PROXY protocol at the beginning of the connection.
    ProxyProtocol,
    /// `X-Forwarded-For`: the rightmost address that is in none of these networks.
    XForwardedFor(Vec<IpNet>),
    /// `Forwarded` (RFC 7239): likewise.
    Forwarded(Vec<IpNet>),
}

/// The services that are participants without being people.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Exempt {
    /// Names of participants, byte for byte.
    pub names: Vec<String>,
    /// Networks of services.
    pub networks: Vec<IpNet>,
}

impl Exempt {
    /// Whether a participant is on the list.
    #[must_use]
    pub fn holds(&self, participant: Option<&str>, address: Option<IpAddr>) -> bool {
        let address = address.map(|address| address.to_canonical());
        participant.is_some_and(|participant| self.names.iter().any(|name| name == participant))
            || address.is_some_and(|address| self.networks.iter().any(|network| network.contains(&address)))
    }
}

pub(super) fn check(raw: Vec<Spanned<RawListen>>, problems: &mut Problems, warnings: &mut Vec<String>) -> Vec<Listen> {
    let mut listeners: Vec<Listen> = Vec::new();
    for listen in raw {
        let at = listen.get_ref().address.span();
        let Some(listen) = one(listen, problems, warnings) else { continue };
        if listen.address.port() != 0 && listeners.iter().any(|other| other.address == listen.address) {
            problems.add(Some(at), "another listener has this address: a listener has one mode, so give each a port of its own");
        } else if listeners.iter().any(|other| other.name == listen.name) {
            problems.add(Some(at), format!("another listener is named {}: give each a `name` of its own", quoted(&listen.name)));
        }
        listeners.push(listen);
    }
    listeners
}

fn one(raw: Spanned<RawListen>, problems: &mut Problems, warnings: &mut Vec<String>) -> Option<Listen> {
    let at = raw.span();
    let raw = raw.into_inner();
    let address = parsed(&raw.address, problems, |text| match text.parse::<SocketAddr>() {
        Ok(address) => Ok(address),
        Err(_) => Err(format!("{} is not an address with a port: write one such as `127.0.0.1:19080`", quoted(text))),
    });
    let name = raw.name.as_ref().map_or_else(|| raw.address.get_ref().clone(), |name| name.get_ref().clone());
    let max_connections = match raw.max_connections.as_ref() {
        None => MAX_CONNECTIONS,
        Some(number) => {
            if *number.get_ref() == 0 {
                problems.add(Some(number.span()), "without connections nobody is answered: write at least 1");
            }
            *number.get_ref()
        }
    };
    let mode = mode(raw, at, &name, problems, warnings);
    Some(Listen { address: address?, name, mode: mode?, max_connections })
}

fn mode(raw: RawListen, at: Range<usize>, name: &str, problems: &mut Problems, warnings: &mut Vec<String>) -> Option<Mode> {
    let word = raw.mode.get_ref().as_str();
    let status = raw.status.as_ref().map(|status| (*status.get_ref(), status.span()));
    if let Some((_, at)) = &status
        && word != "forward-auth"
    {
        problems.add(Some(at.clone()), "only `forward-auth` has a choice of `status`: remove it");
    }
    match word {
        "forward-auth" => {
            let status = match status {
                None => 403,
                Some((status @ (403 | 451), _)) => status,
                Some((_, at)) => {
                    problems.add(Some(at), "a refusal has status 403, which nginx needs, or 451");
                    403
                }
            };
            Some(Mode::ForwardAuth { questions: questions(raw, at, name, None, problems, warnings)?, status })
        }
        "ext-authz" => {
            if let Some(client_address) = raw.client_address.as_ref().filter(|text| text.get_ref() == "proxy-protocol") {
                let message = "Envoy's connections carry many clients: write `peer` for the address that Envoy names as the source";
                problems.add(Some(client_address.span()), message);
            }
            // Envoy names the address in every question.
            let by_default = Some(ClientAddress::Peer);
            Some(Mode::ExtAuthz(questions(raw, at, name, by_default, problems, warnings)?))
        }
        "api" => {
            let blocked_by = blocked_by(raw.blocked_by.as_ref());
            let list = raw.exempt.map(Spanned::into_inner).unwrap_or_default();
            let exempt = exempt(list);
            let values = [
                ("client_address", raw.client_address.map(|value| value.span())),
                ("meeting", raw.meeting.map(|value| value.span())),
                ("account", raw.account.map(|value| value.span())),
                ("host_region", raw.host_region.map(|value| value.span())),
                ("participant", raw.participant.map(|value| value.span())),
            ];
            refuse(values, "the requests of `api` say this themselves: remove it", problems);
            Some(Mode::Api { exempt, blocked_by })
        }
        "admin" => {
            let values = [
                ("client_address", raw.client_address.map(|value| value.span())),
                ("meeting", raw.meeting.map(|value| value.span())),
                ("account", raw.account.map(|value| value.span())),
                ("host_region", raw.host_region.map(|value| value.span())),
                ("participant", raw.participant.map(|value| value.span())),
                ("exempt", raw.exempt.map(|value| value.span())),
                ("blocked_by", raw.blocked_by.map(|value| value.span())),
            ];
            refuse(values, "`admin` decides about nobody: remove it", problems);
            Some(Mode::Admin)
        }
        _ => {
            let message = format!("{} is not a mode: write `forward-auth`, `ext-authz`, `api` or `admin`", quoted(word));
            problems.add(Some(raw.mode.span()), message);
            None
        }
    }
}

fn refuse<const N: usize>(values: [(&str, Option<Range<usize>>); N], message: &str, problems: &mut Problems) {
    for (key, at) in values {
        if let Some(at) = at {
            problems.add(Some(at), format!("`{key}`: {message}"));
        }
    }
}

fn questions(
    raw: RawListen,
    at: Range<usize>,
    name: &str,
    address_by_default: Option<ClientAddress>,
    problems: &mut Problems,
    warnings: &mut Vec<String>,
) -> Option<Questions> {
    let client_address = match &raw.client_address {
        Some(text) => parsed(text, problems, client_address),
        None if address_by_default.is_some() => address_by_default,
        None => {
            let message =
                "nothing says where the participant's address is: add `client_address`, such as `header:X-Bailiwick-Address`";
            problems.add(Some(at.clone()), message);
            None
        }
    };
    let meeting = match raw.meeting {
        Some(raw) => rule("meeting", raw, problems),
        None => {
            problems.add(Some(at), "nothing says which meeting a request is about: add `meeting`, such as `{ query = \"room\" }`");
            None
        }
    };
    let account = raw.account.and_then(|raw| rule("account", raw, problems));
    let host_region = raw.host_region.and_then(|raw| {
        let at = raw.span();
        let rule = rule("host_region", raw, problems)?;
        if let Rule::Fixed(text) = &rule
            && let Err(error) = text.parse::<Region>()
        {
            problems.add(Some(at), error.to_string());
        }
        Some(rule)
    });
    let participant = raw.participant.and_then(|raw| rule("participant", raw, problems));
    let exempt = exempt(raw.exempt.map(Spanned::into_inner).unwrap_or_default());
    if participant.is_none()
        && let Some(name_on_list) = exempt.names.first()
    {
        warnings.push(format!(
            "listener {}: {} in `exempt` is a name, and nothing says who a participant is: add `participant`, or write the \
             service's network",
            quoted(name),
            quoted(name_on_list)
        ));
    }
    let blocked_by = blocked_by(raw.blocked_by.as_ref());
    Some(Questions { client_address: client_address?, meeting: meeting?, account, host_region, participant, exempt, blocked_by })
}

/// The URI of whoever carries out the blocking: the root of the site that was asked, if nothing else is said.
fn blocked_by(text: Option<&Spanned<String>>) -> String {
    text.map(|text| text.get_ref().trim()).filter(|text| !text.is_empty()).unwrap_or("/").to_owned()
}

/// An entry that is a network or an address is one; every other is a name.
fn exempt(list: Vec<Spanned<String>>) -> Exempt {
    let mut exempt = Exempt::default();
    for text in list {
        match network(text.get_ref()) {
            Some(network) => exempt.networks.push(network),
            None => exempt.names.push(text.into_inner()),
        }
    }
    exempt
}

/// A network, or an address as a network of one. Host bits are dropped, and an IPv4 network that is written as IPv6 is one of IPv4, as
/// addresses are.
fn network(text: &str) -> Option<IpNet> {
    /// The length of the network of all IPv4 addresses that are written as IPv6 (RFC 4291, section 2.5.5.2).
    const MAPPED: u8 = 96;
    let text = text.trim();
    let network = text.parse::<IpNet>().map(|network| network.trunc()).or_else(|_| IpAddr::from_str(text).map(IpNet::from)).ok()?;
    let IpNet::V6(v6) = network else { return Some(network) };
    let v4 = v6.addr().to_ipv4_mapped().zip(v6.prefix_len().checked_sub(MAPPED));
    Some(v4.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4))
}

fn parsed<T>(text: &Spanned<String>, problems: &mut Problems, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
    parse(text.get_ref()).map_err(|message| problems.add(Some(text.span()), message)).ok()
}

fn client_address(text: &str) -> Result<ClientAddress, String> {
    let networks = |list: &str| {
        let network = |text: &str| network(text).ok_or_else(|| format!("{} is not a network such as `10.0.0.0/8`", quoted(text)));
        list.split(',').map(network).collect::<Result<Vec<IpNet>, String>>()
    };
    match text.split_once(':') {
        None if text == "peer" => Ok(ClientAddress::Peer),
        None if text == "proxy-protocol" => Ok(ClientAddress::ProxyProtocol),
        Some(("header", name)) => header(name).map(ClientAddress::Header),
        Some(("forwarded", list)) => networks(list).map(ClientAddress::XForwardedFor),
        Some(("rfc7239", list)) => networks(list).map(ClientAddress::Forwarded),
        _ => Err(format!(
            "{} does not say where the address is: write `peer`, `header:NAME`, `proxy-protocol`, `forwarded:NETWORK,…` for \
             `X-Forwarded-For`, or `rfc7239:NETWORK,…` for `Forwarded`",
            quoted(text)
        )),
    }
}

fn header(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{} is not the name of a header field", quoted(name)))
}

fn rule(key: &'static str, raw: Spanned<RawRule>, problems: &mut Problems) -> Option<Rule> {
    let at = raw.span();
    match raw.into_inner() {
        RawRule::Fixed(text) => Some(Rule::Fixed(text)),
        RawRule::Find(find) => found(key, *find, at, problems),
    }
}

fn found(key: &'static str, raw: RawFind, at: Range<usize>, problems: &mut Problems) -> Option<Rule> {
    let RawFind { from, path, query, repeated, json, jwt } = raw;
    let source = match &from {
        None => Some(From::Target),
        Some(text) => parsed(text, problems, |text| match text.split_once(':') {
            None if text == "uri" => Ok(From::Target),
            Some(("header", name)) => header(name).map(From::Header),
            _ => Err(format!("{} is not a place: write `uri` or `header:NAME`", quoted(text))),
        }),
    };
    let repeated = match repeated {
        None => Some(Repeated::Unasked),
        Some(text) => {
            if query.is_none() {
                problems.add(Some(text.span()), "only parameters of a `query` are repeated: remove it");
            }
            parsed(&text, problems, |text| match text {
                "first" => Ok(Repeated::First),
                "last" => Ok(Repeated::Last),
                _ => Err(format!("{} is not `first` or `last`", quoted(text))),
            })
        }
    };
    let how = match (path, query, json, jwt) {
        (Some(path), None, None, None) => parsed(&path, problems, |text| How::path(key, text)),
        (None, Some(query), None, None) => Some(How::Query(query.into_inner(), repeated?)),
        (None, None, Some(json), None) => {
            if let Some(from) = &from {
                problems.add(Some(from.span()), "`json` reads the body: remove `from`");
            }
            parsed(&json, problems, pointer).map(How::Json)
        }
        (None, None, None, Some(jwt)) => parsed(&jwt, problems, pointer).map(How::Jwt),
        (None, None, None, None) => {
            if from.is_none() {
                let message = format!("nothing says where `{key}` is: write one of `path`, `query`, `json`, `jwt` and `from`");
                problems.add(Some(at), message);
                return None;
            }
            if source == Some(From::Target) {
                problems.add(Some(at), format!("the whole URI is no `{key}`: add `path` or `query`"));
                return None;
            }
            Some(How::Whole)
        }
        _ => {
            problems.add(Some(at), format!("`{key}` is found in one place: keep one of `path`, `query`, `json` and `jwt`"));
            None
        }
    };
    Some(Rule::Find { from: source?, how: how? })
}

/// A JSON pointer (RFC 6901).
fn pointer(text: &str) -> Result<String, String> {
    if text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err(format!("{} is not a JSON pointer: begin it with `/`, such as `/video/room`", quoted(text)))
    }
}
