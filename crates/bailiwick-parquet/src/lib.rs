#![doc = include_str!("../README.md")]
#![deny(missing_docs, unreachable_pub)]
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

mod error;
mod sums;
mod schema;
mod footer;
mod row;
mod render;
mod columns;
mod files;
mod guard;
mod archive;
mod restore;
mod writer;

pub use archive::Archive;
pub use error::ArchiveError;
pub use files::ArchivedFile;
pub use writer::{Counts, Writer};
