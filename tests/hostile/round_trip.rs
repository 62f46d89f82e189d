//! A docket that was read, or made in code of what can be read, is written and read again, the same.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bailiwick::{Demand, Docket, Order, Policy, Region};
use ipnet::IpNet;
use proptest::prelude::*;

use super::{STATUSES, atlas, region};

/// Fills every field.
pub(super) const MAXIMAL: &str = include_str!("maximal.toml");

/// Written in every way that TOML and JSON have, and read again, a docket is the same.
pub(super) fn is_written_and_read_again(docket: &Docket) {
    fn same(docket: &Docket, text: &str, again: Result<Docket, impl Debug>) {
        assert_eq!(again.as_ref().unwrap_or_else(|error| panic!("{error:?}\n{text}")), docket, "{text}");
    }
    for text in [toml::to_string(docket).unwrap(), toml::to_string_pretty(docket).unwrap()] {
        same(docket, &text, toml::from_str(&text));
    }
    for text in [serde_json::to_string(docket).unwrap(), serde_json::to_string_pretty(docket).unwrap()] {
        same(docket, &text, serde_json::from_str(&text));
        same(docket, &text, serde_json::from_slice(text.as_bytes()));
        same(docket, &text, serde_json::from_reader(text.as_bytes()));
    }
    same(docket, "a value of TOML", toml::Value::try_from(docket).unwrap().try_into());
    same(docket, "a value of JSON", serde_json::from_value(serde_json::to_value(docket).unwrap()));
}

#[test]
fn a_docket_that_fills_every_field_is_written_and_read_again_the_same() {
    let docket: Docket = toml::from_str(MAXIMAL).unwrap();
    let json = serde_json::to_value(&docket.orders[0]).unwrap();
    assert_eq!(json.as_object().unwrap().len(), 18, "a field of the order is empty: {json:#}");
    assert_eq!((docket.jurisdictions.len(), docket.fenced.len()), (3, 3));
    is_written_and_read_again(&docket);
    assert_eq!(toml::from_str::<Docket>(&toml::to_string(&docket).unwrap()).unwrap(), docket);
    Policy::compile(&docket, &atlas()).unwrap();
}

#[test]
fn what_is_absent_is_not_written() {
    let mut docket = Docket::default();
    assert_eq!(toml::to_string(&docket).unwrap(), "");
    assert_eq!(serde_json::to_string(&docket).unwrap(), "{}");
    docket.orders.push(Order::new("a", "CN"));
    assert_eq!(toml::to_string(&docket).unwrap(), "[[orders]]\nid = \"a\"\nissuer = \"CN\"\nstatus = \"in-force\"\n");
    assert_eq!(serde_json::to_string(&docket).unwrap(), r#"{"orders":[{"id":"a","issuer":"CN","status":"in-force"}]}"#);
}

/// Times as an order may write them, at the edges of what RFC 3339 can say.
const TIMES: [&str; 16] = [
    "1970-01-01T00:00:00Z",
    "1969-12-31T23:59:59.999999999Z",
    "2020-06-03T08:00:00+08:00",
    "2020-06-03T00:00:00-00:00",
    "2020-06-03t00:00:00z",
    "2020-06-03T23:59:59.000000001+23:59",
    "2020-06-03T00:00:00.5-23:59",
    "2020-02-29T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2000-02-29T00:00:00.000Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "0000-01-01T00:00:00-01:00",
    "9999-12-30T00:00:00Z",
    "9999-12-30T21:59:59.999999999Z",
    "1582-10-10T00:00:00Z",
];

fn with_time(time: &str) -> Result<Docket, toml::de::Error> {
    toml::from_str(&format!("[[orders]]\nid = \"a\"\nissuer = \"CN\"\nstatus = \"in-force\"\nexpires = \"{time}\""))
}

#[test]
fn a_time_is_written_and_read_again_the_same() {
    for time in TIMES {
        is_written_and_read_again(&with_time(time).unwrap_or_else(|error| panic!("{error}")));
    }
}

/// `9999-12-31T23:59:59Z` is how many a file writes "for ever".
#[test]
fn the_last_day_that_rfc_3339_can_write_is_read() {
    for time in ["9999-12-30T22:00:00Z", "9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999Z"] {
        is_written_and_read_again(&with_time(time).unwrap_or_else(|error| panic!("{error}")));
    }
}

/// These are before the year 0 or after the year 9999 in UTC, in which a docket is written.
#[test]
fn a_time_that_could_not_be_written_again_is_not_read() {
    for time in ["0000-01-01T00:00:00+01:00", "0000-01-01T23:58:59+23:59", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:59-23:59"]
    {
        if let Ok(docket) = with_time(time) {
            assert!(toml::to_string(&docket).is_ok(), "`{time}` is read and cannot be written");
            is_written_and_read_again(&docket);
        }
    }
}

/// Made in code, a time may be any that the system can tell. What is said of it has no such time.
#[test]
fn a_time_of_code_that_could_not_be_read_is_not_written() {
    const YEARS: u64 = 366 * 86_400;
    for time in [UNIX_EPOCH + Duration::from_secs(9_000 * YEARS), UNIX_EPOCH - Duration::from_secs(2_000 * YEARS)] {
        for is_end in [true, false] {
            let mut docket = with_time("2020-06-05T00:00:00Z").unwrap();
            docket.orders[0].meetings.push("vigil".to_owned());
            (docket.orders[0].effective, docket.orders[0].expires) = if is_end { (None, Some(time)) } else { (Some(time), None) };
            let said = "a time before the year 0 or after 9999 cannot be written as RFC 3339";
            let [json, toml] =
                [serde_json::to_string(&docket).unwrap_err().to_string(), toml::to_string(&docket).unwrap_err().to_string()];
            assert!(json.contains(said) && toml.contains(said), "{json}, {toml}");
            let policy = Policy::compile(&docket, &atlas()).unwrap();
            let warned = policy.warnings().iter().any(|warning| warning.to_string().contains("a time that RFC 3339 cannot write"));
            assert_eq!(warned, is_end && time < UNIX_EPOCH, "it expired long ago");
        }
    }
}

const DEMANDS: [Demand; 4] = [Demand::TerminateMeeting, Demand::SuspendHost, Demand::BlockParticipants, Demand::DiscloseData];

/// Names and texts: any characters, those that formats must escape more often than others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,12}", "[\\x00-\\x1f\\x7f\"'\\\\\u{85}\u{2028}\u{feff}]{0,6}", Just(String::new())]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..4)
}

fn any_region() -> impl Strategy<Value = Region> {
    let country = prop::sample::select(vec!["CN", "HK", "US", "GB", "XK", "AA", "QM", "ZZ"]).prop_map(region);
    let subdivision = prop::sample::select(vec!["CN", "US", "FR", "NL", "XA"])
        .prop_flat_map(|country| "[A-Za-z0-9]{1,3}".prop_map(move |part| region(&format!("{country}-{part}"))));
    prop_oneof![country, subdivision]
}

fn any_network() -> impl Strategy<Value = IpNet> {
    let v4 = (any::<[u8; 4]>(), 0..=32_u8).prop_map(|(address, length)| IpNet::new(address.into(), length).unwrap().trunc());
    let v6 = (any::<[u8; 16]>(), 0..=128_u8).prop_map(|(address, length)| IpNet::new(address.into(), length).unwrap().trunc());
    let mapped = (any::<[u8; 4]>(), 96..=128_u8).prop_map(|(address, length)| {
        IpNet::new(std::net::Ipv4Addr::from(address).to_ipv6_mapped().into(), length).unwrap().trunc()
    });
    prop_oneof![v4, v6, mapped]
}

/// From the year 0 to the last hours of the year 9999.
fn time() -> impl Strategy<Value = Option<SystemTime>> {
    const YEAR_0: u64 = 62_167_219_200;
    let any = (0..315_569_433_600_u64, prop_oneof![Just(0), 0..1_000_000_000_u32])
        .prop_map(|(seconds, nanoseconds)| UNIX_EPOCH - Duration::from_secs(YEAR_0) + Duration::new(seconds, nanoseconds));
    prop::option::of(any)
}

prop_compose! {
    fn order()(
        (id, issuer, authority, legal_basis, reference) in (text(), text(), text(), text(), text()),
        (meetings, accounts, evidence, approved_by) in (texts(), texts(), texts(), texts()),
        (received, effective, expires) in (time(), time(), time()),
        demands in prop::collection::vec(prop::sample::select(DEMANDS.to_vec()), 0..4),
        status in prop::sample::select(STATUSES.to_vec()),
        regions in prop::collection::vec(any_region(), 0..4),
        (networks, exempt) in (prop::collection::vec(any_network(), 0..4), prop::collection::vec(any_network(), 0..4)),
        notice in prop::collection::btree_map(text(), text(), 0..3),
    ) -> Order {
        let mut order = Order::new(id, issuer);
        (order.authority, order.legal_basis, order.reference) = (authority, legal_basis, reference);
        (order.meetings, order.accounts, order.evidence, order.approved_by) = (meetings, accounts, evidence, approved_by);
        (order.received, order.effective, order.expires) = (received, effective, expires);
        (order.demands, order.status, order.regions, order.notice) = (demands, status, regions, notice);
        (order.networks, order.exempt) = (networks, exempt);
        order
    }
}

fn docket() -> impl Strategy<Value = Docket> {
    let groups = prop::collection::btree_map(text(), prop::collection::vec(any_region(), 0..4), 0..4);
    let fenced = prop::collection::vec(any_region(), 0..3);
    (groups, fenced, prop::collection::vec(order(), 0..4)).prop_map(|(jurisdictions, fenced, orders): (BTreeMap<_, _>, _, _)| {
        let mut docket = Docket::default();
        (docket.jurisdictions, docket.fenced, docket.orders) = (jurisdictions, fenced, orders);
        docket
    })
}

proptest! {
    #[test]
    fn a_docket_made_in_code_is_written_and_read_again_the_same(docket in docket()) {
        is_written_and_read_again(&docket);
    }

    #[test]
    fn compiling_a_docket_made_in_code_gives_a_policy_or_the_same_errors_again(docket in docket()) {
        match (Policy::compile(&docket, &atlas()), Policy::compile(&docket, &atlas())) {
            (Ok(a), Ok(b)) => prop_assert_eq!(a.warnings(), b.warnings()),
            (a, b) => prop_assert_eq!(a.unwrap_err(), b.unwrap_err()),
        }
    }
}

/// `Docket::deserialize` and `Order::deserialize` are the trait's, and as strict as what formats call.
#[test]
fn deserializing_by_name_is_as_strict() {
    use serde::Deserialize as _;
    let unknown_key = serde_json::json!({ "orderz": [] });
    assert!(Docket::deserialize(unknown_key).unwrap_err().to_string().contains("did you mean `orders`?"));
    let misspelled =
        serde_json::json!({ "id": "a", "issuer": "CN", "meetings": ["m"], "status": "in-force", "expirs": "2020-01-01T00:00:00Z" });
    assert!(Order::deserialize(misspelled).unwrap_err().to_string().contains("did you mean `expires`?"));
    assert!(Order::deserialize(serde_json::json!(["a", "CN"])).is_err());
}
