//! A decision as C sees it, and what it can be asked.

use std::ffi::{c_char, c_int};
use std::mem::MaybeUninit;

use bailiwick::{Decision, HostAccount, Order};

use crate::error::guard;
use crate::raw;
use crate::storage::{self, Held};
use crate::text::{self, bailiwick_str};

/// No order in force names the meeting or its host's account. The participant may join.
pub const BAILIWICK_ALLOW: c_int = 0;
/// An order in force reaches the participant: refuse this participant, and say why. The meeting goes on.
pub const BAILIWICK_BLOCK_PARTICIPANT: c_int = 1;
/// Orders in force name the meeting or the account, and none reaches the participant, who may join.
pub const BAILIWICK_KEEP_MEETING: c_int = 2;

/// A decision, in storage of the caller. It may be copied anywhere, and asked until its policy is freed. One that is all zero is
/// `BAILIWICK_ALLOW`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct bailiwick_decision {
    /// `BAILIWICK_ALLOW`, `BAILIWICK_BLOCK_PARTICIPANT` or `BAILIWICK_KEEP_MEETING`.
    pub kind: u8,
    /// 1 when the participant may join, 0 when not.
    pub admits: u8,
    /// Zero.
    pub reserved: [u8; 6],
    /// For the library alone.
    pub opaque: [MaybeUninit<u64>; 14],
}

const _: () = assert!(size_of::<bailiwick_decision>() == 120);

impl bailiwick_decision {
    /// The decision of a policy that could not be asked: it admits.
    pub(crate) const UNASKED: bailiwick_decision =
        bailiwick_decision { kind: 0, admits: 1, reserved: [0; 6], opaque: storage::NOT_ASKED };
}

impl From<Decision<'_>> for bailiwick_decision {
    #[inline]
    fn from(decision: Decision<'_>) -> bailiwick_decision {
        let opaque = match decision {
            Decision::Allow => storage::NOTHING,
            Decision::BlockParticipant(_) | Decision::KeepMeeting(_) => storage::store(decision),
        };
        bailiwick_decision { kind: decision.kind().code(), admits: u8::from(decision.admits()), reserved: [0; 6], opaque }
    }
}

/// What the storage of a decision holds. NULL holds what a policy that was not asked says.
fn held<'c>(decision: *const bailiwick_decision) -> Held<'c> {
    raw::read(decision).map_or(Held::Unasked, |decision| storage::held(&decision.opaque))
}

/// Writes the ids of the orders behind a decision, ascending: those that reach a blocked participant; otherwise those in force that
/// name the meeting or its host's account. Writes the first `room` of them, and returns how many there are. Ids belong to the
/// policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decision_orders(
    decision: *const bailiwick_decision,
    ids: *mut bailiwick_str,
    room: usize,
) -> usize {
    let room = if ids.is_null() { 0 } else { room };
    let write = |orders: &mut dyn Iterator<Item = &Order>| {
        let write = |(n, order): (usize, &Order)| {
            if n < room {
                raw::write(ids.wrapping_add(n), order.id.as_str().into());
            }
        };
        orders.enumerate().map(write).count()
    };
    guard(
        || 0,
        || match held(decision) {
            Held::Decision(Decision::BlockParticipant(block)) => write(&mut block.orders()),
            Held::Decision(Decision::KeepMeeting(keep)) => write(&mut keep.orders()),
            Held::Decision(Decision::Allow) | Held::Nothing | Held::Unasked => 0,
        },
    )
}

/// Returns 1 when an order in force of the host's own jurisdiction names the meeting or the account, and writes the smallest id of
/// such orders; 0 otherwise. Then your own people should look. Neither the library nor you do anything to the account.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decision_domestic(decision: *const bailiwick_decision, id: *mut bailiwick_str) -> c_int {
    guard(
        || 0,
        || match held(decision) {
            Held::Decision(decision) => match decision.host_account() {
                HostAccount::UnderDomesticOrder(order) => {
                    raw::write(id, order.id.as_str().into());
                    1
                }
                HostAccount::Unaffected => 0,
            },
            Held::Nothing | Held::Unasked => 0,
        },
    )
}

/// Returns 1 when the policy could not be asked, and the participant is admitted for that: there was no policy, the meeting was not
/// UTF-8, or the address could not be read. Count it and tell somebody. Returns 0 otherwise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decision_unasked(decision: *const bailiwick_decision) -> c_int {
    c_int::from(matches!(held(decision), Held::Unasked))
}

/// Writes the notice to a blocked participant, as `snprintf` writes, in the best of the languages that the orders have. `languages`
/// is a language tag (BCP 47) or a list such as HTTP's `Accept-Language`, `len` bytes, or NULL. Returns 0 when nobody is blocked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_decision_notice(
    decision: *const bailiwick_decision,
    languages: *const c_char,
    len: usize,
    out: *mut c_char,
    room: usize,
) -> usize {
    guard(
        || text::put("", out, room),
        || {
            let languages =
                raw::bytes(languages, len).and_then(|languages| std::str::from_utf8(languages).ok()).unwrap_or_default();
            match held(decision) {
                Held::Decision(Decision::BlockParticipant(block)) => text::put(block.notice(languages), out, room),
                Held::Decision(Decision::Allow | Decision::KeepMeeting(_)) | Held::Nothing | Held::Unasked => {
                    text::put("", out, room)
                }
            }
        },
    )
}
