//! The arguments of the tool, and its help.

use std::num::NonZero;
use std::path::PathBuf;

use bailiwick::disclosure::Threshold;
use bailiwick::geo::{SourceSpec, SpecError};
use bailiwick::ledger::Head;
use bailiwick::text::Timestamp;
use bailiwick::{Region, Requirements};
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use crate::backtest_args::{self, BACKTEST_HELP, Field, TimeUnit};
use crate::failure::Failure;
use crate::geo::{AsOf, Geo};
use crate::input::STDIN;
use crate::ledger_args::{LEDGER_HELP, LedgerCommand};
use crate::log_args::{LOG_HELP, LogArgs, TrustArgs};
use bailiwick::Quoted;

/// Check the orders that governments send, and see whom they reach
#[derive(Debug, Parser)]
#[command(name = "bailiwick", version, long_about = LONG_ABOUT, after_help = AFTER_HELP)]
pub(crate) struct Tool {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const LONG_ABOUT: &str = "\
Check the orders that governments send, and see whom they reach

An order reaches as far as its issuer's jurisdiction, and not one address further.
An orders file (TOML or JSON) says what was ordered; geo files say where addresses are.";

const AFTER_HELP: &str = "\
Where to begin:
  bailiwick check orders.toml                        is the file right?
  bailiwick check orders.toml --geo geo.csv          and does every order reach what it should?
  bailiwick reach orders.toml --geo geo.csv          how many addresses is that?

`bailiwick check --help` shows how geo files are named.";

const GEO_HELP: &str = "\
Geo files:
  Each `--geo` is one source: what one provider says. Its format is recognised, compressed with gzip or not.
    --geo geo.csv                                    one file
    --geo geo-ipv4.csv,geo-ipv6.csv                  files of one provider, joined with a comma
    --geo GeoLite2-Country-Blocks-IPv4.csv,GeoLite2-Country-Locations-en.csv
    --geo one.csv --geo other.mmdb --min-sources 2   two sources: an address counts where both agree
    --geo ours=geo.csv                               a name of your own for the source
    --exclude tor=exits.txt                          addresses that are no evidence of a place; `--geo exclude:tor=exits.txt`

  A format can be named in front of the file:
    range:FILE                 first,last,CC lines (DB-IP, IP2Location DB1 to DB11, ip-location-db, iptoasn)
    cidr:FILE                  network,CC lines (IP2Location CIDR, IPinfo)
    range:3:FILE, cidr:3:FILE  the same with the code in the third column
    zone:REGION:FILE           one network a line, all in REGION (`cn.zone` needs no REGION)
    geofeed:FILE               RFC 8805
    rir:FILE                   delegated and delegated-extended statistics of the registries
    maxmind:BLOCKS:LOCATIONS   CSV files of GeoLite2 and GeoIP2 Country; more blocks after commas
    mmdb:FILE                  MaxMind DB
    mmdb:PATH:FILE             MaxMind DB with the code at PATH, such as country.code; empty where a record is the code";

const CHECK_HELP: &str = "\
Examples:
  bailiwick check orders.toml
  bailiwick check orders.toml --geo geo-ipv4.csv,geo-ipv6.csv
  bailiwick check orders.toml --geo geo.mmdb --deny-warnings   for CI
  bailiwick check orders.toml --require approvals=2,evidence,expiry
  bailiwick check orders.toml --require end                    and is it a whole file?
  bailiwick check orders.toml --evidence scans/                are the files there that it records?
  cat orders.toml | bailiwick check - --json

Exit status: 0 when nothing is wrong, 1 when a file has errors (or, with --deny-warnings, warnings),
2 when the tool was called wrongly or a file cannot be read.";

const EXPLAIN_HELP: &str = "\
Examples:
  bailiwick explain orders.toml --geo geo.csv --meeting june-4-vigil --address 203.0.113.7
  bailiwick explain orders.toml --geo geo.csv --meeting june-4-vigil --account account-17 \\
      --host-region US --address 203.0.113.7 --at 2020-06-04T12:00:00Z";

const TEST_HELP: &str = "\
Examples:
  bailiwick test orders.toml cases.toml                        cases that name regions need no geo files
  bailiwick test orders.toml cases.toml --geo geo.csv

A case, of which there may be many:
  [[cases]]
  meeting = \"june-4-vigil\"
  region  = \"CN-GD\"                    # or: address = \"203.0.113.7\"
  at      = \"2020-06-04T12:00:00Z\"
  expect  = \"block-participant\"        # or keep-meeting, allow
  orders  = [\"cn-2020-m2\"]
It may also have account, host, domestic, location and reasons; what it leaves out is not compared.

Exit status: 0 when all is decided as expected, 1 when a case fails or a file has errors,
2 when the tool was called wrongly or a file cannot be read.";

const LOCATE_HELP: &str = "\
Examples:
  bailiwick locate --geo geo.csv 203.0.113.7 2001:db8::1
  bailiwick locate --geo one.csv --geo other.csv --min-sources 2 < addresses.txt";

const REACH_HELP: &str = "\
Examples:
  bailiwick reach orders.toml --geo geo.csv
  bailiwick reach orders.toml --geo geo.csv --order cn-2020-m2 --networks
  bailiwick reach orders.toml --geo geo.csv --order cn-2020-m2 --picture reach.svg";

const DIFF_HELP: &str = "\
Examples:
  bailiwick diff orders.toml new.toml --geo geo.csv
  bailiwick diff orders.toml new.toml --geo geo.csv --deny-widening   for CI
  bailiwick diff orders.toml orders.toml --geo-old june.mmdb --geo july.mmdb
  git show HEAD:orders.toml | bailiwick diff - orders.toml --geo geo.csv

Exit status: 0; with --deny-widening, 1 when somebody is blocked who was not; 1 when a file has errors;
2 when the tool was called wrongly or a file cannot be read.";

const REPORT_HELP: &str = "\
Examples:
  bailiwick report orders.toml --ledger 2026-*.jsonl --from 2026-01-01 --until 2026-07-01
  bailiwick report orders.toml --ledger july.jsonl --after 8123:sha256:… --from 2026-07-01 --until 2026-08-01 --format csv

The ledger is verified as it is read: there is no report on one that was changed.
Publish periods that do not overlap: the difference of two that do is a report on a shorter period. Beside a report,
publish no number of lines of the ledger, only public heads, which `bailiwick verify` names: with the number of lines,
readers can compute the numbers that the report does not show.";

const VERIFY_HELP: &str = "\
Examples:
  bailiwick verify 2026-06.jsonl 2026-07.jsonl
  bailiwick verify 2026-*.jsonl --head 8191:sha256:…              and is this published line in it?
  bailiwick verify 2026-07.jsonl --after 5005:sha256:…            the files before are kept elsewhere
  bailiwick verify 2026-*.jsonl --key-file key                    and was it written with this key?
  bailiwick verify 2026-*.jsonl --checkpoint log/checkpoint --vkey log.vkey   and is it the one that was published?

Exit status: 0 when every line is there and as it was written, 1 when one is not,
2 when the tool was called wrongly or a file cannot be read.";

const REPLAY_HELP: &str = "\
Examples:
  bailiwick replay orders.toml --geo geo.csv --ledger 2026-06.jsonl --key-file key --questions sample.jsonl

The orders and geo files are those of the day; the ledger says by their digests when they are not. It has no
addresses, so the questions are yours, one a line:
  {\"seq\":17,\"meeting\":\"june-4-vigil\",\"account\":\"account-17\",\"address\":\"203.0.113.7\",\"host_region\":\"US\"}

Exit status: 0 when all is decided as it was recorded, 1 when something is not or the ledger was changed,
2 when the tool was called wrongly or a file cannot be read.";

const BUNDLE_HELP: &str = "\
A bundle is one signed file with the orders and the geo data of a fleet, which nodes fetch from any web server:
  bailiwick log keygen --origin example.org/counsel --out counsel.key      once, for each person who signs
  bailiwick bundle make --orders orders.toml --geo geo.csv --origin example.org/orders --version 7 \\
      --expires 2026-02-07T00:00:00Z --out orders.bundle
  bailiwick bundle sign orders.bundle --key counsel.key --role legal
  bailiwick bundle check orders.bundle --origin example.org/orders --key-of legal=counsel.key.vkey --newer-than 6";

const BUNDLE_MAKE_HELP: &str = "\
Examples:
  bailiwick bundle make --orders orders.toml --geo geo.csv --origin example.org/orders --version 7 \\
      --expires 2026-02-07T00:00:00Z --out orders.bundle
  bailiwick bundle make … --version 8 --acknowledged-from 5 --out orders.bundle
                                      nodes at version 5 or later take it although it blocks more people

When FILE of `--out` is there, the new bundle goes on from it and takes its place.

Exit status: 0; 1 when the orders have errors, or an order in force has no end; 2 when the tool was called wrongly or a file
cannot be read or written.";

const BUNDLE_SIGN_HELP: &str = "\
Examples:
  bailiwick bundle sign orders.bundle --key counsel.key --role legal

Look at the bundle first, with `bailiwick bundle show`. The role is not written into it: the configuration of the nodes says
which role a key has.

Exit status: 0; 1 when the bundle is not whole; 2 when the tool was called wrongly or a file cannot be read or written.";

const BUNDLE_CHECK_HELP: &str = "\
Examples:
  bailiwick bundle check orders.bundle --origin example.org/orders --key-of legal=counsel.key.vkey
  bailiwick bundle check orders.bundle --origin example.org/orders --key-of legal=a.vkey --key-of legal=b.vkey \\
      --key-of operations=c.vkey --threshold legal=2 --newer-than 6

Exit status: 0 when a node with this configuration and without a bundle would take it, 1 when not,
2 when the tool was called wrongly or a file cannot be read.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check an orders file: its errors, and warnings about what may not be meant
    #[command(after_help = CHECK_HELP, after_long_help = concat_help(CHECK_HELP))]
    Check(CheckArgs),
    /// Explain the decision about one participant of one meeting
    #[command(after_help = EXPLAIN_HELP, after_long_help = concat_help(EXPLAIN_HELP))]
    Explain(ExplainArgs),
    /// Test whether an orders file decides what its authors expect, by a file of cases
    #[command(after_help = TEST_HELP, after_long_help = concat_help(TEST_HELP))]
    Test(TestArgs),
    /// Locate addresses: by each source, and by all together
    #[command(after_help = LOCATE_HELP, after_long_help = concat_help(LOCATE_HELP))]
    Locate(LocateArgs),
    /// Show what orders reach: numbers of addresses and networks, by region
    ///
    /// Neither the status of an order nor its window of time matters: an order that is not in force is shown as if it were.
    #[command(after_help = REACH_HELP, after_long_help = concat_help(REACH_HELP))]
    Reach(ReachArgs),
    /// Show what a new orders file changes, before it is put in force
    ///
    /// Lists the orders that are added, withdrawn and changed, with what they newly reach and release, and whether anybody is
    /// newly blocked.
    #[command(after_help = DIFF_HELP, after_long_help = concat_help(DIFF_HELP))]
    Diff(DiffArgs),
    /// Show whom a proposed orders file would have blocked and admitted, of the joins of a period that is over
    ///
    /// Numbers by order, region and day, without a figure about a few people.
    #[command(after_help = BACKTEST_HELP, after_long_help = concat_help(BACKTEST_HELP))]
    Backtest(Box<BacktestArgs>),
    /// Make the public report on a period: what was demanded and what was done, without a figure about a few people
    #[command(after_help = REPORT_HELP)]
    Report(ReportArgs),
    /// Verify that every line of a ledger is there, as it was written
    #[command(after_help = VERIFY_HELP)]
    Verify(VerifyArgs),
    /// Repeat the decisions that a ledger records, and show what differs
    #[command(after_help = REPLAY_HELP, after_long_help = concat_help(REPLAY_HELP))]
    Replay(ReplayArgs),
    /// Archive a ledger as Parquet, and give it back from there, byte for byte
    #[command(subcommand, after_help = LEDGER_HELP)]
    Ledger(LedgerCommand),
    /// Publish a ledger as a transparency log, which outsiders check with programs of others
    #[command(after_help = LOG_HELP)]
    Log(LogArgs),
    /// Make, sign, show and check bundles: the orders and geo data of a fleet, in one signed file
    #[command(subcommand, after_help = BUNDLE_HELP)]
    Bundle(BundleCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Make a bundle that nobody has signed yet
    #[command(after_help = BUNDLE_MAKE_HELP, after_long_help = concat_help(BUNDLE_MAKE_HELP))]
    Make(Box<BundleMakeArgs>),
    /// Add the signature of a key, after the bundle was checked to be whole
    #[command(after_help = BUNDLE_SIGN_HELP)]
    Sign(BundleSignArgs),
    /// Show what a bundle says of itself, whether or not it is signed
    Show(BundleShowArgs),
    /// Check a bundle as a node would
    #[command(after_help = BUNDLE_CHECK_HELP)]
    Check(BundleCheckArgs),
}

/// Reads the value of `--exclude`, with or without `exclude:` in front.
fn excluding(text: &str) -> Result<SourceSpec, SpecError> {
    Ok(text.parse::<SourceSpec>()?.excluding())
}

fn concat_help(examples: &str) -> String {
    format!("{examples}\n\n{GEO_HELP}")
}

#[derive(Debug, Clone, Args)]
pub(crate) struct GeoArgs {
    /// Where addresses are: [NAME=][FORMAT:]FILE[,FILE…], once for each source (see --help)
    #[arg(long, value_name = "SOURCE")]
    geo: Vec<SourceSpec>,
    /// Addresses that are no evidence of a place, such as exits of relays: nobody is located there; as `--geo` (see --help)
    #[arg(long, value_name = "SOURCE", value_parser = excluding)]
    exclude: Vec<SourceSpec>,
    /// The age of a source, when its file does not tell it: NAME=TIME
    #[arg(long, value_name = "NAME=TIME", value_parser = as_of)]
    as_of: Vec<AsOf>,
    /// The number of sources that must place an address for it to be located
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_sources: usize,
    /// Pass over lines of geo files that cannot be read, and count them
    #[arg(long)]
    tolerant: bool,
    /// Show what loading each geo file did
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Write JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}

impl GeoArgs {
    pub(crate) fn is_empty(&self) -> bool {
        self.geo.iter().all(SourceSpec::is_excluding)
    }

    /// Refuses to read standard input twice. `other` is what is read beside the geo files.
    pub(crate) fn check_stdin<'a>(&'a self, other: impl IntoIterator<Item = &'a str>) -> Result<(), Failure> {
        let files = self.geo.iter().chain(&self.exclude).flat_map(|spec| spec.files()).map(String::as_str);
        one_stdin(files.chain(other))
    }

    /// Loads the sources, of which there may be none.
    pub(crate) fn load(&self) -> Result<Geo, Failure> {
        Geo::load(&self.with_exclusions(&self.geo), &self.as_of, self.min_sources, self.tolerant)
    }

    /// Loads other sources with the same choices.
    pub(crate) fn load_others(&self, others: &[SourceSpec]) -> Result<Geo, Failure> {
        let specs = self.with_exclusions(others);
        Geo::load(&specs, &self.dates_of(&specs), self.min_sources, self.tolerant)
    }

    /// Loads the sources, of which there must be one that locates, beside other ones, which have some of the dates.
    pub(crate) fn load_beside(&self, others: &[SourceSpec]) -> Result<Geo, Failure> {
        let [own, others] = [&self.geo, others].map(|specs| SourceSpec::names(&self.with_exclusions(specs)));
        let mut beside = self.clone();
        beside.as_of.retain(|date| own.contains(&date.source) || !others.contains(&date.source));
        beside.load_some()
    }

    /// The dates of these sources.
    fn dates_of(&self, specs: &[SourceSpec]) -> Vec<AsOf> {
        let names = SourceSpec::names(specs);
        self.as_of.iter().filter(|date| names.contains(&date.source)).cloned().collect()
    }

    fn with_exclusions(&self, sources: &[SourceSpec]) -> Vec<SourceSpec> {
        sources.iter().chain(&self.exclude).cloned().collect()
    }

    /// Loads the sources, of which there must be one that locates.
    pub(crate) fn load_some(&self) -> Result<Geo, Failure> {
        if self.is_empty() {
            return Err(Failure::unusable("nothing says where addresses are: name a geo file with `--geo FILE`"));
        }
        self.load()
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The orders, TOML or JSON; `-` for standard input
    pub(crate) orders: String,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// What each order in force must have, with commas between: approvals=N, evidence, expiry, legal-basis, reference, received,
    /// authority, notice; how old a geo source may be, in days: source-age=N; and that the file ends with an end mark, `[end]` and
    /// `orders = N`: end
    #[arg(long, value_name = "WHAT", value_parser = requirements, default_value = "", hide_default_value = true)]
    pub(crate) require: Requirements,
    /// Check the files of this folder against the digests that orders in force record as evidence
    #[arg(long, value_name = "FOLDER")]
    pub(crate) evidence: Option<PathBuf>,
    /// Fail when there are warnings, too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Show every diagnostic, and not the first ten of each kind
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The orders, TOML or JSON; `-` for standard input
    pub(crate) orders: String,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// The meeting's id
    #[arg(long, value_name = "ID")]
    pub(crate) meeting: String,
    /// The account that hosts it
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) account: Option<String>,
    /// The participant's address
    #[arg(long, value_name = "IP")]
    pub(crate) address: std::net::IpAddr,
    /// The home region of the host's account; ZZ when unknown. The account itself is `--account`
    #[arg(long, alias = "host", value_name = "REGION", default_value_t = Region::UNKNOWN)]
    pub(crate) host_region: Region,
    /// When, such as 2020-06-04T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<Timestamp>,
}

#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// The orders, TOML or JSON; `-` for standard input
    pub(crate) orders: String,
    /// Files of cases, TOML or JSON
    #[arg(required = true)]
    pub(crate) cases: Vec<String>,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
}

#[derive(Debug, Args)]
pub(crate) struct LocateArgs {
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// Addresses; without any, or with `-`, they are read from standard input, one a line
    pub(crate) addresses: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReachArgs {
    /// The orders, TOML or JSON; `-` for standard input
    pub(crate) orders: String,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// Only this order
    #[arg(long, value_name = "ID")]
    pub(crate) order: Option<String>,
    /// List the networks
    #[arg(long)]
    pub(crate) networks: bool,
    /// Draw what the order reaches of IPv4: a file that ends in .png or .svg
    #[arg(long, value_name = "FILE")]
    pub(crate) picture: Option<PathBuf>,
    /// The resolution of the picture: a cell is a network of this length, an even number from 8 to 24
    /// [default: 20 for PNG, 16 for SVG]
    #[arg(long, value_name = "LENGTH", requires = "picture")]
    pub(crate) cells: Option<u8>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The orders in force, TOML or JSON; `-` for standard input
    pub(crate) old: String,
    /// The orders to be put in force
    pub(crate) new: String,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// The source for the old orders, when it was another one; as `--geo`
    #[arg(long, value_name = "SOURCE")]
    pub(crate) geo_old: Vec<SourceSpec>,
    /// List the networks that are newly reached and released
    #[arg(long)]
    pub(crate) networks: bool,
    /// Fail when somebody is newly blocked
    #[arg(long)]
    pub(crate) deny_widening: bool,
    /// Acknowledge the change: write NEW.acknowledged, with which a reload accepts it
    #[arg(long, conflicts_with = "deny_widening")]
    pub(crate) acknowledge: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// The orders in force, TOML or JSON; `-` for standard input
    #[arg(long, value_name = "FILE", required_unless_present = "merge", requires = "proposed")]
    pub(crate) orders: Option<String>,
    /// The orders that are proposed
    #[arg(long, value_name = "FILE", requires = "orders")]
    pub(crate) proposed: Option<String>,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// The smallest number of joins that is shown, 10 or more
    #[arg(long, value_name = "N", default_value_t = Threshold::default().get(), value_parser = clap::value_parser!(u64).range(Threshold::default().get()..), conflicts_with = "partial")]
    pub(crate) threshold: u64,
    /// The number of threads [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZero<usize>>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Markdown, conflicts_with_all = ["json", "partial"])]
    pub(crate) format: Format,
    /// Draw the result by day: a file that ends in .svg
    #[arg(long, value_name = "FILE", conflicts_with = "partial")]
    pub(crate) picture: Option<PathBuf>,
    /// Write the counts of these joins to a file, to be merged, and no result. It has small numbers as they are: not for publication
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    pub(crate) partial: Option<PathBuf>,
    /// Add the counts of files that `--partial` wrote
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) merge: Vec<String>,
    /// The names of fields in the files, where they are others: FIELD=NAME, with commas between
    #[arg(long, value_name = "FIELD=NAME", value_delimiter = ',', value_parser = backtest_args::column)]
    pub(crate) columns: Vec<(Field, String)>,
    /// The unit of times that are numbers, counted from 1970-01-01T00:00:00Z
    #[arg(long, value_enum, value_name = "UNIT")]
    pub(crate) time_unit: Option<TimeUnit>,
    /// The files of joins, in any sequence
    #[arg(value_name = "JOINS", required_unless_present = "merge", requires = "orders")]
    pub(crate) joins: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The orders, TOML or JSON, with all that were in force in the period; `-` for standard input. A partial report needs none
    pub(crate) orders: Option<String>,
    /// The files of the ledger, in any sequence, compressed with gzip or not
    #[arg(long, value_name = "FILE", required_unless_present = "merge", num_args = 1..)]
    pub(crate) ledger: Vec<String>,
    /// The start of the period: a day, such as 2026-01-01, from midnight UTC on, or a time with an offset
    #[arg(long, value_name = "DATE", value_parser = day, required_unless_present = "merge")]
    pub(crate) from: Option<Timestamp>,
    /// The end of the period, at which the next one begins
    #[arg(long, value_name = "DATE", value_parser = day, required_unless_present = "merge")]
    pub(crate) until: Option<Timestamp>,
    /// Write a partial report of the files, which must not be published, to a new file: it has exact numbers. The files may be some
    /// of a ledger, or pieces that were split between two lines
    #[arg(long, value_name = "OUT")]
    pub(crate) partial: Option<String>,
    /// Make the report of partial reports, in any sequence, instead of ledgers. With --partial, make one of several
    #[arg(long, value_name = "PARTIAL", num_args = 1.., conflicts_with = "ledger")]
    pub(crate) merge: Vec<String>,
    /// Make a report although lines of the ledger are in no partial report. It says that lines are missing
    #[arg(long, requires = "merge", conflicts_with = "partial")]
    pub(crate) allow_gaps: bool,
    /// How many files to read at once [default: the number of cores]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZero<usize>>,
    /// Take a period that is not of whole days UTC: the shorter it is, the more each number tells of the few people in it, and the
    /// more differences can be made with other reports
    #[arg(long)]
    pub(crate) finer_than_days_reveals_more: bool,
    /// What to write
    #[arg(long, value_enum, default_value_t = Format::Markdown, conflicts_with = "partial")]
    pub(crate) format: Format,
    /// The smallest number of people and meetings that is shown, 10 or more
    #[arg(long, value_name = "N", default_value_t = Threshold::default().get(), value_parser = clap::value_parser!(u64).range(Threshold::default().get()..), conflicts_with = "partial")]
    pub(crate) threshold: u64,
    /// The last line of the file before the first one, as it was published: earlier files are kept elsewhere
    #[arg(long, value_name = "SEQ:DIGEST", conflicts_with = "partial")]
    pub(crate) after: Option<Head>,
    /// A line that was published, which must be in the ledger. A partial report notes it, if it is in its files
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) head: Vec<Head>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    Markdown,
    Csv,
    Json,
}

/// Midnight of a day, or a time.
fn day(text: &str) -> Result<Timestamp, String> {
    let is_day = text.len() == "0000-00-00".len() && text.parse::<Date>().is_ok();
    let day = if is_day { format!("{text}T00:00:00Z").parse().ok() } else { Timestamp::from_iso_8601(text).ok() };
    day.ok_or_else(|| "write a day, such as `2026-01-01`, or a time with an offset, such as `2026-01-01T00:00:00+08:00`".to_owned())
}

/// The published lines of a ledger, and the line before its files.
#[derive(Debug, Args)]
pub(crate) struct ChainArgs {
    /// A line that was published, which must be in the ledger: its number and digest
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) head: Vec<Head>,
    /// The last line of the file before the first one, when earlier files are kept elsewhere
    #[arg(long, value_name = "SEQ:DIGEST")]
    pub(crate) after: Option<Head>,
}

impl VerifyArgs {
    /// Refuses to read standard input twice.
    pub(crate) fn check_stdin(&self) -> Result<(), Failure> {
        one_stdin(self.files.iter().map(String::as_str))
    }
}

impl ReplayArgs {
    /// Refuses to read standard input twice.
    pub(crate) fn check_stdin(&self) -> Result<(), Failure> {
        self.geo.check_stdin(self.ledger.iter().chain([&self.orders, &self.questions]).map(String::as_str))
    }
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The files of the ledger, in any sequence, compressed with gzip or not; `-` for standard input
    #[arg(required = true)]
    pub(crate) files: Vec<String>,
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// A checkpoint that was published: its lines must be in the files, from the first one on
    #[arg(long, value_name = "FILE", requires = "vkey", conflicts_with = "after")]
    pub(crate) checkpoint: Option<String>,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    /// The key of the ledger, all bytes of the file: were the files written with it? Files of form 1 do not tell
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<String>,
    /// Write JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The orders of the day, TOML or JSON; `-` for standard input
    pub(crate) orders: String,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// The files of the ledger, in any sequence, compressed with gzip or not
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) ledger: Vec<String>,
    #[command(flatten)]
    pub(crate) chain: ChainArgs,
    /// The key that the ledger hashes meetings with: all bytes of the file
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: String,
    /// The questions that were asked, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) questions: String,
}

#[derive(Debug, Args)]
pub(crate) struct BundleMakeArgs {
    /// The orders, TOML or JSON; `-` for standard input. Each order in force must have an end, `expires`
    #[arg(long, value_name = "FILE")]
    pub(crate) orders: String,
    #[command(flatten)]
    pub(crate) geo: GeoArgs,
    /// What each order in force must have beside an end, as for `bailiwick check`: nodes require it, too
    #[arg(long, value_name = "WHAT", value_parser = requirements, default_value = "", hide_default_value = true)]
    pub(crate) require: Requirements,
    /// The name of the series of bundles, such as example.org/orders: nodes take those of one origin alone
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: String,
    /// The version, from 1 and only upwards
    #[arg(long, value_name = "N")]
    pub(crate) version: u64,
    /// The time from which on nodes that do not have it do not take it any more, such as 2026-02-07T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) expires: Timestamp,
    /// The time at which it is made [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) issued: Option<Timestamp>,
    /// The bundle of the version before: its file or its digest [default: the file of `--out`, if it is that]
    #[arg(long, value_name = "BUNDLE")]
    pub(crate) before: Option<String>,
    /// State that somebody has looked at every widening since version V: nodes at V or later take this bundle although it blocks
    /// people whom they admit
    #[arg(long, value_name = "V")]
    pub(crate) acknowledged_from: Option<u64>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct BundleSignArgs {
    /// The bundle, which is written anew with the signature
    pub(crate) bundle: PathBuf,
    /// The file of the secret key, as `bailiwick log keygen` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The role in which the key signs, such as legal
    #[arg(long, value_name = "ROLE")]
    pub(crate) role: String,
}

#[derive(Debug, Args)]
pub(crate) struct BundleShowArgs {
    /// The bundle
    pub(crate) bundle: PathBuf,
    /// Write JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BundleCheckArgs {
    /// The bundle
    pub(crate) bundle: PathBuf,
    /// The origin that nodes take bundles of
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: String,
    /// A trusted key, and its role: the file of the verifier key, as `bailiwick log keygen` writes it
    #[arg(long, value_name = "ROLE=FILE", required = true, value_parser = of_role)]
    pub(crate) key_of: Vec<(String, String)>,
    /// The number of keys of a role that must have signed [default: 1 of each role that has a key]
    #[arg(long, value_name = "ROLE=N", value_parser = of_role)]
    pub(crate) threshold: Vec<(String, String)>,
    /// The version that a node has: the bundle must have a higher one
    #[arg(long, value_name = "N")]
    pub(crate) newer_than: Option<u64>,
    /// The time of the check [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) at: Option<Timestamp>,
    /// Write JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads the value of an option about a role.
fn of_role(text: &str) -> Result<(String, String), String> {
    let (role, value) = text.split_once('=').ok_or("write the role, `=`, and its value, such as `legal=counsel.vkey`")?;
    Ok((role.to_owned(), value.to_owned()))
}

fn one_stdin<'a>(files: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    if files.filter(|&file| file == STDIN).count() > 1 {
        return Err(Failure::unusable("`-` is given twice, and there is one standard input: name a file for one of them"));
    }
    Ok(())
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::from_iso_8601(text).map_err(|_| {
        "write a date and time with an offset, such as `2020-06-04T12:00:00Z` or `2020-06-04T20:00:00+08:00`".to_owned()
    })
}

fn as_of(text: &str) -> Result<AsOf, String> {
    let (source, text) = text.split_once('=').ok_or("write the source's name and a time, such as `geo=2020-06-01`")?;
    Ok(AsOf { source: source.to_owned(), time: day(text)? })
}

/// Reads requirements, as in `approvals=2,evidence`.
fn requirements(text: &str) -> Result<Requirements, String> {
    let mut words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words.try_fold(Requirements::new(), |required, word| match word.split_once('=') {
        Some(("approvals", people)) => match people.parse() {
            Ok(people) => Ok(required.approvals(people)),
            Err(_) => Err(format!("{} is not a number of people: write one, as in `approvals=2`", Quoted(people))),
        },
        None if word == "approvals" => Err("say how many, as in `approvals=2`".to_owned()),
        Some(("source-age", days)) => match days.parse() {
            Ok(days) => Ok(required.source_age(days)),
            Err(_) => Err(format!("{} is not a number of days: write one, as in `source-age=180`", Quoted(days))),
        },
        None if word == "source-age" => Err("say how many days, as in `source-age=180`".to_owned()),
        None if word == "evidence" => Ok(required.evidence_digest()),
        None if word == "expiry" => Ok(required.expiry()),
        None if word == "legal-basis" => Ok(required.legal_basis()),
        None if word == "reference" => Ok(required.reference()),
        None if word == "received" => Ok(required.received()),
        None if word == "authority" => Ok(required.authority()),
        None if word == "notice" => Ok(required.notice()),
        None if word == "end" => Ok(required.end_mark()),
        _ => Err(format!("{} is nothing that can be required: see `bailiwick check --help`", Quoted(word))),
    })
}
