//! The record of the highest version that was taken.

use std::fmt::{self, Display};
use std::str::FromStr;

use crate::bundle::manifest::Manifest;
use crate::digest::Digest;

/// The first line. Its number changes with the form of the other lines.
const TITLE: &str = "bailiwick bundle seen 1";

/// The highest version that was taken, and the digest of its bundle. It outlives the bundle itself: whoever removes that cannot make
/// a node take an older one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) version: u64,
    pub(super) digest: Digest,
}

impl Seen {
    pub(super) fn of(manifest: &Manifest) -> Seen {
        Seen { version: manifest.version(), digest: manifest.digest() }
    }
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{TITLE}\nversion {}\ndigest {}\n", self.version, self.digest)
    }
}

impl FromStr for Seen {
    type Err = ();

    /// Reads the text that `Display` writes, and no other.
    fn from_str(text: &str) -> Result<Seen, ()> {
        let (version, digest) = text
            .strip_prefix(TITLE)
            .and_then(|rest| rest.strip_prefix("\nversion "))
            .and_then(|rest| rest.strip_suffix('\n')?.split_once("\ndigest "))
            .ok_or(())?;
        let seen = Seen { version: version.parse().map_err(drop)?, digest: digest.parse().map_err(drop)? };
        if seen.to_string() == text { Ok(seen) } else { Err(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_is_written_and_no_other_text_is() {
        let seen = Seen { version: 7, digest: Digest::of(b"abc") };
        let text = seen.to_string();
        assert_eq!(text.parse(), Ok(seen));
        for end in 0..text.len() {
            assert_eq!(text[..end].parse::<Seen>(), Err(()), "{end}");
        }
        for (from, to) in
            [("seen 1", "seen 2"), ("7", "07"), ("sha256:ba", "sha256:BA"), ("\ndigest", "\n\ndigest"), ("seen 1", "seen 1 ")]
        {
            assert_eq!(text.replacen(from, to, 1).parse::<Seen>(), Err(()), "{from}");
        }
    }
}
