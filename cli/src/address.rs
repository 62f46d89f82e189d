//! Addresses as people paste them.

use std::net::{IpAddr, SocketAddr};

/// The content of a line: an address, nothing, or an error.
pub(crate) enum Pasted {
    Address(IpAddr),
    Nothing,
    Wrong(&'static str),
}

/// Reads one line: an address with blanks, quotes, brackets, a port, a zone, a trailing comma or a comment around it.
///
/// A network has many addresses, and a number or an address with leading zeros may mean several: these are wrong.
pub(crate) fn pasted(line: &str) -> Pasted {
    let text = line.trim_start_matches('\u{feff}').split('#').next().unwrap_or_default();
    let is_around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '\u{feff}' | '\u{200b}');
    let text = text.trim_matches(is_around);
    if text.is_empty() {
        return Pasted::Nothing;
    }
    let without_zone = text.split_once('%').map_or(text.to_owned(), |(address, zone)| {
        // In brackets a port may follow the zone.
        zone.split_once(']').map_or(address.to_owned(), |(_, port)| format!("{address}]{port}"))
    });
    let bare = without_zone.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(&without_zone);
    if let Some(address) = bare.parse().ok().or_else(|| bare.parse::<SocketAddr>().ok().map(|address| address.ip())) {
        return Pasted::Address(address);
    }
    Pasted::Wrong(if text.contains('/') && !text.contains("://") {
        "write one address, without a length"
    } else if text.split_whitespace().count() > 1 || text.contains([',', ';']) {
        "write one address a line"
    } else {
        "write one like `203.0.113.7`"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_paste_them() {
        for (line, address) in [
            ("203.0.113.7\r", "203.0.113.7"),
            ("\u{feff}203.0.113.7", "203.0.113.7"),
            (" \t203.0.113.7  # mine", "203.0.113.7"),
            ("203.0.113.7:443", "203.0.113.7"),
            ("[2001:db8::1]:443", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("[fe80::1%25eth0]:80", "fe80::1"),
            ("\"203.0.113.7\",", "203.0.113.7"),
            ("\u{a0}203.0.113.7\u{200b}", "203.0.113.7"),
            ("::ffff:203.0.113.7", "::ffff:203.0.113.7"),
        ] {
            assert!(matches!(pasted(line), Pasted::Address(read) if read == address.parse::<IpAddr>().unwrap()), "{line}");
        }
        for line in ["", " \t", "# comment", "\u{feff}", "\u{feff}# comment"] {
            assert!(matches!(pasted(line), Pasted::Nothing), "{line}");
        }
        for (line, hint) in [
            ("192.0.2.0/24", "without a length"),
            ("192.0.2.1 192.0.2.2", "one address a line"),
            ("192.0.2.1,CN", "one address a line"),
            ("010.0.0.1", "like `203.0.113.7`"),
            ("3405803776", "like `203.0.113.7`"),
            ("203.0.113", "like `203.0.113.7`"),
            ("example.org", "like `203.0.113.7`"),
        ] {
            assert!(matches!(pasted(line), Pasted::Wrong(said) if said.contains(hint)), "{line}");
        }
    }
}
