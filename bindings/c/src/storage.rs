//! A decision in storage of C.

use std::mem::{MaybeUninit, transmute};

use bailiwick::Decision;

use crate::raw;

/// As many bytes as a decision has in C, where they are words. Bytes that no field of the decision has stay as they are.
pub(crate) type Words = [MaybeUninit<u64>; 14];

/// What the words hold. The first one tells whether there is a decision behind it, so that words which are all zero hold none.
#[repr(C)]
#[derive(Clone, Copy)]
struct Stored {
    tag: u64,
    decision: MaybeUninit<Decision<'static>>,
}

const _: () = assert!(size_of::<Stored>() <= size_of::<Words>(), "a decision has room");

/// Tells that a decision follows: letters that nothing else begins with by chance.
const ASKED: u64 = u64::from_le_bytes(*b"bailiwic");

/// Tells that the policy could not be asked.
const UNASKED: u64 = u64::from_le_bytes(*b"unasked!");

/// What words hold.
pub(crate) enum Held<'c> {
    /// A decision that names orders.
    Decision(Decision<'c>),
    /// Nothing: no order was named.
    Nothing,
    /// Nothing, as the policy could not be asked.
    Unasked,
}

/// The words of a decision that names no order.
pub(crate) const NOTHING: Words = tagged(0);

/// The words of a policy that could not be asked.
pub(crate) const NOT_ASKED: Words = tagged(UNASKED);

const fn tagged(tag: u64) -> Words {
    let zero = MaybeUninit::new(0);
    [MaybeUninit::new(tag), zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero]
}

/// Stores a decision.
#[inline]
pub(crate) fn store(decision: Decision<'_>) -> Words {
    // SAFETY: the types differ in a lifetime alone. C promises not to ask a decision whose policy has been freed.
    let decision = unsafe { transmute::<Decision<'_>, Decision<'static>>(decision) };
    let mut words = NOTHING;
    raw::write(words.as_mut_ptr().cast(), Stored { tag: ASKED, decision: MaybeUninit::new(decision) });
    words
}

/// Reads what words of C hold.
pub(crate) fn held<'c>(words: &Words) -> Held<'c> {
    let [tag, ..] = words;
    // SAFETY: C promises that the words were written by this library, which initialises the first one, or are all zero.
    match unsafe { tag.assume_init() } {
        ASKED => {
            let stored: Option<Stored> = raw::read(words.as_ptr().cast());
            // SAFETY: `store` put a decision behind this tag, and C promises that nobody wrote to it since and that its policy,
            // which it borrows from, has not been freed.
            stored.map_or(Held::Nothing, |stored| Held::Decision(unsafe { stored.decision.assume_init() }))
        }
        UNASKED => Held::Unasked,
        _ => Held::Nothing,
    }
}
