//! Errors, as Python sees them.

use std::fmt::Display;
use std::io;

use bailiwick::{Quoted, ReadError};
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::change::PyChange;

create_exception!(
    bailiwick,
    Error,
    PyValueError,
    "What was given cannot be used. The text says where it stands, and what to write instead."
);
create_exception!(
    bailiwick,
    WideningError,
    Error,
    "A reload was refused, as it would block people who are not blocked now. `change` says whom. The policy in force stays."
);
create_exception!(
    bailiwick,
    BundleError,
    Error,
    "A bundle was refused. `reason` is a word for metrics, such as `signature` or `expired`. The policy in force stays."
);

/// The refusal of a bundle.
pub(crate) fn bundle_error(py: Python<'_>, text: impl Display, reason: &str) -> PyErr {
    let error = BundleError::new_err(text.to_string());
    match error.value(py).setattr("reason", reason) {
        Ok(()) => error,
        Err(error) => error,
    }
}

/// An error of the library.
pub(crate) fn error(text: impl Display) -> PyErr {
    Error::new_err(text.to_string())
}

/// An error that names a file, caused by the system's.
pub(crate) fn unreadable(py: Python<'_>, path: &str, cause: io::Error) -> PyErr {
    let error = error(format_args!("{} cannot be read: {cause}", Quoted(path)));
    error.set_cause(py, Some(cause.into()));
    error
}

/// All that is wrong with a text, with the lines.
pub(crate) fn unread(name: &str, cause: &ReadError) -> PyErr {
    error(cause.render(name, false))
}

/// The refusal of a change.
pub(crate) fn widening(py: Python<'_>, text: impl Display, change: PyChange) -> PyErr {
    let error = WideningError::new_err(text.to_string());
    match Py::new(py, change).and_then(|change| error.value(py).setattr("change", change)) {
        Ok(()) => error,
        Err(error) => error,
    }
}
