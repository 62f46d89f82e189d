//! The manifest of a bundle: what a node checks before it reads anything else of it.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use crate::digest::Digest;
use crate::text::quote::{Quoted, excerpt, is_hidden};
use crate::text::timestamp::{self, LeapSecond};

/// The first line. Its number changes with the form of the other lines, and no other signed note of this library begins so: a
/// signature of a log's checkpoint never signs a bundle.
const TITLE: &str = "bailiwick bundle 1";

/// The value of a line that says nothing.
const NONE: &str = "none";

/// The most bytes of an origin: as many as a DNS name has (RFC 1035, section 2.3.4), and enough for a URL without its scheme.
pub const MAX_ORIGIN: usize = 255;

/// The manifest of a bundle, in exactly one form: see `docs/bundles.md`.
///
/// Its text is what keys sign, and the digest of a bundle is that of this text. It says what the bundle is; whether to believe it is
/// decided by signatures and by [`Trust`](super::Trust).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    pub(super) release: Release,
    pub(super) docket: Content,
    pub(super) requirements: Content,
    pub(super) atlas_file: Content,
    pub(super) policy: Digest,
    pub(super) atlas: Digest,
}

/// What whoever makes a bundle says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub(super) origin: String,
    pub(super) version: u64,
    pub(super) issued: SystemTime,
    pub(super) expires: SystemTime,
    pub(super) before: Option<Digest>,
    pub(super) acknowledged_from: Option<u64>,
}

/// The size and the digest of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) size: u64,
    pub(super) digest: Digest,
}

impl Content {
    pub(super) fn of(bytes: &[u8]) -> Content {
        Content { size: u64::try_from(bytes.len()).unwrap_or(u64::MAX), digest: Digest::of(bytes) }
    }
}

impl Release {
    /// The bundle of this origin and version, from 1, that no node takes any more from `expires` on. Times are cut to whole seconds.
    ///
    /// # Errors
    ///
    /// When the origin is not one line of 1 to 255 bytes without blanks at its ends, the version is 0, or it expires before it was
    /// issued.
    pub fn new(origin: impl Into<String>, version: u64, issued: SystemTime, expires: SystemTime) -> Result<Release, ReleaseError> {
        let [issued, expires] = [issued, expires].map(whole_second);
        let release = Release { origin: origin.into(), version, issued, expires, before: None, acknowledged_from: None };
        release.checked()
    }

    /// Names the bundle before this one by its digest: nodes that have the version before take this one only if they have that
    /// bundle.
    #[must_use]
    pub fn after(self, before: Digest) -> Release {
        Release { before: Some(before), ..self }
    }

    /// States that somebody has looked at every widening since a version and answers for it: nodes that have it or a later one take
    /// this bundle although it blocks people whom they admit.
    ///
    /// # Errors
    ///
    /// When the version is 0, or not before that of this bundle.
    pub fn acknowledged_from(self, version: u64) -> Result<Release, ReleaseError> {
        Release { acknowledged_from: Some(version), ..self }.checked()
    }

    fn checked(self) -> Result<Release, ReleaseError> {
        if let Some(flaw) = origin_flaw(&self.origin) {
            return Err(ReleaseError::Origin { origin: excerpt(&self.origin), flaw });
        }
        if self.version == 0 {
            return Err(ReleaseError::Version);
        }
        for time in [self.issued, self.expires] {
            if timestamp::format(time).is_none() {
                return Err(ReleaseError::Year);
            }
        }
        if self.expires <= self.issued {
            return Err(ReleaseError::Expires { issued: shown(self.issued), expires: shown(self.expires) });
        }
        match self.acknowledged_from {
            Some(from) if from == 0 || from >= self.version => Err(ReleaseError::AcknowledgedFrom { from, version: self.version }),
            _ => Ok(self),
        }
    }
}

/// The reason why no bundle can be such.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// An origin that cannot stand on a line, or cannot be told from another one.
    #[error("the origin {} {flaw}: write a name of yours, such as `example.org/orders`", Quoted(origin))]
    Origin {
        /// The origin.
        origin: String,
        /// Why it cannot be one.
        flaw: &'static str,
    },
    /// Version 0.
    #[error("the version is 0: versions begin at 1")]
    Version,
    /// A time that RFC 3339 cannot write.
    #[error("a time is before the year 0 or after 9999: write one between them, such as `2026-12-31T00:00:00Z`")]
    Year,
    /// A bundle that is over before it begins.
    #[error("`expires` is {expires}, and `issued` is {issued}: write a time after that")]
    Expires {
        /// The time from which it is said to be.
        issued: String,
        /// The time at which nodes stop taking it.
        expires: String,
    },
    /// Widenings since a version that is not before this one.
    #[error(
        "`acknowledged-from` is {from}, and the version {version}: write a version from 1 on and before this one, or leave it out \
         when nothing widens"
    )]
    AcknowledgedFrom {
        /// The version from which on widenings were acknowledged.
        from: u64,
        /// The version of the bundle.
        version: u64,
    },
}

/// Why a text cannot be an origin.
pub(super) fn origin_flaw(origin: &str) -> Option<&'static str> {
    if origin.is_empty() {
        Some("is empty")
    } else if origin.len() > MAX_ORIGIN {
        Some("has more than 255 bytes")
    } else if origin.trim() != origin {
        Some("begins or ends with a blank")
    } else if origin.chars().any(is_hidden) {
        Some("has a character that is not seen")
    } else {
        None
    }
}

impl Manifest {
    /// The name of the series of bundles that this one belongs to.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.release.origin
    }

    /// The version, from 1 and only upwards.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.release.version
    }

    /// The time at which it was made, by the clock of whoever made it.
    #[must_use]
    pub fn issued(&self) -> SystemTime {
        self.release.issued
    }

    /// The time from which on nodes that do not have it do not take it any more.
    #[must_use]
    pub fn expires(&self) -> SystemTime {
        self.release.expires
    }

    /// The digest of the bundle before, if it was named.
    #[must_use]
    pub fn before(&self) -> Option<Digest> {
        self.release.before
    }

    /// The version since which every widening was acknowledged, if any was.
    #[must_use]
    pub fn acknowledged_from(&self) -> Option<u64> {
        self.release.acknowledged_from
    }

    /// The digest of its docket: [`Policy::digest`](crate::Policy::digest).
    #[must_use]
    pub fn policy_digest(&self) -> Digest {
        self.policy
    }

    /// The digest of its atlas: [`Atlas::digest`](crate::Atlas::digest).
    #[must_use]
    pub fn atlas_digest(&self) -> Digest {
        self.atlas
    }

    /// The members after the manifest: name, size in bytes, and digest.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, u64, Digest)> {
        let members = [("docket.json", self.docket), ("requirements.json", self.requirements), ("atlas.bin", self.atlas_file)];
        members.into_iter().map(|(name, content)| (name, content.size, content.digest))
    }

    /// The digest of the bundle: that of this text.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.to_string().as_bytes())
    }
}

/// Writes the text that is signed, with a line end behind each line.
impl Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Manifest { release, docket, requirements, atlas_file, policy, atlas } = self;
        let Release { origin, version, issued, expires, before, acknowledged_from } = release;
        let (before, from) = (or_none(*before), or_none(*acknowledged_from));
        let (issued, expires) = (shown(*issued), shown(*expires));
        writeln!(f, "{TITLE}\norigin: {origin}\nversion: {version}\nissued: {issued}\nexpires: {expires}")?;
        writeln!(f, "before: {before}\nacknowledged-from: {from}")?;
        for (name, Content { size, digest }) in
            [("docket.json", docket), ("requirements.json", requirements), ("atlas.bin", atlas_file)]
        {
            writeln!(f, "{name}: {size} {digest}")?;
        }
        writeln!(f, "policy: {policy}\natlas: {atlas}")
    }
}

impl FromStr for Manifest {
    type Err = ManifestError;

    /// Reads the text that `Display` writes, and no other.
    fn from_str(text: &str) -> Result<Manifest, ManifestError> {
        let mut lines = Lines { lines: text.split_inclusive('\n'), number: 0 };
        let title = lines.next();
        if title != Some(TITLE) {
            return Err(ManifestError::Title { found: excerpt(title.unwrap_or_default()) });
        }
        let release = Release {
            origin: lines.value("origin", "a name such as `example.org/orders`", |text| Some(text.to_owned()))?,
            version: lines.value("version", NUMBER, canonical)?,
            issued: lines.value("issued", TIME, time)?,
            expires: lines.value("expires", TIME, time)?,
            before: lines.value("before", "`none` or a digest", optional)?,
            acknowledged_from: lines.value("acknowledged-from", "`none` or a version", optional)?,
        };
        let manifest = Manifest {
            release: release.checked()?,
            docket: lines.value("docket.json", CONTENT, content)?,
            requirements: lines.value("requirements.json", CONTENT, content)?,
            atlas_file: lines.value("atlas.bin", CONTENT, content)?,
            policy: lines.value("policy", DIGEST, canonical)?,
            atlas: lines.value("atlas", DIGEST, canonical)?,
        };
        match lines.lines.next() {
            None => Ok(manifest),
            Some(line) => Err(ManifestError::Rest { number: lines.number + 1, found: excerpt(line.trim_end()) }),
        }
    }
}

const NUMBER: &str = "a number without leading zeros";
const TIME: &str = "a time in UTC and whole seconds, such as `2026-01-31T00:00:00Z`";
const DIGEST: &str = "`sha256:` and 64 hexadecimal digits in lower case";
const CONTENT: &str = "a number of bytes and a digest";

/// The lines of a manifest, each with a line feed alone at its end.
struct Lines<'t> {
    lines: std::str::SplitInclusive<'t, char>,
    number: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<&'t str> {
        self.number += 1;
        self.lines.next()?.strip_suffix('\n')
    }

    /// The value of the next line, which must have this name.
    fn value<T>(
        &mut self,
        name: &'static str,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ManifestError> {
        let line = self.next();
        let value = line.and_then(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let found = || excerpt(line.unwrap_or_default());
        value.and_then(read).ok_or_else(|| ManifestError::Line { number: self.number, name, expected, found: found() })
    }
}

/// A value that is written as it would be written again.
fn canonical<T: FromStr + Display>(text: &str) -> Option<T> {
    text.parse().ok().filter(|value: &T| value.to_string() == text)
}

fn optional<T: FromStr + Display>(text: &str) -> Option<Option<T>> {
    if text == NONE { Some(None) } else { canonical(text).map(Some) }
}

fn content(text: &str) -> Option<Content> {
    let (size, digest) = text.split_once(' ')?;
    Some(Content { size: canonical(size)?, digest: canonical(digest)? })
}

fn time(text: &str) -> Option<SystemTime> {
    let time = timestamp::parse(text, LeapSecond::Later).ok()?;
    (shown(time) == text && whole_second(time) == time).then_some(time)
}

fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(|| NONE.to_owned(), |value| value.to_string())
}

/// A time of a manifest, which has been checked: RFC 3339 can write it.
pub(super) fn shown(time: SystemTime) -> String {
    timestamp::format(time).unwrap_or_default()
}

/// The second in which a time is.
pub(super) fn whole_second(time: SystemTime) -> SystemTime {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        Err(before) => {
            let before = before.duration();
            let seconds = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(seconds)).unwrap_or(time)
        }
    }
}

/// The reason why a text is not a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// It begins with another line.
    #[error(
        "line 1 is {}, not `{TITLE}`: take a bundle of `bailiwick bundle make`, of a version whose form this program knows",
        Quoted(found)
    )]
    Title {
        /// The line, cut where it is long.
        found: String,
    },
    /// A line is not what must stand there.
    #[error(
        "line {number} is {}, and must be `{name}: ` and {expected}: make the bundle with `bailiwick bundle make`",
        Quoted(found)
    )]
    Line {
        /// The number of the line, from 1.
        number: usize,
        /// The name that it must begin with.
        name: &'static str,
        /// What must follow.
        expected: &'static str,
        /// The line, cut where it is long.
        found: String,
    },
    /// Something follows the last line.
    #[error("line {number} is {}, and the text must end before it: make the bundle with `bailiwick bundle make`", Quoted(found))]
    Rest {
        /// The number of the line, from 1.
        number: usize,
        /// The line, cut where it is long.
        found: String,
    },
    /// The lines do not fit each other.
    #[error(transparent)]
    Release(#[from] ReleaseError),
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
bailiwick bundle 1
origin: example.org/orders
version: 7
issued: 2026-01-31T00:00:00Z
expires: 2026-02-07T12:30:01Z
before: sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
acknowledged-from: 5
docket.json: 1234 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
requirements.json: 0 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
atlas.bin: 18446744073709551615 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
policy: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
atlas: sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
";

    #[test]
    fn a_manifest_is_read_as_it_is_written() {
        let manifest: Manifest = TEXT.parse().unwrap();
        assert_eq!(manifest.to_string(), TEXT);
        assert_eq!((manifest.origin(), manifest.version(), manifest.acknowledged_from()), ("example.org/orders", 7, Some(5)));
        let none = TEXT.replace("acknowledged-from: 5", "acknowledged-from: none");
        assert_eq!(none.parse::<Manifest>().unwrap().to_string(), none);
        assert_ne!(none.parse::<Manifest>().unwrap().digest(), manifest.digest());
    }

    /// Every text that differs in one place from a manifest is refused, or is another manifest.
    #[test]
    fn there_is_one_way_to_write_a_manifest() {
        let manifest: Manifest = TEXT.parse().unwrap();
        let is_second_form =
            |text: &str| text.parse::<Manifest>().is_ok_and(|other| other == manifest || other.to_string() != text);
        for (at, _) in TEXT.char_indices() {
            let mut shorter = TEXT.to_owned();
            shorter.remove(at);
            assert!(!is_second_form(&shorter), "{shorter}");
            for character in ['0', '1', 'A', ' ', '\t', '\n', '\r', '+', ':', '.', 'Z', 'é'] {
                let mut longer = TEXT.to_owned();
                longer.insert(at, character);
                assert!(!is_second_form(&longer), "{longer}");
            }
        }
        for end in 0..TEXT.len() {
            assert!(TEXT[..end].parse::<Manifest>().is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_no_manifest_names_the_line() {
        let cases = [
            ("bundle 1", "bundle 2", "line 1 is `bailiwick bundle 2`"),
            ("version: 7", "version: 07", "line 3 is `version: 07`, and must be `version: ` and a number without leading zeros"),
            ("version: 7", "version: 18446744073709551616", "line 3 is"),
            ("version: 7", "version: 0", "the version is 0"),
            ("2026-01-31T00:00:00Z", "2026-01-31T00:00:00.5Z", "line 4 is"),
            ("2026-01-31T00:00:00Z", "2026-01-31T01:00:00+01:00", "line 4 is"),
            ("2026-01-31T00:00:00Z", "2016-12-31T23:59:60Z", "line 4 is"),
            ("2026-01-31T00:00:00Z", "2026-02-07T12:30:01Z", "`expires` is 2026-02-07T12:30:01Z, and `issued` is"),
            ("before: sha256:ba", "before: sha256:BA", "line 6 is"),
            ("acknowledged-from: 5", "acknowledged-from: 7", "`acknowledged-from` is 7, and the version 7"),
            ("acknowledged-from: 5", "acknowledged-from: 0", "`acknowledged-from` is 0"),
            ("acknowledged-from: 5", "acknowledged-from: None", "line 7 is"),
            ("docket.json: 1234 ", "docket.json: 1234  ", "line 8 is"),
            ("atlas.bin: 1", "atlas.bin:1", "line 10 is"),
            ("origin: e", "origin:  e", "the origin ` example.org/orders` begins or ends with a blank"),
            ("origin: example", "origin: exam\u{200b}ple", "has a character that is not seen"),
            ("origin: example.org/orders", "origin: ", "the origin `` is empty"),
        ];
        for (from, to, message) in cases {
            let text = TEXT.replacen(from, to, 1);
            assert_ne!(text, TEXT, "{from}");
            let error = text.parse::<Manifest>().unwrap_err().to_string();
            assert!(error.contains(message), "{to}: {error}");
        }
        let rest = format!("{TEXT}more: 1\n").parse::<Manifest>().unwrap_err();
        assert_eq!(rest, ManifestError::Rest { number: 13, found: "more: 1".to_owned() });
    }

    #[test]
    fn times_are_cut_to_whole_seconds() {
        let at = |seconds: i64, nanos: u32| {
            let whole = Duration::from_secs(seconds.unsigned_abs());
            let epoch = SystemTime::UNIX_EPOCH;
            (if seconds < 0 { epoch - whole } else { epoch + whole }) + Duration::from_nanos(u64::from(nanos))
        };
        for seconds in [-2, -1, 0, 1] {
            assert_eq!(whole_second(at(seconds, 999_999_999)), at(seconds, 0));
            assert_eq!(whole_second(at(seconds, 0)), at(seconds, 0));
        }
    }
}
