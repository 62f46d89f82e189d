//! bailiwick side by side with what a backend could use instead.
//!
//! Read from top to bottom: each module uses only those above it.
//!
//! | | |
//! |---|---|
//! | [`workload`] | what is asked, on what data; shared with the library's own benchmarks |
//! | [`stats`] | medians and quartiles |
//! | [`heap`] | one allocator for all, which counts |
//! | [`mmdb`] | a writer of the files that one peer reads |
//! | [`locate`] | contenders that look up addresses |
//! | [`decide`] | contenders that decide about participants |
//! | [`compile`] | building both |
//! | [`growth`] | bailiwick with more and more of everything |
//! | [`race`] | contenders measured in turn |
//! | [`report`], [`plot`], [`machine`] | how it is told |
//! | [`parts`] | the parts of the results |

#[path = "../../workload/mod.rs"]
pub mod workload;
pub mod stats;
pub mod heap;
pub mod mmdb;
pub mod locate;
pub mod decide;
pub mod compile;
pub mod growth;
pub mod race;
pub mod report;
pub mod plot;
pub mod machine;
pub mod parts;
