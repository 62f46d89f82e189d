//! The words of a docket: statuses and demands.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Demand, Status};
use crate::text::quote::{Quoted, excerpt};
use crate::text::suggestion::{Meant, Suggestion};

/// Each status as the data names it.
const STATUSES: [(&str, Status); 5] = [
    ("received", Status::Received),
    ("under-review", Status::UnderReview),
    ("in-force", Status::InForce),
    ("rejected", Status::Rejected),
    ("withdrawn", Status::Withdrawn),
];

/// Each demand as the data names it.
const DEMANDS: [(&str, Demand); 4] = [
    ("terminate-meeting", Demand::TerminateMeeting),
    ("suspend-host", Demand::SuspendHost),
    ("block-participants", Demand::BlockParticipants),
    ("disclose-data", Demand::DiscloseData),
];

/// Why a text is no [`Status`] or no [`Demand`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WordError {
    text: String,
    what: &'static str,
    words: Vec<&'static str>,
    suggestion: Option<Suggestion>,
}

impl WordError {
    fn new<T>(text: &str, what: &'static str, words: &[(&'static str, T)]) -> WordError {
        let words: Vec<&'static str> = words.iter().map(|&(word, _)| word).collect();
        WordError { text: excerpt(text), what, suggestion: closest(text, words.iter().copied()), words }
    }

    /// The word that was probably meant.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_ref().map(Suggestion::value)
    }

    #[cfg(feature = "orders-file")]
    pub(crate) fn meant(&self) -> Option<Suggestion> {
        self.suggestion.clone()
    }
}

impl Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not {}", Quoted(&self.text), self.what)?;
        Choice { suggestion: self.suggestion.as_ref(), words: self.words.iter().copied() }.fmt(f)
    }
}

impl std::error::Error for WordError {}

/// The word that a text was probably meant to be.
pub(crate) fn closest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> Option<Suggestion> {
    /// The least similarity (Jaro-Winkler, 0 to 1) at which a text counts as a misspelt word.
    const ALIKE: f64 = 0.85;
    /// No word is longer; comparing longer texts would take time for nothing.
    const LONGEST: usize = 64;
    if text.len() > LONGEST {
        return None;
    }
    let text = text.trim().to_lowercase();
    let likely = words.map(|word| (strsim::jaro_winkler(&text, word), word)).filter(|&(likeness, _)| likeness >= ALIKE);
    likely.max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, word)| Suggestion::write(word))
}

/// The end of a message: the word that was probably meant, or all words.
pub(crate) struct Choice<'s, I> {
    pub(crate) suggestion: Option<&'s Suggestion>,
    pub(crate) words: I,
}

impl<'w, I: Iterator<Item = &'w str> + Clone> Display for Choice<'_, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.suggestion.is_some() {
            return Meant(self.suggestion).fmt(f);
        }
        f.write_str(": write one of ")?;
        self.words.clone().enumerate().try_for_each(|(n, word)| write!(f, "{}`{word}`", if n == 0 { "" } else { ", " }))
    }
}

/// Reads a word where a format has a string.
struct Word<T: 'static> {
    what: &'static str,
    words: &'static [(&'static str, T)],
}

impl<T: Copy> de::Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as a word", self.what)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        find(text, self.what, self.words).map_err(E::custom)
    }
}

fn find<T: Copy>(text: &str, what: &'static str, words: &[(&'static str, T)]) -> Result<T, WordError> {
    let known = words.iter().find(|&&(word, _)| word == text);
    known.map(|&(_, value)| value).ok_or_else(|| WordError::new(text, what, words))
}

macro_rules! word {
    ($name:ident, $words:ident, $what:literal) => {
        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad($words.iter().find(|(_, value)| value == self).map(|&(word, _)| word).unwrap_or_default())
            }
        }

        /// Reads the word as the data has it, byte for byte.
        impl FromStr for $name {
            type Err = WordError;

            fn from_str(text: &str) -> Result<$name, WordError> {
                find(text, $what, &$words)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                deserializer.deserialize_str(Word { what: $what, words: &$words })
            }
        }
    };
}

word!(Status, STATUSES, "a status");
word!(Demand, DEMANDS, "a demand");
