//! Ledgers: the record of decisions.

use std::ffi::{c_char, c_int};
use std::fs::File;
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bailiwick::Ledger;
use bailiwick::ledger::{Key, path_of_process};

use crate::error::{bailiwick_error, guard, make, run};
use crate::policy::{bailiwick_policy, path};
use crate::question::{address as ip, meeting as named, time};
use crate::raw;
use crate::region::bailiwick_region;
use crate::text;

/// A ledger that is written. It locks itself: any thread of the process that opened it may use it.
#[derive(Debug)]
pub struct bailiwick_ledger {
    ledger: Mutex<Ledger<File>>,
    /// The process that opened it. A child has the same file and the same last line, so its lines would break the chain of its
    /// parent's.
    process: u32,
}

impl bailiwick_ledger {
    /// The ledger, for one thread of its own process. A child is refused before it waits for a lock that no thread of it will
    /// release.
    fn lock(&self) -> Result<MutexGuard<'_, Ledger<File>>, bailiwick_error> {
        if self.process != process::id() {
            let message = "the ledger belongs to the process that opened it: open one in each process, with `%p` in its path";
            return Err(bailiwick_error::invalid(message));
        }
        // A ledger whose writer panicked takes no more lines, by itself.
        Ok(self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn borrowed<'c>(ledger: *const bailiwick_ledger) -> Result<&'c bailiwick_ledger, bailiwick_error> {
    raw::borrow(ledger).ok_or_else(|| bailiwick_error::invalid("`ledger` is NULL: open one first"))
}

/// Opens a ledger's file, or begins one, verifies it and goes on at its end. `%p` in the path stands for the number of the process.
/// The key is `len` bytes, at least 32 and random; keep it apart from the ledger, and as long as that.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_open(
    path: *const c_char,
    key: *const u8,
    len: usize,
    out: *mut *mut bailiwick_ledger,
    error: *mut *mut bailiwick_error,
) -> c_int {
    make(out, error, || {
        let path = path_of_process(self::path(path)?);
        let key = raw::slice(key, len).ok_or_else(|| bailiwick_error::invalid("`key` is NULL: give at least 32 random bytes"))?;
        let key = Key::new(key).map_err(bailiwick_error::of)?;
        let opened = Ledger::open(path, key).map_err(bailiwick_error::of)?;
        Ok(bailiwick_ledger { ledger: Mutex::new(opened.ledger), process: process::id() })
    })
}

/// Records a decision: what `bailiwick_decide_at` says to the same question. Writes the number of its line to `seq`, which may be
/// NULL. Refused in a child of the process that opened the ledger.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_record(
    ledger: *mut bailiwick_ledger,
    policy: *const bailiwick_policy,
    meeting: *const c_char,
    meeting_len: usize,
    account: *const c_char,
    account_len: usize,
    address: *const u8,
    host: bailiwick_region,
    unix_nanoseconds: i64,
    seq: *mut u64,
    error: *mut *mut bailiwick_error,
) -> c_int {
    run(error, || {
        let ledger = borrowed(ledger)?;
        let policy =
            raw::borrow(policy).ok_or_else(|| bailiwick_error::invalid("`policy` is NULL: there is no decision to record"))?;
        let meeting = named((meeting, meeting_len), (account, account_len));
        let meeting =
            meeting.ok_or_else(|| bailiwick_error::invalid("the meeting is NULL or not UTF-8: there is no decision to record"))?;
        let address = ip(address).ok_or_else(|| bailiwick_error::invalid("`address` is NULL: there is no decision to record"))?;
        let explanation = policy.get().explain(meeting, address, host.get(), time(unix_nanoseconds));
        let line = ledger.lock()?.record(&explanation).map_err(bailiwick_error::of)?;
        raw::write(seq, line);
        Ok(())
    })
}

/// Records how many decisions were made and not recorded since the last such line: those that `bailiwick_ledger_record` refused, and
/// those that you could not give it. Writes the number of the line to `seq`, which may be NULL.
///
/// A number from 1 to 9 is refused, as it is one of few people: count on until there are ten. 0 says that none is missing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_unrecorded(
    ledger: *mut bailiwick_ledger,
    decisions: u64,
    seq: *mut u64,
    error: *mut *mut bailiwick_error,
) -> c_int {
    run(error, || {
        let line = borrowed(ledger)?.lock()?.unrecorded(decisions).map_err(bailiwick_error::of)?;
        raw::write(seq, line);
        Ok(())
    })
}

/// Writes padding up to the next multiple of 256 lines, so that the public head covers every line that is there: at the end of a
/// period, or before a rotation. Writes how many lines that were to `lines`, which may be NULL: 0 when nothing was to be covered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_pad(
    ledger: *mut bailiwick_ledger,
    lines: *mut u64,
    error: *mut *mut bailiwick_error,
) -> c_int {
    run(error, || {
        let padding = borrowed(ledger)?.lock()?.pad().map_err(bailiwick_error::of)?;
        raw::write(lines, padding);
        Ok(())
    })
}

/// Writes the public head, the number and the digest of the last line at a multiple of 256 lines, as `255:sha256:` and 64 digits, and
/// as `snprintf` writes. Publish it at fixed times: it does not tell how many decisions there are. Returns 0 when there is none yet, or
/// none since the ledger was opened, in a child of the process that opened it, and for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_public_head(ledger: *const bailiwick_ledger, out: *mut c_char, room: usize) -> usize {
    let head = guard(|| None, || borrowed(ledger).ok()?.lock().ok()?.public_head());
    head.map_or_else(|| text::put("", out, room), |head| text::put(head, out, room))
}

/// Waits until all that was recorded is on the disk.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_sync(ledger: *mut bailiwick_ledger, error: *mut *mut bailiwick_error) -> c_int {
    run(error, || borrowed(ledger)?.lock()?.sync().map_err(bailiwick_error::of))
}

/// Seals the file and goes on in a new one. `%p` in the path stands for the number of the process.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_rotate(
    ledger: *mut bailiwick_ledger,
    path: *const c_char,
    error: *mut *mut bailiwick_error,
) -> c_int {
    run(error, || {
        let ledger = borrowed(ledger)?;
        let path = path_of_process(self::path(path)?);
        ledger.lock()?.rotate_to(path).map_err(bailiwick_error::of)
    })
}

/// Closes a ledger. What was not synced may be lost with the machine, not with the process. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_ledger_free(ledger: *mut bailiwick_ledger) {
    guard(|| (), || drop(raw::take(ledger)));
}
