//! A line of JSON that ends with its own digest, so that a file that was cut off or damaged is found before anything in it is believed.

use super::Digest;

/// What stands between the bytes that are digested and the digest.
const BEFORE: &[u8] = b",\"digest\":\"";

/// The end of the line.
const END: &[u8] = b"\"}\n";

/// The number of characters of a digest: `sha256:` and 64 digits.
const DIGEST: usize = 7 + 64;

/// Adds a last member `digest` to an object, written as JSON without a line end: SHA-256 of the bytes before it. Ends the line.
pub(crate) fn add(mut object: Vec<u8>) -> Vec<u8> {
    // The brace comes again after the digest.
    object.pop();
    let digest = Digest::of(&object);
    object.extend_from_slice(BEFORE);
    object.extend_from_slice(digest.to_string().as_bytes());
    object.extend_from_slice(END);
    object
}

/// The bytes that are digested, and the digest that the line states. `None` where none is at the end as [`add`] writes it.
pub(crate) fn split(line: &[u8]) -> Option<(&[u8], Digest)> {
    let rest = line.strip_suffix(END)?;
    let (rest, written) = rest.split_at_checked(rest.len().checked_sub(DIGEST)?)?;
    let digest: Digest = std::str::from_utf8(written).ok()?.parse().ok()?;
    // Digits in upper case are read elsewhere, and not written here.
    let is_as_written = digest.to_string().as_bytes() == written;
    Some((rest.strip_suffix(BEFORE).filter(|_| is_as_written)?, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_states_the_digest_of_what_is_before() {
        for (object, before) in [("{\"a\":1}", "{\"a\":1"), ("{\"a\":\"}\"}", "{\"a\":\"}\"")] {
            let line = add(object.as_bytes().to_vec());
            assert_eq!(split(&line), Some((before.as_bytes(), Digest::of(before.as_bytes()))));
            assert!((0..line.len()).all(|end| split(&line[..end]).is_none()), "it has its end once");
            assert_eq!(split(&[line.as_slice(), b"\n"].concat()), None);
        }
        assert_eq!(split(b"\"}\n"), None);
    }
}
