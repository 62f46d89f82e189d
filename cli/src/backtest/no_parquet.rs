//! In the place of Parquet files, where the tool was built without them.

use bailiwick::backtest::Backtest;

use crate::backtest::columns::Columns;
use crate::backtest::flaws::Flaws;
use crate::backtest_args::TimeUnit;
use crate::failure::Failure;
use crate::input::name;

pub(super) struct RowGroups(RowGroup);

/// There is none.
pub(super) enum RowGroup {}

impl RowGroups {
    pub(super) fn open(path: &str, _: &Columns, _: Option<TimeUnit>) -> Result<RowGroups, Failure> {
        let name = name(path);
        Err(Failure::unusable(format_args!("{name} is a Parquet file: build the tool with its feature `parquet`, or give CSV")))
    }

    pub(super) fn next(&mut self) -> Option<RowGroup> {
        match self.0 {}
    }
}

impl RowGroup {
    pub(super) fn count(&self, _: usize, _: &mut Backtest<'_>, _: &mut Flaws) -> Result<(), Failure> {
        match *self {}
    }
}
