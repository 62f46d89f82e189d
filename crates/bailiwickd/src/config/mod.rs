//! The configuration file: read with positions, checked as a whole, so that all that is wrong is said at once.

mod bundle;
mod duration;
mod error;
mod ledger;
mod listen;
mod policy;
mod raw;

pub use bundle::BundleConfig;
pub use error::ConfigError;
pub use ledger::{LedgerConfig, Rotation};
pub use listen::{ClientAddress, Exempt, Listen, Mode, Questions};
pub use policy::{PolicyConfig, SupplyConfig};
use raw::RawConfig;

use self::error::Problems;

/// The most bytes of a configuration file: some hundred listeners need 100 KB.
pub const MAX_CONFIG: usize = 1 << 20;

/// The most listeners: each has a task and sockets of its own, and more than this is a mistake of a generator.
pub const MAX_LISTENERS: usize = 64;

/// What the daemon does, checked.
#[derive(Debug)]
#[non_exhaustive]
pub struct Config {
    /// Where the policy comes from, and when it is looked for anew.
    pub policy: PolicyConfig,
    /// The listeners, at least one.
    pub listen: Vec<Listen>,
    /// The record of decisions.
    pub ledger: Option<LedgerConfig>,
    /// Whether debug messages are logged, too.
    pub debug: bool,
    /// What is valid and may not be meant.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads a configuration. Relative paths in it start at the folder of the process.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, with positions.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let raw: RawConfig = toml::from_str(text).map_err(|error| ConfigError::syntax(text, &error))?;
        let mut problems = Problems::default();
        let mut warnings = Vec::new();
        let policy = policy::check(raw.policy, &mut problems);
        if raw.listen.is_empty() {
            problems.add(None, "nothing listens: add `[[listen]]` with `address` and `mode`");
        }
        if raw.listen.len() > MAX_LISTENERS {
            problems.add(None, format!("there are {} listeners, and at most {MAX_LISTENERS} are possible", raw.listen.len()));
        }
        let listen = listen::check(raw.listen, &mut problems, &mut warnings);
        let ledger = raw.ledger.map(|raw| ledger::check(raw, &mut problems));
        let debug = match raw.log.as_ref().and_then(|log| log.level.as_ref()) {
            None => false,
            Some(level) => match level.get_ref().as_str() {
                "info" => false,
                "debug" => true,
                _ => {
                    problems.add(Some(level.span()), "the level is `info` or `debug`");
                    false
                }
            },
        };
        match policy {
            Some(policy) if problems.is_empty() => Ok(Config { policy, listen, ledger, debug, warnings }),
            _ => Err(problems.into_error(text)),
        }
    }
}

/// The keys of the configuration, as `table.key`, for the test that the page describes each.
#[doc(hidden)]
#[must_use]
pub fn keys() -> Vec<(&'static str, &'static [&'static str])> {
    raw::keys()
}
