//! Names in a docket that look like those that were asked about.

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
        let names = self.policy.orders().flat_map(|order| &order.meetings);
        if self.orders().is_empty() { near(names, self.meeting()) } else { Vec::new() }
    }
}

impl Policy {
    /// Names of accounts in the docket that look like this one, and are others: as
    /// [`Explanation::nearly_named`], which does not keep the account. Empty when an order names the account.
    #[must_use]
    pub fn nearly_named_accounts(&self, account: &str) -> Vec<&str> {
        let names = || self.orders().flat_map(|order| &order.accounts);
        if names().any(|name| name == account) { Vec::new() } else { near(names(), account) }
    }
}

fn near<'p>(names: impl Iterator<Item = &'p String>, asked_name: &str) -> Vec<&'p str> {
    let (asked, asked_is_plain) = (folded(asked_name), is_plain(asked_name));
    let mut bytes = 0;
    let mut found = Vec::new();
    for name in names {
        bytes += name.len();
        if bytes > MAX_BYTES || found.len() == MAX_FOUND {
            break;
        }
        let looks_alike =
            if asked_is_plain && is_plain(name) { name.eq_ignore_ascii_case(asked_name) } else { folded(name) == asked };
        if looks_alike && !found.contains(&name.as_str()) {
            found.push(name);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_names_the_first_16_mebibytes_are_looked_at() {
        let most = "a".repeat(MAX_BYTES - "Vigil".len());
        for (name, found) in [("Vigil", vec!["Vigil"]), ("Vigil ", Vec::new())] {
            assert_eq!(near([most.clone(), name.to_owned()].iter(), "vigil"), found);
        }
    }
}
