//! Bundles: orders and geo data in one signed file, checked before anything of them is used.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bailiwick::bundle::{self, Checked, MAX_BUNDLE, Manifest, Trust};
use bailiwick::note::VerifierKey;
use bailiwick::{Digest, Docket, Quoted};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMapping, PyString, PyTuple};

use crate::atlas::{PyAtlas, hash};
use crate::docket::{Origin, Refused};
use crate::error::{bundle_error, error, unreadable};
use crate::policy::{PyPolicy, path_text};
use crate::question::{At, text_of, time};

/// The parts of a bundle that are pickled for themselves.
pub(crate) const POLICY: &str = "policy";
pub(crate) const ATLAS: &str = "atlas";

/// A bundle that was checked, and its policy.
#[pyclass(name = "Bundle", module = "bailiwick", frozen)]
#[derive(Debug, Clone)]
pub(crate) struct PyBundle {
    origin: Arc<BundleOrigin>,
    manifest: Arc<Manifest>,
    policy: PyPolicy,
    signed: BTreeMap<String, usize>,
    cautions: Vec<String>,
}

/// Where a bundle is, and everything by which it was checked: enough to check it again elsewhere.
#[derive(Debug)]
pub(crate) struct BundleOrigin {
    place: Place,
    trust: Trusted,
    /// The digest of the bundle, which another file in its place does not have.
    digest: Digest,
    /// The time of the check. A bundle that was taken is taken again in another process, however much later that starts.
    at: SystemTime,
}

#[derive(Debug)]
enum Place {
    File(String),
    Bytes(Vec<u8>),
}

/// Whom to believe, as it was given. None of it comes from a bundle.
#[derive(Debug, Clone)]
struct Trusted {
    origin: String,
    keys: Vec<(String, String)>,
    threshold: BTreeMap<String, usize>,
    minimum_version: u64,
    max_size: u64,
}

/// What a caller demands of one bundle besides.
#[derive(Debug, Clone, Copy)]
struct Demanded {
    newer_than: Option<u64>,
    digest: Option<Digest>,
    at: SystemTime,
}

impl Place {
    fn name(&self) -> &str {
        match self {
            Place::File(path) => path,
            Place::Bytes(_) => "<bytes>",
        }
    }

    /// The bytes, of which no more are read than a bundle may have.
    fn read(&self, trust: &Trust) -> Result<Vec<u8>, Cause> {
        match self {
            Place::File(path) => {
                let file = File::open(path).map_err(Cause::Unreadable)?;
                bundle::read(file, trust).map_err(|cause| match cause {
                    bundle::Error::Read { error } => Cause::Unreadable(error),
                    cause => Cause::Refused(Box::new(cause)),
                })
            }
            Place::Bytes(bytes) => bundle::read(bytes.as_slice(), trust).map_err(|cause| Cause::Refused(Box::new(cause))),
        }
    }
}

/// The reason for which there is no bundle. Made without the interpreter, and turned into an exception with it.
enum Cause {
    Unreadable(std::io::Error),
    Refused(Box<bundle::Error>),
    Digest { expected: Digest, found: Digest },
}

impl Cause {
    fn text(&self, name: &str) -> String {
        let name = Quoted(name);
        match self {
            Cause::Unreadable(cause) => format!("{name} cannot be read: {cause}"),
            Cause::Refused(cause) => format!("{name} is refused: {cause}"),
            Cause::Digest { expected, found } => {
                format!(
                    "{name} is refused: its digest is {found}, and {expected} is expected: get that bundle, or leave `digest` out"
                )
            }
        }
    }

    fn into_err(self, py: Python<'_>, name: &str) -> PyErr {
        let text = self.text(name);
        match self {
            Cause::Unreadable(cause) => unreadable(py, name, cause),
            Cause::Refused(cause) => bundle_error(py, text, cause.reason()),
            Cause::Digest { .. } => bundle_error(py, text, "digest"),
        }
    }
}

impl Trusted {
    fn build(&self) -> PyResult<Trust> {
        let mut builder = Trust::builder(self.origin.as_str()).minimum_version(self.minimum_version).max_size(self.max_size);
        for (role, key) in &self.keys {
            // The file of a key ends its line.
            let parsed: Result<VerifierKey, _> = key.trim_end().parse();
            let key = parsed.map_err(|cause| error(format_args!("`keys`: a key of the role {}: {cause}", Quoted(role))))?;
            builder = builder.key(role.as_str(), key);
        }
        for (role, &keys) in &self.threshold {
            builder = builder.threshold(role.as_str(), keys);
        }
        builder.build().map_err(error)
    }
}

/// The keys with their roles, each a mapping as in the configuration of the daemon: `{"role": "legal", "vkey": "…"}`.
fn keys(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let wrong = || error("`keys` has an item that is not of the form {\"role\": \"legal\", \"vkey\": \"…\"}: write each key so");
    if value.is_instance_of::<PyString>() || value.cast::<PyMapping>().is_ok() {
        return Err(error("`keys` is a single item: write a list, as in [{\"role\": \"legal\", \"vkey\": \"…\"}]"));
    }
    let key = |item: PyResult<Bound<'_, PyAny>>| -> PyResult<(String, String)> {
        let item = item?;
        let key = item.cast::<PyMapping>().map_err(|_| wrong())?;
        let member = |name: &str| -> PyResult<String> {
            let value = key.get_item(name).map_err(|_| wrong())?;
            Ok(text_of(value.cast::<PyString>().map_err(|_| wrong())?, name)?.to_owned())
        };
        let both = (member("role")?, member("vkey")?);
        if key.len()? == 2 { Ok(both) } else { Err(wrong()) }
    };
    value.try_iter()?.map(key).collect()
}

/// The arguments of all functions that read a bundle.
pub(crate) struct Arguments<'a, 'py> {
    pub(crate) origin: String,
    pub(crate) keys: &'a Bound<'py, PyAny>,
    pub(crate) threshold: Option<BTreeMap<String, usize>>,
    pub(crate) minimum_version: u64,
    pub(crate) newer_than: Option<u64>,
    pub(crate) digest: Option<&'a str>,
    pub(crate) at: Option<At>,
    pub(crate) max_size: Option<u64>,
}

impl Arguments<'_, '_> {
    pub(crate) fn open_file(self, py: Python<'_>, path: PathBuf) -> PyResult<PyBundle> {
        self.open(py, Place::File(path_text(path)?))
    }

    fn open(self, py: Python<'_>, place: Place) -> PyResult<PyBundle> {
        let Arguments { origin, keys, threshold, minimum_version, newer_than, digest, at, max_size } = self;
        let max_size = max_size.unwrap_or(MAX_BUNDLE);
        let trust =
            Trusted { origin, keys: self::keys(keys)?, threshold: threshold.unwrap_or_default(), minimum_version, max_size };
        let digest = digest.map(|text| text.parse().map_err(|cause| error(format_args!("`digest`: {cause}")))).transpose()?;
        PyBundle::checked(py, place, trust, Demanded { newer_than, digest, at: time(at) })
    }
}

impl PyBundle {
    fn checked(py: Python<'_>, place: Place, trusted: Trusted, demanded: Demanded) -> PyResult<PyBundle> {
        let trust = trusted.build()?;
        let opened = py.detach(|| -> Result<_, Cause> {
            let bytes = place.read(&trust)?;
            let checked = bundle::check(&bytes, &trust, demanded.newer_than, demanded.at);
            let checked = checked.map_err(|cause| Cause::Refused(Box::new(cause)))?;
            let found = checked.manifest.digest();
            if let Some(expected) = demanded.digest.filter(|&expected| expected != found) {
                return Err(Cause::Digest { expected, found });
            }
            let requirements = bundle::Bundle::read(&bytes).and_then(|bundle| bundle.requirements());
            Ok((checked, requirements.map_err(|cause| Cause::Refused(Box::new(cause)))?.expiry()))
        });
        let (checked, requirements) = opened.map_err(|cause| cause.into_err(py, place.name()))?;
        let Checked { manifest, policy, signed, cautions, .. } = checked;
        let origin = Arc::new(BundleOrigin { place, trust: trusted, digest: manifest.digest(), at: demanded.at });
        let policy = PyPolicy {
            atlas: PyAtlas::of_bundle(policy.atlas().clone(), Arc::clone(&origin)),
            policy,
            origin: Arc::new(Origin::Bundle(Arc::clone(&origin))),
            requirements: Some(serde_json::to_string(&requirements).map_err(error)?.into()),
        };
        let cautions = cautions.iter().map(ToString::to_string).collect();
        Ok(PyBundle { origin, manifest: Arc::new(manifest), policy, signed: signed.into_iter().collect(), cautions })
    }
}

impl BundleOrigin {
    /// The name for messages.
    pub(crate) fn name(&self) -> &str {
        self.place.name()
    }

    /// The orders, read again.
    pub(crate) fn docket(&self) -> Result<Docket, Refused> {
        let docket = self.bytes().and_then(|bytes| {
            let docket = bundle::Bundle::read(&bytes).and_then(|bundle| bundle.docket());
            docket.map_err(|cause| Cause::Refused(Box::new(cause)))
        });
        docket.map_err(|cause| Refused::Wrong(cause.text(self.name())))
    }

    /// The bytes of the bundle, unless another one is in its place by now.
    fn bytes(&self) -> Result<Vec<u8>, Cause> {
        let bytes = match &self.place {
            Place::Bytes(bytes) => return Ok(bytes.clone()),
            Place::File(path) => {
                let limit = self.trust.max_size.saturating_add(1);
                let mut bytes = Vec::new();
                let file = File::open(path).map_err(Cause::Unreadable)?;
                file.take(limit).read_to_end(&mut bytes).map_err(Cause::Unreadable)?;
                bytes
            }
        };
        let found = bundle::Bundle::read(&bytes).map_err(|cause| Cause::Refused(Box::new(cause)))?.manifest().digest();
        if found == self.digest { Ok(bytes) } else { Err(Cause::Digest { expected: self.digest, found }) }
    }
}

impl BundleOrigin {
    /// The arguments by which the bundle is checked again.
    fn checks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Trusted { origin, keys, threshold, minimum_version, max_size } = &self.trust;
        let key = |(role, vkey): &(String, String)| -> PyResult<Bound<'py, PyDict>> {
            let key = PyDict::new(py);
            key.set_item("role", role)?;
            key.set_item("vkey", vkey)?;
            Ok(key)
        };
        let checks = PyDict::new(py);
        checks.set_item("origin", origin)?;
        checks.set_item("keys", keys.iter().map(key).collect::<PyResult<Vec<_>>>()?)?;
        checks.set_item("threshold", threshold.clone())?;
        checks.set_item("minimum_version", minimum_version)?;
        checks.set_item("digest", self.digest.to_string())?;
        checks.set_item("at", nanoseconds(self.at))?;
        checks.set_item("max_size", max_size)?;
        Ok(checks)
    }

    /// The function and the arguments by which the bundle is unpickled, or a part of it.
    pub(crate) fn reduced<'py>(&self, py: Python<'py>, part: Option<&str>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let (path, bytes) = match &self.place {
            Place::File(path) => (Some(path), None),
            Place::Bytes(bytes) => (None, Some(PyBytes::new(py, bytes))),
        };
        let arguments = (path, bytes, self.checks(py)?, part).into_pyobject(py)?;
        Ok((py.import("bailiwick._bailiwick")?.getattr("_open_bundle")?, arguments))
    }
}

/// The time in nanoseconds since 1970, as [`At`] reads it.
fn nanoseconds(time: SystemTime) -> i128 {
    let whole = |distance: Duration| i128::try_from(distance.as_nanos()).unwrap_or(i128::MAX);
    time.duration_since(UNIX_EPOCH).map_or_else(|before| -whole(before.duration()), whole)
}

/// An aware datetime. The times of a manifest are whole seconds from the year 0 to 9999; Python has no year 0.
fn datetime(py: Python<'_>, time: SystemTime) -> PyResult<Bound<'_, PyAny>> {
    let module = py.import("datetime")?;
    let utc = module.getattr("timezone")?.getattr("utc")?;
    let epoch = module.getattr("datetime")?.call_method1("fromtimestamp", (0, utc))?;
    let seconds = nanoseconds(time).div_euclid(1_000_000_000);
    epoch.add(module.getattr("timedelta")?.call1((0, seconds))?)
}

#[pymethods]
impl PyBundle {
    /// Reads and checks the file of a bundle.
    #[staticmethod]
    #[pyo3(name = "open", signature = (path, *, origin, keys, threshold = None, minimum_version = 1, newer_than = None, digest = None, at = None, max_size = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python")]
    pub(crate) fn open_file(
        py: Python<'_>,
        path: PathBuf,
        origin: String,
        keys: &Bound<'_, PyAny>,
        threshold: Option<BTreeMap<String, usize>>,
        minimum_version: u64,
        newer_than: Option<u64>,
        digest: Option<&str>,
        at: Option<At>,
        max_size: Option<u64>,
    ) -> PyResult<PyBundle> {
        let arguments = Arguments { origin, keys, threshold, minimum_version, newer_than, digest, at, max_size };
        arguments.open_file(py, path)
    }

    /// Checks a bundle that was fetched.
    #[staticmethod]
    #[pyo3(signature = (data, *, origin, keys, threshold = None, minimum_version = 1, newer_than = None, digest = None, at = None, max_size = None))]
    #[expect(clippy::too_many_arguments, reason = "keywords of Python")]
    fn from_bytes(
        py: Python<'_>,
        data: &[u8],
        origin: String,
        keys: &Bound<'_, PyAny>,
        threshold: Option<BTreeMap<String, usize>>,
        minimum_version: u64,
        newer_than: Option<u64>,
        digest: Option<&str>,
        at: Option<At>,
        max_size: Option<u64>,
    ) -> PyResult<PyBundle> {
        let arguments = Arguments { origin, keys, threshold, minimum_version, newer_than, digest, at, max_size };
        arguments.open(py, Place::Bytes(data.to_vec()))
    }

    /// The policy. It was compiled, and has the digests that were signed.
    #[getter]
    pub(crate) fn policy(&self) -> PyPolicy {
        self.policy.clone()
    }

    /// The name of the series of bundles.
    #[getter]
    fn origin(&self) -> &str {
        self.manifest.origin()
    }

    /// The version.
    #[getter]
    fn version(&self) -> u64 {
        self.manifest.version()
    }

    /// The time at which it was made, by the clock of whoever made it.
    #[getter]
    fn issued<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.manifest.issued())
    }

    /// The time from which on it is not taken any more.
    #[getter]
    fn expires<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        datetime(py, self.manifest.expires())
    }

    /// The digest of the bundle before, if it was named.
    #[getter]
    fn before(&self) -> Option<String> {
        self.manifest.before().map(|digest| digest.to_string())
    }

    /// The version since which every widening was acknowledged, if any was.
    #[getter]
    fn acknowledged_from(&self) -> Option<u64> {
        self.manifest.acknowledged_from()
    }

    /// The digest of the bundle: that of the text that was signed.
    #[getter]
    fn digest(&self) -> String {
        self.origin.digest.to_string()
    }

    /// The number of trusted keys that signed, by role.
    #[getter]
    fn signed(&self) -> BTreeMap<String, usize> {
        self.signed.clone()
    }

    /// What somebody should look at.
    #[getter]
    fn cautions(&self) -> Vec<String> {
        self.cautions.clone()
    }

    /// The bytes of the file, which is read again, and must be this bundle still.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.origin.bytes()).map_err(|cause| cause.into_err(py, self.origin.name()))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The arguments by which this bundle is checked in another process: of its digest, at the instant of this check.
    fn checks<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.origin.checks(py)
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> Option<bool> {
        Some(self.origin.digest == other.cast::<PyBundle>().ok()?.get().origin.digest)
    }

    fn __hash__(&self) -> u64 {
        hash(&self.digest())
    }

    fn __repr__(&self) -> String {
        format!("<bailiwick.Bundle of {:?}, origin={:?}, version={}>", self.origin.name(), self.origin(), self.version())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        self.origin.reduced(py, None)
    }
}

/// Opens a pickled bundle, or a part of one, again: with all checks, unless another bundle is in its place now.
#[pyfunction]
pub(crate) fn _open_bundle<'py>(
    py: Python<'py>,
    path: Option<String>,
    data: Option<Bound<'py, PyBytes>>,
    checks: &Bound<'py, PyDict>,
    part: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let bundles = py.get_type::<PyBundle>();
    let bundle = match path {
        Some(path) => bundles.call_method("open", (path,), Some(checks)),
        None => bundles.call_method("from_bytes", (data,), Some(checks)),
    }?;
    match part {
        None => Ok(bundle),
        Some(ATLAS) => bundle.getattr("policy")?.getattr("atlas"),
        Some(part) => bundle.getattr(part),
    }
}
