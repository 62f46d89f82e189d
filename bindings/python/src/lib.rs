//! bailiwick for Python: the extension module behind the package `bailiwick`. `README.md` says how it is used.
//!
//! - `question`, `error`: arguments and exceptions
//! - `atlas`, `docket`, `policy`, `decision`, `change`: the nouns of the library
//! - `bundle`: orders and geo data in one signed file
//! - `columns`, `batch`, `sweep`, `live`, `ledger`: many at once, a meeting under way, reloading, recording
//! - `report`: partial reports, and the public one
//! - `backtest`: joins of the past under two policies
//! - `spec`: the rule by linear scan, for tests

mod error;
mod question;
mod docket;
mod atlas;
mod decision;
mod change;
mod columns;
mod batch;
mod sweep;
mod bundle;
mod policy;
mod live;
mod ledger;
mod report;
mod backtest;
mod spec;

use pyo3::prelude::*;

/// The extension module. Nothing in it needs the global interpreter lock: all that changes is behind locks of its own.
#[pymodule(gil_used = false)]
mod _bailiwick {
    #[pymodule_export]
    use crate::atlas::{_open_atlas, PyAtlas};
    #[pymodule_export]
    use crate::backtest::PyBacktest;
    #[pymodule_export]
    use crate::batch::{PyBatch, PyDecisions};
    #[pymodule_export]
    use crate::bundle::{_open_bundle, PyBundle};
    #[pymodule_export]
    use crate::change::PyChange;
    #[pymodule_export]
    use crate::decision::{PyDecision, PyExplanation};
    #[pymodule_export]
    use crate::error::{BundleError, Error, WideningError};
    #[pymodule_export]
    use crate::ledger::PyLedger;
    #[pymodule_export]
    use crate::live::PyLivePolicy;
    #[pymodule_export]
    use crate::policy::{_open_policy, PyPolicy};
    #[pymodule_export]
    use crate::report::PyPartialReport;
    #[pymodule_export]
    use crate::spec::_spec;
    #[pymodule_export]
    use crate::sweep::PySweep;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
