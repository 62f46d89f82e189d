//! The policy in force: shared by many readers, and replaced under them.

use std::convert::Infallible;
use std::fmt::{self, Debug};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwap, Guard};

use crate::change::Change;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use crate::order::{Docket, Order};
use crate::policy::CompileError;
use crate::policy::Policy;

/// The policy in force, for a backend to share between its threads.
///
/// [`load`](LivePolicy::load) gives the policy of this moment, and never waits: not for a replacement, and not for other readers.
/// A loaded policy stays whole for as long as it is held. Replacing is atomic, and calls that replace wait for each other. A docket
/// that does not compile leaves the policy in force as it is.
///
/// ```
/// use bailiwick::{Atlas, Decision, Docket, LivePolicy, Order, Policy, Region};
///
/// let atlas = Atlas::builder().build()?;
/// let live = LivePolicy::new(Policy::compile(&Docket::default(), &atlas)?);
///
/// let mut docket = Docket::default();
/// docket.orders.push(Order::new("cn-1", "CN"));
/// assert!(live.recompile(&docket).is_err(), "the order names no meeting");
///
/// docket.orders[0].meetings.push("june-4-vigil".to_owned());
/// let change = live.recompile(&docket)?;
/// assert_eq!(change.added().count(), 1);
///
/// let policy = live.load();
/// let decision = policy.decide("june-4-vigil", "203.0.113.7".parse()?, Region::UNKNOWN);
/// assert!(matches!(decision, Decision::KeepMeeting(_)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct LivePolicy {
    in_force: ArcSwap<Policy>,
    /// Policies that are not in force any more. A call that replaces a policy frees them, so that readers never do.
    replaced: Mutex<Vec<Arc<Policy>>>,
}

impl LivePolicy {
    /// Puts a first policy in force.
    #[must_use]
    pub fn new(policy: Policy) -> LivePolicy {
        LivePolicy { in_force: ArcSwap::from_pointee(policy), replaced: Mutex::default() }
    }

    /// The policy of this moment, to decide by. Drop it after a few decisions: a replaced policy is freed at a later replacement,
    /// when no reader holds it any more.
    #[must_use]
    #[inline]
    pub fn load(&self) -> LoadedPolicy {
        LoadedPolicy(self.in_force.load())
    }

    /// The policy of this moment, to keep.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy::clone(&self.in_force.load())
    }

    /// Puts a policy in force, whatever it changes, and returns the change.
    pub fn replace(&self, policy: Policy) -> Change {
        let Ok(change) = self.update(|_| Ok::<_, Infallible>(policy));
        change
    }

    /// Puts a policy in force unless it [widens](Change::widens) what the one before does: unless somebody would be blocked who is
    /// not now.
    ///
    /// # Errors
    ///
    /// When it does. The policy in force stays, and the error has the change: for somebody to look at, and for
    /// [`replace_acknowledged`](LivePolicy::replace_acknowledged).
    pub fn replace_unless_wider(&self, policy: Policy) -> Result<Change, Widening> {
        self.put_unless_wider(policy, self.replacing())
    }

    /// Makes the next policy from the one in force, and puts it in force unless it widens what that does. Nothing that others put
    /// in force meanwhile is lost: they wait. So `next` must not replace the policy itself.
    ///
    /// ```
    /// # use bailiwick::live::UpdateError;
    /// # use bailiwick::{Atlas, Docket, LivePolicy, Order, Policy, Source};
    /// # let source = Source::from_range_csv("provider", "203.0.113.0,203.0.113.255,CN\n".as_bytes())?;
    /// # let atlas = Atlas::builder().source(source).build()?;
    /// # let live = LivePolicy::new(Policy::compile(&Docket::default(), &atlas)?);
    /// let mut order = Order::new("cn-1", "CN");
    /// order.meetings.push("june-4-vigil".to_owned());
    /// match live.update_unless_wider(|policy| policy.amend([order])) {
    ///     Err(UpdateError::Widening(widening)) => {
    ///         println!("{}", widening.change());          // somebody looks at this, and answers for it
    ///         live.replace_acknowledged(widening)?;
    ///     }
    ///     updated => drop(updated?),
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the next policy does not compile, and when it widens. The policy in force stays.
    pub fn update_unless_wider(&self, next: impl FnOnce(&Policy) -> Result<Policy, CompileError>) -> Result<Change, UpdateError> {
        let replacing = self.replacing();
        let policy = next(&self.policy())?;
        Ok(self.put_unless_wider(policy, replacing)?)
    }

    /// Puts a policy in force although it widens what the one before does: somebody has looked at the change, and answers for it.
    ///
    /// # Errors
    ///
    /// When another policy was put in force since, and the change from that one widens, too: it is not what was looked at.
    pub fn replace_acknowledged(&self, widening: Widening) -> Result<Change, Widening> {
        let change = *widening.change;
        let replacing = self.replacing();
        if !self.policy().ptr_eq(change.before()) {
            return self.put_unless_wider(change.after().clone(), replacing);
        }
        self.put(change.after().clone(), replacing);
        Ok(change)
    }

    /// Compiles a docket with the atlas and the requirements of the policy in force, puts it in force, and says what changed.
    /// Orders of both dockets are shared: see [`Policy::recompile`].
    ///
    /// # Errors
    ///
    /// When the docket does not compile: all that is wrong with it. The policy in force stays.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn recompile(&self, docket: &Docket) -> Result<Change, CompileError> {
        self.update(|policy| policy.recompile(docket))
    }

    /// Amends some orders of the policy in force, and says what changed. One order among 100,000 takes some milliseconds: see
    /// [`Policy::amend`].
    ///
    /// # Errors
    ///
    /// All that is wrong with these orders. The policy in force stays.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn amend(&self, orders: impl IntoIterator<Item = Order>) -> Result<Change, CompileError> {
        // The iterator may be slow, and may use this policy, so it runs before the lock is taken.
        let orders: Vec<Order> = orders.into_iter().collect();
        self.update(|policy| policy.amend(orders))
    }

    /// Makes the next policy from the one in force, or refuses to, and puts it in force. Others who replace the policy wait until
    /// then, so `next` must not replace it itself.
    ///
    /// For conditions of your own, such as that the orders must not widen while a new atlas may:
    ///
    /// ```
    /// # use bailiwick::{Atlas, Docket, LivePolicy, Policy};
    /// # let live = LivePolicy::new(Policy::compile(&Docket::default(), &Atlas::builder().build()?)?);
    /// # let new = live.policy();
    /// let change = live.update(|policy| {
    ///     let change = policy.docket_change_to(&new)?;
    ///     if change.widens() { Err(Box::<dyn std::error::Error>::from("the orders block more people")) } else { Ok(new) }
    /// })?;
    /// println!("{change}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `next`. The policy in force stays.
    pub fn update<E>(&self, next: impl FnOnce(&Policy) -> Result<Policy, E>) -> Result<Change, E> {
        let replacing = self.replacing();
        let policy = next(&self.policy())?;
        let before = self.put(policy.clone(), replacing);
        Ok(before.change_to(&policy))
    }

    fn put_unless_wider(&self, policy: Policy, replacing: MutexGuard<'_, Vec<Arc<Policy>>>) -> Result<Change, Widening> {
        let change = self.policy().change_to(&policy);
        if change.widens() {
            return Err(Widening { change: Box::new(change) });
        }
        self.put(policy, replacing);
        Ok(change)
    }

    /// A poisoned lock is taken: the list behind it only holds policies to free, and a panic leaves nothing half done.
    fn replacing(&self) -> MutexGuard<'_, Vec<Arc<Policy>>> {
        self.replaced.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, policy: Policy, mut replaced: MutexGuard<'_, Vec<Arc<Policy>>>) -> Policy {
        let before = self.in_force.swap(Arc::new(policy));
        let returned = Policy::clone(&before);
        replaced.push(before);
        replaced.retain(|policy| Arc::strong_count(policy) > 1);
        returned
    }
}

impl Debug for LivePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LivePolicy").field("in_force", &**self.in_force.load()).finish_non_exhaustive()
    }
}

/// A policy that was in force when it was loaded. The decisions that it makes borrow from it.
pub struct LoadedPolicy(Guard<Arc<Policy>>);

impl Deref for LoadedPolicy {
    type Target = Policy;

    #[inline]
    fn deref(&self) -> &Policy {
        &self.0
    }
}

impl Debug for LoadedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Debug::fmt(&**self, f)
    }
}

/// A policy that was not put in force, as it would block people whom the one in force admits.
#[derive(Debug, thiserror::Error)]
#[error("the new policy blocks people whom the one in force admits: look at the change, and acknowledge it or take another policy")]
#[non_exhaustive]
pub struct Widening {
    change: Box<Change>,
}

impl Widening {
    /// The change that was refused.
    pub fn change(&self) -> &Change {
        &self.change
    }
}

/// Why [`LivePolicy::update_unless_wider`] left the policy in force as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// The next policy does not compile.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// The next policy blocks people whom the one in force admits.
    #[error(transparent)]
    Widening(#[from] Widening),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that ends frees no policy, and none is kept for nobody.
    #[test]
    fn a_replaced_policy_is_kept_while_somebody_reads_by_it_and_no_longer() {
        let policy = || Policy::compile(&Docket::default(), &crate::geo::Atlas::builder().build().unwrap()).unwrap();
        let live = LivePolicy::new(policy());
        let kept = || live.replaced.lock().unwrap().len();
        let read = live.load();
        let _ = live.replace(policy());
        assert_eq!(kept(), 1);
        let _ = live.replace(policy());
        assert_eq!(kept(), 1);
        drop(read);
        let _ = live.replace(policy());
        assert_eq!(kept(), 0);
    }
}
