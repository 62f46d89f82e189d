//! The arguments.

use std::ffi::OsString;
use std::path::PathBuf;

/// The usage.
pub(crate) const USAGE: &str = "usage: bailiwickd [check] --config FILE";

/// The help.
pub(crate) const HELP: &str = "\
Answers at the door: forward-auth, Envoy's ext_authz and a JSON API

usage: bailiwickd --config FILE         serves until SIGTERM; SIGHUP looks for a new policy
       bailiwickd check --config FILE   says what is wrong with the configuration and its files

      --config FILE   the configuration; relative paths in it start at its folder
  -h, --help          prints this
  -V, --version       prints the version
";

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Args {
    Run(PathBuf),
    Check(PathBuf),
    Help,
    Version,
}

pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Args, String> {
    let (mut config, mut checks) = (None, false);
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(Args::Help),
            Some("-V" | "--version") => return Ok(Args::Version),
            Some("check") if !checks => checks = true,
            Some("--config") => {
                let path = arguments.next().ok_or("`--config` needs the path of a file")?;
                if config.replace(PathBuf::from(path)).is_some() {
                    return Err("`--config` is given twice".to_owned());
                }
            }
            Some(text) if text.starts_with("--config=") => {
                let path = text.trim_start_matches("--config=");
                if config.replace(PathBuf::from(path)).is_some() {
                    return Err("`--config` is given twice".to_owned());
                }
            }
            _ => return Err(format!("{} is not an argument", bailiwick::Quoted(&argument.to_string_lossy()))),
        }
    }
    let path = config.ok_or("`--config` is missing: name the configuration")?;
    Ok(if checks { Args::Check(path) } else { Args::Run(path) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Args, String> {
        parse(text.split_whitespace().map(OsString::from))
    }

    #[test]
    fn arguments_are_read() {
        assert_eq!(parsed("--config a.toml"), Ok(Args::Run("a.toml".into())));
        assert_eq!(parsed("--config=a.toml"), Ok(Args::Run("a.toml".into())));
        assert_eq!(parsed("check --config a.toml"), Ok(Args::Check("a.toml".into())));
        assert_eq!(parsed("--config a.toml check"), Ok(Args::Check("a.toml".into())));
        assert_eq!(parsed("-h"), Ok(Args::Help));
        assert_eq!(parsed("check --version"), Ok(Args::Version));
        for wrong in ["", "check", "--config", "a.toml", "--config a --config b", "check check --config a", "--conf a"] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
