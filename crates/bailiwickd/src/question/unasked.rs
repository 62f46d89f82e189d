//! Why somebody is admitted without a decision.

use super::rule::NotFound;

/// The reason for which somebody is admitted without a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unasked {
    /// No policy is in force.
    NoPolicy,
    /// The request does not say where the participant is.
    NoAddress,
    /// The request says it several times.
    DoubledAddress,
    /// What it says is not an address.
    UnreadableAddress,
    /// The request is about no meeting.
    NoMeeting,
    /// The request names several meetings.
    DoubledMeeting,
    /// The name of the meeting is not UTF-8, or what holds it cannot be read.
    UnreadableMeeting,
    /// The body is too large to be read.
    LargeBody,
    /// The body did not come in time.
    SlowBody,
    /// The request is not in the form of the API.
    Malformed,
}

impl Unasked {
    /// All reasons.
    pub const ALL: [Unasked; 10] = [
        Unasked::NoPolicy,
        Unasked::NoAddress,
        Unasked::DoubledAddress,
        Unasked::UnreadableAddress,
        Unasked::NoMeeting,
        Unasked::DoubledMeeting,
        Unasked::UnreadableMeeting,
        Unasked::LargeBody,
        Unasked::SlowBody,
        Unasked::Malformed,
    ];

    /// The reason about an address.
    #[must_use]
    pub fn address(reason: NotFound) -> Unasked {
        match reason {
            NotFound::Missing => Unasked::NoAddress,
            NotFound::Doubled => Unasked::DoubledAddress,
            NotFound::Unreadable => Unasked::UnreadableAddress,
        }
    }

    /// The reason about a meeting.
    #[must_use]
    pub fn meeting(reason: NotFound) -> Unasked {
        match reason {
            NotFound::Missing => Unasked::NoMeeting,
            NotFound::Doubled => Unasked::DoubledMeeting,
            NotFound::Unreadable => Unasked::UnreadableMeeting,
        }
    }

    /// The word in metrics and answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Unasked::NoPolicy => "no-policy",
            Unasked::NoAddress => "no-address",
            Unasked::DoubledAddress => "doubled-address",
            Unasked::UnreadableAddress => "unreadable-address",
            Unasked::NoMeeting => "no-meeting",
            Unasked::DoubledMeeting => "doubled-meeting",
            Unasked::UnreadableMeeting => "unreadable-meeting",
            Unasked::LargeBody => "large-body",
            Unasked::SlowBody => "slow-body",
            Unasked::Malformed => "malformed-request",
        }
    }

    /// The place in [`Unasked::ALL`].
    #[must_use]
    pub fn index(self) -> usize {
        Unasked::ALL.iter().position(|&reason| reason == self).unwrap_or(0)
    }
}
