//! Atlases from geo files.

use std::ffi::{c_char, c_int};

use bailiwick::geo::{OpenOptions, SourceSpec};
use bailiwick::{Atlas, Quoted};

use crate::error::{bailiwick_error, guard, make};
use crate::raw;

/// Where addresses are. Immutable: any thread may use it, and it may be freed while policies on it live on.
#[derive(Debug)]
pub struct bailiwick_atlas(Atlas);

impl bailiwick_atlas {
    pub(crate) fn get(&self) -> &Atlas {
        &self.0
    }
}

/// Compiles an atlas from geo files. Each of the `count` sources is a zero-terminated `[exclude:][NAME=][FORMAT:]FILE[,FILE...]`.
/// An address is located where at least `min_sources` of the sources place it, and those that place it agree; sources that exclude
/// do not count. Without sources nothing is located.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_atlas_open(
    sources: *const *const c_char,
    count: usize,
    min_sources: usize,
    out: *mut *mut bailiwick_atlas,
    error: *mut *mut bailiwick_error,
) -> c_int {
    make(out, error, || {
        let texts = if count == 0 { Some(&[][..]) } else { raw::slice(sources, count) };
        let texts = texts.ok_or_else(|| bailiwick_error::invalid("`sources` is NULL: give an array of texts"))?;
        let specs: Vec<SourceSpec> = texts.iter().enumerate().map(spec).collect::<Result<_, _>>()?;
        let opened = OpenOptions::new().open_all(&specs).map_err(bailiwick_error::of)?;
        let builder = Atlas::builder().min_sources(min_sources);
        let builder = opened.into_iter().fold(builder, |builder, opened| builder.source(opened.source));
        builder.build().map(bailiwick_atlas).map_err(bailiwick_error::of)
    })
}

fn spec((n, &text): (usize, &*const c_char)) -> Result<SourceSpec, bailiwick_error> {
    let text = raw::zero_terminated(text).and_then(|text| std::str::from_utf8(text).ok());
    let text =
        text.ok_or_else(|| bailiwick_error::invalid(format_args!("`sources[{n}]` is NULL or not UTF-8: name a geo file")))?;
    text.parse().map_err(|error| bailiwick_error::invalid(format_args!("`sources[{n}]`, {}: {error}", Quoted(text))))
}

/// Frees an atlas. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_atlas_free(atlas: *mut bailiwick_atlas) {
    guard(|| (), || drop(raw::take(atlas)));
}
