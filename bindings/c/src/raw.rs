//! Pointers of C, made into slices, references and values.
//!
//! The functions are not `unsafe` themselves: they are of this crate alone, and the functions that C calls, which are `unsafe`,
//! pass them the pointers that C gave. What C promises for these is in the documentation of the crate. Lifetimes are those of the
//! call.

use std::ffi::{CStr, c_char};
use std::slice;

use libc::{sa_family_t, sockaddr};

/// The elements at a pointer. `None` for NULL, whatever the length, and for a length that no memory has.
pub(crate) fn slice<'c, T: Copy>(ptr: *const T, len: usize) -> Option<&'c [T]> {
    let fits = len.checked_mul(size_of::<T>()).is_some_and(|bytes| isize::try_from(bytes).is_ok());
    // SAFETY: C promises `len` initialised, aligned elements at a pointer that is not NULL, which nobody writes during the call.
    // Their size was just checked.
    (fits && !ptr.is_null()).then(|| unsafe { slice::from_raw_parts(ptr, len) })
}

/// The bytes of a text with a length. `None` for NULL.
#[inline]
pub(crate) fn bytes<'c>(ptr: *const c_char, len: usize) -> Option<&'c [u8]> {
    slice(ptr.cast(), len)
}

/// The bytes of a zero-terminated text. `None` for NULL.
pub(crate) fn zero_terminated<'c>(ptr: *const c_char) -> Option<&'c [u8]> {
    // SAFETY: C promises a zero byte behind a pointer that is not NULL, and that nobody writes before it during the call.
    (!ptr.is_null()).then(|| unsafe { CStr::from_ptr(ptr) }.to_bytes())
}

/// The value that a handle stands for. `None` for NULL.
#[inline]
pub(crate) fn borrow<'c, T>(handle: *const T) -> Option<&'c T> {
    // SAFETY: C promises that a handle that is not NULL came from `give`, as this type, and is not freed during the call. Values of
    // handles are changed behind locks alone.
    unsafe { handle.as_ref() }
}

/// Copies a value out of C's storage, which need not be aligned. `None` for NULL.
#[inline]
pub(crate) fn read<T: Copy>(ptr: *const T) -> Option<T> {
    // SAFETY: C promises an initialised value behind a pointer that is not NULL, which nobody writes during the call.
    (!ptr.is_null()).then(|| unsafe { ptr.read_unaligned() })
}

/// Copies a value into C's storage, which need be neither initialised nor aligned. Does nothing for NULL.
#[inline]
pub(crate) fn write<T: Copy>(ptr: *mut T, value: T) {
    if !ptr.is_null() {
        // SAFETY: C promises that a value can be written where a pointer points that is not NULL. Nothing that was there is
        // dropped.
        unsafe { ptr.write_unaligned(value) }
    }
}

/// Copies bytes into C's storage, behind the first `offset` bytes of it. Does nothing for NULL.
pub(crate) fn write_bytes(ptr: *mut c_char, offset: usize, bytes: &[u8]) {
    if !ptr.is_null() {
        let to = ptr.cast::<u8>().wrapping_add(offset);
        // SAFETY: C promises as much room as it told, of which callers pass a part, and it is not memory of this library.
        unsafe { to.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) }
    }
}

/// Gives a value to C, as a handle.
pub(crate) fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes a handle back. `None` for NULL.
pub(crate) fn take<T>(handle: *mut T) -> Option<Box<T>> {
    // SAFETY: C promises that a handle that is not NULL came from `give`, as this type, and gives it away with this call.
    (!handle.is_null()).then(|| unsafe { Box::from_raw(handle) })
}

/// The family of a socket's address, of which no more than that need be readable. `None` for NULL.
pub(crate) fn family(address: *const sockaddr) -> Option<sa_family_t> {
    let family = address.cast::<u8>().wrapping_add(std::mem::offset_of!(sockaddr, sa_family)).cast::<sa_family_t>();
    if address.is_null() { None } else { read(family) }
}
