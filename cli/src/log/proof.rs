//! `bailiwick log verify`: proofs of lines.

use std::io::{self, Read, Write};

use bailiwick::log::{LogProof, MAX_PROOF_FILE, Trust};

use super::head::FleetHead;
use crate::failure::Failure;
use crate::input::{self, STDIN};
use crate::log_args::ProofArgs;
use crate::output::{self, GOOD};
use crate::trust;

/// The first line of each proof in a file.
const FIRST: &str = "c2sp.org/tlog-proof@v1\n";

pub(super) fn run(args: &ProofArgs) -> Result<(), Failure> {
    let Some(vkey) = &args.trust.vkey else {
        return Err(Failure::unusable("give the verifier key of the log with `--vkey`: a proof says nothing without it"));
    };
    // Witnesses cosign the log of heads, where there is one.
    let (node, top) = match &args.fleet {
        Some(fleet) => (Some(Trust::new(trust::vkey(vkey)?, Vec::new(), 0).map_err(Failure::unusable)?), args.trust.trust(fleet)?),
        None => (None, args.trust.trust(vkey)?),
    };
    let mut out = output::stdout();
    for file in &args.proofs {
        let name = input::name(file);
        let wrong = |error: &dyn std::fmt::Display| Failure::wrong(format_args!("{name}: {error}"));
        let text = read(file)?;
        let proofs = split(&text).iter().map(|proof| LogProof::parse(proof.as_bytes())).collect::<Result<Vec<_>, _>>();
        let proofs = proofs.map_err(|error| wrong(&error))?;
        let (line, last) = match (proofs.as_slice(), &node) {
            ([proof], None) => (proof, proof),
            ([proof, _], None) => (proof, proof),
            ([proof, of_fleet], Some(node)) => {
                node.check(proof.checkpoint()).map_err(|error| wrong(&error))?;
                let head = of_fleet.verified_leaf().map_err(|error| wrong(&error))?;
                let head: FleetHead = serde_json::from_slice(head).map_err(|_| wrong(&"the second proof is not one of a head"))?;
                if !head.is_of(proof.checkpoint()) {
                    return Err(wrong(&"the second proof is about another checkpoint than the first one leads to"));
                }
                (proof, of_fleet)
            }
            ([_], Some(_)) => return Err(wrong(&"there is no proof that leads to the log of heads: prove it with `--fleet`")),
            _ => return Err(wrong(&"the file has more than a proof, and one that leads to the log of heads")),
        };
        let leaf = line.verified_leaf().map_err(|error| wrong(&error))?;
        let cosigned = top.check(last.checkpoint()).map_err(|error| wrong(&error))?;
        let (seq, size) = (line.index(), line.checkpoint().checkpoint().size());
        let witnesses = if cosigned.len() == 1 { "witness" } else { "witnesses" };
        let said = format!("line {seq} of {size} is in the log, cosigned by {} {witnesses}", cosigned.len());
        let _ = writeln!(anstream::stderr(), "{GOOD}{name}{GOOD:#}: {said}");
        out.write_all(leaf)?;
        writeln!(out)?;
    }
    Ok(())
}

/// The proofs of a file, one after the other.
fn split(text: &str) -> Vec<&str> {
    let (mut proofs, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.get(1..).and_then(|rest| rest.find(&format!("\n{FIRST}"))) {
        let (proof, after) = rest.split_at(at + 2);
        proofs.push(proof);
        rest = after;
    }
    proofs.push(rest);
    proofs
}

fn read(file: &str) -> Result<String, Failure> {
    let limit = u64::try_from(2 * MAX_PROOF_FILE + 1).unwrap_or(u64::MAX);
    let mut text = String::new();
    let read = if file == STDIN {
        io::stdin().lock().take(limit).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(limit).read_to_string(&mut text))
    };
    read.map(|_| text).map_err(|error| input::unreadable(file, &error))
}
