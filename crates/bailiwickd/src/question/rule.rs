//! How a value is found in a request.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use percent_encoding::{percent_decode_str, percent_encode_byte};
use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// The most bytes of a compiled expression. It is the operator's own, so that this only catches a mistake such as `(a{1000}){1000}`.
const MAX_EXPRESSION: usize = 1 << 20;

/// Where a value is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Rule {
    /// The same for all requests.
    Fixed(String),
    /// In the request.
    Find {
        /// The text that it is in.
        from: From,
        /// The part of it.
        how: How,
    },
}

/// The text that a value is in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum From {
    /// The target of the request itself.
    Target,
    /// A header field.
    Header(HeaderName),
}

/// The part of a text that is the value.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum How {
    /// The named group of an expression, in the path.
    Path {
        /// The expression.
        expression: Regex,
        /// The name of the group.
        group: &'static str,
    },
    /// A parameter of the query.
    Query(String, Repeated),
    /// A JSON pointer into the body.
    Json(String),
    /// A JSON pointer into the claims of a token.
    Jwt(String),
    /// All of it.
    Whole,
}

/// Which of several parameters of one name counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeated {
    /// None, unless all are equal: it is not known which one the server behind takes.
    Unasked,
    /// The first one.
    First,
    /// The last one.
    Last,
}

/// The reason for which a value is not found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotFound {
    /// It is not there.
    Missing,
    /// It is there several times.
    Doubled,
    /// It is not UTF-8, or not what it must be.
    Unreadable,
}

/// What values are found in.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The header fields.
    pub headers: &'r HeaderMap,
    /// Path and query.
    pub target: &'r str,
    /// The body, where a rule needs it.
    pub body: &'r [u8],
}

impl How {
    /// Compiles an expression, which must have a group of the name.
    ///
    /// # Errors
    ///
    /// A message for the operator.
    pub fn path(group: &'static str, text: &str) -> Result<How, String> {
        let expression = RegexBuilder::new(text).size_limit(MAX_EXPRESSION).build().map_err(|error| {
            // The last line says what is wrong; those before it draw it.
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default().trim();
            format!("the expression cannot be read: {}", last.strip_prefix("error: ").unwrap_or(last))
        })?;
        if expression.capture_names().flatten().any(|name| name == group) {
            Ok(How::Path { expression, group })
        } else {
            Err(format!("the expression has no group `(?<{group}>…)`: name the part of the path that is meant"))
        }
    }
}

impl Rule {
    /// Whether the body is needed.
    #[must_use]
    pub fn needs_body(&self) -> bool {
        matches!(self, Rule::Find { how: How::Json(_), .. })
    }

    /// Finds the value.
    ///
    /// # Errors
    ///
    /// When it is not there, several times, or not readable.
    pub fn find(&self, request: Request<'_>) -> Result<String, NotFound> {
        let (from, how) = match self {
            Rule::Fixed(text) => return Ok(text.clone()),
            Rule::Find { from, how } => (from, how),
        };
        let found = match how {
            How::Json(pointer) => json(request.body, pointer),
            How::Jwt(pointer) => token(request, from).and_then(|token| claim(&token, pointer)),
            How::Path { expression, group } => {
                let uri = uri(request, from)?;
                let path = plain(path(&uri));
                let captures = expression.captures(&path).ok_or(NotFound::Missing)?;
                decoded(captures.name(group).ok_or(NotFound::Missing)?.as_str())
            }
            How::Query(name, repeated) => parameter(&uri(request, from)?, name, *repeated),
            How::Whole => text(request, from).map(str::to_owned),
        };
        // A name of no bytes is none.
        found.and_then(|value| if value.is_empty() { Err(NotFound::Missing) } else { Ok(value) })
    }
}

/// The one value of a header field.
///
/// # Errors
///
/// When it is not there, several times, or not text.
pub(crate) fn header<'r>(headers: &'r HeaderMap, name: &HeaderName) -> Result<&'r str, NotFound> {
    let mut values = headers.get_all(name).iter();
    let first = values.next().ok_or(NotFound::Missing)?;
    if values.next().is_some() {
        return Err(NotFound::Doubled);
    }
    std::str::from_utf8(first.as_bytes()).map(str::trim).map_err(|_| NotFound::Unreadable)
}

fn text<'r>(request: Request<'r>, from: &From) -> Result<&'r str, NotFound> {
    match from {
        From::Target => Ok(request.target),
        From::Header(name) => header(request.headers, name),
    }
}

/// A URI. Octets that no URI has, which a client can send all the same, are percent-encoded, as they hide nothing then.
fn uri<'r>(request: Request<'r>, from: &From) -> Result<Cow<'r, str>, NotFound> {
    let name = match from {
        From::Target => return Ok(Cow::Borrowed(request.target)),
        From::Header(name) => name,
    };
    let mut values = request.headers.get_all(name).iter();
    let first = values.next().ok_or(NotFound::Missing)?.as_bytes().trim_ascii();
    if values.next().is_some() {
        return Err(NotFound::Doubled);
    }
    if let Ok(text) = std::str::from_utf8(first) {
        return Ok(Cow::Borrowed(text));
    }
    let mut text = String::with_capacity(first.len() + 8);
    for chunk in first.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(percent_encode_byte(*byte));
        }
    }
    Ok(Cow::Owned(text))
}

/// A path in which letters, digits and `-._~` stand for themselves: percent-encoded they mean the same (RFC 3986, section 6.2.2.2), and
/// servers route by what they mean.
fn plain(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut parts = path.split('%');
    let mut text = String::with_capacity(path.len());
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let byte = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let byte = byte.and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        match byte.filter(|c| c.is_ascii_alphanumeric() || "-._~".contains(*c)) {
            Some(c) => {
                text.push(c);
                text.push_str(part.get(2..).unwrap_or_default());
            }
            None => {
                text.push('%');
                text.push_str(part);
            }
        }
    }
    Cow::Owned(text)
}

/// The path and query of a URI, which a client may also send in absolute form.
fn without_authority(uri: &str) -> &str {
    let rest = match uri.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?', '#']) => rest,
        _ => return uri,
    };
    rest.find(['/', '?', '#']).and_then(|at| rest.get(at..)).unwrap_or("/")
}

fn path(uri: &str) -> &str {
    let uri = without_authority(uri);
    uri.split(['?', '#']).next().unwrap_or(uri)
}

fn query(uri: &str) -> &str {
    let uri = uri.split('#').next().unwrap_or(uri);
    uri.split_once('?').map_or("", |(_, query)| query)
}

fn decoded(text: &str) -> Result<String, NotFound> {
    percent_decode_str(text).decode_utf8().map(|text| text.into_owned()).map_err(|_| NotFound::Unreadable)
}

/// The values of a parameter, as forms write them: `+` is a blank.
fn parameters<'u>(uri: &'u str, name: &str) -> impl Iterator<Item = Result<String, NotFound>> + use<'u> {
    let name = name.to_owned();
    query(uri).split('&').filter_map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let blanks = |text: &str| decoded(&text.replace('+', " "));
        // Most keys are other ones, and need no decoding to see it.
        let is_it = key == name || (key.contains(['%', '+']) && blanks(key).is_ok_and(|key| key == name));
        is_it.then(|| blanks(value))
    })
}

/// The URI without the parameters that Go's `url.ParseQuery` passes over: those with `;` or with a `%` that begins no escape.
fn as_go_reads(uri: &str) -> String {
    let is_escaped = |rest: &str| rest.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
    let is_read = |pair: &&str| !pair.contains(';') && pair.split('%').skip(1).all(is_escaped);
    format!("?{}", query(uri).split('&').filter(is_read).collect::<Vec<_>>().join("&"))
}

fn parameter(uri: &str, name: &str, repeated: Repeated) -> Result<String, NotFound> {
    let mut values = parameters(uri, name);
    let first = values.next().ok_or(NotFound::Missing)?;
    match repeated {
        Repeated::First => first,
        Repeated::Last => values.last().unwrap_or(first),
        Repeated::Unasked => {
            let first = first?;
            for other in values {
                if other? != first {
                    return Err(NotFound::Doubled);
                }
            }
            Ok(first)
        }
    }
}

/// A text or a whole number at a pointer into JSON.
fn json(bytes: &[u8], pointer: &str) -> Result<String, NotFound> {
    let value: Value = serde_json::from_slice(bytes).map_err(|_| NotFound::Unreadable)?;
    at(&value, pointer)
}

fn at(value: &Value, pointer: &str) -> Result<String, NotFound> {
    match value.pointer(pointer) {
        None | Some(Value::Null) => Err(NotFound::Missing),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(number.to_string()),
        Some(_) => Err(NotFound::Unreadable),
    }
}

/// The token of a request, found as LiveKit's server finds it: in `Authorization`, of which the first line counts, and only when
/// that is empty in `access_token`, of which the first one counts.
fn token(request: Request<'_>, from: &From) -> Result<String, NotFound> {
    let authorization = request.headers.get(AUTHORIZATION).map_or(&b""[..], |value| value.as_bytes());
    if !authorization.is_empty() {
        let authorization = std::str::from_utf8(authorization).map_err(|_| NotFound::Unreadable)?;
        // Anything else is refused by that server, and is not followed by a look into the query.
        return authorization.strip_prefix("Bearer ").map(str::to_owned).ok_or(NotFound::Unreadable);
    }
    parameter(&as_go_reads(&uri(request, from)?), "access_token", Repeated::First)
}

/// Base64url, with padding or without, as decoders of tokens take both.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

/// A claim of a token (RFC 7519). Its signature is not verified: the daemon asks about the name that the server behind will use if
/// the token is good, and if it is not, that server lets nobody in. Of several tokens with commas between, which is how Envoy joins fields
/// of one name, the first one counts.
fn claim(token: &str, pointer: &str) -> Result<String, NotFound> {
    // Decoders leave out blanks, so that a token with some is still good for the server behind.
    let token: String = token.chars().filter(|c| !c.is_whitespace()).collect();
    let payload = if token.starts_with('{') {
        // The JSON serialization (RFC 7515, section 7.2), which the same decoders take.
        let first = serde_json::Deserializer::from_str(&token).into_iter::<Value>().next();
        at(&first.and_then(Result::ok).ok_or(NotFound::Unreadable)?, "/payload")?
    } else {
        let mut parts = token.split(',').next().unwrap_or_default().split('.');
        let (_, payload, signature) = (parts.next(), parts.next(), parts.next());
        if signature.is_none() || parts.next().is_some() {
            return Err(NotFound::Unreadable);
        }
        payload.unwrap_or_default().to_owned()
    };
    let claims = BASE64URL.decode(payload.as_bytes()).map_err(|_| NotFound::Unreadable)?;
    json(&claims, pointer)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn headers(fields: &[(&'static str, &[u8])]) -> HeaderMap {
        let field =
            |(name, value): &(&'static str, &[u8])| (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap());
        fields.iter().map(field).collect()
    }

    fn find(how: How, fields: &[(&'static str, &[u8])]) -> Result<String, NotFound> {
        let rule = Rule::Find { from: From::Header(HeaderName::from_static("x-original-uri")), how };
        rule.find(Request { headers: &headers(fields), target: "/", body: b"" })
    }

    #[test]
    fn a_meeting_is_found_however_a_client_spells_its_path() {
        let cases: [(&[u8], Result<&str, NotFound>); 11] = [
            (b"/meet/vigil", Ok("vigil")),
            (b"/%6Deet/%76igil?x", Ok("vigil")),
            (b"/meet%2Fvigil", Err(NotFound::Missing)),
            ("/meet/六四".as_bytes(), Ok("六四")),
            (b"/meet/%E5%85%AD%e5%9b%9b", Ok("六四")),
            (b"/meet/vigil?name=\xff\xfe", Ok("vigil")),
            (b"/meet/vigil/\xff", Ok("vigil")),
            (b"/meet/\xff", Err(NotFound::Unreadable)),
            (b"/meet/%2576igil", Ok("%76igil")),
            (b"/meet/%zz", Ok("%zz")),
            (b"/meet/vigil%", Ok("vigil%")),
        ];
        for (uri, expected) in cases {
            let how = How::path("meeting", "^/meet/(?<meeting>[^/?#]+)").unwrap();
            let found = find(how, &[("x-original-uri", uri)]);
            assert_eq!(found.as_deref().map_err(|error| *error), expected, "{}", uri.escape_ascii());
        }
    }

    #[test]
    fn a_token_is_found_where_the_server_of_livekit_finds_it() {
        let token = |room: &str| {
            let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!(r#"{{"video":{{"room":"{room}"}}}}"#));
            format!("e30.{claims}.c2ln")
        };
        let (vigil, weekly) = (token("vigil"), token("weekly"));
        let payload = vigil.split('.').nth(1).unwrap();
        let as_json = format!(r#"{{"payload":"{payload}","signature":"c2ln","more":",Bearer {weekly}"}}"#);
        let many = "a=b&".repeat(1000);
        let cases = [
            (Some(format!("Bearer {vigil}")), format!("/rtc?access_token={weekly}"), Ok("vigil")),
            (Some(format!("Bearer {vigil},Bearer {weekly}")), "/rtc".to_owned(), Ok("vigil")),
            (Some(format!("Bearer {as_json}")), "/rtc".to_owned(), Ok("vigil")),
            (Some(format!("Bearer {as_json},Bearer {weekly}")), "/rtc".to_owned(), Ok("vigil")),
            (Some(format!("bearer {vigil}")), format!("/rtc?access_token={vigil}"), Err(NotFound::Unreadable)),
            (Some(String::new()), format!("/rtc?access_token={vigil}"), Ok("vigil")),
            (None, format!("/rtc?access_token={vigil}&access_token={weekly}"), Ok("vigil")),
            (None, format!("/rtc?{many}access_token={vigil}"), Ok("vigil")),
            (None, format!("/rtc?%61ccess_token={vigil}"), Ok("vigil")),
            // Go passes over these, and takes the next one.
            (None, format!("/rtc?access_token=%zz&access_token={vigil}"), Ok("vigil")),
            (None, format!("/rtc?access_token=%&access_token={vigil}"), Ok("vigil")),
            (None, format!("/rtc?access_token={weekly};a&access_token={vigil}"), Ok("vigil")),
            (None, "/rtc".to_owned(), Err(NotFound::Missing)),
        ];
        for (authorization, uri, expected) in cases {
            let mut fields = vec![("x-original-uri", uri.as_bytes())];
            fields.extend(authorization.as_ref().map(|value| ("authorization", value.as_bytes())));
            let found = find(How::Jwt("/video/room".to_owned()), &fields);
            assert_eq!(found.as_deref().map_err(|error| *error), expected, "{authorization:?} {uri}");
        }
    }
}
