//! Legal situations, one per file of `tests/scenarios`, put to the executable specification and to the compiled policy.
//!
//! A file says why its situation matters, what the geo sources and the docket say, and who must be told what. Its name is its
//! title, with `_` between the words. To add a situation, add a file; what a file can say stands here, under `Scenario`. Its cases
//! are those of [`bailiwick::cases`], with an address each. Here a case that leaves out `orders` or `domestic` expects none.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Debug;
use std::net::IpAddr;
use std::path::Path;

use bailiwick::DecisionKind;
use bailiwick::cases::{Case, Participant, Runner};
use bailiwick::spec::{self, Verdict};
use bailiwick::{Atlas, Decision, Docket, HostAccount, Meeting, Policy, Source};
use serde::Deserialize;

/// The codes of every `Reason`, in its sequence.
const REASONS: &str =
    "not-in-force not-yet-effective expired unlocated contested outside not-in-regions not-in-networks exempt reaches";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    title: String,
    /// The rule or the real situation that it shows, in one to three lines.
    why: String,
    /// 1 unless given.
    min_sources: Option<usize>,
    /// The rows of each source: `203.0.113.0/24 CN`, or `198.51.100.0-198.51.100.99 US`.
    sources: BTreeMap<String, Vec<String>>,
    docket: Docket,
    cases: Vec<Case>,
}

/// Every scenario, with the name of its file.
fn scenarios() -> Vec<(String, Scenario)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &Path| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let scenario = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, scenario)
    };
    files.iter().map(|file| read(file)).collect()
}

/// A scenario, ready to be asked.
struct World {
    docket: Docket,
    sources: Vec<Source>,
    min_sources: usize,
    policy: Policy,
}

impl World {
    /// The scenario as its file has it; or with orders, sources and their rows last to first, which may not matter.
    fn new(scenario: &Scenario, in_reverse: bool) -> World {
        let mut docket = scenario.docket.clone();
        let mut sources: Vec<Source> = scenario.sources.iter().map(|(name, rows)| source(name, rows, in_reverse)).collect();
        if in_reverse {
            docket.orders.reverse();
            sources.reverse();
        }
        let min_sources = scenario.min_sources.unwrap_or(1);
        let builder = Atlas::builder().min_sources(min_sources);
        let atlas = sources.iter().cloned().fold(builder, |builder, source| builder.source(source)).build().unwrap();
        let policy = Policy::compile(&docket, &atlas).unwrap_or_else(|error| panic!("{}: {error}", scenario.title));
        World { docket, sources, min_sources, policy }
    }

    /// The differences between a case and the specification, the policy and its explanation.
    fn differences(&self, case: &Case) -> Vec<String> {
        let (ip, at) = (address(case), case.at.unwrap());
        let meeting = Meeting::new(&case.meeting);
        let meeting = case.account.as_deref().map_or(meeting, |account| meeting.hosted_by(account));
        let rule = spec::decide_at(&self.docket, &self.sources, self.min_sources, meeting, ip, case.host, at);
        let decision = self.policy.decide_at(meeting, ip, case.host, at);
        let explanation = self.policy.explain(meeting, ip, case.host, at);
        let reasons = explanation.orders().iter().map(|part| (part.order().id.clone(), part.reason())).collect();

        let orders = case.orders.clone().unwrap_or_default();
        let expected = Verdict { kind: case.expect.unwrap(), orders, domestic: case.domestic.clone() };
        let mut differences = vec![
            difference("the specification", &expected, &rule),
            difference("the policy", &expected, &verdict(decision)),
            difference("the explanation", &expected, &verdict(explanation.decision())),
        ];
        if let Some(expected) = &case.location {
            let by_rule = spec::locate(&self.sources, self.min_sources, ip);
            differences.push(difference("the atlas", expected, &self.policy.locate(ip).to_string()));
            differences.push(difference("the specification's locate", expected, &by_rule.to_string()));
        }
        if let Some(expected) = &case.reasons {
            differences.push(difference("the explanation's reasons", expected, &reasons));
        }
        differences.into_iter().flatten().collect()
    }
}

fn source(name: &str, rows: &[String], in_reverse: bool) -> Source {
    let mut source = Source::new(name);
    let mut rows: Vec<&String> = rows.iter().collect();
    if in_reverse {
        rows.reverse();
    }
    for row in rows {
        insert(&mut source, row).unwrap_or_else(|error| panic!("`{row}` of `{name}`: {error}"));
    }
    source
}

fn insert(source: &mut Source, row: &str) -> Result<(), Box<dyn Error>> {
    let (range, region) = row.split_once(' ').ok_or("no blank before the region")?;
    match range.split_once('-') {
        Some((first, last)) => source.insert_range(first.parse()?, last.parse()?, region.parse()?)?,
        None => source.insert(range.parse()?, region.parse()?),
    }
    Ok(())
}

/// A decision, as the specification would write it.
fn verdict(decision: Decision<'_>) -> Verdict {
    let (kind, orders) = match decision {
        Decision::Allow => (DecisionKind::Allow, Vec::new()),
        Decision::BlockParticipant(block) => (DecisionKind::BlockParticipant, block.orders().collect()),
        Decision::KeepMeeting(keep) => (DecisionKind::KeepMeeting, keep.orders().collect()),
    };
    let domestic = match decision.host_account() {
        HostAccount::Unaffected => None,
        HostAccount::UnderDomesticOrder(order) => Some(order.id.clone()),
    };
    Verdict { kind, orders: orders.iter().map(|order| order.id.clone()).collect(), domestic }
}

/// The address of a case.
fn address(case: &Case) -> IpAddr {
    match case.participant {
        Participant::At(ip) => ip,
        other => panic!("{other:?} has no address"),
    }
}

fn difference<T: PartialEq + Debug>(who: &str, expected: &T, found: &T) -> Option<String> {
    (expected != found).then(|| format!("    {who}: {found:?}, and not {expected:?}"))
}

#[test]
fn the_specification_the_policy_and_its_explanation_decide_every_case_as_its_file_says() {
    let mut failures = Vec::new();
    for (file, scenario) in scenarios() {
        for (in_reverse, sequence) in [(false, ""), (true, ", everything in reverse")] {
            let world = World::new(&scenario, in_reverse);
            let runner = Runner::of(world.policy.clone());
            for (case, number) in scenario.cases.iter().zip(1..) {
                let mut differences = world.differences(case);
                differences.extend(runner.run(case).differences().iter().map(|difference| format!("    the runner: {difference}")));
                if !differences.is_empty() {
                    let what = format!("{file}, case {number} (`{}`, {}){sequence}", case.meeting, address(case));
                    failures.push(format!("{what}\n{}", differences.join("\n")));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} differences\n\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn every_file_is_named_like_its_title_and_has_a_why_and_cases() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 32, "only {} scenarios", scenarios.len());
    for (file, scenario) in scenarios {
        let title = scenario.title.to_lowercase().replace('\'', "");
        let words: Vec<&str> = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        assert_eq!(file, format!("{}.toml", words.join("_")));
        assert!((1..=3).contains(&scenario.why.trim().lines().count()), "{file}: say why in one to three lines");
        assert!(!scenario.cases.is_empty(), "{file} has no cases");
    }
}

#[test]
fn the_files_show_every_kind_of_decision_and_every_reason() {
    let scenarios = scenarios();
    let cases = || scenarios.iter().flat_map(|(_, scenario)| &scenario.cases);
    for kind in [DecisionKind::Allow, DecisionKind::BlockParticipant, DecisionKind::KeepMeeting] {
        assert!(cases().any(|case| case.expect == Some(kind)), "no case expects {kind:?}");
    }
    assert!(cases().any(|case| case.domestic.is_some()), "no case expects a domestic order");
    let shown: BTreeSet<&str> =
        cases().filter_map(|case| case.reasons.as_ref()).flat_map(|r| r.values()).map(|reason| reason.name()).collect();
    assert_eq!(shown, REASONS.split(' ').collect());
}
