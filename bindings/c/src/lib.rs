//! The C interface of bailiwick: what `bailiwick.h` declares.
//!
//! C programs read `include/bailiwick.h`, which is made of this crate, and `README.md`. Handles are opaque; each is made by one
//! function and freed by its `_free`. What C passes in is checked as far as it can be: pointers and lengths are trusted, contents
//! are not. No panic leaves the library: each function catches it, and answers as it does where it cannot be asked.
//!
//! # Safety
//!
//! Every function that takes a pointer is `unsafe`, and all ask the same of their callers. A pointer that is not NULL points to
//! what its type says, for as many elements as the length beside it says or up to a zero byte, and nobody else writes there during
//! the call. A handle was made by this library and has not been freed. A decision was written by this library, or is all zero, and
//! its policy has not been freed.
//!
//! `unsafe` blocks are in `raw` and `storage` alone, and `tests/header.rs` holds that. All other code works with slices and
//! references.
#![expect(unsafe_code, reason = "a C interface takes pointers, and exports functions under names of their own")]
#![deny(missing_docs, missing_debug_implementations, unreachable_pub)]
#![deny(clippy::undocumented_unsafe_blocks, clippy::multiple_unsafe_ops_per_block)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::unreachable,
        clippy::todo
    )
)]
#![expect(clippy::missing_safety_doc, reason = "what callers owe is the same for all functions, and stands above")]
#![expect(non_camel_case_types, reason = "types have the names that they have in C")]

mod raw;
mod storage;
mod text;
mod error;
mod region;
mod decision;
mod atlas;
mod policy;
mod question;
mod decide;
mod explain;
mod live;
mod ledger;

pub use atlas::*;
pub use decide::*;
pub use decision::*;
pub use error::*;
pub use explain::*;
pub use ledger::*;
pub use live::*;
pub use policy::*;
pub use region::*;
pub use text::bailiwick_str;

use std::ffi::c_char;

/// The version of the binary interface. It is raised when programs that were compiled before cannot be run with the library any
/// more.
pub const BAILIWICK_ABI_VERSION: u32 = 1;

/// Returns the version of the binary interface of the library that was loaded: `BAILIWICK_ABI_VERSION`, when the header belongs to
/// it.
#[unsafe(no_mangle)]
pub extern "C" fn bailiwick_abi_version() -> u32 {
    BAILIWICK_ABI_VERSION
}

/// Returns the version of the library, such as `0.1.0`, zero-terminated. Not to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn bailiwick_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
