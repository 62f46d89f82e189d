//! Codes of regions as geo files write them.

use super::region as territories;
use crate::geo::error::LineError;
use crate::geo::load_report::Skipped;
use crate::region::{self, Region, RegionError};
use crate::text::quote::excerpt;

/// Texts with which providers say that they know no region, beside an empty one and two letters that are not a region: MaxMind's
/// legacy codes for anonymous proxies (`A1`), satellite providers (`A2`) and other countries (`O1`), Cloudflare's for Tor (`T1`),
/// IP2Location's `-`, and `??`.
const NO_PLACE: [&str; 6] = ["A1", "A2", "O1", "T1", "-", "??"];

/// Reads a code column: a region, or the reason why the row locates nothing. A comment may follow the code.
///
/// Any other text is an error: it shows that the file or the column is not what it is taken for.
pub(super) fn place(field: &'static str, text: &str) -> Result<Result<Region, Skipped>, LineError> {
    let code = text.split('#').next().unwrap_or(text).trim();
    if code.is_empty() || NO_PLACE.iter().any(|none| none.eq_ignore_ascii_case(code)) {
        return Ok(Err(Skipped::code(code)));
    }
    match code.parse::<Region>() {
        Ok(region) if is_nowhere(region) => Ok(Err(Skipped::code(code))),
        Ok(region) if territories::is_alpha_3(region) => Ok(Err(Skipped::Disagreeing)),
        Ok(region) => Ok(Ok(region)),
        Err(RegionError::UnknownSubdivided { .. }) => Ok(Err(Skipped::code(code))),
        Err(_) if is_two_letters(code) => Ok(Err(Skipped::code(code))),
        Err(_) => Err(LineError::Code { field, value: excerpt(code), meant: region::suggestion(code) }),
    }
}

/// Whether a region means "unknown" in geo files. ISO 3166-1 leaves `XX` to its users.
fn is_nowhere(region: Region) -> bool {
    ["ZZ", "XX"].contains(&region.country().as_str())
}

/// Whether a text has the form of a country's code.
pub(super) fn is_two_letters(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
}
