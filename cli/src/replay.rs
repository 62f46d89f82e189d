//! `bailiwick replay`: repeats recorded decisions, and compares.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};

use bailiwick::Policy;
use bailiwick::ledger::{Question, replay};
use serde::Serialize;

use crate::args::ReplayArgs;
use crate::chain::{self, FaultJson};
use crate::failure::Failure;
use crate::input::{self, Input};
use crate::output::{self, ERROR, GOOD, NOTE, count};
use crate::progress::Progress;
use crate::{diagnostics, orders};
use bailiwick::Quoted;

/// The most bytes of a question: two names of 512 bytes, each escaped, an address and a region fit many times.
const MAX_QUESTION: usize = 16_384;

/// The number of differences that are shown to people.
const SHOWN: usize = 10;

#[derive(Serialize)]
struct ReplayJson<'a> {
    questions: usize,
    same: usize,
    differences: Vec<DifferenceJson>,
    fault: Option<FaultJson<'a>>,
}

#[derive(Serialize)]
struct DifferenceJson {
    seq: u64,
    field: &'static str,
    message: String,
}

pub(crate) fn run(args: &ReplayArgs) -> Result<(), Failure> {
    args.check_stdin()?;
    let docket = orders::read_or_fail(&args.orders)?;
    let key = chain::key(&args.key_file)?;
    let mut questions = questions(&args.questions)?;
    let asked = questions.len();
    if asked == 0 {
        output::note(&format!("{} has no questions, so no decision is repeated", Quoted(&args.questions)));
    }
    let geo = args.geo.load_some()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    let policy = Policy::compile(&docket, &geo.atlas).map_err(|error| diagnostics::refuse(&error, &args.orders))?;

    let (mut differences, mut same) = (Vec::new(), 0);
    let verified = chain::verify(&args.ledger, &args.chain, Some(key.clone()), |record| {
        let Some(question) = questions.remove(&record.seq) else { return };
        let found = replay(&policy, &key, &question, record);
        same += usize::from(found.is_empty());
        let report = |difference: bailiwick::ledger::Difference| DifferenceJson {
            seq: record.seq,
            field: difference.field(),
            message: difference.to_string(),
        };
        differences.extend(found.into_iter().map(report));
    })?;
    let fault = match &verified {
        Ok(_) => None,
        Err(fault) if args.geo.json => Some(FaultJson::from(fault)),
        Err(fault) => return Err(chain::failure(fault, args.chain.after)),
    };
    let message = "no decision is recorded under this number: give the number that `record` returned";
    let unrecorded = |&seq: &u64| DifferenceJson { seq, field: "seq", message: message.to_owned() };
    differences.extend(questions.keys().map(unrecorded));
    let is_wrong = fault.is_some() || !differences.is_empty();
    let report = ReplayJson { questions: asked, same, differences, fault };
    if args.geo.json {
        output::json(&report)?
    } else {
        write_text(&report)?
    }
    if is_wrong { Err(Failure::Said) } else { Ok(()) }
}

fn write_text(report: &ReplayJson<'_>) -> Result<(), Failure> {
    let mut out = output::stdout();
    for DifferenceJson { seq, message, .. } in report.differences.iter().take(SHOWN) {
        writeln!(out, "{ERROR}error{ERROR:#}: line number {seq}: {message}")?;
    }
    if let more @ 1.. = report.differences.len().saturating_sub(SHOWN) {
        writeln!(out, "{NOTE}note{NOTE:#}: {}: `--json` shows them", count(more, "more difference"))?;
    }
    let style = if report.differences.is_empty() { GOOD } else { ERROR };
    let (questions, same) = (count(report.questions, "question"), count(report.same, "answer"));
    writeln!(out, "{style}{questions}, {same} as recorded{style:#}")?;
    Ok(())
}

/// Reads the questions, one JSON object a line, by the number of the line that each is about.
fn questions(path: &str) -> Result<BTreeMap<u64, Question>, Failure> {
    let name = input::name(path);
    let progress = Progress::new();
    let mut reader = BufReader::new(Input::open(path, &progress)?.reader());
    let (mut questions, mut bytes) = (BTreeMap::new(), Vec::new());
    let limit = u64::try_from(MAX_QUESTION + 1).unwrap_or(u64::MAX);
    for line in 1_u64.. {
        let wrong = |what: &str| Failure::wrong(format_args!("{name}, line {line} {what}"));
        bytes.clear();
        if reader.by_ref().take(limit).read_until(b'\n', &mut bytes).map_err(|error| input::unreadable(path, &error))? == 0 {
            break;
        }
        if bytes.len() > MAX_QUESTION {
            return Err(wrong("is too long to be a question"));
        }
        let text = bytes.trim_ascii();
        if text.is_empty() {
            continue;
        }
        // The message of serde may repeat a name of the question.
        let question: Question = serde_json::from_slice(text).map_err(|_| {
            wrong("is not a question: write one like `{\"seq\":17,\"meeting\":\"…\",\"account\":\"…\",\"address\":\"…\",\"host_region\":\"US\"}`")
        })?;
        let seq = question.seq;
        if questions.insert(seq, question).is_some() {
            return Err(wrong(&format!("is a second question about line number {seq}: ask once")));
        }
    }
    Ok(questions)
}
