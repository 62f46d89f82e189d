//! Orders files and texts, read and compiled while other Python threads run.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use bailiwick::order::MAX_FILE;
use bailiwick::text::utf8;
use bailiwick::{Atlas, CompileError, Docket, Policy, Quoted, ReadError, Requirements};
use pyo3::prelude::*;

use crate::bundle::BundleOrigin;
use crate::error::{error, unreadable};

/// Where the text of a docket is.
#[derive(Debug, Clone)]
pub(crate) enum Origin {
    /// In a file, TOML or JSON.
    File(String),
    /// In the program, as TOML.
    Text(String),
    /// In a bundle.
    Bundle(Arc<BundleOrigin>),
}

/// The reason for which there is no policy. Made without the interpreter, and turned into an exception with it.
#[derive(Debug)]
pub(crate) enum Refused {
    Unreadable { path: String, cause: io::Error },
    Wrong(String),
}

impl Refused {
    pub(crate) fn into_err(self, py: Python<'_>) -> PyErr {
        match self {
            Refused::Unreadable { path, cause } => unreadable(py, &path, cause),
            Refused::Wrong(text) => error(text),
        }
    }
}

impl Origin {
    /// The name for messages.
    pub(crate) fn name(&self) -> &str {
        match self {
            Origin::File(path) => path,
            Origin::Text(_) => "<string>",
            Origin::Bundle(bundle) => bundle.name(),
        }
    }

    /// Reads the docket. A TOML file begins with a key, a table or a comment.
    pub(crate) fn read(&self) -> Result<Docket, Refused> {
        let read = match self {
            Origin::Text(text) => Docket::from_toml(text),
            Origin::Bundle(bundle) => return bundle.docket(),
            Origin::File(path) => {
                let text = file(path)?;
                let is_json = path.ends_with(".json") || text.trim_start().starts_with('{');
                if is_json { Docket::from_json(&text) } else { Docket::from_toml(&text) }
            }
        };
        read.map_err(|cause: ReadError| Refused::Wrong(cause.render(self.name(), false)))
    }

    /// Says where a docket does not compile.
    pub(crate) fn refuse(&self, cause: &CompileError) -> Refused {
        Refused::Wrong(cause.render(self.name(), false))
    }

    pub(crate) fn compile(&self, docket: &Docket, atlas: &Atlas, requirements: &Requirements) -> Result<Policy, Refused> {
        Policy::compile_with(docket, atlas, requirements).map_err(|cause| self.refuse(&cause))
    }

    /// The file, when there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Origin::File(path) => Some(Path::new(path)),
            Origin::Text(_) | Origin::Bundle(_) => None,
        }
    }
}

/// The text of a file, of which no more is read than the library takes.
fn file(path: &str) -> Result<String, Refused> {
    let unreadable = |cause| Refused::Unreadable { path: path.to_owned(), cause };
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)).map_err(unreadable)?;
    let wrong = |cause| Refused::Wrong(format!("{} cannot be read: {cause}", Quoted(path)));
    utf8(&bytes).map(str::to_owned).map_err(wrong)
}

/// Reads requirements: TOML, as in `bailiwick check --require`, or the JSON of a bundle.
pub(crate) fn requirements(text: Option<&str>) -> Result<Requirements, Refused> {
    let Some(text) = text else { return Ok(Requirements::default()) };
    let read = match text.starts_with('{') {
        true => serde_json::from_str(text).map_err(|cause| cause.to_string()),
        false => toml::from_str(text).map_err(|cause| cause.to_string()),
    };
    read.map_err(|cause| Refused::Wrong(format!("the requirements cannot be read: {}", cause.trim_end())))
}
