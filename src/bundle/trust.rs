//! What a node trusts: configuration, never taken from a bundle.

use std::collections::BTreeMap;

use super::manifest::{MAX_ORIGIN, origin_flaw};
use crate::note::{Algorithm, VerifierKey};
use crate::text::quote::{Quoted, excerpt};

/// The most bytes of a bundle by default: 256 MiB. An orders file has at most 64 MiB, and an atlas of the world by city less than
/// the rest. A bundle is in memory while it is checked, beside the policy in force and the next one.
pub const MAX_BUNDLE: u64 = 256 << 20;

/// The most bytes of a role's name. Roles are words of a company's own, such as `legal`.
pub const MAX_ROLE: usize = 64;

/// The configuration by which a node takes bundles: whose they are, which keys sign them in which role, and how many of each role
/// must.
///
/// ```
/// use bailiwick::bundle::Trust;
/// use bailiwick::note::SigningKey;
///
/// let [anna, ben, carla] = ["example.org/anna", "example.org/ben", "example.org/carla"].map(SigningKey::generate);
/// let trust = Trust::builder("example.org/orders")
///     .key("legal", anna?.verifier())
///     .key("legal", ben?.verifier())
///     .key("operations", carla?.verifier())
///     .threshold("legal", 1)
///     .build()?;
/// assert_eq!(trust.roles().collect::<Vec<_>>(), [("legal", 1, 2), ("operations", 1, 1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Trust {
    pub(super) origin: String,
    /// Never empty.
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) minimum_version: u64,
    pub(super) max_size: u64,
    pub(super) unless_wider: bool,
    pub(super) max_newly_located: Option<u64>,
}

/// The keys of a role, each once, and the number of them that must sign.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) keys: Vec<VerifierKey>,
    pub(super) threshold: usize,
}

/// Collects a [`Trust`].
#[derive(Debug, Clone)]
#[must_use]
pub struct TrustBuilder {
    origin: String,
    keys: Vec<(String, VerifierKey)>,
    thresholds: Vec<(String, usize)>,
    minimum_version: u64,
    max_size: u64,
    unless_wider: bool,
    max_newly_located: Option<u64>,
}

impl Trust {
    /// Begins with an origin: bundles of any other are refused.
    pub fn builder(origin: impl Into<String>) -> TrustBuilder {
        TrustBuilder {
            origin: origin.into(),
            keys: Vec::new(),
            thresholds: Vec::new(),
            minimum_version: 1,
            max_size: MAX_BUNDLE,
            unless_wider: true,
            max_newly_located: None,
        }
    }

    /// The origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The roles, ascending by name: name, number of keys that must sign, number of keys.
    pub fn roles(&self) -> impl Iterator<Item = (&str, usize, usize)> {
        self.roles.iter().map(|(name, role)| (name.as_str(), role.threshold, role.keys.len()))
    }

    /// The most bytes of a bundle. Stop fetching one that has more: [`read`](super::read) does.
    #[must_use]
    pub fn max_size(&self) -> u64 {
        self.max_size
    }
}

impl TrustBuilder {
    /// Trusts a key in a role. A key counts once in a role, however often it is given, and however many signatures of it there are.
    ///
    /// One key in two roles counts in both, and one under two names as two keys: that is configuration, and nobody else's.
    pub fn key(mut self, role: impl Into<String>, key: VerifierKey) -> TrustBuilder {
        self.keys.push((role.into(), key));
        self
    }

    /// Requires a number of keys of a role to sign: 1 if not given. The last call about a role counts.
    pub fn threshold(mut self, role: impl Into<String>, keys: usize) -> TrustBuilder {
        let role = role.into();
        self.thresholds.retain(|(other, _)| *other != role);
        self.thresholds.push((role, keys));
        self
    }

    /// Refuses every version before this one, on a node that has none, too: 1 if not given. Set it to the version in force when a
    /// node is installed, and a first bundle is never an old one.
    pub fn minimum_version(self, version: u64) -> TrustBuilder {
        TrustBuilder { minimum_version: version, ..self }
    }

    /// Reads at most that many bytes of a bundle: [`MAX_BUNDLE`] if not given.
    pub fn max_size(self, bytes: u64) -> TrustBuilder {
        TrustBuilder { max_size: bytes, ..self }
    }

    /// Whether a bundle is refused that blocks people whom the docket in force admits, unless that was acknowledged: `true` if not
    /// given.
    pub fn unless_wider(self, refused: bool) -> TrustBuilder {
        TrustBuilder { unless_wider: refused, ..self }
    }

    /// Bounds what new geo data alone may do: a bundle is refused whose atlas adds more addresses than that to the reach of any
    /// order in force, unless that was acknowledged. IPv4 addresses and IPv6 networks of length 64 count one each. No bound if not
    /// given, as refused geo data means stale geo data.
    pub fn max_newly_located(self, addresses: u64) -> TrustBuilder {
        TrustBuilder { max_newly_located: Some(addresses), ..self }
    }

    /// Checks the configuration.
    ///
    /// # Errors
    ///
    /// When the origin is not one of bundles, no key is given, a role's name is empty or has other characters than `a` to `z`, `0` to
    /// `9`, `-`, `_` and `.`, a threshold is 0 or more than the role has keys, or a key is one of a witness.
    pub fn build(self) -> Result<Trust, TrustError> {
        let TrustBuilder { origin, keys, thresholds, minimum_version, max_size, unless_wider, max_newly_located } = self;
        if let Some(flaw) = origin_flaw(&origin) {
            return Err(TrustError::Origin { origin: excerpt(&origin), flaw });
        }
        if keys.is_empty() {
            return Err(TrustError::NoKey);
        }
        let mut roles: BTreeMap<String, Role> = BTreeMap::new();
        for (role, key) in keys {
            check_role(&role)?;
            if key.algorithm() != Algorithm::Ed25519 {
                return Err(TrustError::Witness { role, name: key.name().to_owned() });
            }
            let keys = &mut roles.entry(role).or_insert_with(|| Role { keys: Vec::new(), threshold: 1 }).keys;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        for (role, threshold) in thresholds {
            check_role(&role)?;
            let keys = roles.get(&role).map_or(0, |role| role.keys.len());
            match roles.get_mut(&role) {
                _ if threshold == 0 => return Err(TrustError::NoThreshold { role }),
                Some(of) if threshold <= keys => of.threshold = threshold,
                _ => return Err(TrustError::Unreachable { role, threshold, keys }),
            }
        }
        Ok(Trust { origin, roles, minimum_version, max_size, unless_wider, max_newly_located })
    }
}

/// Checks the name of a role.
///
/// # Errors
///
/// When it is empty, has more than [`MAX_ROLE`] bytes, or has another character than `a` to `z`, `0` to `9`, `-`, `_` and `.`.
pub fn check_role(role: &str) -> Result<(), TrustError> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if role.is_empty() || role.len() > MAX_ROLE || !role.bytes().all(is_plain) {
        return Err(TrustError::Role { role: excerpt(role) });
    }
    Ok(())
}

/// The reason why a configuration cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// An origin that no bundle can have.
    #[error(
        "`origin` {} {flaw}: write that of your bundles, of 1 to {MAX_ORIGIN} bytes, such as `example.org/orders`",
        Quoted(origin)
    )]
    Origin {
        /// The origin.
        origin: String,
        /// Why it cannot be one.
        flaw: &'static str,
    },
    /// No key in any role.
    #[error("no key is trusted: give at least one with its role, or no bundle is ever taken")]
    NoKey,
    /// A name that no role can have.
    #[error(
        "the role {} is not 1 to {MAX_ROLE} of `a` to `z`, `0` to `9`, `-`, `_` and `.`: write one such as `legal`",
        Quoted(role)
    )]
    Role {
        /// The name.
        role: String,
    },
    /// A key that signs checkpoints as a witness, and no bundles.
    #[error("the key of {} in the role {} is a witness's: give a key of `bailiwick log keygen`", Quoted(name), Quoted(role))]
    Witness {
        /// The role.
        role: String,
        /// The name of the key.
        name: String,
    },
    /// A role of which nobody must sign.
    #[error("the threshold of the role {} is 0: leave the role out, or write 1 or more", Quoted(role))]
    NoThreshold {
        /// The role.
        role: String,
    },
    /// More signatures than the role has keys.
    #[error(
        "the threshold of the role {} is {threshold}, and it has {keys} key{}: no bundle would ever be taken; give more keys or \
         a lower threshold",
        Quoted(role),
        if *keys == 1 { "" } else { "s" }
    )]
    Unreachable {
        /// The role.
        role: String,
        /// The number of keys that must sign.
        threshold: usize,
        /// The number of keys that there are.
        keys: usize,
    },
}
