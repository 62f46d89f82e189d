//! `bailiwick backtest`: whom a proposed docket would have blocked and admitted, of the joins of a period that is over.
//!
//! - `columns`, `row`: the fields of a join, by name, and what they must be;
//! - `csv`, `json`, `chunks`, `parquet`: the formats;
//! - `count`: threads, and `flaws`: the rows that could not be read;
//! - `twice`: files that would be counted twice, and `foresight`: proposed orders that no join can be under;
//! - `picture`: the result by day.

mod columns;
mod row;
mod csv;
mod json;
mod chunks;
mod flaws;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(not(feature = "parquet"))]
#[path = "no_parquet.rs"]
mod parquet;
mod count;
mod foresight;
mod picture;
mod twice;

use std::io::Write;
use std::num::NonZero;
use std::panic;
use std::thread;

use bailiwick::backtest::{Partial, Summary};
use bailiwick::disclosure::Threshold;
use bailiwick::{Policy, Quoted};

use crate::args::{BacktestArgs, Format};
use crate::failure::Failure;
use crate::input::{Input, name};
use crate::progress::Progress;
use crate::{diagnostics, orders, output};
use columns::Columns;

/// The most bytes of a part: some hundred for each of the most cells.
const MAX_PART: u64 = 1 << 30;

pub(crate) fn run(args: &BacktestArgs) -> Result<(), Failure> {
    let orders = args.orders.iter().chain(&args.proposed);
    args.geo.check_stdin(orders.chain(&args.joins).chain(&args.merge).map(String::as_str))?;
    let columns = Columns::new(&args.columns)?;
    let picture = args.picture.as_deref().map(picture::check).transpose()?;
    args.partial.as_deref().map_or(Ok(()), output::refuse_taken)?;
    [&args.joins, &args.merge].into_iter().try_for_each(|files| twice::refuse(files))?;
    let counted = match (&args.orders, &args.proposed) {
        (Some(in_force), Some(proposed)) => Some(count(args, in_force, proposed, &columns)?),
        _ => None,
    };
    let mut parts = args.merge.iter();
    let mut copies = twice::Copies::default();
    let mut all = match counted {
        Some(counted) => counted,
        None => match parts.next() {
            Some(first) => part(first, &mut copies)?,
            None => return Err(Failure::unusable("there are no joins: name a file of them")),
        },
    };
    for path in parts {
        let merged = all.merge(&part(path, &mut copies)?);
        merged.map_err(|error| Failure::wrong(format_args!("{} does not belong to what is before it: {error}", name(path))))?;
    }
    if let Some(path) = &args.partial {
        output::create_private(path, &all.to_bytes())?;
        let path = path.to_string_lossy();
        output::note(&format!("{} is written, with small numbers as they are: not for publication", Quoted(&path)));
        return Ok(());
    }
    let summary = all.summary(Threshold::at_least(args.threshold));
    show(args, &summary)?;
    picture.map_or(Ok(()), |path| output::replace(path, picture::draw(&summary)?.as_bytes()))
}

/// Counts the joins under both dockets.
fn count(args: &BacktestArgs, in_force: &str, proposed: &str, columns: &Columns) -> Result<Partial, Failure> {
    let dockets = (orders::read_or_fail(in_force)?, orders::read_or_fail(proposed)?);
    let geo = args.geo.load_some()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    let old = Policy::compile(&dockets.0, &geo.atlas).map_err(|error| diagnostics::refuse(&error, in_force))?;
    let new = Policy::compile(&dockets.1, &geo.atlas).map_err(|error| diagnostics::refuse(&error, proposed))?;
    let threads = args.threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    // A panic of a decoder becomes an error that says the same.
    let shown = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let counted = count::count((&old, &new), &args.joins, columns, args.time_unit, threads);
    panic::set_hook(shown);
    let (counted, flaws) = counted?;
    flaws.show(&args.joins);
    foresight::warn((&dockets.0, &dockets.1), proposed, &counted);
    Ok(counted)
}

fn show(args: &BacktestArgs, summary: &Summary) -> Result<(), Failure> {
    let mut out = output::stdout();
    let format = if args.geo.json { Format::Json } else { args.format };
    match format {
        Format::Markdown => write!(out, "{}", summary.to_markdown())?,
        Format::Csv => write!(out, "{}", summary.to_csv())?,
        Format::Json => writeln!(out, "{}", summary.to_json())?,
    }
    Ok(())
}

/// Reads a file that `--partial` wrote.
fn part<'a>(path: &'a str, copies: &mut twice::Copies<'a>) -> Result<Partial, Failure> {
    let bytes = Input::open(path, &Progress::new())?.bytes_up_to(path, MAX_PART)?;
    let part = Partial::from_bytes(&bytes).map_err(|error| Failure::wrong(format_args!("{}: {error}", name(path))))?;
    copies.warn(path, &bytes, &part);
    Ok(part)
}
