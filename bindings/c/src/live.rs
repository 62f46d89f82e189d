//! A policy that is replaced while it is asked.

use std::ffi::{c_char, c_int};
use std::path::Path;

use bailiwick::LivePolicy;
use bailiwick::change::Change;

use crate::error::{bailiwick_error, guard, run};
use crate::policy::{bailiwick_policy, docket, path, refused};
use crate::raw;

/// The policy in force, shared by threads. Readers never wait.
#[derive(Debug)]
pub struct bailiwick_live(LivePolicy);

/// Puts a first policy in force, which is compared with none. Takes the policy, which must not be used or freed any more. Returns
/// NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_live_new(policy: *mut bailiwick_policy) -> *mut bailiwick_live {
    let live = || Some(LivePolicy::new(raw::take(policy)?.into_parts().0));
    guard(|| None, live).map_or(std::ptr::null_mut(), |live| raw::give(bailiwick_live(live)))
}

/// Returns the policy of this moment, for a decision or a few: free it with `bailiwick_policy_free`. It stays as it is, and what it
/// shares with others is not copied. Returns NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_live_load(live: *const bailiwick_live) -> *mut bailiwick_policy {
    let policy = guard(|| None, || Some(raw::borrow(live)?.0.policy()));
    policy.map_or(std::ptr::null_mut(), |policy| raw::give(bailiwick_policy::loaded(policy)))
}

/// Puts a policy in force. Takes the policy, also on error. On error what is in force stays.
///
/// With `unless_wider` 1, orders that block somebody whom the orders in force admit are refused with `BAILIWICK_WIDER`, unless a
/// file beside the new ones acknowledges the change, as `bailiwick diff OLD NEW --acknowledge` writes it. Both are compared on the
/// atlas in force, so a new atlas alone is taken. Orders without an end mark never replace orders that have it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_live_replace(
    live: *const bailiwick_live,
    policy: *mut bailiwick_policy,
    unless_wider: c_int,
    error: *mut *mut bailiwick_error,
) -> c_int {
    run(error, || {
        let policy = raw::take(policy).ok_or_else(|| bailiwick_error::invalid("`policy` is NULL: open one first"))?;
        let live = borrowed(live)?;
        let (policy, file) = policy.into_parts();
        let replaced = live.update(|before| {
            if before.is_ended() && !policy.is_ended() {
                let message = "the new orders have no end mark, and those in force have: they may be cut off; when they are whole, \
                               end them with `[end]` and the number of orders";
                return Err(bailiwick_error::invalid(message));
            }
            if unless_wider != 0 {
                let change = before.docket_change_to(&policy).map_err(|error| refused(&error, "orders"))?;
                unless_widening(&change, file.as_deref())?;
            }
            Ok(policy)
        });
        replaced.map(drop)
    })
}

/// Reads an orders file again and puts it in force, on the atlas and with the requirements of the policy in force. `unless_wider`
/// is as for `bailiwick_live_replace`. On error what is in force stays; so it does for a file without orders, unless that has an
/// end mark.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_live_reopen(
    live: *const bailiwick_live,
    path: *const c_char,
    unless_wider: c_int,
    error: *mut *mut bailiwick_error,
) -> c_int {
    run(error, || {
        let live = borrowed(live)?;
        let path = self::path(path)?;
        // The file is read while others wait, so that the last one to read it is the last one to put it in force.
        let replaced = live.update(|before| {
            let policy = before.recompile(&docket(path)?).map_err(|error| refused(&error, &path.to_string_lossy()))?;
            if unless_wider != 0 {
                unless_widening(&before.change_to(&policy), Some(path))?;
            }
            Ok(policy)
        });
        replaced.map(drop)
    })
}

fn borrowed<'c>(live: *const bailiwick_live) -> Result<&'c LivePolicy, bailiwick_error> {
    raw::borrow(live).map(|live| &live.0).ok_or_else(|| bailiwick_error::invalid("`live` is NULL: make one first"))
}

/// Refuses a change that blocks somebody who is admitted now, unless the file beside the new orders acknowledges it.
fn unless_widening(change: &Change, file: Option<&Path>) -> Result<(), bailiwick_error> {
    let hint = if file.is_none() { ": pass `unless_wider` 0" } else { "" };
    change.unless_wider(file).map_err(|error| bailiwick_error::wider(format_args!("{error}{hint}")))
}

/// Frees it. Policies that were loaded from it live on. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_live_free(live: *mut bailiwick_live) {
    guard(|| (), || drop(raw::take(live)));
}
