//! A policy that is replaced while it is asked.

use std::ffi::{OsString, c_char, c_int};
use std::path::{Path, PathBuf};

use bailiwick::change::{Acknowledgement, Change, ChangeKind};
use bailiwick::{LivePolicy, Quoted};

use crate::error::{bailiwick_error, guard, run};
use crate::policy::{bailiwick_policy, docket, name, path, read, refused};
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
    if !change.widens() {
        return Ok(());
    }
    let way_on = match file.map(|file| acknowledged(change, file)) {
        None => "look at the change, and pass `unless_wider` 0 to allow it".to_owned(),
        Some(Ok(())) => return Ok(()),
        Some(Err(reason)) => reason,
    };
    let message = "the new orders block people whom those in force admit";
    Err(bailiwick_error::wider(format_args!("{message}, by {}: {way_on}", orders(change))))
}

/// The most orders that a message lists: what fits a line or two.
const LISTED: usize = 8;

/// The orders that may have widened, for a message.
fn orders(change: &Change) -> String {
    let mut ids = change.orders().filter(|order| order.kind() != ChangeKind::Withdrawn).map(|order| Quoted(order.id()).to_string());
    let listed = ids.by_ref().take(LISTED).collect::<Vec<_>>().join(", ");
    match ids.count() {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}

/// Whether the file beside the new orders acknowledges a change, or else why not and what to do.
fn acknowledged(change: &Change, orders: &Path) -> Result<(), String> {
    /// The most bytes of an acknowledgement, which has fewer than 200.
    const MOST: usize = 4096;
    let file = beside(orders);
    let advice =
        format!("look at the change with `bailiwick diff OLD {}`, and add `--acknowledge` to allow it", orders.to_string_lossy());
    let Ok(bytes) = read(&file, MOST) else { return Err(advice) };
    let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
    let read = text.map_or_else(
        || Err("it is not an acknowledgement".to_owned()),
        |text| text.parse::<Acknowledgement>().map_err(|error| error.to_string()),
    );
    match read {
        Ok(acknowledgement) if acknowledgement.covers(change) => Ok(()),
        Ok(_) => Err(format!("{} acknowledges a change between other orders; {advice}", name(&file))),
        Err(reason) => Err(format!("{} cannot be read: {reason}; {advice}", name(&file))),
    }
}

/// The file that acknowledges a change to these orders.
fn beside(orders: &Path) -> PathBuf {
    let mut name = OsString::from(orders);
    name.push(".acknowledged");
    PathBuf::from(name)
}

/// Frees it. Policies that were loaded from it live on. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_live_free(live: *mut bailiwick_live) {
    guard(|| (), || drop(raw::take(live)));
}
