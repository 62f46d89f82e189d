//! Dockets that compile, and deserve a second look.

use bailiwick::{Docket, Order, Policy, Status};

use super::{STATUSES, atlas, clean, is_one_plain_line, network, region, seconds};

/// An edit of the only order of a docket without warnings, the field of the one warning, and its text.
type Case = (fn(&mut Order), &'static str, &'static str);

/// On an order of any status.
const OF_ANY_STATUS: &[Case] = &[
    (
        |order| order.issuer = "BENELUX".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: nothing in the atlas lies in the jurisdiction of `BENELUX`: the order reaches nobody",
    ),
    // The atlas knows of addresses in the US, and not whether they are in New York.
    (
        |order| order.issuer = "US-NY".to_owned(),
        "issuer",
        "order `o-1`, `issuer`: nothing in the atlas lies in the jurisdiction of `US-NY`: the order reaches nobody",
    ),
    (
        |order| order.regions = vec![region("CN-BJ")],
        "regions",
        "order `o-1`, `regions`: with `CN-BJ` no address of the atlas in `CN` is left: the order reaches nobody",
    ),
    (
        |order| {
            order.networks = vec![network("203.0.113.0/25")];
            order.exempt = vec![network("203.0.113.0/26"), network("203.0.113.64/26")];
        },
        "exempt",
        "order `o-1`, `exempt`: with `203.0.113.0/26`, `203.0.113.64/26` no address of the atlas in `CN` is left: \
         the order reaches nobody",
    ),
    (
        |order| order.networks = vec![network("203.0.112.0/23")],
        "networks",
        "order `o-1`, `networks`: `203.0.112.0/23` holds addresses outside `CN`: only those inside count",
    ),
    (
        |order| order.exempt = vec![network("2001:db8::/112"), network("2001:db8::/111")],
        "exempt",
        "order `o-1`, `exempt`: `2001:db8::/111` holds addresses outside `CN`: only those inside count",
    ),
    // `::/0` holds no IPv4 address. It does hold IPv6 addresses outside of CN.
    (
        |order| order.exempt = vec![network("::/0")],
        "exempt",
        "order `o-1`, `exempt`: `::/0` holds addresses outside `CN`: only those inside count",
    ),
    (
        |order| order.expires = Some(seconds(1_591_315_200)),
        "expires",
        "order `o-1`, `expires`: expired at `2020-06-05T00:00:00Z`, before this docket was compiled",
    ),
    (
        |order| order.meetings.push("*".to_owned()),
        "meetings",
        "order `o-1`, `meetings`: `*` is a name like any other: `*` stands for nothing but itself",
    ),
    (
        |order| order.accounts.push("*".to_owned()),
        "accounts",
        "order `o-1`, `accounts`: `*` is a name like any other: `*` stands for nothing but itself",
    ),
];

/// On an order in force.
const IN_FORCE: &[Case] = &[
    (
        |order| order.expires = None,
        "expires",
        "order `o-1`, `expires`: no end is set: the order stays in force until someone withdraws it",
    ),
    (|order| order.evidence.clear(), "evidence", "order `o-1`, `evidence`: nothing recorded supports the order"),
    (
        |order| order.approved_by.clear(),
        "approved_by",
        "order `o-1`, `approved_by`: two distinct people should agree, and 0 did: `[]`",
    ),
    (
        |order| order.approved_by.truncate(1),
        "approved_by",
        "order `o-1`, `approved_by`: two distinct people should agree, and 1 did: `counsel-a`",
    ),
    (
        |order| order.approved_by = vec!["counsel-a".to_owned(); 2],
        "approved_by",
        "order `o-1`, `approved_by`: two distinct people should agree, and 1 did: `counsel-a`, `counsel-a`",
    ),
];

/// Edits that are not warned about.
const UNREMARKABLE: &[fn(&mut Order)] = &[
    |order| order.issuer = "cn".to_owned(),
    |order| order.regions = vec![region("CN-GD"), region("CN")],
    // A region without a known address, beside one that has some.
    |order| order.regions = vec![region("CN-GD"), region("CN-BJ")],
    |order| order.networks = vec![network("203.0.113.0/24"), network("2001:db8::/112"), network("203.0.113.7/32")],
    |order| order.networks = vec![network("::ffff:203.0.113.0/120")],
    |order| order.exempt = vec![network("203.0.113.0/24")],
    // Exempt, and outside of the networks.
    |order| (order.networks, order.exempt) = (vec![network("203.0.113.0/25")], vec![network("203.0.113.128/25")]),
    |order| order.effective = Some(seconds(3_999_999_999)),
    |order| (order.meetings, order.accounts) = (Vec::new(), vec!["account-1".to_owned()]),
    |order| order.meetings = vec!["june-4-vigil".to_owned(); 2],
    |order| order.approved_by = ["a", "b", "a"].map(str::to_owned).to_vec(),
    |order| order.notice = [("en".to_owned(), "* Not here. *".to_owned())].into(),
];

fn compile(docket: &Docket) -> Policy {
    Policy::compile(docket, &atlas()).unwrap()
}

/// The warnings after an edit of the order of a docket without warnings: order, field, message.
fn warnings(status: Status, change: impl Fn(&mut Order)) -> Vec<(Option<String>, String, String)> {
    let mut docket = clean();
    docket.orders[0].status = status;
    change(&mut docket.orders[0]);
    let policy = compile(&docket);
    assert!(policy.warnings().iter().all(|warning| warning.group().is_none()));
    let shown = policy.warnings().iter();
    shown.map(|warning| (warning.order().map(str::to_owned), warning.field().to_owned(), warning.to_string())).collect()
}

fn one_warning(field: &str, message: &str) -> Vec<(Option<String>, String, String)> {
    vec![(Some("o-1".to_owned()), field.to_owned(), message.to_owned())]
}

#[test]
fn a_clean_docket_gives_no_warning() {
    for status in STATUSES {
        assert_eq!(warnings(status, |_| {}), []);
        for change in UNREMARKABLE {
            assert_eq!(warnings(status, change), []);
        }
    }
}

#[test]
fn each_warning_comes_alone_and_names_order_field_and_value() {
    for (change, field, message) in OF_ANY_STATUS.iter().chain(IN_FORCE) {
        assert_eq!(warnings(Status::InForce, change), one_warning(field, message));
    }
}

#[test]
fn an_order_that_is_not_in_force_is_warned_of_as_well_but_not_for_what_only_being_in_force_needs() {
    for status in STATUSES.into_iter().filter(|&status| status != Status::InForce) {
        for (change, field, message) in OF_ANY_STATUS {
            assert_eq!(warnings(status, change), one_warning(field, message), "{status:?}");
        }
        for (change, ..) in IN_FORCE {
            assert_eq!(warnings(status, change), [], "{status:?}");
        }
    }
}

#[test]
fn a_network_that_no_address_of_the_reach_is_in_is_said_to_be_clipped_and_to_leave_nothing() {
    let said = warnings(Status::InForce, |order| order.networks = vec![network("192.0.2.0/24"), network("10.0.0.0/8")]);
    let [nothing, america, private] = said.as_slice() else { panic!("{said:#?}") };
    assert_eq!(
        nothing.2,
        "order `o-1`, `networks`: with `192.0.2.0/24`, `10.0.0.0/8` no address of the atlas in `CN` is left: the order reaches nobody"
    );
    assert_eq!(america.2, "order `o-1`, `networks`: `192.0.2.0/24` holds addresses outside `CN`: only those inside count");
    assert_eq!(private.2, "order `o-1`, `networks`: `10.0.0.0/8` holds addresses outside `CN`: only those inside count");
}

#[test]
fn a_network_that_regions_clip_is_said_to_be_outside_of_those() {
    let said = warnings(Status::InForce, |order| {
        order.regions = vec![region("CN-GD"), region("CN-44")];
        order.networks = vec![network("203.0.113.0/25"), network("203.0.113.0/24")];
    });
    let [(_, field, message)] = said.as_slice() else { panic!("{said:#?}") };
    assert_eq!(field, "networks");
    let said = "`203.0.113.0/24` holds addresses outside `CN-GD`, `CN-44` of `CN`: only those inside count";
    assert_eq!(*message, format!("order `o-1`, `networks`: {said}"));
}

#[test]
fn an_order_that_exempts_all_that_it_reaches_is_said_to_reach_nobody() {
    for exempt in [
        &["203.0.113.0/24", "2001:db8::/112"][..],
        &["203.0.113.0/25", "203.0.113.128/25", "::ffff:203.0.113.0/120", "2001:db8::/112"],
    ] {
        let said = warnings(Status::InForce, |order| order.exempt = exempt.iter().copied().map(network).collect());
        let [(_, field, message)] = said.as_slice() else { panic!("{said:#?}") };
        assert!(field == "exempt" && message.ends_with(": the order reaches nobody"), "{message}");
    }
}

#[test]
fn where_nothing_is_located_every_order_is_said_to_reach_nobody() {
    let policy = Policy::compile(&clean(), &bailiwick::Atlas::builder().build().unwrap()).unwrap();
    let shown: Vec<String> = policy.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["order `o-1`, `issuer`: nothing in the atlas lies in the jurisdiction of `CN`: the order reaches nobody"]);
}

#[test]
fn an_order_with_regions_that_reaches_nobody_is_not_said_to_reach_nobody_in_all_of_the_jurisdiction() {
    // 203.0.113.0/24 is inside CN.
    let narrowings: [Case; 2] = [
        (
            |order| order.networks = vec![network("203.0.113.128/25")],
            "networks",
            "with `203.0.113.128/25` no address of the atlas in `CN-GD` of `CN` is left: the order reaches nobody",
        ),
        (
            |order| order.exempt = vec![network("203.0.113.0/25")],
            "exempt",
            "with `203.0.113.0/25` no address of the atlas in `CN-GD` of `CN` is left: the order reaches nobody",
        ),
    ];
    for (narrow, field, message) in narrowings {
        let said = warnings(Status::InForce, |order| {
            order.regions = vec![region("CN-GD")];
            narrow(order);
        });
        assert_eq!(said[0].2, format!("order `o-1`, `{field}`: {message}"));
    }
}

#[test]
fn a_network_inside_a_region_is_not_said_to_be_outside_of_it_when_the_region_overreaches() {
    let said = warnings(Status::Rejected, |order| {
        order.regions = vec![region("HK")];
        order.networks = vec![network("198.51.100.0/24")];
    });
    let wrong = "`198.51.100.0/24` holds addresses outside `HK`";
    assert!(said.iter().all(|(.., message)| !message.contains(wrong)), "it is in HK, which is outside of CN: {said:#?}");
}

#[test]
fn warnings_are_in_the_sequence_of_the_docket() {
    let mut docket = clean();
    let order = docket.orders.remove(0);
    for id in ["z", "a", "m"] {
        let mut order = order.clone();
        order.id = id.to_owned();
        order.evidence.clear();
        order.expires = None;
        docket.orders.push(order);
    }
    let policy = compile(&docket);
    let found: Vec<_> = policy.warnings().iter().map(|warning| (warning.order().unwrap(), warning.field())).collect();
    let expected = [("z", "expires"), ("z", "evidence"), ("a", "expires"), ("a", "evidence"), ("m", "expires"), ("m", "evidence")];
    assert_eq!(found, expected);
}

#[test]
fn a_name_with_a_star_blocks_nothing_but_the_meeting_of_that_name() {
    let mut docket = clean();
    docket.orders[0].meetings = vec!["*".to_owned()];
    let policy = compile(&docket);
    let admits = |meeting: &str| policy.decide(meeting, "203.0.113.7".parse().unwrap(), region("US")).admits();
    assert!(!admits("*"));
    assert!(admits("june-4-vigil") && admits("") && admits("**"));
}

#[test]
fn no_name_begins_a_line_of_its_own_in_a_warning() {
    let name = "a*\norder `x`, `id`: forged\u{1b}[31m\u{202e}";
    let mut docket = clean();
    docket.jurisdictions.insert(name.to_owned(), vec![region("CN"), region("HK")]);
    let order = &mut docket.orders[0];
    (order.id, order.issuer) = (name.to_owned(), name.to_owned());
    (order.meetings, order.accounts) = (vec![name.to_owned()], vec![name.to_owned()]);
    order.approved_by = vec![name.to_owned()];
    order.evidence.clear();
    order.networks = vec![network("192.0.2.0/24")];
    order.expires = Some(seconds(0));
    let policy = compile(&docket);
    // Three of them say that the name can never match: of the group, of the meeting and of the account.
    assert_eq!(policy.warnings().len(), 10, "{:#?}", policy.warnings());
    for warning in policy.warnings() {
        assert!(is_one_plain_line(&warning.to_string()), "{warning}");
        assert_eq!(warning.order(), (warning.field() != "jurisdictions").then_some(name));
    }
    let explanation = policy.explain(name, "192.0.2.1".parse().unwrap(), region("US"), seconds(0)).to_string();
    assert!(explanation.lines().all(is_one_plain_line) && !explanation.contains("\norder"), "{explanation}");
}
