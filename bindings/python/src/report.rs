//! Partial reports, which machines make apart and merge, and the public report on them.

use std::fs::File;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bailiwick::disclosure::Threshold;
use bailiwick::ledger::Head;
use bailiwick::report::{PartialBuilder, PartialReport};
use bailiwick::{Atlas, Quoted, Requirements};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyIterator, PyString, PyType};

use crate::docket::Origin;
use crate::error::{error, unreadable};
use crate::policy::path_text;
use crate::question::At;

/// What is counted of some lines of a ledger: exact numbers, which must not be published.
#[pyclass(name = "PartialReport", module = "bailiwick", frozen, eq)]
#[derive(Debug, PartialEq)]
pub(crate) struct PyPartialReport(PartialReport);

/// An end of a period: a date, a text such as `2026-01-01`, or an aware datetime.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Midnight(SystemTime);

impl FromPyObject<'_, '_> for Midnight {
    type Error = PyErr;

    fn extract(value: pyo3::Borrowed<'_, '_, PyAny>) -> PyResult<Midnight> {
        let py = value.py();
        let module = py.import("datetime")?;
        let date = module.getattr("date")?.cast_into::<PyType>()?;
        if value.is_instance(&module.getattr("datetime")?)? {
            if value.call_method0(intern!(py, "utcoffset"))?.is_none() {
                return Err(error("the period has a datetime without a time zone: give a date, or a datetime with one"));
            }
            return value.extract::<At>().map(|At(time)| Midnight(time));
        }
        let day = if let Ok(text) = value.cast::<PyString>() {
            let wrong = |_| error(format_args!("{} is not a day: write one such as `2026-01-01`", Quoted(&text.to_string_lossy())));
            date.call_method1(intern!(py, "fromisoformat"), (text,)).map_err(wrong)?
        } else if value.is_instance(&date)? {
            value.to_owned()
        } else {
            return Err(PyTypeError::new_err(
                "a period begins and ends with a date, a str such as \"2026-01-01\", or an aware datetime",
            ));
        };
        // Days are counted from 0001-01-01; 1970-01-01 is day 719,163.
        let days = day.call_method0(intern!(py, "toordinal"))?.extract::<i64>()? - 719_163;
        let distance = Duration::from_secs(days.unsigned_abs().saturating_mul(86_400));
        let epoch = SystemTime::UNIX_EPOCH;
        let time = if days < 0 { epoch.checked_sub(distance) } else { epoch.checked_add(distance) };
        time.map(Midnight).ok_or_else(|| error("the period is beyond the times that can be told"))
    }
}

fn builder(from: Midnight, until: Midnight, heads: &[String], is_fine: bool) -> PyResult<PartialBuilder> {
    if until.0 <= from.0 {
        return Err(error("the period does not end after it begins: exchange `from_` and `until`"));
    }
    let builder = PartialReport::builder(from.0, until.0);
    let builder = if is_fine { builder.finer_than_days_reveals_more() } else { builder };
    Ok(heads_of(heads)?.into_iter().fold(builder, PartialBuilder::compare_head))
}

fn heads_of(heads: &[String]) -> PyResult<Vec<Head>> {
    heads.iter().map(|head| head.parse().map_err(error)).collect()
}

/// The lines of a Python iterator, until it raises.
struct PyLines<'a, 'py> {
    lines: Bound<'py, PyIterator>,
    raised: &'a mut Option<PyErr>,
}

impl Iterator for PyLines<'_, '_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        match self.lines.next()?.and_then(|line| bytes(&line)) {
            Ok(line) => Some(line),
            Err(raised) => {
                *self.raised = Some(raised);
                None
            }
        }
    }
}

fn bytes(line: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    if let Ok(line) = line.cast::<PyBytes>() {
        return Ok(line.as_bytes().to_vec());
    }
    match line.cast::<PyString>() {
        Ok(line) => Ok(line.to_str()?.as_bytes().to_vec()),
        Err(_) => Err(PyTypeError::new_err("a line of a ledger must be a str or bytes")),
    }
}

#[pymethods]
impl PyPartialReport {
    /// Counts lines that a program has, with or without their line feeds: of one file or of several, whole or in part.
    #[staticmethod]
    #[pyo3(signature = (lines, from_, until, *, name = "lines", heads = Vec::new(), finer_than_days_reveals_more = false))]
    fn from_lines(
        lines: &Bound<'_, PyAny>,
        from_: Midnight,
        until: Midnight,
        name: &str,
        heads: Vec<String>,
        finer_than_days_reveals_more: bool,
    ) -> PyResult<PyPartialReport> {
        let builder = builder(from_, until, &heads, finer_than_days_reveals_more)?;
        let mut raised = None;
        let read = builder.lines(name, PyLines { lines: lines.try_iter()?, raised: &mut raised });
        match raised {
            Some(raised) => Err(raised),
            None => read.and_then(PartialBuilder::build).map(PyPartialReport).map_err(error),
        }
    }

    /// Counts a file of a ledger, or a piece of one that was split between two lines.
    #[staticmethod]
    #[pyo3(signature = (path, from_, until, *, heads = Vec::new(), finer_than_days_reveals_more = false))]
    fn from_ledger(
        py: Python<'_>,
        path: PathBuf,
        from_: Midnight,
        until: Midnight,
        heads: Vec<String>,
        finer_than_days_reveals_more: bool,
    ) -> PyResult<PyPartialReport> {
        let path = path_text(path)?;
        let builder = builder(from_, until, &heads, finer_than_days_reveals_more)?;
        let file = File::open(&path).map_err(|cause| unreadable(py, &path, cause))?;
        let read = py.detach(|| builder.ledger(&path, file).and_then(PartialBuilder::build));
        read.map(PyPartialReport).map_err(error)
    }

    /// Merges partials, in any sequence and grouping.
    #[staticmethod]
    fn merge(partials: &Bound<'_, PyAny>) -> PyResult<PyPartialReport> {
        let mut merged: Option<PartialReport> = None;
        for partial in partials.try_iter()? {
            let partial = partial?.cast_into::<PyPartialReport>()?.get().0.clone();
            merged = Some(match merged {
                Some(merged) => merged.merge_with(partial).map_err(error)?,
                None => partial,
            });
        }
        merged.map_or_else(|| PartialReport::merge([]).map_err(error), Ok).map(PyPartialReport)
    }

    /// The partial as a file: the same bytes for the same lines.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    /// Reads a partial from a file.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<PyPartialReport> {
        py.detach(|| PartialReport::from_bytes(data)).map(PyPartialReport).map_err(error)
    }

    /// The public report on what was counted, on the orders of a file: as Markdown, CSV or JSON. Small numbers are suppressed in it,
    /// so make it of the last merge.
    #[expect(clippy::too_many_arguments, reason = "what is published, and the choices of it")]
    #[pyo3(signature = (
        orders, format = "markdown", *, threshold = 10, after = None, heads = Vec::new(), allow_gaps = false,
        finer_than_days_reveals_more = false
    ))]
    fn report(
        &self,
        py: Python<'_>,
        orders: PathBuf,
        format: &str,
        threshold: u64,
        after: Option<&str>,
        heads: Vec<String>,
        allow_gaps: bool,
        finer_than_days_reveals_more: bool,
    ) -> PyResult<String> {
        if threshold < Threshold::default().get() {
            return Err(error(format_args!("a threshold of {threshold} is too low: give {} or more", Threshold::default().get())));
        }
        let origin = Origin::File(path_text(orders)?);
        let docket = py.detach(|| {
            let docket = origin.read()?;
            // Errors of a docket do not depend on where addresses are.
            let nowhere = Atlas::builder().build().map_err(|cause| crate::docket::Refused::Wrong(cause.to_string()))?;
            origin.compile(&docket, &nowhere, &Requirements::default()).map(|_| docket)
        });
        let docket = docket.map_err(|refused| refused.into_err(py))?;
        let mut publication = self.0.report(&docket).threshold(Threshold::at_least(threshold));
        if let Some(after) = after {
            publication = publication.after(after.parse().map_err(error)?);
        }
        publication = heads_of(&heads)?.into_iter().fold(publication, |publication, head| publication.expect_head(head));
        publication = if allow_gaps { publication.allow_gaps() } else { publication };
        publication = if finer_than_days_reveals_more { publication.finer_than_days_reveals_more() } else { publication };
        let report = publication.build().map_err(error)?;
        match format {
            "markdown" => Ok(report.to_markdown()),
            "csv" => Ok(report.to_csv()),
            "json" => Ok(report.to_json()),
            other => Err(error(format_args!("{} is not a format: give `markdown`, `csv` or `json`", Quoted(other)))),
        }
    }

    /// The lines that were counted: the name of a file, the number of the first line and that of the last one.
    #[getter]
    fn parts(&self) -> Vec<(String, u64, u64)> {
        self.0.parts().map(|part| (part.file.clone(), part.from, part.to)).collect()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<PyPartialReport>().getattr("from_bytes")?, (self.to_bytes(py),)))
    }

    /// Without counts: they may be too small to be shown.
    fn __repr__(&self) -> String {
        format!("<bailiwick.PartialReport, {} parts>", self.0.parts().count())
    }
}
