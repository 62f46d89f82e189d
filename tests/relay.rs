//! Servers that may carry a meeting: the rule in words, and all of a small universe beside a naive reading of it.

mod support;

use bailiwick::{Atlas, Docket, Policy, Region};
use support::region;

fn policy(fenced: &[&str]) -> Policy {
    let mut docket = Docket::default();
    docket.fenced = fenced.iter().map(|code| region(code)).collect();
    Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap()
}

/// A situation; the fenced regions; the regions of the host, the participants and the server; and whether the meeting may run
/// there.
type Scenario = (&'static str, &'static [&'static str], &'static str, &'static [&'static str], &'static str, bool);

#[rustfmt::skip]
const SCENARIOS: [Scenario; 20] = [
    ("nothing is fenced",                                    &[],              "US", &["CN", "ZZ"],    "CN",    true),
    ("a call of outsiders runs outside",                     &["CN"],          "US", &["US", "HK"],    "US",    true),
    ("a call of outsiders never runs inside",                &["CN"],          "US", &["US"],          "CN",    false),
    ("a call of insiders may run inside",                    &["CN"],          "CN", &["CN", "CN-GD"], "CN-GD", true),
    ("a call of insiders may run outside",                   &["CN"],          "CN", &["CN"],          "US",    true),
    ("one outsider keeps a call of insiders outside",        &["CN"],          "CN", &["CN", "US"],    "CN",    false),
    ("an outsider as host does, too",                        &["CN"],          "US", &["CN"],          "CN",    false),
    ("a host alone inside may be carried inside",            &["CN"],          "CN", &[],              "CN",    true),
    ("a host alone outside may not",                         &["CN"],          "HK", &[],              "CN",    false),
    ("hong kong is outside a fence of the mainland",         &["CN"],          "CN", &["HK"],          "CN",    false),
    ("a server in hong kong is not concerned by it",         &["CN"],          "US", &["US"],          "HK",    true),
    ("someone whose region is unknown is inside no fence",   &["CN"],          "CN", &["CN", "ZZ"],    "CN",    false),
    ("nor is a host whose home is unknown",                  &["CN"],          "ZZ", &["CN"],          "CN",    false),
    ("a server whose region is unknown may stand inside",    &["CN"],          "US", &["US"],          "ZZ",    false),
    ("and may carry those who are all inside the one fence", &["CN"],          "CN", &["CN"],          "ZZ",    true),
    ("but not where it may stand inside another",            &["CN", "RU"],    "CN", &["CN"],          "ZZ",    false),
    ("a server known by country may stand in a subdivision", &["CN-GD"],       "CN", &["CN-GD"],       "CN",    false),
    ("a server in another subdivision does not",             &["CN-GD"],       "US", &["US"],          "CN-GX", true),
    ("someone known by country is not in the subdivision",   &["CN-GD"],       "CN-GD", &["CN"],       "CN-GD", false),
    ("of nested fences the narrowest counts",                &["CN-GD", "CN"], "CN", &["CN"],          "CN-GD", false),
];

#[test]
fn calls_run_through_a_fenced_region_only_when_everyone_is_of_it() {
    for (words, fenced, host, participants, server, may) in SCENARIOS {
        let people = participants.iter().map(|code| region(code));
        assert_eq!(policy(fenced).may_relay(region(host), people, region(server)), may, "{words}");
    }
}

/// The same rule from the other end: a call may not run there when somebody in it is not known to be inside a fence that the server
/// is not known to be outside of. A country is outside of another's subdivisions, and a subdivision of its siblings.
fn naive(fenced: &[&str], people: &[&str], server: &str) -> bool {
    let country = |code: &str| code.get(..2).unwrap().to_owned();
    let known_inside = |person: &str, fence: &str| person != "ZZ" && (person == fence || country(person) == fence);
    let known_outside = |server: &str, fence: &str| {
        let siblings = server.len() > 2 && fence.len() > 2 && server != fence;
        server != "ZZ" && (country(server) != country(fence) || siblings)
    };
    !fenced.iter().any(|fence| !known_outside(server, fence) && people.iter().any(|person| !known_inside(person, fence)))
}

#[test]
fn the_rule_holds_in_all_of_a_small_universe() {
    const CODES: [&str; 6] = ["CN", "CN-GD", "CN-GX", "HK", "US", "ZZ"];
    const FENCES: [&str; 5] = ["CN", "CN-GD", "CN-GX", "HK", "US"];
    let mut answers = [0, 0];
    for set in 0..1_u32 << FENCES.len() {
        let fenced: Vec<&str> = (0..FENCES.len()).filter(|n| set >> n & 1 == 1).map(|n| FENCES[n]).collect();
        let policy = policy(&fenced);
        for host in CODES {
            for people in 0..1_u32 << CODES.len() {
                let participants = (0..CODES.len()).filter(|n| people >> n & 1 == 1).map(|n| CODES[n]);
                let everyone: Vec<&str> = participants.clone().chain([host]).collect();
                for server in CODES {
                    let may = policy.may_relay(region(host), participants.clone().map(region), region(server));
                    assert_eq!(may, naive(&fenced, &everyone, server), "{fenced:?} {everyone:?} {server}");
                    answers[usize::from(may)] += 1;
                }
            }
        }
    }
    assert!(answers.iter().all(|&times| times > 1_000), "{answers:?}");
}

#[test]
fn participants_are_not_looked_at_when_no_fence_concerns_the_server() {
    let looked_at = |server: &str| {
        let mut seen = 0;
        let people = [region("CN"), region("US"), region("CN")].into_iter().inspect(|_| seen += 1);
        let _ = policy(&["CN"]).may_relay(region("CN"), people, region(server));
        seen
    };
    assert_eq!(looked_at("US"), 0);
    assert_eq!(looked_at("CN"), 2, "the first who is outside decides");
}

#[test]
fn a_fence_that_is_given_twice_is_one() {
    let (once, twice) = (policy(&["CN"]), policy(&["CN", "CN"]));
    assert_eq!(once.memory_usage(), twice.memory_usage());
    assert!(!twice.may_relay(region("CN"), [region("US")], region("CN")));
}

#[test]
fn a_fence_of_nowhere_is_a_defect_of_the_docket() {
    let mut docket = Docket::default();
    docket.fenced = vec![region("CN"), Region::UNKNOWN, Region::UNKNOWN];
    let error = Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap_err();
    let [defect] = error.errors() else { panic!("{error}") };
    assert_eq!((defect.order(), defect.order_number(), defect.group(), defect.field()), (None, None, None, "fenced"));
    assert_eq!(
        defect.to_string(),
        "the docket, `fenced`: `ZZ` means that the region is unknown, and covers nothing: name a region"
    );
}

#[test]
fn a_changed_docket_is_recompiled_with_its_fences_and_refused_with_one_of_nowhere() {
    let policy = policy(&["CN"]);
    let recompiled = |fenced: &[&str]| {
        let mut docket = Docket::default();
        docket.fenced = fenced.iter().map(|code| region(code)).collect();
        policy.recompile(&docket.ended()).map(|policy| policy.may_relay(region("US"), [], region("CN")))
    };
    assert_eq!(recompiled(&["CN"]), Ok(false));
    assert_eq!(recompiled(&["CN", "CN"]), Ok(false));
    assert_eq!(recompiled(&[]), Ok(true));
    assert!(recompiled(&["CN", "ZZ"]).is_err());
}
