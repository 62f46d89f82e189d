//! The page of a log for the public: static, without dependencies, and able to check proofs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use bailiwick::log::{LogFolder, SignedCheckpoint, TreeHash, Trust};
use bailiwick::note::{NoteError, Signature, VerifierKey};
use bailiwick::text::{Timestamp, Xml};
use bailiwick::{Digest, Quoted};

use super::failure;
use super::figures::Figures;
use super::head::FleetHead;
use crate::failure::Failure;
use crate::output::{self, Thousands};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The log that a page is about.
pub(super) enum About<'a> {
    /// Of a ledger: the policies that were in force, and reports.
    Ledger { policies: &'a [Digest], reports: &'a [Figures] },
    /// Of the heads of a fleet: the last one of each node, and the keys of nodes.
    Fleet { heads: &'a BTreeMap<String, FleetHead>, keys: &'a [VerifierKey] },
}

/// Writes `index.html` to the folder. `trust` has the key of the log, and the witnesses that the page knows.
pub(super) fn write(log: &LogFolder, trust: &Trust, about: &About<'_>) -> Result<(), Failure> {
    let Some(last) = log.last() else { return Ok(()) };
    let (key, size) = (trust.log(), last.checkpoint().size());
    let mut checkpoints = String::new();
    for size in log.checkpoints().map_err(failure)?.into_iter().rev() {
        let root = log.checkpoint(size).map_err(failure)?.checkpoint().root();
        let _ = writeln!(checkpoints, "<tr><td>{size}</td><td>{root}</td></tr>");
    }
    let (text, fleet) = (about.text(size), matches!(about, About::Fleet { .. }));
    // Hashes of the style and the script are all that the policy allows.
    let hash = |text: &str| TreeHash::from_bytes(*Digest::of(text.as_bytes()).as_bytes()).to_string();
    let values = [
        ("{script-hash}", hash(SCRIPT)),
        ("{style-hash}", hash(STYLE)),
        ("{origin}", shown(key.name())),
        ("{vkey}", shown(&key.to_string())),
        ("{data}", format!(" data-quorum=\"{}\"{}", trust.quorum(), if fleet { " data-fleet" } else { "" })),
        ("{about}", text.about.to_owned()),
        ("{size}", text.size),
        ("{checkpoint}", shown(&last.to_string())),
        ("{witnesses}", witnesses(log, last, trust)?),
        ("{sections}", text.sections),
        ("{proofs}", text.proofs.to_owned()),
        ("{tool}", tool(trust, fleet)),
        ("{checkpoints}", checkpoints),
        ("{style}", STYLE.to_owned()),
        ("{script}", SCRIPT.to_owned()),
    ];
    let page = values.iter().fold(PAGE.to_owned(), |page, (place, value)| page.replace(place, value));
    output::replace(&log.path().join("index.html"), page.as_bytes())
}

/// What a page says of its log alone.
struct Text {
    about: &'static str,
    size: String,
    proofs: &'static str,
    sections: String,
}

impl About<'_> {
    fn text(&self, size: u64) -> Text {
        match self {
            About::Ledger { policies, reports } => Text {
                about: "This log has the decisions about who may join a meeting, one line each, as a tree of hashes.",
                size: format!(
                    "{} lines. The number is rounded down to a multiple of 256, so that it does not count decisions.",
                    Thousands(size.into())
                ),
                proofs: "",
                sections: format!("<h2>Policies</h2>\n{}\n\n<h2>Reports</h2>\n{}\n", listed(policies), figures(reports)),
            },
            About::Fleet { heads, keys } => Text {
                about: "This log has the heads of the logs of a fleet, as a tree of hashes: for each of its nodes, how many lines its log had \
                        and their root. Those logs have the decisions about who may join a meeting, one line each.",
                size: format!("{}.", output::count(usize::try_from(size).unwrap_or(usize::MAX), "head")),
                proofs: "It has two proofs: that a line is in the log of a node, and that the head of that log is in this one.",
                sections: format!("<h2>Nodes</h2>\n{}\n", nodes(heads, keys)),
            },
        }
    }
}

/// The arguments with which the tool checks a proof.
fn tool(trust: &Trust, fleet: bool) -> String {
    let mut tool = String::from(if fleet { "--vkey KEY-OF-THE-NODE --fleet " } else { "--vkey " });
    tool.push_str(&shown(&trust.log().to_string()));
    for witness in trust.witnesses() {
        let _ = write!(tool, " --witness {}", shown(&witness.to_string()));
    }
    if !trust.witnesses().is_empty() {
        let _ = write!(tool, " --quorum {}", trust.quorum());
    }
    tool
}

/// The witnesses: those whose keys are known, each with the time of its cosignature, which is verified; and others.
fn witnesses(log: &LogFolder, last: &SignedCheckpoint, trust: &Trust) -> Result<String, Failure> {
    let note = last.note();
    let mut known = String::new();
    for witness in trust.witnesses() {
        let cosigned = match note.verify(witness) {
            Ok(()) => {
                let times = note.signatures().iter().filter(|signature| signature.is_by(witness));
                let time = times.filter_map(Signature::cosigned_at).max().and_then(time);
                format!("has cosigned the last checkpoint{}", time.map_or_else(String::new, |time| format!(", at {time}")))
            }
            Err(NoteError::NotSigned { .. }) => "has not cosigned the last checkpoint".to_owned(),
            Err(error) => {
                let path = log.path().join("checkpoint");
                return Err(Failure::wrong(format_args!(
                    "{}: {error}. No page is written: ask the witness again, with `bailiwick log witness`",
                    Quoted(&path.to_string_lossy())
                )));
            }
        };
        let (name, vkey) = (shown(witness.name()), shown(&witness.to_string()));
        let _ = writeln!(known, "<li data-vkey=\"{vkey}\">{name} {cosigned}: <code>{vkey}</code></li>");
    }
    let is_other = |signature: &&Signature| {
        signature.name() != trust.log().name() && !trust.witnesses().iter().any(|witness| signature.is_by(witness))
    };
    let others: String = note
        .signatures()
        .iter()
        .filter(is_other)
        .filter_map(|signature| Some(format!("<li>{}, at {}</li>\n", shown(signature.name()), time(signature.cosigned_at()?)?)))
        .collect();
    let mut html = String::new();
    if !known.is_empty() {
        let _ = writeln!(
            html,
            "<p>They say that a checkpoint goes on from the one before. At least {} of these {} must have cosigned.</p>\n\
             <ul id=\"witnesses\">\n{known}</ul>",
            trust.quorum(),
            trust.witnesses().len()
        );
    }
    if !others.is_empty() {
        let _ = writeln!(
            html,
            "<p>There are cosignatures in the names of others, whose keys are not on this page: they are not checked.</p>\n<ul>\n{others}</ul>"
        );
    }
    Ok(if html.is_empty() { "<p>Nobody has cosigned the last checkpoint.</p>".to_owned() } else { html })
}

fn time(seconds: u64) -> Option<Timestamp> {
    Timestamp::new(SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?)
}

/// The nodes of a fleet: a list for each, which a phone has room for.
fn nodes(heads: &BTreeMap<String, FleetHead>, keys: &[VerifierKey]) -> String {
    let mut html = String::from("<div id=\"nodes\">\n");
    for head in heads.values() {
        let key = keys.iter().find(|key| key.name() == head.node).map(ToString::to_string);
        let data = key.as_deref().map_or_else(String::new, |key| format!(" data-vkey=\"{}\"", shown(key)));
        let rows = [
            ("lines", Thousands(head.size.into()).to_string()),
            ("root", head.root.clone()),
            ("decisions that were not recorded", Thousands(head.unrecorded.into()).to_string()),
            ("version of the bundle", head.bundle.map_or_else(|| "none".to_owned(), |version| version.to_string())),
            ("key", key.unwrap_or_else(|| "not known here".to_owned())),
        ];
        let _ = writeln!(html, "<table{data}>\n<caption>{}</caption>\n<tbody>", shown(&head.node));
        for (label, value) in rows {
            let _ = writeln!(html, "<tr><th scope=\"row\">{label}</th><td>{}</td></tr>", shown(&value));
        }
        html.push_str("</tbody>\n</table>\n");
    }
    html + "</div>"
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
