//! Dockets that must not compile. All that is wrong is said at once, for orders of every status.

use std::net::Ipv4Addr;

use bailiwick::{Atlas, CompileError, Docket, Order, Policy, Region, Source, Status};
use ipnet::IpNet;

use super::{STATUSES, atlas, clean, network, region, seconds};

/// An edit of the only order of a docket that compiles, the field that is then wrong, and the message.
type OrderCase = (fn(&mut Order), &'static str, &'static str);

const ORDERS: &[OrderCase] = &[
    (|order| order.id.clear(), "id", "order number 1, `id`: `` is empty: a name has 1 to 512 bytes"),
    (
        |order| order.issuer = "UK".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: `UK` names no group of this docket, and `UK` is not a code that ISO 3166-1 assigns: \
         did you mean `GB`?",
    ),
    (
        |order| order.issuer = "EU".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: `EU` names no group of this docket, and `EU` stands for several countries: \
         name a group of regions under `jurisdictions`, and its countries there",
    ),
    (
        |order| order.issuer = "Benelux".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: `Benelux` names no group of this docket, and `Benelux` is not a region code: \
         write two letters (`CN`), or a subdivision (`CN-GD`): did you mean the group `BENELUX`?",
    ),
    (
        |order| order.issuer.clear(),
        "issuer",
        "order `o-1`, `issuer`: `` names no group of this docket, and `` is not a region code: \
         write two letters (`CN`), or a subdivision (`CN-GD`)",
    ),
    (
        |order| order.issuer = "*".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: `*` names no group of this docket, and `*` is not a region code: \
         write two letters (`CN`), or a subdivision (`CN-GD`)",
    ),
    (
        |order| order.issuer = "ZZ".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: `ZZ` means that the region is unknown, and covers nothing: name a region",
    ),
    (
        |order| order.meetings.clear(),
        "meetings",
        "order `o-1`, `meetings`: no meeting and no account is named: \
         name at least one, as no order applies to all",
    ),
    (|order| order.meetings.push(String::new()), "meetings", "order `o-1`, `meetings`: `` is empty: a name has 1 to 512 bytes"),
    (|order| order.accounts.push(String::new()), "accounts", "order `o-1`, `accounts`: `` is empty: a name has 1 to 512 bytes"),
    (
        |order| (order.effective, order.expires) = (Some(seconds(3_000_000_001)), Some(seconds(3_000_000_000))),
        "expires",
        "order `o-1`, `expires`: `2065-01-24T05:20:00Z` is not after `effective`, which is `2065-01-24T05:20:01Z`: \
         the order would never be in force: write a later `expires`",
    ),
    (
        |order| (order.effective, order.expires) = (Some(seconds(3_000_000_000)), Some(seconds(3_000_000_000))),
        "expires",
        "order `o-1`, `expires`: `2065-01-24T05:20:00Z` is not after `effective`, which is `2065-01-24T05:20:00Z`: \
         the order would never be in force: write a later `expires`",
    ),
    (
        |order| order.networks.push(with_host_bits("203.0.113.7", 24)),
        "networks",
        "order `o-1`, `networks`: `203.0.113.7/24` has host bits set: did you mean `203.0.113.0/24`?",
    ),
    (
        |order| order.exempt.push(with_host_bits("2001:db8::7", 112)),
        "exempt",
        "order `o-1`, `exempt`: `2001:db8::7/112` has host bits set: did you mean `2001:db8::/112`?",
    ),
    (
        |order| order.exempt.push(with_host_bits("::ffff:203.0.113.7", 120)),
        "exempt",
        "order `o-1`, `exempt`: `::ffff:203.0.113.7/120` has host bits set: did you mean `::ffff:203.0.113.0/120`?",
    ),
    (
        |order| order.regions.push(Region::UNKNOWN),
        "regions",
        "order `o-1`, `regions`: `ZZ` means that the region is unknown, and covers nothing: name a region",
    ),
];

/// An edit of the order, and the beginning of the message.
type OverreachCase = (fn(&mut Order), &'static str);

/// Edits that are an error on an order in force, and a warning on every other.
const OVERREACH: &[OverreachCase] = &[
    (|order| order.regions = vec![region("US")], "order `o-1`, `regions`: `US` is outside the jurisdiction of `CN`: "),
    (|order| order.regions = vec![region("CN-HK")], "order `o-1`, `regions`: `HK` is outside the jurisdiction of `CN`: "),
    (
        |order| order.regions = vec![region("CN-GD"), region("CN-71")],
        "order `o-1`, `regions`: `TW` is outside the jurisdiction of `CN`: ",
    ),
    (
        |order| (order.issuer, order.regions) = ("US-CA".to_owned(), vec![region("US")]),
        "order `o-1`, `regions`: `US` is outside the jurisdiction of `US-CA`: ",
    ),
    (
        |order| (order.issuer, order.regions) = ("US-CA".to_owned(), vec![region("US-NY")]),
        "order `o-1`, `regions`: `US-NY` is outside the jurisdiction of `US-CA`: ",
    ),
    (
        |order| (order.issuer, order.regions) = ("BENELUX".to_owned(), vec![region("BE"), region("DE")]),
        "order `o-1`, `regions`: `DE` is outside the jurisdiction of `BENELUX`: ",
    ),
];

/// Names that a group cannot have, the regions it stands for, and what is said about it.
const GROUPS: &[(&str, &[&str], &str)] = &[
    ("G", &[], "group `G`, `jurisdictions`: `[]` has no regions: list those that the group stands for, or remove it"),
    ("G", &["AT", "ZZ"], "group `G`, `jurisdictions`: `ZZ` means that the region is unknown, and covers nothing: name a region"),
    ("", &["AT"], "group ``, `jurisdictions`: `` is empty: a name has 1 to 512 bytes"),
    (
        "CN",
        &["CN"],
        "group `CN`, `jurisdictions`: the group's name is read as the region `CN`: give the group a name that is no region's",
    ),
    (
        "cn",
        &["US"],
        "group `cn`, `jurisdictions`: the group's name is read as the region `CN`: give the group a name that is no region's",
    ),
    (
        "ZZ",
        &["AT"],
        "group `ZZ`, `jurisdictions`: the group's name is read as the region `ZZ`: give the group a name that is no region's",
    ),
    (
        "us-ca",
        &["US"],
        "group `us-ca`, `jurisdictions`: the group's name is read as the region `US-CA`: give the group a name that is no region's",
    ),
    (
        "CN-HK",
        &["CN"],
        "group `CN-HK`, `jurisdictions`: the group's name is read as the region `HK`: give the group a name that is no region's",
    ),
];

fn with_host_bits(address: &str, length: u8) -> IpNet {
    IpNet::new(address.parse().unwrap(), length).unwrap()
}

pub(super) fn compile(docket: &Docket) -> Result<Policy, CompileError> {
    Policy::compile(docket, &atlas())
}

pub(super) fn messages(docket: &Docket) -> Vec<String> {
    compile(docket).unwrap_err().errors().iter().map(ToString::to_string).collect()
}

/// The docket that compiles, after a change to its order.
pub(super) fn changed(change: impl Fn(&mut Order)) -> Docket {
    let mut docket = clean();
    change(&mut docket.orders[0]);
    docket
}

#[test]
fn each_defect_of_an_order_is_the_only_error_and_names_order_field_and_value_whatever_the_status() {
    for (change, field, message) in ORDERS {
        for status in STATUSES {
            let mut docket = changed(change);
            docket.orders[0].status = status;
            let error = compile(&docket).expect_err(message);
            assert_eq!(messages(&docket), [*message], "{status:?}");
            let [defect] = error.errors() else { unreachable!() };
            assert_eq!((defect.order(), defect.group(), defect.field()), (Some(docket.orders[0].id.as_str()), None, *field));
            assert_eq!(error.to_string(), *message);
            if message.contains("host bits") {
                let meant = defect.suggestion().unwrap();
                assert!(message.ends_with(&format!("did you mean `{meant}`?")), "{meant}");
            }
        }
    }
}

#[test]
fn overreach_is_an_error_on_an_order_in_force_and_a_warning_on_every_other() {
    for (change, message) in OVERREACH {
        for status in STATUSES {
            let mut docket = changed(change);
            docket.orders[0].status = status;
            match compile(&docket) {
                Err(error) => {
                    assert_eq!(status, Status::InForce);
                    let [defect] = error.errors() else { panic!("{error}") };
                    assert_eq!((defect.order(), defect.group(), defect.field()), (Some("o-1"), None, "regions"));
                    assert_eq!(defect.to_string(), format!("{message}remove it, an order cannot reach there"));
                }
                Ok(policy) => {
                    assert_ne!(status, Status::InForce);
                    let message = format!("{message}the order could not be put in force as it is");
                    let warnings = policy.warnings().iter().filter(|warning| warning.to_string() == message);
                    let named: Vec<_> = warnings.map(|warning| (warning.order(), warning.field())).collect();
                    assert_eq!(named, [(Some("o-1"), "regions")], "{:#?}", policy.warnings());
                }
            }
        }
    }
}

#[test]
fn regions_inside_the_jurisdiction_are_no_overreach() {
    let cases: [(&str, &[&str]); 4] =
        [("CN", &["CN"]), ("cn", &["CN-GD", "CN"]), ("US-CA", &["US-CA"]), ("BENELUX", &["NL-NH", "LU", "BE"])];
    for (issuer, regions) in cases {
        let docket = changed(|order| {
            order.issuer = issuer.to_owned();
            order.regions = regions.iter().copied().map(region).collect();
        });
        compile(&docket).unwrap();
    }
}

#[test]
fn each_defect_of_a_group_is_the_only_error_and_names_the_group() {
    for (name, regions, message) in GROUPS {
        let mut docket = clean();
        docket.jurisdictions.insert((*name).to_owned(), regions.iter().copied().map(region).collect());
        assert_eq!(messages(&docket), [*message]);
        let error = compile(&docket).unwrap_err();
        let [defect] = error.errors() else { unreachable!() };
        assert_eq!((defect.order(), defect.group(), defect.field()), (None, Some(*name), "jurisdictions"));
    }
}

#[test]
fn a_group_may_have_the_name_of_what_is_no_region() {
    for name in ["EU", "UK", "AP", "Europe", "CN-HKSAR", "*", "cn ", "🇪🇺"] {
        let mut docket = changed(|order| order.issuer = name.to_owned());
        docket.jurisdictions.insert(name.to_owned(), vec![region("CN")]);
        compile(&docket).unwrap();
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once_groups_first_then_orders_as_they_stand() {
    let mut docket = clean();
    docket.jurisdictions.insert("EMPTY".to_owned(), Vec::new());
    docket.jurisdictions.insert("cn".to_owned(), vec![Region::UNKNOWN]);
    docket.orders[0].issuer = "UK".to_owned();
    let mut rejected = Order::new("a-0", "EMPTY");
    rejected.status = Status::Rejected;
    rejected.networks = vec![with_host_bits("10.0.0.1", 8)];
    rejected.exempt = vec![network("10.0.0.0/8"), with_host_bits("10.0.0.1", 9)];
    rejected.regions = vec![Region::UNKNOWN];
    (rejected.effective, rejected.expires) = (Some(seconds(1)), Some(seconds(0)));
    let mut same = Order::new("o-1", "CN");
    same.accounts = vec![String::new(), "account-1".to_owned(), String::new()];
    same.regions = vec![region("CN-GD"), region("US")];
    docket.orders.extend([rejected, same]);

    let errors = compile(&docket).unwrap_err();
    let found: Vec<_> = errors.errors().iter().map(|error| (error.group(), error.order(), error.field())).collect();
    let expected = [
        (Some("EMPTY"), None, "jurisdictions"),
        (Some("cn"), None, "jurisdictions"),
        (Some("cn"), None, "jurisdictions"),
        (None, Some("o-1"), "issuer"),
        (None, Some("a-0"), "meetings"),
        (None, Some("a-0"), "expires"),
        (None, Some("a-0"), "networks"),
        (None, Some("a-0"), "exempt"),
        (None, Some("a-0"), "regions"),
        (None, Some("o-1"), "id"),
        (None, Some("o-1"), "accounts"),
        (None, Some("o-1"), "accounts"),
        (None, Some("o-1"), "regions"),
    ];
    assert_eq!(found, expected);
    assert_eq!(compile(&docket).unwrap_err(), errors);

    let shown = errors.to_string();
    let mut lines = shown.lines();
    assert_eq!(lines.next(), Some("13 errors in the docket"));
    assert!(lines.eq(errors.errors().iter().map(|error| format!("  {error}"))));
}

#[test]
fn an_issuer_that_is_wrong_is_not_said_to_overreach_as_well() {
    for issuer in ["UK", "ZZ", "NOBODY"] {
        let docket = changed(|order| (order.issuer, order.regions) = (issuer.to_owned(), vec![region("GB"), region("CN")]));
        assert_eq!(messages(&docket).len(), 1);
    }
}

#[test]
fn a_failed_compile_leaves_the_older_policy_as_it_was() {
    let mut docket = clean();
    let policy = compile(&docket).unwrap();
    let decide = |policy: &Policy| {
        let decision = policy.decide("june-4-vigil", "203.0.113.7".parse().unwrap(), region("US"));
        format!("{decision:?}")
    };
    let before = (decide(&policy), policy.memory_usage(), policy.warnings().to_vec());
    docket.orders[0].meetings.clear();
    compile(&docket).unwrap_err();
    assert_eq!((decide(&policy), policy.memory_usage(), policy.warnings().to_vec()), before);
}

/// The last of the places that an atlas can number has no number after it.
#[test]
fn as_many_regions_as_an_atlas_tells_apart_are_compiled_on() {
    let digit = |n: u32| char::from_digit(n % 36, 36).unwrap();
    let code = |n: u32| format!("{}-{}{}{}", if n < 40_000 { "DE" } else { "JP" }, digit(n / 1296), digit(n / 36), digit(n));
    let mut source = Source::new("subdivisions");
    for n in 0..65_534_u32 {
        source.insert(IpNet::new(Ipv4Addr::from_bits(n).into(), 32).unwrap(), code(n).parse().unwrap());
    }
    let atlas = Atlas::builder().source(source).build().unwrap();
    let mut order = Order::new("jp-1", "JP");
    order.meetings.push("meeting".to_owned());
    order.networks.push("203.0.113.0/24".parse().unwrap());
    let mut docket = Docket::default();
    docket.orders.push(order);
    let policy = Policy::compile(&docket, &atlas).unwrap();
    assert!(policy.warnings().iter().any(|warning| warning.field() == "networks"));
}
