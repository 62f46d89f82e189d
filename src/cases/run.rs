//! Runs cases on a docket and an atlas.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use ipnet::{IpNet, Ipv6Net};

use super::{Case, Cases, Participant};
use crate::geo::{Atlas, Source};
use crate::net::address::{Ip, IpSpan};
use crate::order::Docket;
use crate::policy::{CompileError, Decision, DecisionKind, Explanation, Meeting, Policy, Reason};
use crate::region::Region;
use crate::text::quote::Quoted;

/// A docket on an atlas, ready to be asked about cases.
///
/// ```
/// use bailiwick::cases::{Cases, Runner};
/// use bailiwick::{Atlas, Docket};
///
/// let docket = Docket::from_toml("[[orders]]\nid = 'cn-1'\nissuer = 'CN'\nstatus = 'in-force'\nmeetings = ['vigil']\n")?;
/// let cases = Cases::from_toml(r#"
///     [[cases]]
///     meeting = "vigil"
///     region = "CN"
///     expect = "block-participant"
///
///     [[cases]]
///     meeting = "vigil"
///     region = "HK"
///     expect = "block-participant"    # and that is wrong
/// "#)?;
///
/// let runner = Runner::new(&docket, &Atlas::builder().build()?, &cases)?;
/// let outcomes: Vec<_> = cases.cases.iter().map(|case| runner.run(case)).collect();
/// assert!(outcomes[0].passed());
/// assert_eq!(outcomes[1].differences()[0].to_string(), "`expect` is `block-participant`, and `keep-meeting` was decided");
/// println!("{}", outcomes[1].explanation());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Runner {
    policy: Policy,
    /// The docket on an atlas of one network, for each region that a case asks about.
    in_regions: BTreeMap<Region, Policy>,
    /// The address in that network.
    address: IpAddr,
}

/// One difference between a decision and what a case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The field of the case.
    pub field: &'static str,
    /// The value that the case expects.
    pub expected: String,
    /// The value that was found.
    pub found: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Difference { field, expected, found } = self;
        let verb = if *field == "expect" { "was decided" } else { "was found" };
        write!(f, "`{field}` is {}, and {} {verb}", Quoted(expected), Quoted(found))
    }
}

/// The answer to a case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome<'r> {
    differences: Vec<Difference>,
    explanation: Explanation<'r>,
}

impl<'r> Outcome<'r> {
    /// Whether all is as the case expects.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// The differences from what the case expects.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// The explanation of the decision.
    #[must_use]
    pub fn explanation(&self) -> &Explanation<'r> {
        &self.explanation
    }
}

impl Runner {
    /// Compiles a docket for some cases.
    ///
    /// # Errors
    ///
    /// All that is wrong with the docket.
    pub fn new(docket: &Docket, atlas: &Atlas, cases: &Cases) -> Result<Runner, CompileError> {
        let policy = Policy::compile(docket, atlas)?;
        let address = untouched(docket);
        let mut in_regions = BTreeMap::new();
        for case in &cases.cases {
            if let Participant::In(region) = case.participant {
                if let (false, Some(atlas)) = (in_regions.contains_key(&region), atlas_of(address, region)) {
                    in_regions.insert(region, Policy::compile(docket, &atlas)?);
                }
            }
        }
        Ok(Runner { policy, in_regions, address })
    }

    /// Makes a runner for cases that name addresses. It does not locate the region of a case.
    #[must_use]
    pub fn of(policy: Policy) -> Runner {
        Runner { policy, in_regions: BTreeMap::new(), address: IpAddr::V4(Ipv4Addr::UNSPECIFIED) }
    }

    /// Runs a case. The region of a case that the runner was not made for is not located.
    #[must_use]
    pub fn run(&self, case: &Case) -> Outcome<'_> {
        let meeting = Meeting::new(&case.meeting);
        let meeting = case.account.as_deref().map_or(meeting, |account| meeting.hosted_by(account));
        let at = case.at.unwrap_or_else(SystemTime::now);
        let (policy, ip) = match case.participant {
            Participant::At(ip) => (&self.policy, ip),
            Participant::In(region) => match self.in_regions.get(&region) {
                Some(policy) => (policy, self.address),
                // A special-purpose address is not located.
                None => (&self.policy, IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            },
        };
        let explanation = policy.explain(meeting, ip, case.host, at);
        Outcome { differences: differences(case, &explanation), explanation }
    }
}

fn differences(case: &Case, explanation: &Explanation<'_>) -> Vec<Difference> {
    let decision = explanation.decision();
    let orders: BTreeSet<&str> = match &decision {
        Decision::Allow => BTreeSet::new(),
        Decision::BlockParticipant(block) => block.orders().map(|order| order.id.as_str()).collect(),
        Decision::KeepMeeting(keep) => keep.orders().map(|order| order.id.as_str()).collect(),
    };
    let domestic = decision.host_account().order().map_or("", |order| &order.id);
    let reasons = explanation.orders().iter().map(|part| (part.order().id.as_str(), part.reason())).collect();
    let kind = |kind: &DecisionKind| kind.to_string();
    let text = |text: &&str| (*text).to_owned();
    [
        difference("expect", case.expect, decision.kind(), kind),
        difference("orders", case.orders.as_ref().map(|ids| ids.iter().map(String::as_str).collect()), orders, list),
        difference("domestic", case.domestic.as_deref(), domestic, text),
        difference("location", case.location.as_deref(), explanation.location().to_string().as_str(), text),
        difference(
            "reasons",
            case.reasons.as_ref().map(|reasons| reasons.iter().map(|(id, &r)| (id.as_str(), r)).collect()),
            reasons,
            pairs,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn difference<T: PartialEq>(field: &'static str, expected: Option<T>, found: T, show: impl Fn(&T) -> String) -> Option<Difference> {
    let expected = expected.filter(|expected| *expected != found)?;
    Some(Difference { field, expected: show(&expected), found: show(&found) })
}

fn list(ids: &BTreeSet<&str>) -> String {
    format!("[{}]", ids.iter().copied().collect::<Vec<_>>().join(", "))
}

fn pairs(reasons: &BTreeMap<&str, Reason>) -> String {
    reasons.iter().map(|(id, reason)| format!("{id} = {}", reason.name())).collect::<Vec<_>>().join(", ")
}

/// An address of the documentation networks (RFC 3849, RFC 5737), outside of every order's `networks` and `exempt` if one is found.
fn untouched(docket: &Docket) -> IpAddr {
    let spans: Vec<IpSpan> =
        docket.orders.iter().flat_map(|order| order.networks.iter().chain(&order.exempt)).map(|&net| net.into()).collect();
    let is_named = |ip: IpAddr| match Ip::from(ip) {
        Ip::V4(ip) => spans.iter().any(|span| matches!(span, IpSpan::V4(span) if span.first <= ip && ip <= span.last)),
        Ip::V6(ip) => spans.iter().any(|span| matches!(span, IpSpan::V6(span) if span.first <= ip && ip <= span.last)),
    };
    let v4 = [[192, 0, 2, 1], [198, 51, 100, 1], [203, 0, 113, 1]].map(IpAddr::from);
    let v6 = (0..=u16::MAX).map(|n| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, n, 0, 0, 0, 0, 1)));
    let mut tried = v6.take(MAX_TRIED).chain(v4);
    tried.find(|&ip| !is_named(ip)).unwrap_or(IpAddr::from([192, 0, 2, 1]))
}

/// The most documentation networks that are tried. A docket that names more of them is made up, and may get an address inside of
/// one.
const MAX_TRIED: usize = 64;

/// An atlas that locates one network. INVARIANT: there is one, as one source with one row is an atlas.
fn atlas_of(address: IpAddr, region: Region) -> Option<Atlas> {
    let network = match address {
        IpAddr::V4(_) => IpNet::from(address),
        IpAddr::V6(ip) => Ipv6Net::new(ip, 48).map_or_else(|_| address.into(), IpNet::V6),
    };
    let mut source = Source::new("case");
    source.insert(network, region);
    Atlas::builder().source(source).build().ok()
}
