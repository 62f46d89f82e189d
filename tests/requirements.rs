//! Requirements of a company on its orders.

use std::time::{Duration, SystemTime};

use bailiwick::policy::{DefectCause, WarningCause};
use bailiwick::{Atlas, Docket, Order, Policy, Requirements, Source, Status};

const DIGEST: &str = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// An order that meets every requirement.
fn complete() -> Order {
    let mut order = Order::new("cn-1", "CN");
    order.meetings.push("vigil".to_owned());
    order.approved_by = vec!["counsel-a".to_owned(), "counsel-b".to_owned()];
    order.evidence = vec![DIGEST.to_owned()];
    order.expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(9_000_000_000));
    order.received = Some(SystemTime::UNIX_EPOCH);
    (order.legal_basis, order.reference) = ("article 1".to_owned(), "https://example.org/1".to_owned());
    order.authority = "an office".to_owned();
    order.notice.insert("en".to_owned(), "You cannot join.".to_owned());
    order
}

fn everything() -> Requirements {
    Requirements::new().approvals(2).evidence_digest().expiry().legal_basis().reference().received().authority().notice()
}

fn compile(order: &Order, requirements: &Requirements) -> Result<Policy, Vec<(String, String)>> {
    let mut docket = Docket::default();
    docket.orders.push(order.clone());
    let compiled = Policy::compile_with(&docket, &Atlas::builder().build().unwrap(), requirements);
    compiled.map_err(|error| error.errors().iter().map(|e| (e.field().to_owned(), e.to_string())).collect())
}

/// Whether a docket of one order that ends on the tenth day is said to have expired, and its source to be old, when a policy is
/// compiled, amended and recompiled on some day.
fn said_on(day: u64) -> Vec<[bool; 2]> {
    let at = |day: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(day * 24 * 60 * 60);
    let mut source = Source::new("provider").as_of(at(1));
    source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
    let atlas = Atlas::builder().source(source).build().unwrap();
    let mut docket = Docket::default();
    docket.orders.push(complete());
    docket.orders[0].expires = Some(at(10));
    let now = at(day);
    let compiled = Policy::compile_at(&docket, &atlas, &Requirements::new(), now).unwrap();
    docket.orders[0].meetings.push("another".to_owned());
    let amended = compiled.amend_at(docket.orders.clone(), now).unwrap();
    let recompiled = compiled.recompile_at(&docket, now).unwrap();
    let has = |policy: &Policy, wanted: fn(&WarningCause) -> bool| policy.warnings().iter().any(|w| wanted(w.cause()));
    let said = |policy: &Policy| {
        [
            has(policy, |cause| matches!(cause, WarningCause::Expired { .. })),
            has(policy, |cause| matches!(cause, WarningCause::OldSource { .. })),
        ]
    };
    [&compiled, &amended, &recompiled].map(said).to_vec()
}

#[test]
fn what_has_expired_and_what_is_old_depends_on_the_time_that_is_given() {
    assert_eq!(said_on(9), [[false, false]; 3]);
    assert_eq!(said_on(10), [[true, false]; 3]);
    assert_eq!(said_on(181), [[true, false]; 3]);
    assert_eq!(said_on(182), [[true, true]; 3]);
}

#[test]
fn a_source_is_too_old_by_the_time_that_is_given() {
    let mut source = Source::new("provider").as_of(SystemTime::UNIX_EPOCH);
    source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
    let atlas = Atlas::builder().source(source).build().unwrap();
    let on = |day: u64| {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(day * 24 * 60 * 60);
        Policy::compile_at(&Docket::default(), &atlas, &Requirements::new().source_age(30), now)
    };
    assert!(on(30).is_ok() && on(32).is_err());
}

/// To the instant: a source of the last moment that is allowed is not old, and one of a moment before is; so with dates ahead.
#[test]
fn the_age_of_a_source_has_exact_bounds() {
    let (day, moment) = (Duration::from_secs(24 * 60 * 60), Duration::from_nanos(1));
    let now = SystemTime::UNIX_EPOCH + 1000 * day;
    // The date, the age in days that is warned of, whether it is ahead, and whether 30 days are exceeded.
    let cases = [
        (now, None, false, false),
        (now - 30 * day, None, false, false),
        (now - 30 * day - moment, None, false, true),
        (now - 180 * day, None, false, true),
        (now - 180 * day - moment, Some(180), false, true),
        (now - 182 * day + moment, Some(181), false, true),
        (now - 182 * day, Some(182), false, true),
        (now + day, None, false, false),
        (now + day + moment, Some(1), true, true),
        (now + 2 * day - moment, Some(1), true, true),
        (now + 2 * day, Some(2), true, true),
    ];
    for (date, warned, is_ahead, is_refused) in cases {
        let mut source = Source::new("provider").as_of(date);
        source.insert("203.0.113.0/24".parse().unwrap(), "CN".parse().unwrap());
        let atlas = Atlas::builder().source(source).build().unwrap();
        let compile = |requirements: Requirements| Policy::compile_at(&Docket::default(), &atlas, &requirements, now);
        let policy = compile(Requirements::new()).unwrap();
        let said: Vec<(u64, bool)> = policy
            .warnings()
            .iter()
            .map(|warning| match *warning.cause() {
                WarningCause::OldSource { days } => (days, false),
                WarningCause::FutureSource { days } => (days, true),
                ref cause => panic!("{cause:?}"),
            })
            .collect();
        assert_eq!(said, warned.map(|days| (days, is_ahead)).into_iter().collect::<Vec<_>>(), "{date:?}");
        assert_eq!(compile(Requirements::new().source_age(30)).is_err(), is_refused, "{date:?}");
    }
}

/// An edit of a complete order, the one requirement that it no longer meets, the field, and the message.
type Case = (fn(&mut Order), fn(Requirements) -> Requirements, &'static str, &'static str);

const CASES: &[Case] = &[
    (
        |order| order.approved_by.truncate(1),
        |required| required.approvals(2),
        "approved_by",
        "an order in force needs 2 distinct approvals, and has 1: add the names of those who agreed",
    ),
    (
        |order| order.approved_by = ["counsel-a", "counsel-a ", "\tCounsel-A", "", " "].map(str::to_owned).to_vec(),
        |required| required.approvals(2),
        "approved_by",
        "an order in force needs 2 distinct approvals, and has 1: add the names of those who agreed",
    ),
    (
        |order| order.evidence.clear(),
        Requirements::evidence_digest,
        "evidence",
        "an order in force needs evidence: \
         write the digest of each file that supports it, `sha256:` and 64 hexadecimal digits",
    ),
    (
        |order| order.evidence.push("https://example.org/scan.pdf".to_owned()),
        Requirements::evidence_digest,
        "evidence",
        "`https://example.org/scan.pdf` is not a digest: write `sha256:` and 64 hexadecimal digits",
    ),
    (
        |order| order.expires = None,
        Requirements::expiry,
        "expires",
        "an order in force needs an end: write when it ends, as in `2026-01-31T00:00:00Z`",
    ),
    (
        |order| order.legal_basis.clear(),
        Requirements::legal_basis,
        "legal_basis",
        "an order in force needs a legal basis: write the law that it invokes",
    ),
    (
        |order| order.reference = " ".to_owned(),
        Requirements::reference,
        "reference",
        "an order in force needs a reference: write where it can be read",
    ),
    (
        |order| order.received = None,
        Requirements::received,
        "received",
        "an order in force needs a date of receipt: write when it arrived, as in `2026-01-31T00:00:00Z`",
    ),
    (
        |order| order.authority.clear(),
        Requirements::authority,
        "authority",
        "an order in force needs an authority: write who signed it",
    ),
    (
        |order| order.notice.clear(),
        Requirements::notice,
        "notice",
        "an order in force needs a notice: write what a blocked person is told, as in `{ en = \"…\" }`",
    ),
    (
        |order| _ = order.notice.insert("zh".to_owned(), "\n".to_owned()),
        Requirements::notice,
        "notice",
        "an order in force needs a notice: write what a blocked person is told, as in `{ en = \"…\" }`",
    ),
];

#[test]
fn an_order_that_meets_all_requirements_compiles() {
    compile(&complete(), &everything()).unwrap();
}

#[test]
fn each_requirement_names_the_order_and_what_is_missing() {
    for (change, require, field, said) in CASES {
        let mut order = complete();
        change(&mut order);
        let expected = vec![((*field).to_owned(), format!("order `cn-1`, `{field}`: {said}"))];
        for requirements in [require(Requirements::new()), everything()] {
            assert_eq!(compile(&order, &requirements).unwrap_err(), expected, "{said}");
        }
    }
}

#[test]
fn nothing_is_required_unless_told() {
    for (change, ..) in CASES {
        let mut order = complete();
        change(&mut order);
        compile(&order, &Requirements::default()).unwrap();
    }
    assert_eq!(Requirements::new(), Requirements::default());
}

#[test]
fn orders_that_are_not_in_force_may_be_incomplete() {
    for status in [Status::Received, Status::UnderReview, Status::Rejected, Status::Withdrawn] {
        let mut order = Order::new("cn-1", "CN");
        (order.status, order.meetings) = (status, vec!["vigil".to_owned()]);
        compile(&order, &everything()).unwrap();
    }
}

#[test]
fn all_that_is_missing_is_said_at_once_beside_what_else_is_wrong() {
    let mut order = Order::new("cn-1", "CN");
    order.regions.push("HK".parse().unwrap());
    order.meetings.push("vigil".to_owned());
    let fields: Vec<String> = compile(&order, &everything()).unwrap_err().into_iter().map(|(field, _)| field).collect();
    let expected = ["regions", "approved_by", "evidence", "expires", "legal_basis", "reference", "received", "authority", "notice"];
    assert_eq!(fields, expected);
}

/// In a file, the caret is under that entry.
#[cfg(feature = "toml")]
#[test]
fn an_entry_of_a_file_that_is_no_digest_is_shown_there() {
    let text = format!(
        "[[orders]]\nid = 'cn-1'\nissuer = 'CN'\nstatus = 'in-force'\nmeetings = ['vigil']\nevidence = [\n  '{DIGEST}',\n  'scan.pdf',\n]\n"
    );
    let docket = Docket::from_toml(&text).unwrap();
    let atlas = Atlas::builder().build().unwrap();
    let error = Policy::compile_with(&docket, &atlas, &Requirements::new().evidence_digest()).unwrap_err();
    let shown = error.errors()[0].render("orders.toml", false);
    assert_eq!(shown.lines().nth(1), Some(" --> orders.toml:8:3"), "{shown}");
}

#[test]
fn a_digest_is_sha256_and_64_hexadecimal_digits() {
    let digits = &DIGEST["sha256:".len()..];
    let cases = [
        (DIGEST.to_owned(), true),
        (DIGEST.to_uppercase().replace("SHA256", "sha256"), true),
        (digits.to_owned(), false),
        (format!("sha512:{digits}"), false),
        (format!("SHA256:{digits}"), false),
        (format!("sha256:{}", &digits[1..]), false),
        (format!("sha256:{digits}0"), false),
        (format!("sha256:g{}", &digits[1..]), false),
        (format!(" {DIGEST}"), false),
        (format!("sha256:é{}", &digits[2..]), false),
        (String::new(), false),
    ];
    for (entry, is_digest) in cases {
        let mut order = complete();
        order.evidence.push(entry.clone());
        assert_eq!(compile(&order, &Requirements::new().evidence_digest()).is_ok(), is_digest, "{entry}");
    }
}

#[test]
fn what_is_missing_is_data() {
    let mut docket = Docket::default();
    docket.orders.push(complete());
    let requirements = Requirements::new().approvals(3);
    let error = Policy::compile_with(&docket, &Atlas::builder().build().unwrap(), &requirements).unwrap_err();
    assert_eq!((error.errors()[0].order(), error.errors()[0].field()), (Some("cn-1"), "approved_by"));
    assert!(matches!(error.errors()[0].cause(), DefectCause::FewApprovals { required: 3, distinct: 2, .. }));
}

#[test]
fn requirements_are_kept_in_a_file_and_a_misspelt_one_is_refused() {
    let text = "approvals = 2\nevidence_digest = true\nexpiry = true\nlegal_basis = true\nreference = true\nreceived = true\n\
                authority = true\nnotice = true\n";
    assert_eq!(toml::from_str::<Requirements>(text).unwrap(), everything());
    assert_eq!(toml::to_string(&everything()).unwrap(), format!("{text}end_mark = false\n"));
    assert_eq!(toml::from_str::<Requirements>("end_mark = true").unwrap(), Requirements::new().end_mark());
    assert_eq!(toml::from_str::<Requirements>("").unwrap(), Requirements::new());
    assert!(toml::from_str::<Requirements>("aprovals = 2").unwrap_err().to_string().contains("unknown field `aprovals`"));
}
