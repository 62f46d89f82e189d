//! Names in a docket that look like the one that was asked about.

use crate::policy::Policy;
use crate::policy::explain::Explanation;
use crate::text::alike::{folded, is_plain};

/// The most names that are found: more would be read by nobody.
const MAX_FOUND: usize = 5;

/// The most bytes of names that are looked at: those of some 100,000 orders, which takes a fraction of a second.
const MAX_BYTES: usize = 16 << 20;

impl<'p> Explanation<'p> {
    /// Names of meetings in the docket that look like the one that was asked about, when no order names it: they differ in letter
    /// case, blanks, percent-encoding or compatible characters (NFKC) alone. They are other names: names are compared byte for
    /// byte. At most five, ascending by the orders' ids; of a docket with more than 16 MiB of names, the first are looked at.
    ///
    /// Goes through all names of the docket, so ask for it where somebody reads it, and not at every join.
    #[must_use]
    pub fn nearly_named(&self) -> Vec<&'p str> {
        if self.orders().is_empty() { near(self.policy, self.meeting()) } else { Vec::new() }
    }
}

fn near<'p>(policy: &'p Policy, meeting: &str) -> Vec<&'p str> {
    let (asked, asked_is_plain) = (folded(meeting), is_plain(meeting));
    let mut bytes = 0;
    let mut found = Vec::new();
    for name in policy.orders().flat_map(|order| &order.meetings) {
        bytes += name.len();
        if bytes > MAX_BYTES || found.len() == MAX_FOUND {
            break;
        }
        let looks_alike = if asked_is_plain && is_plain(name) { name.eq_ignore_ascii_case(meeting) } else { folded(name) == asked };
        if looks_alike && !found.contains(&name.as_str()) {
            found.push(name);
        }
    }
    found
}
