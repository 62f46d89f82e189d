//! Files of cases: what they may say, what is wrong with one, and what a case that fails is told.

#[path = "support/mod.rs"]
mod support;

use bailiwick::cases::{Case, Cases, Participant, Runner};
use bailiwick::{Docket, Region};
use support::{atlas_of, docket, network, order, region};

/// One case, with every field.
const TOML: &str = r#"
title = "Vigils"
why = "The order reaches Guangdong alone."

[[cases]]
meeting = "vigil"
account = "anna"
address = "203.0.113.9"
host = "us"
at = "2020-06-04T12:00:00Z"
expect = "block-participant"
orders = ["cn-1"]
domestic = ""
location = "cn-gd"
reasons = { cn-1 = "reaches" }
"#;

const JSON: &str = r#"{
    "title": "Vigils",
    "why": "The order reaches Guangdong alone.",
    "cases": [


        {"meeting": "vigil", "account": "anna", "address": "203.0.113.9", "host": "US", "at": "2020-06-04T12:00:00Z",
         "expect": "block-participant", "orders": ["cn-1"], "domestic": "", "location": "CN-GD", "reasons": {"cn-1": "reaches"}}
    ]
}"#;

/// An order of China about `vigil`, on an atlas that has Guangdong and Hong Kong.
fn runner(docket: &Docket, cases: &Cases) -> Runner {
    Runner::new(docket, &atlas_of(&[("203.0.113.0/24", "CN-GD"), ("198.51.100.0/24", "HK")]), cases).unwrap()
}

fn vigil() -> Docket {
    docket([order("cn-1", "CN", "vigil")])
}

/// The text of a case with a few lines, in TOML.
fn case(lines: &str) -> String {
    format!("[[cases]]\nmeeting = \"vigil\"\n{lines}\n")
}

/// What each case is told that fails.
fn differences(docket: &Docket, text: &str) -> Vec<String> {
    let cases = Cases::from_toml(text).unwrap();
    let runner = runner(docket, &cases);
    cases.cases.iter().flat_map(|case| runner.run(case).differences().iter().map(ToString::to_string).collect::<Vec<_>>()).collect()
}

#[test]
fn toml_and_json_say_the_same_but_for_the_line() {
    let [toml, json] = [Cases::from_toml(TOML).unwrap(), Cases::from_json(JSON).unwrap()];
    let without_lines = |mut cases: Cases| {
        cases.cases.iter_mut().for_each(|case| case.line = 0);
        cases
    };
    assert_eq!([toml.cases[0].line, json.cases[0].line], [5, 7]);
    assert_eq!((toml.title.as_str(), toml.why.as_str()), ("Vigils", "The order reaches Guangdong alone."));
    assert_eq!(toml.cases[0].location.as_deref(), Some("CN-GD"), "written as the atlas writes it");
    let toml = without_lines(toml);
    assert_eq!(toml, without_lines(json));
    // Without the errors' lines, serde reads the same.
    assert_eq!(serde_json::from_str::<Cases>(JSON).unwrap(), toml);
    assert_eq!(toml::from_str::<Cases>(TOML).unwrap(), toml);
}

#[test]
fn a_mark_in_front_of_a_file_is_passed_over() {
    assert_eq!(Cases::from_toml(&format!("\u{feff}{TOML}")).unwrap(), Cases::from_toml(TOML).unwrap());
}

#[test]
fn a_case_that_holds_passes() {
    let cases = Cases::from_toml(TOML).unwrap();
    let docket = vigil();
    let runner = runner(&docket, &cases);
    let outcome = runner.run(&cases.cases[0]);
    assert!(outcome.passed(), "{:?}", outcome.differences());
    assert_eq!(outcome.explanation().location().to_string(), "CN-GD");
    let wrong = Cases::from_toml(&case("address = \"203.0.113.9\"\nexpect = \"allow\"")).unwrap();
    assert!(!runner.run(&wrong.cases[0]).passed());
}

#[test]
fn each_field_that_differs_is_told() {
    let wrong = case(
        "address = \"203.0.113.9\"\nexpect = \"allow\"\norders = [\"cn-2\", \"cn-0\"]\ndomestic = \"us-1\"\nlocation = \"unknown\"\n\
         reasons = { cn-2 = \"outside\", cn-1 = \"exempt\" }",
    );
    assert_eq!(
        differences(&vigil(), &wrong),
        [
            "`expect` is `allow`, and `block-participant` was decided",
            "`orders` is `[cn-0, cn-2]`, and `[cn-1]` was found",
            "`domestic` is `us-1`, and `` was found",
            "`location` is `unknown`, and `CN-GD` was found",
            "`reasons` is `cn-1 = exempt, cn-2 = outside`, and `cn-1 = reaches` was found",
        ]
    );
}

/// Several cases of one region, of which one is about another meeting, and one about a place that no participant has.
#[test]
fn each_case_of_a_region_is_run_for_itself() {
    let blocked = case("region = \"CN\"\nexpect = \"block-participant\"");
    let other = "[[cases]]\nmeeting = \"picnic\"\nregion = \"CN\"\nexpect = \"allow\"\norders = []\ndomestic = \"\"\n";
    let contested = case("region = \"CN\"\nlocation = \"contested\"");
    assert_eq!(differences(&vigil(), &[blocked.as_str(), other, &blocked].concat()), Vec::<String>::new());
    assert_eq!(
        differences(
            &vigil(),
            &[blocked.as_str(), &contested, other.replace("orders = []", "orders = [\"cn-1\"]").as_str()].concat()
        ),
        ["`location` is `contested`, and `CN` was found", "`orders` is `[cn-1]`, and `[]` was found"]
    );
}

/// A participant in a region is at an address that no network of an order names, so that the region alone decides.
#[test]
fn a_participant_in_a_region_is_outside_of_every_network_that_an_order_names() {
    let told = |exempt: &[&str]| {
        let mut docket = vigil();
        docket.orders[0].exempt = exempt.iter().map(|text| network(text)).collect();
        differences(&docket, &case("region = \"CN\"\nexpect = \"block-participant\""))
    };
    let first = "2001:db8::/32";
    assert_eq!(told(&[]), Vec::<String>::new());
    assert_eq!(told(&["2001:db8::/48", "192.0.2.0/24", "10.0.0.0/8"]), Vec::<String>::new());
    // Networks above the address, too.
    assert_eq!(told(&["2001:db9::/32", "224.0.0.0/4"]), Vec::<String>::new());
    assert_eq!(told(&[first, "224.0.0.0/4"]), Vec::<String>::new());
    // IPv4 is tried where the whole of IPv6's documentation network is named.
    assert_eq!(told(&[first]), Vec::<String>::new());
    assert_eq!(told(&[first, "192.0.2.0/24", "198.51.100.0/24"]), Vec::<String>::new());
    // A docket that names all of them exempts the address, too.
    let all = [first, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
    assert_eq!(told(&all), ["`expect` is `block-participant`, and `keep-meeting` was decided"]);
}

#[test]
fn a_participant_of_no_known_place_is_not_located() {
    let unknown = case("region = \"ZZ\"\nlocation = \"unknown\"\nexpect = \"keep-meeting\"");
    assert_eq!(differences(&vigil(), &unknown), Vec::<String>::new());
}

/// A runner of a policy alone has no atlas in which a region lies.
#[test]
fn a_runner_of_a_policy_does_not_locate_the_region_of_a_case() {
    let cases = Cases::from_toml(&case("region = \"CN\"\nlocation = \"unknown\"\nexpect = \"keep-meeting\"")).unwrap();
    let policy = bailiwick::Policy::compile(&vigil(), &atlas_of(&[("203.0.113.0/24", "CN-GD")])).unwrap();
    let runner = Runner::of(policy);
    assert!(runner.run(&cases.cases[0]).passed());
    assert_eq!(cases.cases[0].participant, Participant::In(region("CN")));
}

#[test]
fn a_docket_that_does_not_compile_has_no_runner() {
    let cases = Cases::from_toml(TOML).unwrap();
    let wrong = docket([order("cn-1", "ZZ", "vigil")]);
    let error = Runner::new(&wrong, &atlas_of(&[("203.0.113.0/24", "CN-GD")]), &cases).unwrap_err();
    assert_eq!(error.errors()[0].field(), "issuer");
}

/// A case with a mistake, the field that is told, and a part of what is said.
const WRONG: &[(&str, &str, &str)] = &[
    ("address = \"1.2.3\"\nexpect = \"allow\"", "address", "`1.2.3` is not an address: write one like `203.0.113.7`"),
    ("address = \"1.2.3.4\"\nregion = \"CN\"\nexpect = \"allow\"", "region", "are given: keep one of them"),
    ("expect = \"allow\"", "address", "nothing says where the participant is: write `address`, or `region`"),
    ("region = \"CN\"", "expect", "the case compares nothing: write what is expected"),
    ("region = \"CN\"\nexpect = \"block\"", "expect", "`block` is not a decision"),
    ("region = \"CN\"\nexpect = \"keep-meting\"", "expect", "did you mean `keep-meeting`?"),
    ("region = \"CN\"\nreasons = { cn-1 = \"outsidex\" }", "reasons", "`outsidex` is not a reason: did you mean `outside`?"),
    ("region = \"CN\"\nlocation = \"UK\"", "location", "did you mean `GB`?"),
];

#[test]
fn each_mistake_is_told_with_its_case_its_line_and_its_field() {
    for &(lines, field, said) in WRONG {
        let text = format!("{}\n{}", case("region = \"CN\"\nexpect = \"allow\""), case(lines));
        let error = Cases::from_toml(&text).expect_err(lines);
        assert_eq!((error.case_number(), error.field()), (Some(2), Some(field)), "{lines}: {error}");
        assert_eq!((error.order(), error.order_number(), error.group()), (None, None, None), "{lines}");
        assert!(error.line() > 4, "{lines}: {error}");
        assert!(error.to_string().contains(said), "{lines}: {error}");
        assert!(error.errors()[0].render("cases.toml", false).contains("case number 2"), "{lines}");
        // Whoever reads by serde is refused, too.
        assert!(toml::from_str::<Cases>(&text).is_err(), "{lines}");
    }
}

#[test]
fn a_file_without_cases_is_refused() {
    for (toml, json) in [("", "{}"), ("cases = []", r#"{"cases": []}"#)] {
        for error in [Cases::from_toml(toml).unwrap_err(), Cases::from_json(json).unwrap_err()] {
            assert_eq!((error.case_number(), error.field()), (None, Some("cases")), "{error}");
        }
    }
    // A list that is not whole is not called empty.
    for text in ["cases = [\n@", "cases = [\n@\n]\n", "cases = [ @", "cases = [", "cases = [\n"] {
        assert_eq!(Cases::from_toml(text).unwrap_err().errors().len(), 1, "{text:?}");
    }
    for text in ["{\"cases\": [", "{\"cases\": [\n@", "{\"cases\": [\n@]}", "{\"cases\": [ ,]}"] {
        assert_eq!(Cases::from_json(text).unwrap_err().errors().len(), 1, "{text:?}");
    }
    let error = serde_json::from_str::<Cases>(r#"{"cases": []}"#).unwrap_err().to_string();
    assert!(error.contains("there are no cases: write one, begun with `[[cases]]`"), "{error}");
}

#[test]
fn a_case_compares_what_it_names_alone() {
    let fields = [
        "expect = \"keep-meeting\"",
        "orders = [\"cn-1\"]",
        "domestic = \"\"",
        "location = \"HK\"",
        "reasons = { cn-1 = \"outside\" }",
    ];
    for field in fields {
        let text = case(&format!("region = \"HK\"\n{field}"));
        let read: Case = Cases::from_toml(&text).unwrap().cases.remove(0);
        let named = [
            read.expect.is_some(),
            read.orders.is_some(),
            read.domestic.is_some(),
            read.location.is_some(),
            read.reasons.is_some(),
        ];
        assert_eq!(named.into_iter().filter(|&is_named| is_named).count(), 1, "{field}");
        assert_eq!((read.host, read.at, read.account), (Region::UNKNOWN, None, None));
        // Whatever reads a case for itself, as the scenarios of the tests do, reads the same.
        assert!(toml::from_str::<Cases>(&text).is_ok(), "{field}");
        assert_eq!(differences(&vigil(), &text), Vec::<String>::new(), "{field}");
    }
}
