//! Where the policy comes from, and how the next one takes its place.

pub mod bundle;
pub mod files;
mod keeper;
mod orders;

use std::time::Duration;

use bailiwick::Policy;

pub use keeper::{Keeper, Order};

/// Where policies come from. The keeper asks it on a thread of its own, so that it may take its time.
pub trait Supply: Send {
    /// Makes the policy that should be in force next. It answers for the rules of a reload: what it returns is put in force as it
    /// is. `look` is why it is asked.
    ///
    /// # Errors
    ///
    /// When there is none, or it must not take the place of the one in force.
    fn next(&mut self, in_force: Option<&Policy>, look: Look) -> Result<Next, Refused>;

    /// The time until it should be asked again, where it differs from look to look.
    fn wait(&self) -> Option<Duration> {
        None
    }
}

/// Why a supply is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Look {
    /// The time between two looks is over: what did not change need not be read.
    Watch,
    /// Somebody asked for it: everything is read.
    Asked,
}

/// What a supply has.
#[derive(Debug)]
#[non_exhaustive]
pub enum Next {
    /// Nothing changed since it was asked last.
    Same,
    /// It was read anew, and says what is in force.
    Confirmed,
    /// A policy to put in force, with what there is to say about it: such as a part that was refused.
    Policy(Box<Policy>, Vec<String>),
}

/// Why a supply has no policy to put in force.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refused {
    /// It cannot be read, does not compile, or must not take the place of the one in force.
    Wrong(String),
    /// The place where it comes from cannot be read now, so that nothing is known of it.
    Unread(String),
    /// It would block people who are admitted now, and nobody acknowledged it.
    Wider(String),
}

impl Refused {
    /// The message for the operator.
    #[must_use]
    pub fn message(&self) -> &str {
        match self {
            Refused::Wrong(message) | Refused::Unread(message) | Refused::Wider(message) => message,
        }
    }
}
