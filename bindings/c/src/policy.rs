//! Policies from orders files.

use std::ffi::{OsStr, c_char, c_int};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bailiwick::order::MAX_FILE;
use bailiwick::text::utf8;
use bailiwick::{CompileError, Docket, Policy, Quoted, Requirements};

use crate::atlas::bailiwick_atlas;
use crate::error::{bailiwick_error, guard, make};
use crate::{raw, text};

/// Orders on an atlas, compiled. Immutable: any thread may ask it, and a child after `fork`.
#[derive(Debug)]
pub struct bailiwick_policy {
    policy: Policy,
    /// The orders file, beside which a change may be acknowledged. `None` for a policy that was parsed, or loaded from a live one.
    file: Option<PathBuf>,
}

impl bailiwick_policy {
    /// A policy that is in force already.
    pub(crate) fn loaded(policy: Policy) -> bailiwick_policy {
        bailiwick_policy { policy, file: None }
    }

    #[inline]
    pub(crate) fn get(&self) -> &Policy {
        &self.policy
    }

    /// The policy, and the file of its orders.
    pub(crate) fn into_parts(self) -> (Policy, Option<PathBuf>) {
        (self.policy, self.file)
    }
}

/// The path in a zero-terminated text.
pub(crate) fn path<'c>(path: *const c_char) -> Result<&'c Path, bailiwick_error> {
    let bytes = raw::zero_terminated(path).ok_or_else(|| bailiwick_error::invalid("`path` is NULL: give the path of a file"))?;
    Ok(Path::new(OsStr::from_bytes(bytes)))
}

/// A file as messages name it.
pub(crate) fn name(path: &Path) -> String {
    Quoted(&path.to_string_lossy()).to_string()
}

/// Reads at most `most` bytes of a file. `None` when it has more.
pub(crate) fn read(path: &Path, most: usize) -> Result<Option<Vec<u8>>, bailiwick_error> {
    let unread = |error| bailiwick_error::io(format_args!("{} cannot be read: {error}", name(path)));
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(unread)?.take(limit).read_to_end(&mut bytes).map_err(unread)?;
    Ok((bytes.len() <= most).then_some(bytes))
}

/// Reads an orders file, TOML or JSON as the command-line tool tells them apart.
pub(crate) fn docket(path: &Path) -> Result<Docket, bailiwick_error> {
    let too_large =
        || bailiwick_error::invalid(format_args!("{} has more than {} MiB: is this the right file?", name(path), MAX_FILE >> 20));
    let bytes = read(path, MAX_FILE)?.ok_or_else(too_large)?;
    let text = utf8(&bytes).map_err(|error| bailiwick_error::invalid(format_args!("{} cannot be read: {error}", name(path))))?;
    let is_json = path.extension().is_some_and(|extension| extension == "json") || text.trim_start().starts_with('{');
    let docket = if is_json { Docket::from_json(text) } else { Docket::from_toml(text) };
    docket.map_err(|error| bailiwick_error::invalid(error.render(&path.to_string_lossy(), false)))
}

/// Shows all that is wrong with a docket.
pub(crate) fn refused(error: &CompileError, file: &str) -> bailiwick_error {
    bailiwick_error::invalid(error.render(file, false))
}

fn compile(
    docket: &Docket,
    file: &str,
    atlas: *const bailiwick_atlas,
    requirements: &Requirements,
) -> Result<Policy, bailiwick_error> {
    let atlas = raw::borrow(atlas).ok_or_else(|| bailiwick_error::invalid("`atlas` is NULL: open one first"))?;
    Policy::compile_with(docket, atlas.get(), requirements).map_err(|error| refused(&error, file))
}

fn open(
    path: *const c_char,
    atlas: *const bailiwick_atlas,
    requirements: &Requirements,
) -> Result<bailiwick_policy, bailiwick_error> {
    let path = self::path(path)?;
    let policy = compile(&docket(path)?, &path.to_string_lossy(), atlas, requirements)?;
    Ok(bailiwick_policy { policy, file: Some(path.to_owned()) })
}

/// Compiles the orders of a file, TOML or JSON, on an atlas.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_policy_open(
    path: *const c_char,
    atlas: *const bailiwick_atlas,
    out: *mut *mut bailiwick_policy,
    error: *mut *mut bailiwick_error,
) -> c_int {
    make(out, error, || open(path, atlas, &Requirements::new()))
}

/// As `bailiwick_policy_open`, with requirements that orders in force and geo sources must meet: `len` bytes of TOML, such as
/// `approvals = 2`. NULL requires nothing. A policy that replaces this one by `bailiwick_live_reopen` must meet them, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_policy_open_with(
    path: *const c_char,
    atlas: *const bailiwick_atlas,
    requirements_toml: *const c_char,
    len: usize,
    out: *mut *mut bailiwick_policy,
    error: *mut *mut bailiwick_error,
) -> c_int {
    make(out, error, || {
        let requirements = match raw::bytes(requirements_toml, len) {
            None if requirements_toml.is_null() => Requirements::new(),
            None => {
                return Err(bailiwick_error::invalid(
                    "`len` is more than memory has: give the number of bytes of the requirements",
                ));
            }
            Some(text) => requirements(text)?,
        };
        open(path, atlas, &requirements)
    })
}

fn requirements(text: &[u8]) -> Result<Requirements, bailiwick_error> {
    let text = utf8(text).map_err(|error| bailiwick_error::invalid(format_args!("the requirements cannot be read: {error}")))?;
    toml::from_str(text).map_err(|error| bailiwick_error::invalid(format_args!("the requirements cannot be read: {error}")))
}

/// Compiles orders in memory on an atlas: `len` bytes of TOML.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_policy_parse(
    toml: *const c_char,
    len: usize,
    atlas: *const bailiwick_atlas,
    out: *mut *mut bailiwick_policy,
    error: *mut *mut bailiwick_error,
) -> c_int {
    /// The name of the text in messages.
    const NAME: &str = "orders";
    make(out, error, || {
        let text = raw::bytes(toml, len).ok_or_else(|| bailiwick_error::invalid("`toml` is NULL: give the text of the orders"))?;
        let text = utf8(text).map_err(|error| bailiwick_error::invalid(format_args!("the orders cannot be read: {error}")))?;
        let docket = Docket::from_toml(text).map_err(|error| bailiwick_error::invalid(error.render(NAME, false)))?;
        let policy = compile(&docket, NAME, atlas, &Requirements::new())?;
        Ok(bailiwick_policy { policy, file: None })
    })
}

/// Frees a policy. Decisions that it made must not be asked any more. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_policy_free(policy: *mut bailiwick_policy) {
    guard(|| (), || drop(raw::take(policy)));
}

/// Writes the warnings of a policy, one a line, as `snprintf` writes: what is valid in its orders and geo sources, and may not be
/// meant. Returns 0 when there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_policy_warnings(policy: *const bailiwick_policy, out: *mut c_char, room: usize) -> usize {
    let warnings = || {
        let warnings = raw::borrow(policy)?.get().warnings();
        Some(warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    let text = guard(|| None, warnings);
    text::put(text.unwrap_or_default(), out, room)
}

/// Writes the digest of a policy's orders, `sha256:` and 64 digits, as `snprintf` writes. Returns 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_policy_digest(policy: *const bailiwick_policy, out: *mut c_char, room: usize) -> usize {
    let digest = guard(|| None, || Some(raw::borrow(policy)?.get().digest()));
    digest.map_or_else(|| text::put("", out, room), |digest| text::put(digest, out, room))
}
