//! The arguments of a question, from the types that Python programs have them in.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime};

use bailiwick::text::read_address;
use bailiwick::{Meeting, Quoted, Region};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyInt, PyString, PyType};
use pyo3::{Borrowed, intern};

use crate::error::error;

/// An address: text, 4 or 16 bytes in network byte order, or an object of the module `ipaddress`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address(pub(crate) IpAddr);

impl FromPyObject<'_, '_> for Address {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Address> {
        if let Ok(text) = value.cast::<PyString>() {
            return of_text(text_of(&text, "address")?);
        }
        if let Ok(bytes) = value.cast::<PyBytes>() {
            return of_bytes(bytes.as_bytes());
        }
        match value.getattr(intern!(value.py(), "packed")) {
            Ok(packed) => match packed.cast::<PyBytes>() {
                Ok(bytes) if has_zone(&value, bytes.as_bytes()) => of_text(text_of(&value.str()?, "address")?),
                Ok(bytes) => of_bytes(bytes.as_bytes()),
                Err(_) => Err(wrong_type(&value)),
            },
            Err(_) => Err(wrong_type(&value)),
        }
    }
}

fn wrong_type(value: &Borrowed<'_, '_, PyAny>) -> PyErr {
    let found = value.get_type().name().map_or_else(|_| "an object".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!("the address must be a str, bytes or an object of `ipaddress`, not {}", Quoted(&found)))
}

/// Whether an object of `ipaddress` has a zone, which its bytes do not tell. It is then read as the text that it is written as.
fn has_zone(value: &Borrowed<'_, '_, PyAny>, packed: &[u8]) -> bool {
    packed.len() == 16 && value.getattr(intern!(value.py(), "scope_id")).is_ok_and(|zone| !zone.is_none())
}

/// Reads one as decisions about columns do.
fn of_text(text: &str) -> PyResult<Address> {
    read_address(text).map(Address).ok_or_else(|| {
        error(format_args!(
            "{} is not an address: give one as in `203.0.113.7` or `2001:db8::7`, without a port or a zone",
            Quoted(text)
        ))
    })
}

fn of_bytes(bytes: &[u8]) -> PyResult<Address> {
    if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
        return Ok(Address(Ipv4Addr::from(octets).into()));
    }
    let octets = <[u8; 16]>::try_from(bytes);
    octets.map(|octets| Address(Ipv6Addr::from(octets).into())).map_err(|_| {
        error(format_args!("an address of {} bytes: give 4 or 16 in network byte order, or the address as a str", bytes.len()))
    })
}

/// The home region of a host's account. `None` is unknown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostRegion(pub(crate) Region);

impl HostRegion {
    const UNKNOWN: HostRegion = HostRegion(Region::UNKNOWN);
}

impl FromPyObject<'_, '_> for HostRegion {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<HostRegion> {
        if value.is_none() {
            return Ok(HostRegion(Region::UNKNOWN));
        }
        let text = value.cast::<PyString>()?;
        text_of(&text, "host region")?.parse().map(HostRegion).map_err(|cause| error(format_args!("host region: {cause}")))
    }
}

/// The time of a question: an aware datetime, or the nanoseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub(crate) SystemTime);

impl FromPyObject<'_, '_> for At {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<At> {
        if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
            let nanoseconds = value.extract::<i128>().ok();
            return nanoseconds.and_then(of_nanoseconds).map(At).ok_or_else(beyond);
        }
        if value.is_instance(datetime(value.py())?)? {
            if value.call_method0(intern!(value.py(), "utcoffset"))?.is_none() {
                return Err(error("`at` is a datetime without a time zone: give one with, as of `datetime.now(timezone.utc)`"));
            }
            return of_datetime(&value);
        }
        Err(PyTypeError::new_err("`at` must be an aware datetime, or an int of nanoseconds since 1970-01-01T00:00:00Z"))
    }
}

fn datetime(py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
    static DATETIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    DATETIME.import(py, "datetime", "datetime")
}

/// A datetime before 1970 is one as well, so the distance is computed here. It has whole microseconds.
fn of_datetime(value: &Bound<'_, PyAny>) -> PyResult<At> {
    static EPOCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    let epoch = EPOCH.get_or_try_init(py, || -> PyResult<Py<PyAny>> {
        let utc = py.import("datetime")?.getattr("timezone")?.getattr("utc")?;
        Ok(datetime(py)?.call_method1("fromtimestamp", (0, utc))?.unbind())
    })?;
    let distance = value.sub(epoch)?;
    let part = |name: &Bound<'_, PyString>| distance.getattr(name)?.extract::<i128>();
    let (days, seconds) = (part(intern!(py, "days"))?, part(intern!(py, "seconds"))?);
    let microseconds = (days * 86_400 + seconds) * 1_000_000 + part(intern!(py, "microseconds"))?;
    of_nanoseconds(microseconds * 1000).map(At).ok_or_else(beyond)
}

fn beyond() -> PyErr {
    error("`at` is beyond the times that can be told")
}

fn of_nanoseconds(nanoseconds: i128) -> Option<SystemTime> {
    const SECOND: u128 = 1_000_000_000;
    let distance = nanoseconds.unsigned_abs();
    let seconds = u64::try_from(distance / SECOND).ok()?;
    let distance = Duration::new(seconds, u32::try_from(distance % SECOND).ok()?);
    let epoch = SystemTime::UNIX_EPOCH;
    if nanoseconds < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) }
}

/// The time that was given, or now.
pub(crate) fn time(at: Option<At>) -> SystemTime {
    at.map_or_else(SystemTime::now, |At(at)| at)
}

/// The text of a str, which may hold what is no character.
pub(crate) fn text_of<'a>(text: &'a Bound<'_, PyString>, what: &str) -> PyResult<&'a str> {
    text.to_str()
        .map_err(|_| error(format_args!("the {what} has a lone surrogate, and so is not text: decode it with `errors=\"strict\"`")))
}

/// A question, as it was asked. Names are shared with Python and not copied.
#[derive(Debug)]
pub(crate) struct Question {
    meeting: Py<PyString>,
    account: Option<Py<PyString>>,
    pub(crate) address: IpAddr,
    pub(crate) host_region: Region,
    pub(crate) at: SystemTime,
}

impl Question {
    pub(crate) fn new(
        meeting: Bound<'_, PyString>,
        Address(address): Address,
        host_region: Option<HostRegion>,
        account: Option<Bound<'_, PyString>>,
        at: Option<At>,
    ) -> PyResult<Question> {
        let HostRegion(host_region) = host_region.unwrap_or(HostRegion::UNKNOWN);
        text_of(&meeting, "meeting")?;
        account.as_ref().map(|account| text_of(account, "account").map(drop)).transpose()?;
        Ok(Question { meeting: meeting.unbind(), account: account.map(Bound::unbind), address, host_region, at: time(at) })
    }

    /// Another reference to the same names.
    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Question {
        let account = self.account.as_ref().map(|account| account.clone_ref(py));
        Question { meeting: self.meeting.clone_ref(py), account, ..*self }
    }

    /// The meeting.
    pub(crate) fn meeting<'a>(&'a self, py: Python<'a>) -> PyResult<Meeting<'a>> {
        let meeting = Meeting::new(text_of(self.meeting.bind(py), "meeting")?);
        match &self.account {
            Some(account) => Ok(meeting.hosted_by(text_of(account.bind(py), "account")?)),
            None => Ok(meeting),
        }
    }
}
