//! Digests of policies and atlases: the same from whatever they were made, and another where something is decided otherwise.

use std::time::{Duration, SystemTime};

use bailiwick::{Atlas, Demand, Digest, Docket, Order, Policy, Source, Status};
use proptest::prelude::*;

use super::bodies::world::World;
use super::{atlas, docket, noon, region};

/// An order with something in every field.
fn full() -> Order {
    let mut order = Order::new("cn-1", "CN");
    order.authority = "an authority".to_owned();
    order.meetings = ["a", "b"].map(str::to_owned).to_vec();
    order.accounts = vec!["c".to_owned()];
    order.demands = vec![Demand::TerminateMeeting, Demand::SuspendHost];
    order.received = Some(noon() - Duration::from_secs(1));
    order.effective = Some(std::time::UNIX_EPOCH - Duration::from_nanos(1));
    order.expires = Some(noon());
    order.regions = vec![region("CN-GD"), region("CN-BJ")];
    order.networks = vec!["203.0.113.0/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    order.exempt = vec!["203.0.113.7/32".parse().unwrap()];
    order.legal_basis = "a law".to_owned();
    order.reference = "https://example.org/".to_owned();
    order.evidence = vec!["sha256:00".to_owned(), "sha256:01".to_owned()];
    order.approved_by = vec!["counsel-a".to_owned(), "counsel-b".to_owned()];
    order.notice = [("en", "why"), ("zh", "为什么")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    order
}

fn full_docket() -> Docket {
    let mut docket = Docket::default();
    docket.jurisdictions.insert("EU".to_owned(), vec![region("AT"), region("BE")]);
    docket.fenced = vec![region("CN"), region("RU")];
    docket.orders = vec![full()];
    docket
}

fn digest(docket: &Docket) -> Digest {
    Policy::compile(docket, &Atlas::builder().build().unwrap()).unwrap().digest()
}

/// A change of these is a change of what past ledgers say: then the form's number changes, too.
#[test]
fn digests_do_not_change_from_one_version_to_the_next() {
    assert_eq!(
        [digest(&Docket::default()), digest(&full_docket()), Atlas::builder().build().unwrap().digest(), atlas().digest()]
            .map(|digest| digest.to_string()),
        [
            "sha256:26c143909bc1fc4ac31df9b329f9078a92d152c350ed28a950b5faf822f700c2",
            "sha256:f267efcf8afd78973d7399acc899468f5b50dd17b9fd21be18b1ec6ff633dd6a",
            "sha256:8be8c98f47a4a390bb882735905e1ffb3ca9eab2fb36f303e725c2d3e0b80805",
            "sha256:fce0bb6f6cea2c8a651ac18c28a78f05dfb4baca06b7b3e61c97889da4db99d6",
        ]
    );
}

/// The documented form, computed by hand.
#[test]
fn digests_are_of_what_is_documented() {
    let number = |n: u64| n.to_be_bytes().to_vec();
    let text = |text: &str| [number(text.len() as u64), text.as_bytes().to_vec()].concat();
    let empty = [text("bailiwick docket 1"), number(0), number(0), number(0)].concat();
    assert_eq!(digest(&Docket::default()), Digest::of(&empty));

    let mut docket = Docket::default();
    let mut order = Order::new("o", "CN");
    order.meetings = vec!["m".to_owned()];
    order.status = Status::Rejected;
    order.effective = Some(std::time::UNIX_EPOCH + Duration::from_nanos(258));
    order.networks = vec!["203.0.113.0/24".parse().unwrap()];
    docket.orders.push(order);
    docket.fenced = vec![region("RU"), region("CN"), region("RU")];
    docket.jurisdictions.insert("EU".to_owned(), vec![region("AT")]);
    let nothing = || number(0);
    let parts = [
        text("bailiwick docket 1"),
        [number(1), text("EU"), number(1), text("AT")].concat(),
        [number(2), text("CN"), text("RU")].concat(),
        number(1),
        [text("o"), text("CN"), text("")].concat(),
        [number(1), text("m"), nothing(), nothing(), text("rejected")].concat(),
        [vec![0], vec![1], 258_i128.to_be_bytes().to_vec(), vec![0]].concat(),
        [nothing(), number(1), number(6), vec![4, 203, 0, 113, 0, 24], nothing()].concat(),
        [text(""), text(""), nothing(), nothing(), nothing()].concat(),
    ];
    assert_eq!(digest(&docket), Digest::of(&parts.concat()));

    let mut source = Source::new("provider");
    source.insert("203.0.113.0/24".parse().unwrap(), region("CN"));
    let around_mapped = ["::fffe:0:0", "::1:0:0:ffff"].map(|ip| ip.parse().unwrap());
    source.insert_range(around_mapped[0], around_mapped[1], region("US-CA")).unwrap();
    // An age and exclusions that change no answer are not in the digest.
    let mut other = Source::new("exits");
    other.insert("192.0.2.1/32".parse().unwrap(), region("CN"));
    let sources = [source.as_of(SystemTime::UNIX_EPOCH), other.excluding()];
    let atlas = Atlas::builder().sources(sources).build().unwrap();
    let v4 = |ip: [u8; 4], at: &str| [vec![4], ip.to_vec(), vec![at.len() as u8], at.as_bytes().to_vec()].concat();
    let v6 = |ip: u128, at: &str| [vec![6], ip.to_be_bytes().to_vec(), vec![at.len() as u8], at.as_bytes().to_vec()].concat();
    let parts = [
        text("bailiwick atlas 1"),
        v4([0, 0, 0, 0], "unknown"),
        v4([203, 0, 113, 0], "CN"),
        v4([203, 0, 114, 0], "unknown"),
        v6(0, "unknown"),
        v6(0xfffe_0000_0000, "US-CA"),
        v6(0xffff_0000_0000, "unknown"),
        v6(0x1_0000_0000_0000, "US-CA"),
        v6(0x1_0000_0001_0000, "unknown"),
    ];
    assert_eq!(atlas.digest(), Digest::of(&parts.concat()));
}

#[test]
fn every_field_of_an_order_counts() {
    let changes: [fn(&mut Order); 20] = [
        |order| order.id.push('x'),
        |order| (order.issuer, order.regions) = ("EU".to_owned(), Vec::new()),
        |order| order.authority.push('x'),
        |order| order.meetings.push("x".to_owned()),
        |order| order.accounts.push("x".to_owned()),
        |order| order.accounts.append(&mut order.meetings),
        |order| _ = order.demands.pop(),
        |order| order.status = Status::Withdrawn,
        |order| order.received = None,
        |order| order.effective = order.effective.map(|time| time - Duration::from_nanos(1)),
        |order| order.expires = order.expires.map(|time| time + Duration::from_nanos(1)),
        |order| _ = order.regions.pop(),
        |order| _ = order.networks.pop(),
        |order| order.networks.append(&mut order.exempt),
        |order| order.exempt.clear(),
        |order| order.legal_basis.push('x'),
        |order| std::mem::swap(&mut order.legal_basis, &mut order.reference),
        |order| order.evidence.append(&mut order.approved_by),
        |order| _ = order.notice.pop_first(),
        |order| order.evidence[0].push('x'),
    ];
    let mut digests = vec![digest(&full_docket())];
    for change in changes {
        let mut docket = full_docket();
        change(&mut docket.orders[0]);
        digests.push(digest(&docket));
    }
    let dockets: [fn(&mut Docket); 4] = [
        |docket| _ = docket.fenced.pop(),
        |docket| docket.jurisdictions.clear(),
        |docket| docket.jurisdictions.values_mut().for_each(|regions| _ = regions.pop()),
        |docket| docket.orders.clear(),
    ];
    for change in dockets {
        let mut docket = full_docket();
        change(&mut docket);
        digests.push(digest(&docket));
    }
    let all = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), all, "two dockets have one digest");
}

#[test]
fn no_sequence_and_no_repeat_matters() {
    fn turn<T: Clone>(list: &mut Vec<T>) {
        list.reverse();
        list.extend(list.first().cloned());
    }
    let mut docket = full_docket();
    docket.orders.push({
        let mut order = full();
        order.id = "cn-0".to_owned();
        order
    });
    let before = digest(&docket);
    docket.orders.reverse();
    turn(&mut docket.fenced);
    docket.jurisdictions.values_mut().for_each(turn);
    for order in &mut docket.orders {
        [&mut order.meetings, &mut order.accounts, &mut order.evidence, &mut order.approved_by].into_iter().for_each(turn);
        turn(&mut order.demands);
        turn(&mut order.regions);
        turn(&mut order.networks);
        turn(&mut order.exempt);
    }
    assert_eq!(digest(&docket), before);
}

#[test]
fn a_docket_that_was_written_and_read_again_has_the_same_digest() {
    let docket = full_docket();
    let toml: Docket = toml::from_str(&toml::to_string(&docket).unwrap()).unwrap();
    let json: Docket = serde_json::from_str(&serde_json::to_string(&docket).unwrap()).unwrap();
    assert_eq!([digest(&toml), digest(&json)], [digest(&docket); 2]);
}

/// However a policy came to be: the digest is that of the docket it now stands for.
#[test]
fn an_amended_policy_has_the_digest_of_the_amended_docket() {
    let atlas = Atlas::builder().build().unwrap();
    let mut docket = docket();
    let policy = Policy::compile(&docket, &atlas).unwrap();
    let before = policy.digest();
    docket.orders[1].expires = Some(noon());
    let amended = policy.amend([docket.orders[1].clone()]).unwrap();
    assert_eq!(amended.digest(), digest(&docket));
    docket.orders.swap(0, 2);
    assert_eq!(policy.recompile(&docket).unwrap().digest(), digest(&docket));
    assert_ne!(amended.digest(), before);
    assert_eq!(policy.digest(), before);
}

#[test]
fn digests_are_shared_by_clones_and_by_policies_of_one_atlas() {
    let atlas = atlas();
    let policy = Policy::compile(&docket(), &atlas).unwrap();
    assert_eq!(policy.clone().digest(), policy.digest());
    assert_eq!(policy.atlas_digest(), atlas.digest());
    let other = Policy::compile(&Docket::default(), &atlas).unwrap();
    assert_eq!(other.atlas_digest(), policy.atlas_digest());
    assert_ne!(other.digest(), policy.digest());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    /// Two atlases have one digest exactly when they locate every address alike.
    #[test]
    fn different_answers_have_different_digests(a in prop::collection::vec(any::<u8>(), 0..200), b in prop::collection::vec(any::<u8>(), 0..200)) {
        let (a, b) = (World::from_bytes(&a), World::from_bytes(&b));
        let (one, other) = (a.atlas(), b.atlas());
        let alike = one.networks().eq(other.networks());
        prop_assert_eq!(alike, one.digest() == other.digest());
        let (one, other) = (Policy::compile(&a.docket, &one).unwrap(), Policy::compile(&b.docket, &other).unwrap());
        for q in a.questions.iter().chain(&b.questions) {
            let decide = |policy: &Policy| format!("{:?}", policy.decide_at(q.meeting(), q.ip, q.home, q.at));
            if decide(&one) != decide(&other) {
                prop_assert!((one.digest(), one.atlas_digest()) != (other.digest(), other.atlas_digest()));
            }
        }
    }
}
