//! The meeting of a question.

/// A meeting: its id and, when known, the account that hosts it. The region of that account is a separate argument.
///
/// Meeting ids and accounts are separate name spaces. A `&str` is a meeting with no account given; orders that name only
/// accounts do not apply to it.
///
/// ```
/// # use bailiwick::Meeting;
/// let meeting = Meeting::new("june-4-vigil").hosted_by("account-17");
/// assert_eq!((meeting.id, meeting.host), ("june-4-vigil", Some("account-17")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Meeting<'m> {
    /// The meeting's id, as the backend knows it.
    pub id: &'m str,
    /// The account that hosts it.
    pub host: Option<&'m str>,
}

impl<'m> Meeting<'m> {
    /// A meeting of which the hosting account is not given.
    #[must_use]
    pub fn new(id: &'m str) -> Self {
        Meeting { id, host: None }
    }

    /// The same meeting, hosted by an account.
    #[must_use]
    pub fn hosted_by(self, account: &'m str) -> Self {
        Meeting { host: Some(account), ..self }
    }
}

impl<'m> From<&'m str> for Meeting<'m> {
    fn from(id: &'m str) -> Self {
        Meeting::new(id)
    }
}

impl<'m> From<&'m String> for Meeting<'m> {
    fn from(id: &'m String) -> Self {
        Meeting::new(id)
    }
}
