//! Where addresses are.

use std::path::PathBuf;
use std::sync::Arc;

use bailiwick::geo::{OpenOptions, SourceSpec};
use bailiwick::{Atlas, Location};
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::bundle::{self, BundleOrigin};
use crate::error::error;
use crate::question::{Address, text_of};

/// Where addresses are, according to one or more geo sources.
#[pyclass(name = "Atlas", module = "bailiwick", frozen)]
#[derive(Debug, Clone)]
pub(crate) struct PyAtlas {
    pub(crate) atlas: Atlas,
    origin: Arc<Origin>,
}

/// Where an atlas is from, by which it is pickled.
#[derive(Debug)]
enum Origin {
    Files(Files),
    Bundle(Arc<BundleOrigin>),
}

/// The files of an atlas.
#[derive(Debug)]
struct Files {
    sources: Vec<String>,
    exclude: Vec<String>,
    min_sources: usize,
}

/// The text that names a source: a str, or a path.
struct Spec(String);

impl FromPyObject<'_, '_> for Spec {
    type Error = PyErr;

    fn extract(value: pyo3::Borrowed<'_, '_, PyAny>) -> PyResult<Spec> {
        if let Ok(text) = value.cast::<PyString>() {
            return Ok(Spec(text_of(&text, "name of a source")?.to_owned()));
        }
        let path: PathBuf = value.extract()?;
        let not_text = |path: PathBuf| error(format_args!("the path {path:?} is not UTF-8: give the file another name"));
        path.into_os_string().into_string().map(Spec).map_err(|path| not_text(path.into()))
    }
}

fn texts(specs: Vec<Spec>) -> Vec<String> {
    specs.into_iter().map(|Spec(text)| text).collect()
}

impl PyAtlas {
    fn open(py: Python<'_>, files: Files) -> PyResult<PyAtlas> {
        let opened = py.detach(|| files.atlas());
        Ok(PyAtlas { atlas: opened.map_err(error)?, origin: Arc::new(Origin::Files(files)) })
    }

    /// The atlas of a bundle that was checked.
    pub(crate) fn of_bundle(atlas: Atlas, bundle: Arc<BundleOrigin>) -> PyAtlas {
        PyAtlas { atlas, origin: Arc::new(Origin::Bundle(bundle)) }
    }
}

impl Files {
    fn specs(&self) -> Result<Vec<SourceSpec>, String> {
        let spec = |text: &String| text.parse::<SourceSpec>().map_err(|cause| cause.to_string());
        let excluding = self.exclude.iter().map(|text| spec(text).map(SourceSpec::excluding));
        self.sources.iter().map(spec).chain(excluding).collect()
    }

    fn atlas(&self) -> Result<Atlas, String> {
        let opened = OpenOptions::new().open_all(&self.specs()?).map_err(|cause| cause.to_string())?;
        let builder = opened.into_iter().fold(Atlas::builder(), |builder, opened| builder.source(opened.source));
        builder.min_sources(self.min_sources).build().map_err(|cause| cause.to_string())
    }
}

#[pymethods]
impl PyAtlas {
    #[new]
    #[pyo3(signature = (sources, min_sources = 1, exclude = None))]
    fn new(py: Python<'_>, sources: Bound<'_, PyAny>, min_sources: usize, exclude: Option<Bound<'_, PyAny>>) -> PyResult<PyAtlas> {
        let list = |value: Bound<'_, PyAny>| -> PyResult<Vec<Spec>> {
            // A str is a sequence of letters, and never meant as one here.
            match value.extract::<Spec>() {
                Ok(one) => Ok(vec![one]),
                Err(_) => value.try_iter()?.map(|item| item?.extract()).collect(),
            }
        };
        let exclude = exclude.map(list).transpose()?.unwrap_or_default();
        PyAtlas::open(py, Files { sources: texts(list(sources)?), exclude: texts(exclude), min_sources })
    }

    /// The location of an address: a region such as `CN` or `US-CA`, `contested` or `unknown`.
    fn locate(&self, address: Address) -> String {
        match self.atlas.locate(address.0) {
            Location::In(region) => region.to_string(),
            Location::Contested => "contested".to_owned(),
            Location::Unknown => "unknown".to_owned(),
        }
    }

    /// The digest of what the atlas answers, address by address.
    #[getter]
    fn digest(&self, py: Python<'_>) -> String {
        py.detach(|| self.atlas.digest().to_string())
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> Option<bool> {
        let other = other.cast::<PyAtlas>().ok()?;
        Some(self.digest(py) == other.get().digest(py))
    }

    fn __hash__(&self, py: Python<'_>) -> u64 {
        hash(&self.digest(py))
    }

    fn __repr__(&self) -> String {
        match &*self.origin {
            Origin::Files(Files { sources, exclude, min_sources }) => {
                format!("<bailiwick.Atlas of {sources:?}, min_sources={min_sources}, exclude={exclude:?}>")
            }
            Origin::Bundle(bundle) => format!("<bailiwick.Atlas of {:?}>", bundle.name()),
        }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let module = py.import("bailiwick._bailiwick")?;
        match &*self.origin {
            Origin::Files(Files { sources, exclude, min_sources }) => {
                let arguments = (sources.clone(), *min_sources, exclude.clone(), self.digest(py)).into_pyobject(py)?;
                Ok((module.getattr("_open_atlas")?, arguments))
            }
            Origin::Bundle(bundle) => bundle.reduced(py, Some(bundle::ATLAS)),
        }
    }
}

/// A hash that depends on a text alone.
pub(crate) fn hash(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// Opens a pickled atlas again, unless its files say something else now.
#[pyfunction]
pub(crate) fn _open_atlas(
    py: Python<'_>,
    sources: Vec<String>,
    min_sources: usize,
    exclude: Vec<String>,
    digest: String,
) -> PyResult<PyAtlas> {
    let atlas = PyAtlas::open(py, Files { sources, exclude, min_sources })?;
    let found = atlas.digest(py);
    if found != digest {
        return Err(error(format_args!(
            "the geo files have changed since the atlas was pickled: their digest is {found} and was {digest}; pickle it anew"
        )));
    }
    Ok(atlas)
}
