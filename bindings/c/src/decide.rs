//! Deciding.

use std::ffi::{c_char, c_int};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bailiwick::{Decision, Policy};
use libc::{AF_INET, AF_INET6, sa_family_t, sockaddr, sockaddr_in, sockaddr_in6, socklen_t};

use crate::decision::bailiwick_decision;
use crate::error::{BAILIWICK_INVALID, BAILIWICK_OK, guard};
use crate::policy::bailiwick_policy;
use crate::question::{address as ip, meeting as named, time};
use crate::raw;
use crate::region::bailiwick_region;

/// Decides about one participant of one meeting, now. The meeting and the account are bytes with their lengths; `account` is NULL
/// when there is none. `address` is 16 bytes in network order, IPv4 as `::ffff:a.b.c.d`: where the participant's signalling comes
/// from. `host` is where the host's account is at home. A policy that cannot be asked admits: see `bailiwick_decision_unasked`.
/// Allocates nothing and takes no lock, here and in all that is asked of a decision; any thread may call it, and a child after
/// `fork`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decide(
    policy: *const bailiwick_policy,
    meeting: *const c_char,
    meeting_len: usize,
    account: *const c_char,
    account_len: usize,
    address: *const u8,
    host: bailiwick_region,
    out: *mut bailiwick_decision,
) {
    ask(policy, out, |policy| {
        let meeting = named((meeting, meeting_len), (account, account_len))?;
        Some(policy.decide(meeting, ip(address)?, host.get()))
    });
}

/// As `bailiwick_decide`, at a time in nanoseconds since 1970-01-01T00:00:00Z.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decide_at(
    policy: *const bailiwick_policy,
    meeting: *const c_char,
    meeting_len: usize,
    account: *const c_char,
    account_len: usize,
    address: *const u8,
    host: bailiwick_region,
    unix_nanoseconds: i64,
    out: *mut bailiwick_decision,
) {
    ask(policy, out, |policy| {
        let meeting = named((meeting, meeting_len), (account, account_len))?;
        Some(policy.decide_at(meeting, ip(address)?, host.get(), time(unix_nanoseconds)))
    });
}

/// As `bailiwick_decide`, with the address of a socket, as `accept` and `getpeername` give it. Returns `BAILIWICK_OK`, or
/// `BAILIWICK_INVALID` when the family is neither IPv4 nor IPv6, or `address_len` is too short for it: then the participant is
/// admitted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decide_sockaddr(
    policy: *const bailiwick_policy,
    meeting: *const c_char,
    meeting_len: usize,
    account: *const c_char,
    account_len: usize,
    address: *const sockaddr,
    address_len: socklen_t,
    host: bailiwick_region,
    out: *mut bailiwick_decision,
) -> c_int {
    let address = ip_of_socket(address, address_len);
    ask(policy, out, |policy| {
        let meeting = named((meeting, meeting_len), (account, account_len))?;
        Some(policy.decide(meeting, address?, host.get()))
    });
    if address.is_some() { BAILIWICK_OK } else { BAILIWICK_INVALID }
}

/// Asks a policy, and writes what it says, or that it could not be asked.
#[inline]
fn ask<'c>(policy: *const bailiwick_policy, out: *mut bailiwick_decision, ask: impl FnOnce(&'c Policy) -> Option<Decision<'c>>) {
    let decide = || raw::borrow(policy).and_then(|policy| ask(policy.get())).map(bailiwick_decision::from);
    raw::write(out, guard(|| None, decide).unwrap_or(bailiwick_decision::UNASKED));
}

/// The address of a socket. `None` for NULL, for another family, and for one that is cut off.
fn ip_of_socket(address: *const sockaddr, len: socklen_t) -> Option<IpAddr> {
    let len = usize::try_from(len).ok()?;
    if len < std::mem::offset_of!(sockaddr, sa_family) + size_of::<sa_family_t>() {
        return None;
    }
    match c_int::from(raw::family(address)?) {
        AF_INET if len >= size_of::<sockaddr_in>() => {
            let address: sockaddr_in = raw::read(address.cast())?;
            Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr))))
        }
        AF_INET6 if len >= size_of::<sockaddr_in6>() => {
            let address: sockaddr_in6 = raw::read(address.cast())?;
            Some(IpAddr::V6(Ipv6Addr::from(address.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}
