//! Chains of proxies in header fields: `X-Forwarded-For`, and `Forwarded` (RFC 7239).

use std::net::IpAddr;

use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use super::address::parse;
use super::rule::NotFound;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The most hops that are looked at, from the right: each trusted proxy adds one, and no request passes more of them.
const MAX_HOPS: usize = 32;

/// The rightmost address of `X-Forwarded-For` that is in no trusted network.
pub(super) fn x_forwarded_for(headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, NotFound> {
    let lines = lines(headers, &X_FORWARDED_FOR)?;
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    rightmost(hops.map(str::trim).map(Some), trusted)
}

/// The rightmost address of `Forwarded` that is in no trusted network.
pub(super) fn forwarded(headers: &HeaderMap, trusted: &[IpNet]) -> Result<IpAddr, NotFound> {
    let lines = lines(headers, &FORWARDED)?;
    // A quoted text may hold commas, so a line is read from its beginning.
    let mut hops = Vec::new();
    for line in &lines {
        hops.extend(elements(line).ok_or(NotFound::Unreadable)?);
    }
    rightmost(hops.iter().rev().map(|hop| hop.as_deref()), trusted)
}

/// The lines of a field, which are one list (RFC 9110, section 5.3).
fn lines<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Vec<&'h str>, NotFound> {
    headers.get_all(name).iter().map(|value| value.to_str().map_err(|_| NotFound::Unreadable)).collect()
}

/// Walks hops from the right, each nearer to the client. `None` is a hop that does not say its address.
fn rightmost<'h>(hops: impl Iterator<Item = Option<&'h str>>, trusted: &[IpNet]) -> Result<IpAddr, NotFound> {
    for hop in hops.take(MAX_HOPS) {
        let hop = hop.ok_or(NotFound::Unreadable)?;
        if hop.is_empty() {
            // An empty element of a list is none (RFC 9110, section 5.6.1).
            continue;
        }
        let address = parse(hop).ok_or(NotFound::Unreadable)?.to_canonical();
        if !trusted.iter().any(|network| network.contains(&address)) {
            return Ok(address);
        }
    }
    Err(NotFound::Missing)
}

/// The `for` of each element of a `Forwarded` line; `None` where an element has none. `None` for a line that is not in the form of
/// RFC 7239, section 4, or has `for` twice in one element.
fn elements(line: &str) -> Option<Vec<Option<String>>> {
    let mut elements = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let (mut hop, mut is_empty) = (None, true);
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix(';') {
                rest = after;
                continue;
            }
            if rest.is_empty() || rest.starts_with(',') {
                break;
            }
            let (name, after) = rest.split_once('=')?;
            let (value, after) = value(after)?;
            if name.eq_ignore_ascii_case("for") && hop.replace(value).is_some() {
                return None;
            }
            is_empty = false;
            rest = after.trim_start();
            if !(rest.is_empty() || rest.starts_with([';', ','])) {
                return None;
            }
        }
        if !is_empty {
            elements.push(hop);
        }
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    Some(elements)
}

/// A token or a quoted text, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([';', ',', ' ', '\t', '"']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return Some((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &HeaderName, lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, line.parse().unwrap());
        }
        headers
    }

    fn trusted() -> Vec<IpNet> {
        vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:1::/48".parse().unwrap()]
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_counts() {
        let cases: [(&[&str], Result<&str, NotFound>); 15] = [
            (&["203.0.113.7"], Ok("203.0.113.7")),
            (&["198.51.100.1, 203.0.113.7"], Ok("203.0.113.7")),
            (&["198.51.100.1, 203.0.113.7, 10.1.2.3"], Ok("203.0.113.7")),
            (&["198.51.100.1", "203.0.113.7", "10.1.2.3"], Ok("203.0.113.7")),
            (&["nonsense, 203.0.113.7"], Ok("203.0.113.7")),
            (&["203.0.113.7:55, 10.1.2.3:80"], Ok("203.0.113.7")),
            (&["2001:db8:2::7, 2001:db8:1::1"], Ok("2001:db8:2::7")),
            (&["203.0.113.7, ::ffff:10.0.0.1"], Ok("203.0.113.7")),
            (&["203.0.113.7, , 10.0.0.1,"], Ok("203.0.113.7")),
            (&["203.0.113.7, nonsense"], Err(NotFound::Unreadable)),
            (&["203.0.113.7, unknown, 10.0.0.1"], Err(NotFound::Unreadable)),
            (&["10.0.0.1, 10.0.0.2"], Err(NotFound::Missing)),
            (&[""], Err(NotFound::Missing)),
            (&[], Err(NotFound::Missing)),
            (&["é"], Err(NotFound::Unreadable)),
        ];
        for (lines, expected) in cases {
            let found = x_forwarded_for(&headers(&X_FORWARDED_FOR, lines), &trusted());
            assert_eq!(found, expected.map(|address| address.parse().unwrap()), "{lines:?}");
        }
    }

    #[test]
    fn more_hops_than_any_request_passes_are_no_address() {
        let chain = ["203.0.113.7"].into_iter().chain(std::iter::repeat_n("10.0.0.1", MAX_HOPS)).collect::<Vec<_>>().join(",");
        assert_eq!(x_forwarded_for(&headers(&X_FORWARDED_FOR, &[&chain]), &trusted()), Err(NotFound::Missing));
    }

    #[test]
    fn the_standard_field_is_read_with_its_quotes_and_parameters() {
        let cases: [(&[&str], Result<&str, NotFound>); 14] = [
            (&["for=203.0.113.7"], Ok("203.0.113.7")),
            (&["For=\"203.0.113.7:80\";proto=http;by=10.0.0.1"], Ok("203.0.113.7")),
            (&["for=198.51.100.1, for=203.0.113.7;host=\"a,for=1.1.1.1\", for=10.0.0.1"], Ok("203.0.113.7")),
            (&["for=\"[2001:db8:2::7]:4711\""], Ok("2001:db8:2::7")),
            (&["for=\"203.0\\.113.7\""], Ok("203.0.113.7")),
            (&["for=203.0.113.7", "for=10.0.0.9"], Ok("203.0.113.7")),
            (&["for=203.0.113.7, for=_hidden"], Err(NotFound::Unreadable)),
            (&["for=203.0.113.7, for=unknown"], Err(NotFound::Unreadable)),
            (&["for=203.0.113.7, proto=http"], Err(NotFound::Unreadable)),
            (&["for=203.0.113.7;for=198.51.100.1"], Err(NotFound::Unreadable)),
            (&["for=\"203.0.113.7"], Err(NotFound::Unreadable)),
            (&["nonsense"], Err(NotFound::Unreadable)),
            (&["for=203.0.113.7 for=198.51.100.1"], Err(NotFound::Unreadable)),
            (&["for=10.0.0.1"], Err(NotFound::Missing)),
        ];
        for (lines, expected) in cases {
            let found = forwarded(&headers(&FORWARDED, lines), &trusted());
            assert_eq!(found, expected.map(|address| address.parse().unwrap()), "{lines:?}");
        }
    }

    #[test]
    fn each_field_alone_counts_where_it_is_configured() {
        let mut both = headers(&FORWARDED, &["for=198.51.100.1"]);
        both.append(X_FORWARDED_FOR, "203.0.113.7".parse().unwrap());
        assert_eq!(x_forwarded_for(&both, &[]), Ok("203.0.113.7".parse().unwrap()));
        assert_eq!(forwarded(&both, &[]), Ok("198.51.100.1".parse().unwrap()));
    }
}
