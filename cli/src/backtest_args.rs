//! The help of `bailiwick backtest`, and the values of its options.

use bailiwick::Quoted;
use clap::ValueEnum;

pub(crate) const BACKTEST_HELP: &str = "\
Examples:
  bailiwick backtest --orders orders.toml --proposed new.toml --geo geo.mmdb joins-2026-06-*.csv.gz
  bailiwick backtest … --picture june.svg --format csv june.parquet
  bailiwick backtest … --columns meeting=room,address=client_ip,time=joined_at joins.jsonl
  bailiwick backtest … --partial node-7.part joins.csv                 on each machine
  bailiwick backtest --merge node-*.part                               and then once

Joins are the questions of the backend: a ledger has no addresses, and cannot be decided again. CSV with a line of names,
JSON objects one a line, or Parquet; CSV and JSON compressed with gzip or not; `-` is standard input. The fields:
  meeting        the id of the meeting
  address        the participant's address: a text; in Parquet also 4 or 16 bytes, or an unsigned 32-bit number
  time           with an offset, such as 2026-06-04T12:00:00Z; a number with `--time-unit`
  account        the account that hosts the meeting; may be absent
  host_region    the home region of that account; may be absent

A row that cannot be read counts as not read, and the first ones are named. Nothing about one person is written.

Exit status: 0; 1 when an orders file or a file of joins has errors; 2 when the tool was called wrongly or a file cannot be read.";

/// A field of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Meeting,
    Address,
    Time,
    Account,
    HostRegion,
}

impl Field {
    pub(crate) const ALL: [Field; 5] = [Field::Meeting, Field::Address, Field::Time, Field::Account, Field::HostRegion];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Field::Meeting => "meeting",
            Field::Address => "address",
            Field::Time => "time",
            Field::Account => "account",
            Field::HostRegion => "host_region",
        }
    }

    /// Whether there is no question without it.
    pub(crate) fn is_required(self) -> bool {
        matches!(self, Field::Meeting | Field::Address | Field::Time)
    }

    /// The position in [`ALL`](Field::ALL).
    pub(crate) fn at(self) -> usize {
        Field::ALL.iter().position(|&field| field == self).unwrap_or(0)
    }
}

/// The unit of times that are numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeUnit {
    /// Seconds
    #[value(name = "s")]
    Seconds,
    /// Milliseconds
    #[value(name = "ms")]
    Milliseconds,
    /// Microseconds
    #[value(name = "us")]
    Microseconds,
    /// Nanoseconds
    #[value(name = "ns")]
    Nanoseconds,
}

impl TimeUnit {
    pub(crate) fn nanoseconds(self) -> i128 {
        match self {
            TimeUnit::Seconds => 1_000_000_000,
            TimeUnit::Milliseconds => 1_000_000,
            TimeUnit::Microseconds => 1_000,
            TimeUnit::Nanoseconds => 1,
        }
    }
}

pub(crate) fn column(text: &str) -> Result<(Field, String), String> {
    let (field, name) = text.split_once('=').ok_or("write a field, `=`, and its name in the files, such as `address=client_ip`")?;
    let found = Field::ALL.into_iter().find(|known| known.name() == field);
    let names = || Field::ALL.map(Field::name).join(", ");
    let found = found.ok_or_else(|| format!("{} is no field of a join: the fields are {}", Quoted(field), names()))?;
    if name.is_empty() {
        return Err(format!("{} has no name after `=`: write that of the column", Quoted(field)));
    }
    Ok((found, name.to_owned()))
}
