//! The policy: a docket on an atlas, compiled, and the decision.

mod meeting;
pub(crate) mod name_index;
mod order_store;
mod name_flaw;
pub(crate) mod diagnostic;
mod approvals;
mod requirements;
pub(crate) mod tables;
mod decision_kind;
mod decision;
mod compile;
mod warnings;
mod explain;
mod near;
mod sweep;
mod relay;
mod in_meeting;
mod reasons;
#[cfg(feature = "ledger")]
mod digest;

pub use decision::{Block, Decision, HostAccount, Keep};
pub use decision_kind::DecisionKind;
pub use diagnostic::{CompileError, Defect, DefectCause, Warning, WarningCause};
pub use explain::{Consideration, Explanation, NamedBy, Reason};
pub use in_meeting::InMeeting;
pub use meeting::Meeting;
pub use name_flaw::NameFlaw;
pub use reasons::{ReasonedDecision, ReasonsInMeeting};
pub use requirements::Requirements;
pub use sweep::{Sweep, SweepCounts};

use std::fmt::{self, Debug};
use std::net::IpAddr;
use std::sync::Arc;
#[cfg(feature = "ledger")]
use std::sync::OnceLock;
use std::time::SystemTime;

#[cfg(feature = "ledger")]
use crate::digest::Digest;
use crate::geo::{Atlas, Location};
use crate::net::heap::{HeapBytes, arc_counts};
use crate::order::{Docket, EndMark, Order};
use crate::region::Region;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use compile::on_atlas;
use compile::{Occasion, amend, compile, recompile, sources};
use name_index::Named;
use tables::{Evaluation, Query, Tables};
use warnings::Warnings;

/// A docket on an atlas, compiled: a backend asks it at every join.
///
/// Immutable, `Send + Sync`, and cheap to clone: a clone shares everything. Put a new one in its place when orders change; the
/// atlas is shared between them, not rebuilt.
///
/// | | cost |
/// |---|---|
/// | [`decide`](Policy::decide), no order names the meeting | one hash lookup, two with a host account |
/// | [`decide`](Policy::decide), some do | in addition one longest-prefix match, and for each of those orders a set test and a search in its own `networks` and `exempt` |
/// | [`compile`](Policy::compile) | names × log(names), and each order's networks walked on the atlas; the atlas once, when orders come from other countries than before |
/// | [`clone`](Clone::clone) | a reference count |
///
/// Deciding allocates nothing, takes no lock, does no I/O and cannot fail.
#[derive(Clone)]
pub struct Policy {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) tables: Tables,
    warnings: Warnings,
    /// The digest of the docket, once somebody asked for it.
    #[cfg(feature = "ledger")]
    pub(crate) digest: OnceLock<Digest>,
}

impl Policy {
    /// Compiles a docket on an atlas.
    ///
    /// # Errors
    ///
    /// All defects of the docket at once, of orders of every status. An earlier policy is not affected.
    ///
    /// ```
    /// use bailiwick::{Atlas, Docket, Order, Policy};
    ///
    /// let mut docket = Docket::default();
    /// docket.orders.push(Order::new("uk-1", "UK"));
    /// let error = Policy::compile(&docket, &Atlas::builder().build()?).unwrap_err();
    ///
    /// let fields: Vec<&str> = error.errors().iter().map(|error| error.field()).collect();
    /// assert_eq!(fields, ["issuer", "meetings"]);
    /// assert!(error.errors()[0].to_string().ends_with("did you mean `GB`?"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn compile(docket: &Docket, atlas: &Atlas) -> Result<Policy, CompileError> {
        Policy::compile_with(docket, atlas, &Requirements::default())
    }

    /// Compiles a docket whose orders in force must meet some requirements.
    ///
    /// # Errors
    ///
    /// As [`compile`](Policy::compile), with an error for each requirement that an order in force or a geo source does not meet.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn compile_with(docket: &Docket, atlas: &Atlas, requirements: &Requirements) -> Result<Policy, CompileError> {
        Policy::compile_at(docket, atlas, requirements, SystemTime::now())
    }

    /// Compiles a docket as [`compile_with`](Policy::compile_with) does at a given time, which decides how old a source is and what
    /// has expired. What the policy decides does not depend on it.
    ///
    /// For targets without a clock, such as `wasm32-unknown-unknown`. Functions that read the clock ([`compile`](Policy::compile),
    /// [`decide`](Policy::decide) and others) do not exist there, as asking for the time would panic; those that are given the
    /// time do.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use bailiwick::{Atlas, Decision, Docket, Policy, Region, Requirements};
    ///
    /// let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_591_142_400_000);
    /// let policy = Policy::compile_at(&Docket::default(), &Atlas::builder().build()?, &Requirements::new(), now)?;
    /// assert_eq!(policy.decide_at("june-4-vigil", "203.0.113.7".parse()?, Region::UNKNOWN, now), Decision::Allow);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`compile_with`](Policy::compile_with).
    pub fn compile_at(
        docket: &Docket,
        atlas: &Atlas,
        requirements: &Requirements,
        now: SystemTime,
    ) -> Result<Policy, CompileError> {
        Policy::compile_on(docket, atlas, requirements, Occasion::First, now)
    }

    /// Compiles a docket as one that is about to be put in force, for checks of a file: as [`compile_with`](Policy::compile_with),
    /// and a docket without orders is refused, unless it has an end mark.
    ///
    /// # Errors
    ///
    /// As [`compile_with`](Policy::compile_with), and an error on `orders` when there are none.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn check(docket: &Docket, atlas: &Atlas, requirements: &Requirements) -> Result<Policy, CompileError> {
        Policy::compile_on(docket, atlas, requirements, Occasion::Replacing(EndMark::Absent), SystemTime::now())
    }

    fn compile_on(
        docket: &Docket,
        atlas: &Atlas,
        requirements: &Requirements,
        on: Occasion,
        now: SystemTime,
    ) -> Result<Policy, CompileError> {
        let mut defects = sources::defects(atlas, requirements, now);
        match compile(docket, atlas, requirements, on, now) {
            Ok((tables, warnings)) if defects.is_empty() => Ok(Policy::new(tables, warnings)),
            Ok(_) => Err(CompileError { defects }),
            Err(error) => {
                defects.extend(error.defects);
                Err(CompileError { defects })
            }
        }
    }

    /// Compiles a docket on an atlas in the place of a policy, if there is one. As [`recompile`](Policy::recompile), it refuses a docket
    /// that may be half of a file, and does not check the age of the sources.
    #[cfg(feature = "bundle")]
    pub(crate) fn in_place_of(
        before: Option<&Policy>,
        docket: &Docket,
        atlas: &Atlas,
        requirements: &Requirements,
    ) -> Result<Policy, CompileError> {
        let occasion = before.map_or(Occasion::First, |before| Occasion::Replacing(before.inner.tables.end));
        let (tables, warnings) = compile(docket, atlas, requirements, occasion, SystemTime::now())?;
        Ok(Policy::new(tables, warnings))
    }

    fn new(tables: Tables, warnings: Warnings) -> Policy {
        let inner = Inner {
            tables,
            warnings,
            #[cfg(feature = "ledger")]
            digest: OnceLock::new(),
        };
        Policy { inner: Arc::new(inner) }
    }

    /// Returns this policy with some orders amended: each replaces the one with its id, or is added behind all others.
    ///
    /// The result decides as if the amended docket had been compiled, and takes a fraction of the time: the other orders are shared
    /// with this policy, which does not change. It takes at most 1.5 times the memory of a compiled one: now and then an amendment
    /// compiles the docket as a whole. An order ends by being amended, to [`Withdrawn`](crate::Status::Withdrawn) or with an
    /// earlier `expires`.
    ///
    /// # Errors
    ///
    /// All defects of these orders at once, by the requirements that the policy was compiled with. `order_number` is then the
    /// position among them; in warnings it is that in the docket.
    ///
    /// ```
    /// use bailiwick::{Atlas, Decision, Docket, Order, Policy, Region, Status};
    ///
    /// let mut order = Order::new("cn-1", "CN");
    /// order.meetings.push("june-4-vigil".to_owned());
    /// let mut docket = Docket::default();
    /// docket.orders.push(order);
    /// let policy = Policy::compile(&docket, &Atlas::builder().build()?)?;
    ///
    /// let mut order = policy.order("cn-1").cloned().unwrap_or_else(|| Order::new("cn-1", "CN"));
    /// order.status = Status::Withdrawn;
    /// let amended = policy.amend([order])?;
    /// let ip = "203.0.113.7".parse()?;
    /// assert_ne!(policy.decide("june-4-vigil", ip, Region::UNKNOWN), Decision::Allow);
    /// assert_eq!(amended.decide("june-4-vigil", ip, Region::UNKNOWN), Decision::Allow);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn amend(&self, orders: impl IntoIterator<Item = Order>) -> Result<Policy, CompileError> {
        self.amend_at(orders, SystemTime::now())
    }

    /// As [`amend`](Policy::amend), at a given time: see [`compile_at`](Policy::compile_at).
    ///
    /// # Errors
    ///
    /// As [`amend`](Policy::amend).
    pub fn amend_at(&self, orders: impl IntoIterator<Item = Order>, now: SystemTime) -> Result<Policy, CompileError> {
        let (tables, warnings) = amend(&self.inner.tables, &self.inner.warnings, orders.into_iter().collect(), now)?;
        Ok(Policy::new(tables, warnings))
    }

    /// Compiles a docket that replaces this policy's, on its atlas and with its requirements.
    ///
    /// The result decides as one of [`compile_with`](Policy::compile_with), and shares the orders of both dockets with this policy:
    /// 100,000 orders of which few changed take little more than comparing them. Orders that stay keep their positions, and new ones
    /// come behind them; when not, or when groups changed, the docket is compiled as a whole. A warning that an order has expired
    /// is as it was found when that order was last compiled.
    ///
    /// # Errors
    ///
    /// As [`compile_with`](Policy::compile_with). In addition, a docket that may be half of a file is refused: one without any order,
    /// unless it has an end mark, and one without an end mark in place of one that has it. See
    /// [`Docket::ended`](crate::Docket::ended).
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub fn recompile(&self, docket: &Docket) -> Result<Policy, CompileError> {
        self.recompile_at(docket, SystemTime::now())
    }

    /// As [`recompile`](Policy::recompile), at a given time: see [`compile_at`](Policy::compile_at).
    ///
    /// # Errors
    ///
    /// As [`recompile`](Policy::recompile).
    pub fn recompile_at(&self, docket: &Docket, now: SystemTime) -> Result<Policy, CompileError> {
        let (tables, warnings) = recompile(&self.inner.tables, &self.inner.warnings, docket, now)?;
        Ok(Policy::new(tables, warnings))
    }

    /// Compiles the docket of this policy on another atlas, with its requirements.
    ///
    /// Neither the age of the atlas's sources nor the end of the docket is checked again. So this fails for no docket that was
    /// compiled before: what is wrong with one does not depend on the atlas.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    pub(crate) fn on_atlas(&self, atlas: &Atlas) -> Result<Policy, CompileError> {
        if atlas.ptr_eq(self.atlas()) {
            return Ok(self.clone());
        }
        let (tables, warnings) = on_atlas(&self.inner.tables, atlas, SystemTime::now())?;
        Ok(Policy::new(tables, warnings))
    }

    /// Whether the docket of this policy is known to be whole, by its end mark: see [`Docket::is_ended`].
    ///
    /// A docket without the mark must not replace one that has it. [`recompile`](Policy::recompile) sees to that; who puts another
    /// policy in force compares this of both.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.inner.tables.end == EndMark::Last
    }

    /// Whether both are clones of one policy.
    #[cfg(feature = "live")]
    pub(crate) fn ptr_eq(&self, other: &Policy) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The order of an id, whatever its status.
    #[must_use]
    pub fn order(&self, id: &str) -> Option<&Order> {
        let tables = &self.inner.tables;
        tables.orders.get(*tables.positions.get(tables.find(id).ok()?)?)
    }

    /// All orders of every status, ascending by id.
    pub fn orders(&self) -> impl Iterator<Item = &Order> {
        self.inner.tables.orders()
    }

    /// The warnings: parts of the docket that are valid and may not be what its authors meant, in the docket's sequence.
    /// An [amended](Policy::amend) policy puts them together when they are asked for first.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        self.inner.warnings.all()
    }

    /// Decides about one participant of one meeting, now.
    ///
    /// `participant_ip` is the address that the participant's signalling comes from; `host_region` is where the host's account is
    /// at home, [`Region::UNKNOWN`] when nobody knows. The clock is read only when an order that names
    /// the meeting has a bound in time. The cost grows with the number of orders with status `in-force` that
    /// name the meeting or the account, expired ones included: some 5 ns for each, and nothing for those of other meetings.
    #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
    #[inline]
    pub fn decide<'p, 'm>(&'p self, meeting: impl Into<Meeting<'m>>, participant_ip: IpAddr, host_region: Region) -> Decision<'p> {
        self.decide_when(meeting.into(), participant_ip, host_region, SystemTime::now)
    }

    /// Decides about one participant of one meeting at a given time.
    #[inline]
    pub fn decide_at<'p, 'm>(
        &'p self,
        meeting: impl Into<Meeting<'m>>,
        participant_ip: IpAddr,
        host_region: Region,
        at: SystemTime,
    ) -> Decision<'p> {
        self.decide_when(meeting.into(), participant_ip, host_region, || at)
    }

    /// Most often no order names the meeting. Then neither the clock nor the atlas is read.
    #[inline(always)]
    fn decide_when<'p>(
        &'p self,
        meeting: Meeting<'_>,
        participant_ip: IpAddr,
        host_region: Region,
        clock: impl Fn() -> SystemTime,
    ) -> Decision<'p> {
        self.decide_named(self.inner.tables.in_force.named(meeting), participant_ip, host_region, clock)
    }

    /// Decides about a meeting that has been looked up.
    #[inline(always)]
    pub(crate) fn decide_named<'p>(
        &'p self,
        named: Named,
        participant_ip: IpAddr,
        host_region: Region,
        clock: impl Fn() -> SystemTime,
    ) -> Decision<'p> {
        if named.is_empty() {
            return Decision::Allow;
        }
        let tables = &self.inner.tables;
        // Here, and not where orders are evaluated: the address is then read where the caller has it. A copy that was written in one
        // piece and is read in others has to wait for its writes, a third of such a decision.
        let location = tables.subset.location_id(participant_ip);
        let Evaluation { kind, at } = tables.evaluate(named, participant_ip, location, clock);
        let query = Query { tables, named, ip: participant_ip, location, host_region, at };
        match kind {
            DecisionKind::Allow => Decision::Allow,
            DecisionKind::BlockParticipant => Decision::BlockParticipant(Block::new(query)),
            DecisionKind::KeepMeeting => Decision::KeepMeeting(Keep::new(query)),
        }
    }

    /// The location of an address, according to the policy's atlas.
    #[must_use]
    #[inline]
    pub fn locate(&self, ip: IpAddr) -> Location {
        self.inner.tables.atlas.locate(ip)
    }

    /// The atlas that the policy was compiled on. A clone of it shares the tables.
    #[must_use]
    pub fn atlas(&self) -> &Atlas {
        &self.inner.tables.atlas
    }

    /// Heap bytes reachable from the policy, the shared atlas included.
    ///
    /// The overhead of the allocator is left out. The nodes of the map behind an order's `notice` are counted as today's
    /// standard library lays them out.
    #[must_use]
    pub fn memory_usage(&self) -> usize {
        arc_counts::<Inner>() + size_of::<Inner>() + self.inner.tables.heap_bytes() + self.inner.warnings.heap_bytes()
    }
}

impl Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("orders", &self.inner.tables.positions.len())
            .field("warnings", &self.warnings().len())
            .field("atlas", &self.inner.tables.atlas)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::Status;
    use std::cell::Cell;
    use std::time::Duration;

    /// The number of times that a decision about a meeting that `account` hosts reads the clock. It is noon on the first day.
    fn readings(docket: &Docket, meeting: &str) -> usize {
        let policy = Policy::compile(docket, &Atlas::builder().build().unwrap()).unwrap();
        let readings = Cell::new(0);
        let clock = || {
            readings.set(readings.get() + 1);
            SystemTime::UNIX_EPOCH + Duration::from_secs(12 * 3600)
        };
        let ip = IpAddr::from([192, 0, 2, 1]);
        let decision = policy.decide_when(Meeting::new(meeting).hosted_by("account"), ip, Region::UNKNOWN, clock);
        // What a decision is asked for later does not read it again.
        assert!(!format!("{decision:?}").is_empty());
        readings.get()
    }

    #[test]
    fn the_clock_is_read_once_and_only_for_an_order_that_names_the_meeting_and_has_a_bound() {
        let named = |meeting: &str, change: fn(&mut Order)| {
            let mut order = Order::new("", "CN");
            order.meetings.push(meeting.to_owned());
            change(&mut order);
            order
        };
        let expires = |order: &mut Order| order.expires = Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1));
        let orders = [
            named("unbounded", |_| {}),
            named("unbounded", |_| {}),
            named("unbounded", |order| (order.status, order.effective) = (Status::Received, Some(SystemTime::UNIX_EPOCH))),
            named("bounded", |_| {}),
            named("bounded", |order| order.effective = Some(SystemTime::UNIX_EPOCH)),
            named("bounded", expires),
            named("over", expires),
        ];
        let mut docket = Docket::default();
        docket.orders.extend(orders);
        docket.orders.iter_mut().zip(0..).for_each(|(order, n)| order.id = format!("order-{n}"));
        let read = |docket: &Docket| ["unlisted", "unbounded", "bounded", "over"].map(|meeting| readings(docket, meeting));
        assert_eq!(read(&docket), [0, 0, 1, 1]);

        let mut of_the_account = named("another", expires);
        (of_the_account.id, of_the_account.accounts) = ("account".to_owned(), vec!["account".to_owned()]);
        docket.orders.push(of_the_account);
        assert_eq!(read(&docket), [1; 4]);
    }
}
