//! The three answers, without the orders behind them.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

/// The kind of a [`Decision`](crate::Decision): one of three answers. Owned, so that it outlives the policy.
///
/// The names are those of the ledger and of every other format, the codes those of the C interface. Neither ever changes.
///
/// ```
/// use bailiwick::DecisionKind;
///
/// assert_eq!(DecisionKind::BlockParticipant.to_string(), "block-participant");
/// assert_eq!(DecisionKind::BlockParticipant.code(), 1);
/// assert_eq!(DecisionKind::from_code(1), Some(DecisionKind::BlockParticipant));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub enum DecisionKind {
    /// No order in force names the meeting or its host's account.
    Allow = 0,
    /// An order in force reaches the participant.
    BlockParticipant = 1,
    /// Orders in force name the meeting or the account, and none of them reaches the participant.
    KeepMeeting = 2,
}

impl DecisionKind {
    /// All three, ascending by code.
    pub const ALL: [DecisionKind; 3] = [DecisionKind::Allow, DecisionKind::BlockParticipant, DecisionKind::KeepMeeting];

    /// The name: `allow`, `block-participant` or `keep-meeting`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            DecisionKind::Allow => "allow",
            DecisionKind::BlockParticipant => "block-participant",
            DecisionKind::KeepMeeting => "keep-meeting",
        }
    }

    /// The code: 0 for `allow`, 1 for `block-participant`, 2 for `keep-meeting`.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            DecisionKind::Allow => 0,
            DecisionKind::BlockParticipant => 1,
            DecisionKind::KeepMeeting => 2,
        }
    }

    /// The kind of a code; `None` for a number that is no code.
    #[must_use]
    pub fn from_code(code: u8) -> Option<DecisionKind> {
        DecisionKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether the participant may join: on `allow` and on `keep-meeting`.
    #[must_use]
    pub fn admits(self) -> bool {
        self != DecisionKind::BlockParticipant
    }
}

impl Display for DecisionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
