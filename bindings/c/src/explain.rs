//! Explaining a decision.

use std::ffi::c_char;

use crate::error::guard;
use crate::policy::bailiwick_policy;
use crate::question::{address as ip, meeting as named, time};
use crate::region::bailiwick_region;
use crate::{raw, text};

/// Writes why a decision falls as it does, as JSON (docs/json.md, `explain`) and as `snprintf` writes. Returns 0 when the policy
/// cannot be asked. The text names the meeting, and no address but the network that located it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_explain_json(
    policy: *const bailiwick_policy,
    meeting: *const c_char,
    meeting_len: usize,
    account: *const c_char,
    account_len: usize,
    address: *const u8,
    host: bailiwick_region,
    unix_nanoseconds: i64,
    out: *mut c_char,
    room: usize,
) -> usize {
    let explain = || {
        let policy = raw::borrow(policy)?.get();
        let meeting = named((meeting, meeting_len), (account, account_len))?;
        let explanation = policy.explain(meeting, ip(address)?, host.get(), time(unix_nanoseconds));
        serde_json::to_string(&explanation).ok()
    };
    let json = guard(|| None, explain);
    text::put(json.unwrap_or_default(), out, room)
}
