//! The decision about an offered bundle.

use std::time::SystemTime;

use super::seen::Seen;
use super::{Current, Store, Unwritten};
use crate::bundle::caution::{Caution, issued_ahead};
use crate::bundle::check::Signed;
use crate::bundle::contents::InPlaceOf;
use crate::bundle::error::Error;
use crate::bundle::manifest::Manifest;
use crate::change::Change;
use crate::disk::Files;
use crate::policy::Policy;

/// The outcome for a bundle that was not refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum Offered {
    /// It is the one in force.
    Unchanged,
    /// It was taken: put its policy in force.
    Taken(Box<Taken>),
}

/// A bundle that was taken.
#[derive(Debug)]
#[must_use = "its policy is to be put in force"]
pub struct Taken {
    policy: Policy,
    change: Option<Change>,
    cautions: Vec<Caution>,
    is_written: bool,
}

impl Taken {
    /// The policy to put in force, also that of [`Store::current`] from now on.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The change from the policy before, of orders and geo data together; `None` if there was none before.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        self.change.as_ref()
    }

    /// What somebody should look at.
    #[must_use]
    pub fn cautions(&self) -> &[Caution] {
        &self.cautions
    }

    /// Whether it is in the state directory. If not, [`Store::alerts`] says why, and [`Store::write_again`] tries again.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.is_written
    }
}

/// The relation of an offered bundle to the one that was taken last.
enum Standing {
    /// It is a later one, or the first.
    Newer(Option<Caution>),
    /// It is that one, which is not in force.
    Again,
    /// It is that one, and in force.
    InForce,
}

impl<F: Files> Store<F> {
    /// Takes a bundle, or refuses it and leaves all as it is. Checked in this sequence: size, signatures, origin, version, expiry,
    /// digests, compiling, and that it widens only what was acknowledged; then it is written, and in force.
    ///
    /// On an error of the disk a bundle whose orders do not widen is in force all the same, so that no order is kept in force because
    /// a disk is full. `now` is the time by which it may have expired.
    ///
    /// # Errors
    ///
    /// The first reason to refuse it. Nothing of it is kept, but for [`Error::Conflict`], which keeps both.
    pub fn offer(&mut self, bytes: &[u8], now: SystemTime) -> Result<Offered, Error> {
        let signed = Signed::read(bytes, &self.trust)?;
        let mut cautions = Vec::new();
        match self.standing(&signed, bytes)? {
            Standing::InForce => {
                self.write_again();
                return Ok(Offered::Unchanged);
            }
            Standing::Newer(caution) => {
                cautions.extend(caution);
                signed.check_expiry(now)?;
            }
            // It was taken before it expired.
            Standing::Again => {}
        }
        cautions.extend(issued_ahead(&signed.manifest, now));
        let policy = self.compiled(&signed)?;
        let widens = self.check_widening(&signed.manifest, &policy)?;
        let current = Current { manifest: signed.manifest, digest: signed.digest, policy };
        self.take(bytes, current, cautions, widens)
    }

    /// Compares versions, and keeps both bundles when two have one version.
    fn standing(&mut self, signed: &Signed<'_>, bytes: &[u8]) -> Result<Standing, Error> {
        let Some(seen) = self.seen else { return Ok(Standing::Newer(None)) };
        let version = signed.manifest.version();
        if version < seen.version {
            return Err(Error::OlderVersion { version, taken: seen.version });
        }
        if version == seen.version {
            if signed.digest != seen.digest {
                let kept = self.save_conflict(seen, signed.digest, bytes);
                return Err(Error::Conflict { version, taken: seen.digest, offered: signed.digest, kept });
            }
            let is_in_force = self.current.as_ref().is_some_and(|current| current.digest == signed.digest);
            return Ok(if is_in_force { Standing::InForce } else { Standing::Again });
        }
        let is_next = seen.version.checked_add(1) == Some(version);
        match signed.manifest.before() {
            Some(found) if is_next && found != seen.digest => Err(Error::Before { taken: seen.digest, found }),
            None if is_next => Ok(Standing::Newer(Some(Caution::BeforeUnnamed))),
            _ => Ok(Standing::Newer(None)),
        }
    }

    fn compiled(&self, signed: &Signed<'_>) -> Result<Policy, Error> {
        let contents = signed.contents()?;
        let Some(current) = &self.current else { return contents.compile(&signed.manifest, None, InPlaceOf::Nothing) };
        let is_loaded = current.manifest.atlas_file == signed.manifest.atlas_file;
        let loaded = is_loaded.then(|| current.policy.atlas());
        contents.compile(&signed.manifest, loaded, InPlaceOf::Policy(&current.policy))
    }

    /// Whether the orders block people whom those in force admit, which must have been acknowledged. Compared on the atlas in force:
    /// new geo data alone are taken, up to a bound if there is one, as stale ones would be the alternative.
    fn check_widening(&self, manifest: &Manifest, policy: &Policy) -> Result<bool, Error> {
        // The first policy is compared with none, but it may block people who are admitted now.
        let Some(Current { manifest: current, policy: in_force, .. }) = &self.current else { return Ok(true) };
        let from = current.version();
        let is_acknowledged = manifest.acknowledged_from().is_some_and(|acknowledged| from >= acknowledged);
        let change = in_force.docket_change_to(policy).map_err(Error::Compile)?;
        let widens = change.widens();
        if is_acknowledged {
            return Ok(widens);
        }
        if let Some(limit) = self.trust.max_newly_located {
            check_newly_located(change.after(), policy, from, limit)?;
        }
        if widens && self.trust.unless_wider {
            return Err(Error::Wider { from, change: Box::new(change) });
        }
        Ok(widens)
    }

    /// Writes a bundle and puts it in force.
    fn take(&mut self, bytes: &[u8], current: Current, cautions: Vec<Caution>, widens: bool) -> Result<Offered, Error> {
        let seen = Seen { version: current.manifest.version(), digest: current.digest };
        let unwritten = match self.install(bytes, seen) {
            Ok(rest) => rest.err().map(|error| Unwritten { bytes: None, error: error.to_string() }),
            Err(error) if widens => return Err(Error::Unwritten { error }),
            Err(error) => Some(Unwritten { bytes: Some(bytes.to_vec()), error: error.to_string() }),
        };
        let is_written = unwritten.as_ref().is_none_or(|unwritten| unwritten.bytes.is_none());
        let policy = current.policy.clone();
        let change = self.current.as_ref().map(|before| before.policy.change_to(&policy));
        self.seen = Some(seen);
        self.current = Some(current);
        self.not_loaded = None;
        self.unwritten = unwritten;
        Ok(Offered::Taken(Box::new(Taken { policy, change, cautions, is_written })))
    }
}

/// Refuses an atlas that adds more addresses to the reach of an order than allowed. Both policies have the same docket.
fn check_newly_located(before: &Policy, after: &Policy, from: u64, limit: u64) -> Result<(), Error> {
    let change = before.change_to(after);
    for order in change.orders() {
        let sizes = order.reached().sizes();
        // An IPv6 network of length 64 is what one household or office has.
        let addresses =
            sizes.values().map(|size| u128::from(size.v4_addresses) + size.v6_addresses.div_ceil(1 << 64)).sum::<u128>();
        let addresses = u64::try_from(addresses).unwrap_or(u64::MAX);
        if addresses > limit {
            return Err(Error::NewlyLocated { from, order: order.id().to_owned(), addresses, limit });
        }
    }
    Ok(())
}
