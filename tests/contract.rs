//! The public API that programs count on, name by name: a change of a name, a signature or a trait breaks this build.
//!
//! Signatures are the types of functions, traits are bounds, and enums that are exhaustive are matched without a wildcard.
//! `tests/api.rs` has what follows from them: lifetimes, defaults, and the rest of the public API.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::fs::File;
use std::hash::Hash;
use std::io::Read;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use bailiwick::ipnet::IpNet;
use bailiwick::policy::{Defect, DefectCause, WarningCause};
use bailiwick::spec::{self, Verdict};
use bailiwick::{
    Atlas, AtlasBuilder, AtlasError, Block, CompileError, Decision, DecisionKind, Demand, Docket, Explanation, HostAccount,
    InMeeting, Keep, Location, Meeting, Order, Policy, Reason, Region, RegionError, Requirements, Source, SourceError, Status,
    Warning,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

fn copy<T: Copy>() {}
fn clone<T: Clone>() {}
fn debug<T: Debug>() {}
fn shown<T: Display>() {}
fn ordered<T: Eq + Ord + Hash>() {}
fn read_from_text<T: FromStr>() {}
fn shared<T: Send + Sync + 'static>() {}
fn data<T: Serialize + DeserializeOwned + Clone + PartialEq>() {}
fn error<T: Error + Send + Sync + 'static>() {}

#[test]
fn types_have_their_traits() {
    copy::<(Region, DecisionKind, Location, HostAccount<'_>, Meeting<'_>, Decision<'_>, Block<'_>, Keep<'_>, InMeeting<'_>)>();
    clone::<(Source, Atlas, Docket, Order, Policy)>();
    ordered::<(Region, DecisionKind)>();
    shown::<Region>();
    shown::<DecisionKind>();
    shown::<Location>();
    shown::<Explanation<'_>>();
    read_from_text::<Region>();
    read_from_text::<Status>();
    read_from_text::<Demand>();
    data::<(Region, DecisionKind, Docket, Order, Status, Demand)>();
    shared::<(Region, Source, Atlas, AtlasBuilder, Location, Docket, Order, Status, Demand, Policy)>();
    shared::<(Warning, Verdict, Meeting<'static>, Decision<'static>, HostAccount<'static>, Explanation<'static>)>();
    error::<RegionError>();
    error::<SourceError>();
    error::<AtlasError>();
    error::<CompileError>();
    error::<Defect>();
    #[cfg(any(feature = "toml", feature = "json"))]
    error::<bailiwick::ReadError>();

    debug::<(Region, RegionError, Source, SourceError, Atlas, AtlasBuilder, AtlasError, Location)>();
    debug::<(Docket, Order, Status, Demand, Policy, Requirements, CompileError, Defect, DefectCause, Warning, WarningCause)>();
    debug::<(Meeting<'_>, InMeeting<'_>, DecisionKind, Decision<'_>, Block<'_>, Keep<'_>, HostAccount<'_>)>();
    debug::<(Explanation<'_>, Reason, Verdict)>();
}

#[test]
fn geo_has_its_signatures() {
    const UNKNOWN: Region = Region::UNKNOWN;
    assert_eq!(UNKNOWN.to_string(), "ZZ");
    let _: fn(Region, Region) -> bool = Region::covers;
    let _: fn(Region) -> Region = Region::country;
    let _: fn(&str) -> Result<Region, RegionError> = <Region as FromStr>::from_str;

    type Loaded = Result<Source, SourceError>;
    let _: fn(&'static str) -> Source = Source::new;
    let _: fn(String) -> Source = Source::new;
    let _: fn(&mut Source, IpNet, Region) = Source::insert;
    let _: fn(&mut Source, IpAddr, IpAddr, Region) -> Result<(), SourceError> = Source::insert_range;
    let _: [fn(&'static str, &'static [u8]) -> Loaded; 4] =
        [Source::from_range_csv, Source::from_cidr_csv, Source::from_geofeed, Source::from_rir];
    let _: fn(String, File) -> Loaded = Source::from_range_csv;
    let _: fn(String, &'static mut dyn Read) -> Loaded = Source::from_range_csv;
    let _: fn(&'static str, Region, File) -> Loaded = Source::from_zone;
    let _: fn(&'static str, &'static [u8], File) -> Loaded = Source::from_maxmind_csv;
    let _: fn(&'static str, File, &'static [u8]) -> Loaded = Source::from_maxmind_csv;
    #[cfg(feature = "mmdb")]
    let _: fn(&'static str, Vec<u8>) -> Loaded = Source::from_mmdb;
    #[cfg(feature = "files")]
    let _: fn(&str) -> Loaded = Source::open;
    let _: fn(Source) -> Source = Source::excluding;
    let _: fn(Source, SystemTime) -> Source = Source::as_of;

    let _: fn() -> AtlasBuilder = Atlas::builder;
    let _: fn(&Atlas, IpAddr) -> Location = Atlas::locate;
    let _: fn(AtlasBuilder, Source) -> AtlasBuilder = AtlasBuilder::source;
    let _: fn(AtlasBuilder, Vec<Source>) -> AtlasBuilder = AtlasBuilder::sources;
    let _: fn(AtlasBuilder, [Source; 2]) -> AtlasBuilder = AtlasBuilder::sources;
    let _: fn(AtlasBuilder, usize) -> AtlasBuilder = AtlasBuilder::min_sources;
    let _: fn(AtlasBuilder) -> Result<Atlas, AtlasError> = AtlasBuilder::build;
}

#[test]
fn orders_have_their_fields() {
    let _: fn(&'static str, &'static str) -> Order = Order::new;
    let _: fn(String, String) -> Order = Order::new;
    let mut docket = Docket::default();
    let _: &BTreeMap<String, Vec<Region>> = &docket.jurisdictions;
    let orders: &mut Vec<Order> = &mut docket.orders;
    orders.push(Order::new("id", "CN"));
    let order = &mut orders[0];
    let _: [&String; 5] = [&order.id, &order.issuer, &order.authority, &order.legal_basis, &order.reference];
    let _: [&Vec<String>; 4] = [&order.meetings, &order.accounts, &order.evidence, &order.approved_by];
    let _: &Vec<Region> = &order.regions;
    let _: [&Vec<IpNet>; 2] = [&order.networks, &order.exempt];
    let _: [Option<SystemTime>; 3] = [order.received, order.effective, order.expires];
    let _: &BTreeMap<String, String> = &order.notice;
    order.status = Status::Received;
    order.demands = vec![Demand::TerminateMeeting, Demand::SuspendHost, Demand::BlockParticipants, Demand::DiscloseData];
    // Neither of the two is exhaustive.
    match order.status {
        Status::Received | Status::UnderReview | Status::InForce | Status::Rejected | Status::Withdrawn | _ => {}
    }
}

#[test]
fn a_docket_is_collected_from_orders_extended_with_more_and_marked_as_whole() {
    let mut docket: Docket = [Order::new("a", "CN")].into_iter().collect();
    docket.extend([Order::new("b", "HK"), Order::new("c", "US")]);
    assert_eq!(docket.orders.iter().map(|order| order.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let _: fn(Docket) -> Docket = Docket::ended;
    assert_eq!(serde_json::to_value(docket.ended()).unwrap()["end"], serde_json::json!({ "orders": 3 }));
}

#[cfg(all(feature = "toml", feature = "json"))]
#[test]
fn a_read_error_has_all_its_errors_and_its_accessors_are_those_of_the_first() {
    use bailiwick::ReadError;
    use bailiwick::order::ReadDefect;

    let _: fn(&str) -> Result<Docket, ReadError> = Docket::from_toml;
    let _: fn(&str) -> Result<Docket, ReadError> = Docket::from_json;
    let _: fn(&ReadError) -> &[ReadDefect] = ReadError::errors;
    let error = Docket::from_toml("[[orders]]\nid = 'a'\nissuer = 'CN'\nstatus = 'x'\nmeetings = 7\n").unwrap_err();
    let [first, second] = error.errors() else { panic!("{error}") };
    assert_eq!((first.line(), first.column(), first.field(), first.order()), (4, 10, Some("status"), Some("a")));
    assert_eq!((second.line(), second.field()), (5, Some("meetings")));
    assert_eq!((error.line(), error.column(), error.field(), error.order()), (4, 10, Some("status"), Some("a")));
}

#[test]
fn policies_have_their_signatures() {
    let _: fn(&Docket, &Atlas) -> Result<Policy, CompileError> = Policy::compile;
    let _: fn(&Docket, &Atlas, &Requirements) -> Result<Policy, CompileError> = Policy::compile_with;
    let _: fn(&Docket, &Atlas, &Requirements, SystemTime) -> Result<Policy, CompileError> = Policy::compile_at;
    let _: fn(&Policy, &Docket) -> Result<Policy, CompileError> = Policy::recompile;
    let _: fn(&Policy, Vec<Order>) -> Result<Policy, CompileError> = Policy::amend;
    let _: fn(Requirements) -> Requirements = Requirements::end_mark;
    let _: fn(Requirements, u64) -> Requirements = Requirements::source_age;
    let _: fn(&CompileError) -> &[Defect] = CompileError::errors;
    let _: fn(&Warning) -> Option<&str> = Warning::source;
    fn of_a_policy<'p>(_: &'p Policy) {
        let _: fn(&'p Policy) -> &'p [Warning] = Policy::warnings;
        let _: fn(&'p Policy, &'static str, IpAddr, Region) -> Decision<'p> = Policy::decide;
        let _: fn(&'p Policy, &'static String, IpAddr, Region) -> Decision<'p> = Policy::decide;
        let _: fn(&'p Policy, Meeting<'static>, IpAddr, Region) -> Decision<'p> = Policy::decide;
        let _: fn(&'p Policy, Meeting<'static>, IpAddr, Region, SystemTime) -> Decision<'p> = Policy::decide_at;
        let _: fn(&'p Policy, Meeting<'static>) -> InMeeting<'p> = Policy::meeting;
        let _: fn(&'p Policy, &'static str) -> InMeeting<'p> = Policy::meeting;
        let _: fn(&InMeeting<'p>, IpAddr, Region) -> Decision<'p> = InMeeting::decide;
        let _: fn(&InMeeting<'p>, IpAddr, Region, SystemTime) -> Decision<'p> = InMeeting::decide_at;
        let _: fn(&'p Policy, Meeting<'static>, IpAddr, Region, SystemTime) -> Explanation<'p> = Policy::explain;
        let _: fn(&'p Policy, IpAddr) -> Location = Policy::locate;
        let _: fn(&'p Policy) -> &'p Atlas = Policy::atlas;
        let _: fn(&'p Policy) -> usize = Policy::memory_usage;

        let _: fn(&Decision<'p>) -> DecisionKind = Decision::kind;
        let _: fn(&Decision<'p>) -> HostAccount<'p> = Decision::host_account;
        let _: fn(&Decision<'p>) -> bool = Decision::admits;
        let _: fn(&Block<'p>) -> HostAccount<'p> = Block::host_account;
        let _: fn(&Keep<'p>) -> HostAccount<'p> = Keep::host_account;
    }
    fn of_a_name<'m>(_: &'m str) {
        let _: fn(&'m str) -> Meeting<'m> = Meeting::new;
        let _: fn(Meeting<'m>, &'m str) -> Meeting<'m> = Meeting::hosted_by;
        let _: [fn(&'m str) -> Meeting<'m>; 2] = [Meeting::from, <&'m str as Into<Meeting<'m>>>::into];
        let _: fn(&'m String) -> Meeting<'m> = Meeting::from;
    }
    of_a_policy(&policy());
    of_a_name("june-4-vigil");
    fn for_people_and_logs<T: Display + Serialize>() {}
    for_people_and_logs::<Explanation<'_>>();
    let _: fn(&Docket, &[Source], usize, Meeting<'_>, IpAddr, Region, SystemTime) -> Verdict = spec::decide_at;
}

#[cfg(feature = "live")]
#[test]
fn a_policy_in_force_has_its_signatures() {
    use bailiwick::LivePolicy;
    use bailiwick::change::Change;

    shared::<LivePolicy>();
    debug::<LivePolicy>();
    let _: fn(Policy) -> LivePolicy = LivePolicy::new;
    let _: fn(&LivePolicy, Policy) -> Change = LivePolicy::replace;
    let _: fn(&LivePolicy, &Docket) -> Result<Change, CompileError> = LivePolicy::recompile;
    let _: fn(&LivePolicy, Vec<Order>) -> Result<Change, CompileError> = LivePolicy::amend;
}

#[cfg(feature = "ledger")]
#[test]
fn digests_have_their_signatures() {
    use bailiwick::Digest;

    copy::<Digest>();
    let _: fn(&Policy) -> Digest = Policy::digest;
    let _: fn(&Atlas) -> Digest = Atlas::digest;
}

fn policy() -> Policy {
    let mut order = Order::new("cn-1", "CN");
    order.meetings.push("june-4-vigil".to_owned());
    let mut source = Source::new("provider");
    source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
    let mut docket = Docket::default();
    docket.orders.push(order);
    Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap()
}

/// References from a decision live as long as the policy, even when the decision and the meeting's name do not.
fn ids(policy: &Policy, ip: IpAddr) -> Vec<&str> {
    fn all<'p>(orders: impl Iterator<Item = &'p Order>) -> Vec<&'p str> {
        orders.map(|order| order.id.as_str()).collect()
    }
    let name = String::from("june-4-vigil");
    let decision = policy.meeting(&name).decide_at(ip, Region::UNKNOWN, UNIX_EPOCH);
    match decision {
        Decision::Allow => Vec::new(),
        Decision::BlockParticipant(block) => all(block.orders()),
        Decision::KeepMeeting(keep) => all(keep.orders()),
    }
}

/// The name of each variant. An enum that is exhaustive has no other.
fn exhaustive(kind: DecisionKind, location: Location, host: HostAccount<'_>) -> [&'static str; 3] {
    let kind = match kind {
        DecisionKind::Allow => "allow",
        DecisionKind::BlockParticipant => "block",
        DecisionKind::KeepMeeting => "keep",
    };
    let location = match location {
        Location::In(_) => "in",
        Location::Contested => "contested",
        Location::Unknown => "unknown",
    };
    let host = match host {
        HostAccount::Unaffected => "unaffected",
        HostAccount::UnderDomesticOrder(Order { .. }) => "domestic",
    };
    [kind, location, host]
}

#[test]
fn a_program_may_match_on_every_answer_and_keep_what_it_lends() {
    let policy = policy();
    let [inside, outside]: [IpAddr; 2] = ["203.0.113.7", "198.51.100.7"].map(|ip| ip.parse().unwrap());
    assert_eq!([ids(&policy, inside), ids(&policy, outside)], [["cn-1"], ["cn-1"]]);
    let answer = |ip, home: &str| {
        let decision = policy.decide("june-4-vigil", ip, home.parse().unwrap());
        exhaustive(decision.kind(), policy.atlas().locate(ip), decision.host_account())
    };
    assert_eq!(answer(inside, "US"), ["block", "in", "unaffected"]);
    assert_eq!(answer(outside, "CN"), ["keep", "unknown", "domestic"]);
}

#[test]
fn the_three_answers_have_codes_and_names_that_never_change() {
    let kinds = [DecisionKind::Allow, DecisionKind::BlockParticipant, DecisionKind::KeepMeeting];
    assert_eq!(kinds.map(DecisionKind::code), [0, 1, 2]);
    assert_eq!(kinds.map(|kind| kind as u8), [0, 1, 2]);
    let names = ["allow", "block-participant", "keep-meeting"];
    assert_eq!(kinds.map(|kind| kind.to_string()), names);
    assert_eq!(kinds.map(|kind| serde_json::to_value(kind).unwrap()), names);
    assert_eq!([0, 1, 2, 3].map(DecisionKind::from_code), [Some(kinds[0]), Some(kinds[1]), Some(kinds[2]), None]);
}

#[test]
fn a_verdict_of_the_specification_is_compared_with_a_decision() {
    let verdict = Verdict { kind: DecisionKind::KeepMeeting, orders: vec!["cn-1".to_owned()], domestic: None::<String> };
    assert!(verdict == policy().decide("june-4-vigil", "198.51.100.7".parse().unwrap(), Region::UNKNOWN));
}

#[test]
fn a_compile_error_has_all_its_errors_and_each_names_its_order_and_field() {
    let mut docket = Docket::default();
    docket.orders.push(Order::new("uk-1", "UK"));
    let error = Policy::compile(&docket, &Atlas::builder().build().unwrap()).unwrap_err();
    let [first, ..] = error.errors() else { panic!("{error}") };
    assert_eq!((first.order(), first.field()), (Some("uk-1"), "issuer"));
    assert!(first.to_string().contains("`UK`") && first.to_string().contains("uk-1"), "{first}");
    let policy = policy();
    let warning: &Warning = &policy.warnings()[0];
    assert_eq!((warning.order(), warning.field()), (Some("cn-1"), "expires"));
    assert!(warning.to_string().contains("cn-1"), "{warning}");
}
