//! The geo files of a call: loading them, and the atlas of them.

mod load;

pub(crate) use load::{AsOf, Geo, LoadedFile};
