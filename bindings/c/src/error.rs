//! Errors as C sees them: a code, and a message behind a handle.

use std::error::Error;
use std::ffi::c_int;
use std::fmt::Display;
use std::io;
use std::panic::{self, AssertUnwindSafe};

use bailiwick::geo::FileError;

use crate::raw;
use crate::text::bailiwick_str;

/// The call succeeded.
pub const BAILIWICK_OK: c_int = 0;
/// An argument, or the content of a file, is not valid.
pub const BAILIWICK_INVALID: c_int = 1;
/// A file cannot be read or written.
pub const BAILIWICK_IO: c_int = 2;
/// The new orders block somebody whom those in force admit, and nobody asked for that.
pub const BAILIWICK_WIDER: c_int = 3;
/// A defect of the library. Please report it.
pub const BAILIWICK_INTERNAL: c_int = 4;

/// Why a call failed.
#[derive(Debug)]
pub struct bailiwick_error {
    code: c_int,
    message: String,
}

impl bailiwick_error {
    pub(crate) fn invalid(message: impl Display) -> bailiwick_error {
        bailiwick_error { code: BAILIWICK_INVALID, message: message.to_string() }
    }

    pub(crate) fn io(message: impl Display) -> bailiwick_error {
        bailiwick_error { code: BAILIWICK_IO, message: message.to_string() }
    }

    pub(crate) fn wider(message: impl Display) -> bailiwick_error {
        bailiwick_error { code: BAILIWICK_WIDER, message: message.to_string() }
    }

    /// An error of the library, which is one of the system where a file could not be read or written.
    pub(crate) fn of(error: impl Error + 'static) -> bailiwick_error {
        let first: &(dyn Error + 'static) = &error;
        let mut causes = std::iter::successors(Some(first), |&cause| cause.source());
        let is_io =
            |cause: &(dyn Error + 'static)| cause.is::<io::Error>() || matches!(cause.downcast_ref(), Some(FileError::Directory));
        let code = if causes.any(is_io) { BAILIWICK_IO } else { BAILIWICK_INVALID };
        bailiwick_error { code, message: error.to_string() }
    }
}

/// Runs a function of the interface, which makes a handle. `out` is set to it, or to NULL on error; `error` to the error, or to
/// NULL.
pub(crate) fn make<T>(
    out: *mut *mut T,
    error: *mut *mut bailiwick_error,
    make: impl FnOnce() -> Result<T, bailiwick_error>,
) -> c_int {
    raw::write(out, std::ptr::null_mut());
    run(error, || {
        if out.is_null() {
            return Err(bailiwick_error::invalid("`out` is NULL: give the address of a pointer to the handle"));
        }
        raw::write(out, raw::give(make()?));
        Ok(())
    })
}

/// Runs a function of the interface, and sets `error` to its error, or to NULL. Returns the code. A panic is an error.
pub(crate) fn run(error: *mut *mut bailiwick_error, run: impl FnOnce() -> Result<(), bailiwick_error>) -> c_int {
    let defect = || bailiwick_error {
        code: BAILIWICK_INTERNAL,
        message:
            "a defect of the library, which leaves what is in force as it was: please report it, with what is on standard error"
                .to_owned(),
    };
    let (code, failure) = match guard(|| Err(defect()), run) {
        Ok(()) => (BAILIWICK_OK, std::ptr::null_mut()),
        Err(failure) if error.is_null() => (failure.code, std::ptr::null_mut()),
        Err(failure) => (failure.code, raw::give(failure)),
    };
    raw::write(error, failure);
    code
}

/// Runs a function of the interface that has no errors. Returns what `otherwise` does when it panics, so that no panic unwinds into
/// C.
#[inline]
pub(crate) fn guard<T>(otherwise: impl FnOnce() -> T, run: impl FnOnce() -> T) -> T {
    panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| otherwise())
}

/// Returns the code of an error; `BAILIWICK_OK` for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_error_code(error: *const bailiwick_error) -> c_int {
    raw::borrow(error).map_or(BAILIWICK_OK, |error| error.code)
}

/// Returns the message of an error, one line or several. It belongs to the error. Empty for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_error_message(error: *const bailiwick_error) -> bailiwick_str {
    raw::borrow(error).map_or("", |error| error.message.as_str()).into()
}

/// Frees an error. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bailiwick_error_free(error: *mut bailiwick_error) {
    drop(raw::take(error));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_leaves_no_handle() {
        let (mut out, mut error) = (std::ptr::dangling_mut::<u8>(), std::ptr::null_mut());
        let code = make(&mut out, &mut error, || -> Result<u8, bailiwick_error> { panic!("on purpose") });
        assert_eq!((code, out), (BAILIWICK_INTERNAL, std::ptr::null_mut()));
        let error = raw::take(error).unwrap();
        assert!(error.code == BAILIWICK_INTERNAL && error.message.contains("report"));
        assert_eq!(run(std::ptr::null_mut(), || panic!("on purpose")), BAILIWICK_INTERNAL);
    }
}
