//! The geo files of a call: what is asked for, which format each file has, and loading them.

mod spec;
mod recognize;
mod load;

pub(crate) use load::{AsOf, Geo, LoadedFile};
pub(crate) use spec::Spec;
