//! The answers that came up, so that a comparison cannot pass for want of cases.

use std::fmt;

use bailiwick::{DecisionKind, Location, Reason};

macro_rules! kinds {
    ($($kind:ident $name:literal,)*) => {
        /// What must come up in a run of some size.
        #[derive(Debug, Clone, Copy)]
        pub enum Kind {
            $($kind,)*
        }

        const NAMES: [&str; [$($name),*].len()] = [$($name),*];
    };
}

kinds! {
    Allow "allow",
    BlockParticipant "block-participant",
    KeepMeeting "keep-meeting",
    Domestic "domestic",
    Located "located",
    Contested "contested",
    Unknown "unknown",
    Excluded "excluded",
    Mapped "mapped",
    NotInForce "not-in-force",
    NotYetEffective "not-yet-effective",
    Expired "expired",
    OfUnlocated "order: unlocated",
    OfContested "order: contested",
    Outside "outside",
    NotInRegions "not-in-regions",
    NotInNetworks "not-in-networks",
    Exempt "exempt",
    Reaches "reaches",
    Removed "sweep: removed",
    Stays "sweep: stays",
    Relayed "relayed",
    NotRelayed "not relayed",
    Amended "amended",
    ChangeEmpty "change: empty",
    ChangeWidens "change: widens",
    ChangeReleases "change: releases",
    ChangeOther "change: neither, but not empty",
    Reached "reached",
    Released "released",
}

#[derive(Default)]
pub struct Seen([u64; NAMES.len()]);

impl Seen {
    pub fn add(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    /// Whether a run of this many worlds, if they are many, has no answer of some kind.
    pub fn misses(&self, worlds: u64) -> bool {
        worlds >= 2000 && self.0.contains(&0)
    }
}

impl From<DecisionKind> for Kind {
    fn from(kind: DecisionKind) -> Kind {
        match kind {
            DecisionKind::Allow => Kind::Allow,
            DecisionKind::BlockParticipant => Kind::BlockParticipant,
            DecisionKind::KeepMeeting => Kind::KeepMeeting,
        }
    }
}

impl From<Location> for Kind {
    fn from(location: Location) -> Kind {
        match location {
            Location::In(_) => Kind::Located,
            Location::Contested => Kind::Contested,
            Location::Unknown => Kind::Unknown,
        }
    }
}

impl From<Reason> for Kind {
    fn from(reason: Reason) -> Kind {
        match reason {
            Reason::NotInForce => Kind::NotInForce,
            Reason::NotYetEffective => Kind::NotYetEffective,
            Reason::Expired => Kind::Expired,
            Reason::Unlocated => Kind::OfUnlocated,
            Reason::Contested => Kind::OfContested,
            Reason::Outside => Kind::Outside,
            Reason::NotInRegions => Kind::NotInRegions,
            Reason::NotInNetworks => Kind::NotInNetworks,
            Reason::Exempt => Kind::Exempt,
            Reason::Reaches => Kind::Reaches,
            _ => panic!("the model knows no such reason"),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = NAMES.iter().zip(self.0).map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(&counts.join(", "))
    }
}
