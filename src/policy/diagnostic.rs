//! Diagnostics of a docket: defects, which stop compiling, and warnings, which do not.

use std::fmt::{self, Display};
use std::time::SystemTime;

use ipnet::IpNet;

use crate::net::heap::{HeapBytes, plain};
use crate::order::subject::Subject;
use crate::policy::name_flaw::NameFlaw;
use crate::region::{Region, RegionError};
#[cfg(feature = "orders-file")]
use crate::text::caret::Caret;
use crate::text::network::DidYouMean;
use crate::text::quote::Quoted;
#[cfg(feature = "orders-file")]
use crate::text::snippet::{Message, Severity};
use crate::text::suggestion::{Meant, Suggestion};
use crate::text::timestamp;

/// The most bytes of an id, a meeting, an account or a group's name. Long enough for any identifier in use (a URL, an e-mail
/// address of 254 bytes), short enough to be read in a message.
pub(crate) const MAX_NAME: usize = 512;

/// A docket that cannot be compiled, with everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompileError {
    /// INVARIANT: at least one.
    pub(crate) defects: Vec<Defect>,
}

impl CompileError {
    /// All that is wrong: groups first, then fenced regions, then orders as they stand in the docket.
    #[must_use]
    pub fn errors(&self) -> &[Defect] {
        &self.defects
    }

    /// Shows all that is wrong as [`Defect::render`] does, with an empty line between. There is no line break at the end.
    #[cfg(feature = "orders-file")]
    #[must_use]
    pub fn render(&self, file: &str, color: bool) -> String {
        let rendered: Vec<String> = self.defects.iter().map(|defect| defect.render(file, color)).collect();
        rendered.join("\n\n")
    }
}

impl Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.defects.as_slice() {
            [defect] => Display::fmt(defect, f),
            defects => {
                write!(f, "{} errors in the docket", defects.len())?;
                defects.iter().try_for_each(|defect| write!(f, "\n  {defect}"))
            }
        }
    }
}

impl std::error::Error for CompileError {}

/// A defect or a warning that can be given its caret in a text.
#[cfg(feature = "orders-file")]
pub(crate) trait Diagnostic {
    type Cause;

    fn subject(&self) -> &Subject;
    fn field(&self) -> &'static str;
    fn cause(&self) -> &Self::Cause;
    fn point(&mut self, caret: Caret);
}

macro_rules! diagnostic {
    ($(#[$doc:meta])* $name:ident, $cause:ident, $severity:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            pub(crate) subject: Subject,
            pub(crate) field: &'static str,
            pub(crate) cause: $cause,
            /// The position in the text, when the docket was read from one and was not changed since.
            #[cfg(feature = "orders-file")]
            pub(crate) caret: Option<Box<Caret>>,
        }

        impl $name {
            pub(crate) fn new(subject: Subject, field: &'static str, cause: $cause) -> $name {
                $name {
                    subject,
                    field,
                    cause,
                    #[cfg(feature = "orders-file")]
                    caret: None,
                }
            }

            /// The id of the order, cut where messages end when it is longer than an id may be. `None` when this is about no
            /// order.
            #[must_use]
            pub fn order(&self) -> Option<&str> {
                match &self.subject {
                    Subject::Order { id, .. } => Some(id),
                    _ => None,
                }
            }

            /// The position of the order in the docket, from 1. `None` when this is about no order.
            #[must_use]
            pub fn order_number(&self) -> Option<usize> {
                match &self.subject {
                    Subject::Order { number, .. } => Some(*number),
                    _ => None,
                }
            }

            /// The name of the group, cut like [`order`](Self::order). `None` when this is about no group.
            #[must_use]
            pub fn group(&self) -> Option<&str> {
                match &self.subject {
                    Subject::Group(name) => Some(name),
                    _ => None,
                }
            }

            /// The name of the geo source, cut like [`order`](Self::order). `None` when this is about no source.
            #[must_use]
            pub fn source(&self) -> Option<&str> {
                match &self.subject {
                    Subject::Source(name) => Some(name),
                    _ => None,
                }
            }

            /// The field, named as in the data: `issuer`, `networks`; `jurisdictions` for a group; `geo` for a source;
            /// `fenced` for what is about none of these.
            #[must_use]
            pub fn field(&self) -> &str {
                self.field
            }

            /// The cause.
            #[must_use]
            pub fn cause(&self) -> &$cause {
                &self.cause
            }

            /// The line of the text that the docket was read from, from 1. `None` when it was not read by `Docket::from_toml` or
            /// `Docket::from_json`, or when the order or group was changed since.
            #[cfg(feature = "orders-file")]
            #[must_use]
            pub fn line(&self) -> Option<usize> {
                self.caret.as_ref().map(|caret| caret.line)
            }

            /// The column in characters, from 1. `None` when there is no [`line`](Self::line).
            #[cfg(feature = "orders-file")]
            #[must_use]
            pub fn column(&self) -> Option<usize> {
                self.caret.as_ref().map(|caret| caret.column)
            }

            /// The value to write instead, where it is known: `GB` for `UK`.
            #[must_use]
            pub fn suggestion(&self) -> Option<String> {
                self.cause.suggestion().map(|suggestion| suggestion.value().to_owned())
            }

            /// Shows it as compilers do: the line of the file, when there is one, with a caret under what this is about. `file` is
            /// the name of the file to show; `color` is for terminals. Control and reordering characters are escaped, long lines
            /// cut. There is no line break at the end.
            #[cfg(feature = "orders-file")]
            #[must_use]
            pub fn render(&self, file: &str, color: bool) -> String {
                let about = format_args!("{}, `{}`", self.subject, self.field);
                let (text, caret) = (self.cause.to_string(), self.caret.as_deref());
                let suggestion = self.cause.suggestion();
                Message { severity: Severity::$severity, text: &text, suggestion: suggestion.as_ref(), about: Some(&about), caret }
                    .render(file, color)
            }
        }

        #[cfg(feature = "orders-file")]
        impl Diagnostic for $name {
            type Cause = $cause;

            fn subject(&self) -> &Subject {
                &self.subject
            }

            fn field(&self) -> &'static str {
                self.field
            }

            fn cause(&self) -> &$cause {
                &self.cause
            }

            fn point(&mut self, caret: Caret) {
                self.caret = Some(Box::new(caret));
            }
        }

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}, `{}`: {}", self.subject, self.field, self.cause)
            }
        }
    };
}

diagnostic! {
    /// One thing that is wrong with a docket.
    Defect, DefectCause, Error
}

impl std::error::Error for Defect {}

diagnostic! {
    /// One thing about a docket that is valid, and may not be what its authors meant.
    Warning, WarningCause, Warning
}

/// The cause of a defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DefectCause {
    /// An earlier order has the same id.
    #[error("an earlier order has this id, too: give each order its own")]
    DuplicateId,
    /// The issuer is no region and no group of the docket.
    #[error("{} names no group of this docket, and {error}{}", Quoted(issuer), Meant(meant.clone().map(Suggestion::Group).as_ref()))]
    UnknownIssuer {
        /// The issuer.
        issuer: String,
        /// Why it is no region.
        error: RegionError,
        /// A group whose name differs in letter case alone.
        meant: Option<String>,
    },
    /// A docket that is not known to be whole, where that is required.
    #[error(
        "the docket has no end mark, so that nobody knows whether it is whole: when it is, end it with `[end]` and `orders = {orders}`"
    )]
    NoEndMark {
        /// The number of orders.
        orders: usize,
    },
    /// A docket that is not known to be whole, in place of one that was.
    #[error(
        "the docket has no end mark, and the one in force has: it may be cut off; when it is whole, end it with `[end]` and \
         `orders = {orders}`"
    )]
    LostEndMark {
        /// The number of orders.
        orders: usize,
    },
    /// A docket without orders, which would withdraw all of those in force.
    #[error("the docket has no orders: when all are to be withdrawn, end it with `[end]` and `orders = 0`")]
    NoOrders,
    /// A group without regions.
    #[error("`[]` has no regions: list those that the group stands for, or remove it")]
    EmptyGroup,
    /// A group with the name of a region: an issuer of that name would be ambiguous.
    #[error("the group's name is read as the region `{region}`: give the group a name that is no region's")]
    GroupNamedLikeRegion {
        /// The region.
        region: Region,
    },
    /// `ZZ` where a region is needed.
    #[error("`ZZ` means that the region is unknown, and covers nothing: name a region")]
    UnknownRegion,
    /// Neither meetings nor accounts.
    #[error("no meeting and no account is named: name at least one, as no order applies to all")]
    NamesNothing,
    /// An empty name.
    #[error("`` is empty: a name has 1 to {MAX_NAME} bytes")]
    EmptyName,
    /// A name of too many bytes.
    #[error("{} has {bytes} bytes: a name has 1 to {MAX_NAME}", Quoted(name))]
    LongName {
        /// The name, cut off where messages end.
        name: String,
        /// Its length.
        bytes: usize,
    },
    /// An order that ends before it begins.
    #[error("{} is not after `effective`, which is {}: the order would never be in force: write a later `expires`", Time(*expires), Time(*effective))]
    EmptyWindow {
        /// The start of the window.
        effective: SystemTime,
        /// The end of the window.
        expires: SystemTime,
    },
    /// A network with host bits, which a docket that was read cannot have.
    #[error("`{network}` has host bits set{}", DidYouMean(*network))]
    HostBits {
        /// The network.
        network: IpNet,
    },
    /// A region over which the issuer has no authority, on an order in force.
    #[error("`{region}` is outside the jurisdiction of {}: remove it, an order cannot reach there", Quoted(issuer))]
    Overreach {
        /// The region.
        region: Region,
        /// The issuer.
        issuer: String,
    },
    /// An order in force that too few people agreed to, by what [`Requirements`](crate::Requirements) ask for.
    #[error("an order in force needs {required} distinct approvals, and has {distinct}: add the names of those who agreed")]
    FewApprovals {
        /// The number that is required.
        required: usize,
        /// The number that the order has.
        distinct: usize,
    },
    /// An entry of the evidence that is no digest, where digests are required.
    #[error("{} is not a digest: write `sha256:` and 64 hexadecimal digits", Quoted(entry))]
    NoDigest {
        /// The entry, cut off where messages end.
        entry: String,
    },
    /// A geo source that is older than [`Requirements`](crate::Requirements) allow.
    #[error("it was made {} ago, and at most {} are allowed: load a newer edition", Days(*days), Days(*limit))]
    OldSource {
        /// Its age in whole days.
        days: u64,
        /// The greatest age in days that is allowed.
        limit: u64,
    },
    /// A geo source that is dated after the time of compilation, by more than a day, where [`Requirements`](crate::Requirements) limit its
    /// age.
    #[error(
        "it is dated {} ahead of the clock, so its age is not known, and at most {} are allowed: say when it was made, with `as_of` or \
         `--as-of`, or correct the clock",
        Days(*days), Days(*limit)
    )]
    FutureSource {
        /// How far ahead it is dated, in whole days.
        days: u64,
        /// The greatest age in days that is allowed.
        limit: u64,
    },
    /// A geo source of unknown age, where [`Requirements`](crate::Requirements) limit it.
    #[error("its age is not known, and at most {} are allowed: say when it was made, with `as_of` or `--as-of`", Days(*limit))]
    UnknownSourceAge {
        /// The greatest age in days that is allowed.
        limit: u64,
    },
    /// An order in force without something else that is required.
    #[error("an order in force needs {what}: write {write}")]
    Missing {
        /// The missing thing, for the message.
        what: &'static str,
        /// The text to write, for the message.
        write: &'static str,
    },
}

impl DefectCause {
    fn suggestion(&self) -> Option<Suggestion> {
        match self {
            DefectCause::UnknownIssuer { meant: Some(group), .. } => Some(Suggestion::Group(group.clone())),
            DefectCause::UnknownIssuer { error, .. } => error.suggestion(),
            DefectCause::HostBits { network } => DidYouMean(*network).suggestion(),
            _ => None,
        }
    }
}

/// The cause of a warning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WarningCause {
    /// The atlas places no address in the issuer's jurisdiction.
    #[error("nothing in the atlas lies in the jurisdiction of {}: the order reaches nobody", Quoted(issuer))]
    NothingLocated {
        /// The issuer.
        issuer: String,
    },
    /// The order is narrowed to nothing.
    #[error("with {value} no address of the atlas in {area} is left: the order reaches nobody")]
    EmptyReach {
        /// The value of the field.
        value: String,
        /// The issuer, with the regions that the order is narrowed to.
        area: String,
    },
    /// A network that lies, in part or as a whole, where the order does not reach anyway.
    #[error("`{network}` holds addresses outside {area}: only those inside count")]
    Clipped {
        /// The network.
        network: IpNet,
        /// The issuer, with the regions that the order is narrowed to.
        area: String,
    },
    /// The order had expired when it was compiled.
    #[error("expired at {}, before this docket was compiled", Time(*expires))]
    Expired {
        /// The time at which it expired.
        expires: SystemTime,
    },
    /// An order in force without an end.
    #[error("no end is set: the order stays in force until someone withdraws it")]
    NoExpiry,
    /// An order in force that nothing supports.
    #[error("nothing recorded supports the order")]
    NoEvidence,
    /// An order in force that fewer than two people agreed to.
    #[error("two distinct people should agree, and {distinct} did: {}", list(approved_by))]
    FewApprovals {
        /// The number of people who agreed.
        distinct: usize,
        /// The names as they stand in the order.
        approved_by: Vec<String>,
    },
    /// A region over which the issuer has no authority, on an order that is not in force.
    #[error("`{region}` is outside the jurisdiction of {}: the order could not be put in force as it is", Quoted(issuer))]
    Overreach {
        /// The region.
        region: Region,
        /// The issuer.
        issuer: String,
    },
    /// A geo source of which no row locates an address.
    #[error("no row of it locates an address: is it the right file, with codes of countries?")]
    SourceLocatesNothing,
    /// A geo source with rows that name a region for special-purpose addresses (IANA's registries, RFC 6890).
    #[error(
        "{rows} row{} a region for special-purpose addresses, such as those of `10.0.0.0/8`, which are at no place: nobody is \
         located there (your own networks can be a source of their own, made in code or from CIDR CSV)",
        if *rows == 1 { " names" } else { "s name" }
    )]
    SpecialPurpose {
        /// The number of rows.
        rows: usize,
    },
    /// A geo source that is old.
    #[error("it was made {} ago, and addresses have moved since: load a newer edition", Days(*days))]
    OldSource {
        /// Its age in whole days.
        days: u64,
    },
    /// A geo source that is dated after the time of compilation, by more than a day.
    #[error(
        "it is dated {} ahead of the clock, so its age is not known: say when it was made, with `as_of` or `--as-of`, or correct the clock",
        Days(*days)
    )]
    FutureSource {
        /// How far ahead it is dated, in whole days.
        days: u64,
    },
    /// A name that can hardly be one that a backend asks about.
    #[error("{} has {}; names are compared byte for byte, so it can never match{}", Quoted(name), Flaws(flaws), Meant(meant.clone().map(Suggestion::Write).as_ref()))]
    NeverMatches {
        /// The name.
        name: String,
        /// The flaws, at least one.
        flaws: Vec<NameFlaw>,
        /// The name that was probably meant.
        meant: Option<String>,
    },
    /// A single IPv6 address that an order exempts.
    #[error(
        "`{network}` is one IPv6 address, and a device takes another one daily (RFC 8981): exempt its network of 64 bits{}",
        Meant(Some(&Suggestion::write(exempt_instead(*network))))
    )]
    ExemptAddress {
        /// The address, as a network of length 128.
        network: IpNet,
    },
    /// A name that looks like a pattern.
    #[error("{} is a name like any other: `*` stands for nothing but itself", Quoted(name))]
    Wildcard {
        /// The name.
        name: String,
    },
}

impl WarningCause {
    fn suggestion(&self) -> Option<Suggestion> {
        match self {
            WarningCause::NeverMatches { meant, .. } => meant.clone().map(Suggestion::Write),
            WarningCause::ExemptAddress { network } => Some(Suggestion::write(exempt_instead(*network))),
            _ => None,
        }
    }
}

/// Without the subject, which warnings share.
impl HeapBytes for Warning {
    fn heap_bytes(&self) -> usize {
        #[cfg(feature = "orders-file")]
        let caret = self.caret.as_ref().map_or(0, |caret| size_of_val(&**caret) + caret.shown.capacity());
        #[cfg(not(feature = "orders-file"))]
        let caret = 0;
        caret
            + match &self.cause {
                WarningCause::NothingLocated { issuer } | WarningCause::Overreach { issuer, .. } => issuer.heap_bytes(),
                WarningCause::EmptyReach { value, area } => value.heap_bytes() + area.heap_bytes(),
                WarningCause::Clipped { area, .. } => area.heap_bytes(),
                WarningCause::FewApprovals { approved_by, .. } => approved_by.heap_bytes(),
                WarningCause::Wildcard { name } => name.heap_bytes(),
                WarningCause::NeverMatches { name, flaws, meant } => {
                    name.heap_bytes() + plain(flaws) + meant.as_ref().map_or(0, String::heap_bytes)
                }
                WarningCause::Expired { .. } | WarningCause::NoExpiry | WarningCause::NoEvidence => 0,
                WarningCause::ExemptAddress { .. }
                | WarningCause::SourceLocatesNothing
                | WarningCause::SpecialPurpose { .. }
                | WarningCause::OldSource { .. }
                | WarningCause::FutureSource { .. } => 0,
            }
    }
}

/// The network of a home or an office that a single IPv6 address is in (RFC 4291, section 2.5.4).
fn exempt_instead(address: IpNet) -> IpNet {
    IpNet::new(address.addr(), 64).map_or(address, |network| network.trunc())
}

struct Flaws<'a>(&'a [NameFlaw]);

impl Display for Flaws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(n, flaw)| write!(f, "{}{flaw}", if n == 0 { "" } else { ", and " }))
    }
}

/// A number of days, for a message.
struct Days(u64);

impl Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} day{}", self.0, if self.0 == 1 { "" } else { "s" })
    }
}

/// A list as an order would write it.
pub(crate) fn list<T: Display>(values: &[T]) -> String {
    /// The most values that a message shows.
    const SHOWN: usize = 3;
    let shown: Vec<String> = values.iter().take(SHOWN).map(|value| Quoted(&value.to_string()).to_string()).collect();
    match values.len() {
        0 => "`[]`".to_owned(),
        n if n > SHOWN => format!("{} and {} more", shown.join(", "), n - SHOWN),
        _ => shown.join(", "),
    }
}

struct Time(SystemTime);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match timestamp::format(self.0) {
            Some(text) => write!(f, "`{text}`"),
            None => f.write_str("a time that RFC 3339 cannot write"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_shows_three_values_and_the_number_of_others() {
        let shown = |count: usize| list(&(0..count).collect::<Vec<_>>());
        assert_eq!([0, 1, 3].map(shown), ["`[]`", "`0`", "`0`, `1`, `2`"]);
        assert_eq!([4, 13].map(shown), ["`0`, `1`, `2` and 1 more", "`0`, `1`, `2` and 10 more"]);
    }
}
