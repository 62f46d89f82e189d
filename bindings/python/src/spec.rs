//! The rule by linear scan, for tests: what it says is compared with what the compiled policy decides.

use bailiwick::{Docket, Source, spec};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::{error, unread};
use crate::question::{Address, At, HostRegion, Question};

/// Decides by the rule itself: the kind, the ids of the orders, and that of the domestic one.
#[pyfunction]
#[pyo3(signature = (toml, sources, min_sources, meeting, address, host_region, account = None, at = None))]
#[expect(clippy::too_many_arguments, reason = "the question, and all that it is asked of")]
pub(crate) fn _spec(
    py: Python<'_>,
    toml: &str,
    sources: Vec<String>,
    min_sources: usize,
    meeting: Bound<'_, PyString>,
    address: Address,
    host_region: HostRegion,
    account: Option<Bound<'_, PyString>>,
    at: Option<At>,
) -> PyResult<(&'static str, Vec<String>, Option<String>)> {
    let docket = Docket::from_toml(toml).map_err(|cause| unread("<string>", &cause))?;
    let sources: Vec<Source> = sources.iter().map(|spec| Source::open(spec)).collect::<Result<_, _>>().map_err(error)?;
    let question = Question::new(meeting, address, Some(host_region), account, at)?;
    let verdict =
        spec::decide_at(&docket, &sources, min_sources, question.meeting(py)?, question.address, question.host_region, question.at);
    Ok((verdict.kind.name(), verdict.orders, verdict.domestic))
}
