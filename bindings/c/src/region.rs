//! Regions, parsed once.

use std::ffi::{c_char, c_int};

use bailiwick::Region;

use crate::error::{BAILIWICK_INVALID, BAILIWICK_OK, guard};
use crate::raw;

/// A region: its code as `bailiwick_region_parse` wrote it. All zero, or anything else: unknown.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct bailiwick_region {
    /// The code in upper case, padded with zeros.
    pub code: [u8; 8],
}

impl bailiwick_region {
    const UNKNOWN: bailiwick_region = bailiwick_region { code: [0; 8] };

    #[inline]
    pub(crate) fn get(self) -> Region {
        Region::from_bytes(self.code).unwrap_or(Region::UNKNOWN)
    }
}

/// Parses the code of a region, such as `US` or `us-ca`, `len` bytes. Returns `BAILIWICK_OK`, or `BAILIWICK_INVALID` for a text
/// that is not one; then `*out` is unknown, as it is for `ZZ`. For the region of a host: once for each account, not for each join.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_region_parse(text: *const c_char, len: usize, out: *mut bailiwick_region) -> c_int {
    let parse = || std::str::from_utf8(raw::bytes(text, len)?).ok()?.parse::<Region>().ok();
    let region = guard(|| None, parse);
    let known = region.filter(|&region| region != Region::UNKNOWN);
    raw::write(out, known.map_or(bailiwick_region::UNKNOWN, |region| bailiwick_region { code: region.to_bytes() }));
    if region.is_some() { BAILIWICK_OK } else { BAILIWICK_INVALID }
}
