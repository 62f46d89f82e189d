//! The page of a log for the public: static, without dependencies, and able to check proofs.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, SystemTime};

use bailiwick::log::{LogFolder, TreeHash};
use bailiwick::note::VerifierKey;
use bailiwick::text::Xml;
use bailiwick::{Digest, Quoted};
use jiff::Timestamp;

use super::failure;
use super::figures::Figures;
use crate::failure::Failure;
use crate::output::Thousands;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// Writes `index.html` to the folder.
pub(super) fn write(log: &LogFolder, key: &VerifierKey, policies: &[Digest], reports: &[Figures]) -> Result<(), Failure> {
    let Some(last) = log.last() else { return Ok(()) };
    let mut checkpoints = String::new();
    for size in log.checkpoints().map_err(failure)?.into_iter().rev() {
        let root = log.checkpoint(size).map_err(failure)?.checkpoint().root();
        let _ = writeln!(checkpoints, "<tr><td>{size}</td><td>{root}</td></tr>");
    }
    let cosigned = last.note().signatures().iter().filter(|signature| signature.name() != key.name());
    let witnesses: String = cosigned
        .filter_map(|signature| {
            let time = Timestamp::try_from(SystemTime::UNIX_EPOCH + Duration::from_secs(signature.cosigned_at()?)).ok()?;
            Some(format!("<li>{}, at {time}</li>\n", shown(signature.name())))
        })
        .collect();
    let witnesses = if witnesses.is_empty() {
        "<p>Nobody has cosigned the last checkpoint.</p>".to_owned()
    } else {
        format!(
            "<p>They say that this checkpoint goes on from the one before. Check their signatures with their keys.</p>\n<ul>\n{witnesses}</ul>"
        )
    };
    // Hashes of the style and the script are all that the policy allows.
    let hash = |text: &str| TreeHash::from_bytes(*Digest::of(text.as_bytes()).as_bytes()).to_string();
    let values = [
        ("{script-hash}", hash(SCRIPT)),
        ("{style-hash}", hash(STYLE)),
        ("{origin}", shown(key.name())),
        ("{vkey}", shown(&key.to_string())),
        ("{size}", Thousands(last.checkpoint().size().into()).to_string()),
        ("{checkpoint}", shown(&last.to_string())),
        ("{witnesses}", witnesses),
        ("{checkpoints}", checkpoints),
        ("{policies}", listed(policies)),
        ("{reports}", figures(reports)),
        ("{style}", STYLE.to_owned()),
        ("{script}", SCRIPT.to_owned()),
    ];
    let page = values.iter().fold(PAGE.to_owned(), |page, (place, value)| page.replace(place, value));
    let (path, new) = (log.path().join("index.html"), log.path().join("index.html.new"));
    if fs::read(&path).is_ok_and(|found| found == page.as_bytes()) {
        return Ok(());
    }
    let written = fs::write(&new, page).and_then(|()| fs::rename(&new, &path));
    written.map_err(|error| Failure::unusable(format_args!("{} cannot be written: {error}", Quoted(&path.to_string_lossy()))))
}

fn listed(policies: &[Digest]) -> String {
    if policies.is_empty() {
        return "<p>The keeper has not listed them here. Each line has the digest of its own.</p>".to_owned();
    }
    let items: String = policies.iter().map(|policy| format!("<li><code>{policy}</code></li>\n")).collect();
    format!(
        "<p>The digests of the policies that the keeper says were in force. Each line has the digest of its own.</p>\n<ul>\n{items}</ul>"
    )
}

/// Braces are escaped as in [`shown`].
fn figures(reports: &[Figures]) -> String {
    if reports.is_empty() {
        return "<p>The keeper has published no report here.</p>".to_owned();
    }
    reports.iter().map(Figures::to_html).collect::<String>().replace('{', "&#123;")
}

/// A text in the page. Braces are escaped, too, so that no name is taken for a place of the page that is to be filled.
fn shown(text: &str) -> String {
    Xml(text).to_string().replace('{', "&#123;")
}
