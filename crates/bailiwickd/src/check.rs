//! Reading a configuration file, and `bailiwickd check`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use bailiwick::Quoted;

use crate::config::{Config, MAX_CONFIG, SupplyConfig};
use crate::ledger;
use crate::policy::bundle;
use crate::policy::files::Files;

/// Reads a configuration, and makes its folder the folder of the process, at which relative paths start.
///
/// # Errors
///
/// A message for the operator, with the lines that are wrong.
pub fn read(path: &Path) -> Result<Config, String> {
    let name = path.to_string_lossy();
    let unread = |error: std::io::Error| format!("error: {} cannot be read: {error}", Quoted(&name));
    let limit = u64::try_from(MAX_CONFIG).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(unread)?.take(limit).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() > MAX_CONFIG {
        return Err(format!("error: {} has more than {MAX_CONFIG} bytes: is this the right file?", Quoted(&name)));
    }
    let text = bailiwick::text::utf8(&bytes).map_err(|error| format!("error: {} cannot be read: {error}", Quoted(&name)))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::env::set_current_dir(folder).map_err(unread)?;
    }
    Config::parse(text).map_err(|error| error.render(&name))
}

/// Reads a configuration and all files that it names. Returns what there is to say.
///
/// # Errors
///
/// All that is wrong.
pub fn check(path: &Path) -> Result<String, String> {
    let config = read(path)?;
    let mut said: Vec<String> = config.warnings.iter().map(|warning| format!("warning: {warning}")).collect();
    let mut wrong = Vec::new();
    match &config.policy.supply {
        SupplyConfig::Files { orders, geo, min_sources, requirements } => {
            let files = Files::new(orders.clone(), geo.clone(), *min_sources, requirements.clone(), None);
            match files.first() {
                Ok(policy) => {
                    said.extend(policy.warnings().iter().map(|warning| format!("warning: {warning}")));
                    said.push(format!("policy {} on atlas {}", policy.digest(), policy.atlas_digest()));
                }
                Err(refused) => wrong.push(refused.message().to_owned()),
            }
        }
        SupplyConfig::Bundle(config) => match bundle::check(config) {
            Ok(message) => said.push(message),
            Err(message) => wrong.push(message),
        },
    }
    if let Some(Err(message)) = config.ledger.as_ref().map(|config| ledger::key(&config.key)) {
        wrong.push(message);
    }
    for listen in &config.listen {
        said.push(format!("listener {}: {} at {}", Quoted(&listen.name), listen.mode.word(), listen.address));
    }
    if wrong.is_empty() {
        said.push("the configuration is fine\n".to_owned());
        Ok(said.join("\n"))
    } else {
        said.extend(
            wrong.into_iter().map(|message| if message.starts_with("error") { message } else { format!("error: {message}") }),
        );
        Err(said.join("\n"))
    }
}
