//! Errors of the text that names a source.

use crate::region::RegionError;
use crate::text::quote::Quoted;
use crate::text::suggestion::{Meant, Suggestion};

/// An error of the text that names a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// No file, or an empty name among several.
    #[error("a file's name is missing: write `[NAME=][FORMAT:]FILE[,FILE…]`")]
    NoFile,
    /// A zone list without its region.
    #[error("a zone list does not say where its networks are: write `zone:REGION:FILE`, such as `zone:CN:cn.txt`")]
    NoRegion,
    /// A zone list with a region that is not one.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// An address on the web.
    #[error("files are not fetched from the network: download it, and name the file")]
    Network,
    /// The number of a column that cannot hold the code.
    #[error(
        "{} is not a column that can hold the code: write a number from {first} to 999, such as `{format}:{first}:FILE`",
        Quoted(text)
    )]
    Column {
        /// The text.
        text: String,
        /// The first column that can hold the code.
        first: usize,
        /// The format.
        format: &'static str,
    },
    /// `exclude:` after the name of the source.
    #[error("`exclude:` comes first: write `exclude:NAME=FORMAT:FILE`")]
    ExcludeFirst,
    /// An unknown format.
    #[error("{} is no format{} (the formats are {formats})", Quoted(word), Meant(meant.map(Suggestion::write).as_ref()))]
    Format {
        /// The text.
        word: String,
        /// The format that was probably meant.
        meant: Option<&'static str>,
        /// The names of all formats.
        formats: String,
    },
}
