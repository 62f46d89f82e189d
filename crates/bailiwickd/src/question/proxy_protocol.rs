//! The PROXY protocol, versions 1 and 2 (HAProxy's `proxy-protocol.txt`), at the beginning of a connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::rule::NotFound;

/// The first bytes of version 2.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The first bytes of version 1.
const WORD: &[u8] = b"PROXY ";

/// The most bytes of a line of version 1, its end included, by the specification.
const MAX_LINE: usize = 107;

/// The most bytes after the head of version 2: addresses and extensions, of which certificates' names are the longest in use.
const MAX_EXTENSIONS: usize = 2048;

/// The most headers that are read: a second one makes the address doubled, and a third is no header any more.
const MAX_HEADERS: usize = 2;

/// What the beginning of a connection says.
#[derive(Debug)]
pub struct Beginning {
    /// The address that it names.
    pub address: Result<IpAddr, NotFound>,
    /// Bytes that were read and belong to what follows.
    pub rest: Vec<u8>,
}

/// Reads the headers at the beginning of a connection, and what follows as far as it was needed to see that it is none.
///
/// # Errors
///
/// When the connection fails. One that ends is read to its end.
pub async fn read(connection: &mut (impl AsyncRead + Unpin)) -> io::Result<Beginning> {
    let mut address = Err(NotFound::Missing);
    let mut buffer = Buffer { connection, bytes: Vec::new() };
    for n in 0..MAX_HEADERS {
        let Some(found) = header(&mut buffer).await? else { break };
        address = if n == 0 { found } else { Err(NotFound::Doubled) };
        if found == Err(NotFound::Unreadable) {
            break;
        }
    }
    Ok(Beginning { address, rest: buffer.bytes })
}

/// The bytes that were read and not taken.
struct Buffer<'c, C> {
    connection: &'c mut C,
    bytes: Vec<u8>,
}

impl<C: AsyncRead + Unpin> Buffer<'_, C> {
    /// Reads until there are so many bytes. `false` when the connection ends before.
    async fn fill(&mut self, length: usize) -> io::Result<bool> {
        while self.bytes.len() < length {
            let missing = u64::try_from(length - self.bytes.len()).unwrap_or(0);
            // No byte more is read than needed: what follows is for another reader.
            if (&mut *self.connection).take(missing).read_buf(&mut self.bytes).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        self.bytes.drain(..length.min(self.bytes.len())).collect()
    }
}

/// Reads one header. `None` when the bytes are none; they stay in the buffer.
async fn header<C: AsyncRead + Unpin>(buffer: &mut Buffer<'_, C>) -> io::Result<Option<Result<IpAddr, NotFound>>> {
    // As few bytes as possible: a request that is shorter than a header, and no header, must not be waited for.
    for length in 1..=SIGNATURE.len() {
        if !buffer.fill(length).await? {
            return Ok(None);
        }
        let is_line = WORD.starts_with(buffer.bytes.get(..length.min(WORD.len())).unwrap_or_default());
        if is_line && length >= WORD.len() {
            return line(buffer).await.map(Some);
        }
        if !is_line && !SIGNATURE.starts_with(&buffer.bytes) {
            return Ok(None);
        }
    }
    binary(buffer).await
}

async fn line<C: AsyncRead + Unpin>(buffer: &mut Buffer<'_, C>) -> io::Result<Result<IpAddr, NotFound>> {
    for length in WORD.len() + 1..=MAX_LINE {
        if !buffer.fill(length).await? {
            return Ok(Err(NotFound::Unreadable));
        }
        if buffer.bytes.get(length - 1) == Some(&b'\n') {
            return Ok(of_line(&buffer.take(length)));
        }
    }
    Ok(Err(NotFound::Unreadable))
}

fn of_line(line: &[u8]) -> Result<IpAddr, NotFound> {
    let line = std::str::from_utf8(line).ok().and_then(|line| line.strip_suffix("\r\n")).ok_or(NotFound::Unreadable)?;
    let fields: Vec<&str> = line.split(' ').collect();
    let is_port = |text: &str| text.parse::<u16>().is_ok();
    match *fields.as_slice() {
        ["PROXY", "UNKNOWN", ..] => Err(NotFound::Missing),
        ["PROXY", "TCP4", source, destination, from, to] if is_port(from) && is_port(to) => {
            let parsed = (source.parse::<Ipv4Addr>(), destination.parse::<Ipv4Addr>());
            if let (Ok(source), Ok(_)) = parsed { Ok(source.into()) } else { Err(NotFound::Unreadable) }
        }
        ["PROXY", "TCP6", source, destination, from, to] if is_port(from) && is_port(to) => {
            let parsed = (source.parse::<Ipv6Addr>(), destination.parse::<Ipv6Addr>());
            if let (Ok(source), Ok(_)) = parsed { Ok(source.into()) } else { Err(NotFound::Unreadable) }
        }
        _ => Err(NotFound::Unreadable),
    }
}

async fn binary<C: AsyncRead + Unpin>(buffer: &mut Buffer<'_, C>) -> io::Result<Option<Result<IpAddr, NotFound>>> {
    /// The signature, the version with the command, the family with the protocol, and the length of what follows.
    const HEAD: usize = 16;
    if !buffer.fill(HEAD).await? {
        return Ok(Some(Err(NotFound::Unreadable)));
    }
    let &[.., command, family, high, low] = buffer.bytes.as_slice() else { return Ok(Some(Err(NotFound::Unreadable))) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_EXTENSIONS || !buffer.fill(HEAD + length).await? {
        return Ok(Some(Err(NotFound::Unreadable)));
    }
    let header = buffer.take(HEAD + length);
    let addresses = header.get(HEAD..).unwrap_or_default();
    Ok(Some(match (command, family) {
        // LOCAL: the proxy's own connection, such as a health check.
        (0x20, _) => Err(NotFound::Missing),
        // PROXY, TCP or UDP over IPv4 and IPv6: source, destination, both ports.
        (0x21, 0x11 | 0x12) if addresses.len() >= 12 => {
            let source = addresses.first_chunk::<4>();
            source.map(|&source| Ipv4Addr::from(source).into()).ok_or(NotFound::Unreadable)
        }
        (0x21, 0x21 | 0x22) if addresses.len() >= 36 => {
            let source = addresses.first_chunk::<16>();
            source.map(|&source| Ipv6Addr::from(source).into()).ok_or(NotFound::Unreadable)
        }
        // A family without addresses, or a Unix socket.
        (0x21, 0x00 | 0x31 | 0x32) => Err(NotFound::Missing),
        _ => Err(NotFound::Unreadable),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 2 with an IPv4 source.
    fn binary(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let length = u16::try_from(addresses.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, addresses].concat()
    }

    const V4: [u8; 12] = [203, 0, 113, 7, 127, 0, 0, 1, 0, 80, 0, 81];

    fn run(bytes: &[u8]) -> Beginning {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut bytes = bytes;
            let mut beginning = read(&mut bytes).await.unwrap();
            beginning.rest.extend_from_slice(bytes);
            beginning
        })
    }

    #[test]
    fn both_versions_name_the_source_and_leave_what_follows() {
        let v6 = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[7], &[0; 16], &[0, 80, 0, 81]].concat();
        let cases: Vec<(Vec<u8>, Result<&str, NotFound>)> = vec![
            (b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n".to_vec(), Ok("203.0.113.7")),
            (b"PROXY TCP6 2001:db8::7 ::1 1 2\r\n".to_vec(), Ok("2001:db8::7")),
            (b"PROXY UNKNOWN\r\n".to_vec(), Err(NotFound::Missing)),
            (b"PROXY UNKNOWN ffff:: ffff:: 1 2\r\n".to_vec(), Err(NotFound::Missing)),
            (b"PROXY TCP4 203.0.113.07 127.0.0.1 1 2\r\n".to_vec(), Err(NotFound::Unreadable)),
            (b"PROXY TCP4 203.0.113.7 127.0.0.1 1\r\n".to_vec(), Err(NotFound::Unreadable)),
            (b"PROXY TCP4 203.0.113.7 127.0.0.1 1 65536\r\n".to_vec(), Err(NotFound::Unreadable)),
            (b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\n".to_vec(), Err(NotFound::Unreadable)),
            (binary(0x21, 0x11, &V4), Ok("203.0.113.7")),
            (binary(0x21, 0x11, &[&V4[..], &[9; 100]].concat()), Ok("203.0.113.7")),
            (binary(0x21, 0x21, &v6), Ok("2001:db8::7")),
            (binary(0x20, 0x00, &[]), Err(NotFound::Missing)),
            (binary(0x20, 0x11, &V4), Err(NotFound::Missing)),
            (binary(0x21, 0x31, &[0; 216]), Err(NotFound::Missing)),
            (binary(0x21, 0x11, &V4[..8]), Err(NotFound::Unreadable)),
            (binary(0x31, 0x11, &V4), Err(NotFound::Unreadable)),
            (b"".to_vec(), Err(NotFound::Missing)),
        ];
        for (header, expected) in cases {
            for rest in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", b"P"] {
                let beginning = run(&[&header[..], rest].concat());
                assert_eq!(beginning.address, expected.map(|address| address.parse().unwrap()), "{header:?}");
                assert_eq!(beginning.rest, rest, "{header:?}");
            }
        }
    }

    #[test]
    fn a_second_header_makes_the_address_doubled() {
        let line = b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n".to_vec();
        for (first, second) in [(line.clone(), binary(0x21, 0x11, &V4)), (binary(0x20, 0, &[]), line.clone()), (line.clone(), line)]
        {
            let beginning = run(&[&first[..], &second, b"GET"].concat());
            assert_eq!((beginning.address, beginning.rest), (Err(NotFound::Doubled), b"GET".to_vec()));
        }
    }

    #[test]
    fn what_is_no_header_is_left_as_it_is() {
        for text in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"PUT / HTTP/1.1", b"PROXIES", b"\r\n\r\nGET", b"PRI * HTTP/2.0", b"\0"] {
            let beginning = run(text);
            assert_eq!((beginning.address, beginning.rest.as_slice()), (Err(NotFound::Missing), text));
        }
    }

    #[test]
    fn a_header_without_end_is_read_no_further_than_its_limit() {
        let endless = [b"PROXY TCP4 ".to_vec(), vec![b'1'; 100_000]].concat();
        assert_eq!(run(&endless).address, Err(NotFound::Unreadable));
        let large = binary(0x21, 0x11, &vec![0; MAX_EXTENSIONS + 1]);
        assert_eq!(run(&large).address, Err(NotFound::Unreadable));
    }

    #[test]
    fn every_cut_of_a_header_is_read_without_a_panic() {
        for header in [b"PROXY TCP4 203.0.113.7 127.0.0.1 1 2\r\n".to_vec(), binary(0x21, 0x11, &V4)] {
            for end in 0..header.len() {
                assert!(run(&header[..end]).address.is_err(), "{end}");
            }
        }
    }
}
