//! `bailiwick log witness`: asks a witness to cosign.

use std::io::Write;
use std::time::Duration;

use bailiwick::Quoted;
use bailiwick::log::{AddCheckpoint, LogFolder, MAX_REPLY, TrustError, WitnessReply};
use bailiwick::note::{Algorithm, Signature, VerifierKey};

use super::failure;
use crate::failure::Failure;
use crate::log_args::WitnessArgs;
use crate::output::{self, GOOD, Thousands};
use crate::trust;

/// The time that a witness has for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn run(args: &WitnessArgs) -> Result<(), Failure> {
    let key = args.witness.as_deref().map(trust::vkey).transpose()?;
    if let Some(key) = key.as_ref().filter(|key| key.algorithm() != Algorithm::CosignatureV1) {
        let name = Quoted(key.name());
        return Err(Failure::unusable(format_args!("the key of {name} is not one of a witness: those have the algorithm 4")));
    }
    if !args.url.starts_with("http://") {
        return Err(Failure::unusable(format_args!(
            "{} cannot be reached: this tool speaks HTTP without TLS. Let a forwarder on this machine add it, such as stunnel, and give \
             its address, such as `http://127.0.0.1:8000`",
            Quoted(&args.url)
        )));
    }
    let mut log = LogFolder::read(&args.folder).map_err(failure)?;
    if let Some(key) = &key {
        check_independence(&log, key)?;
    }
    let mut old = key.as_ref().map_or(Ok(0), |key| last_cosigned(&log, key))?;
    let signatures = match ask(args, &log, old)? {
        WitnessReply::OtherSize(size) => {
            old = size;
            match ask(args, &log, old)? {
                WitnessReply::Cosigned(signatures) => signatures,
                _ => return Err(Failure::wrong("the witness cosigned another checkpoint meanwhile: ask again")),
            }
        }
        WitnessReply::Cosigned(signatures) => signatures,
        _ => return Err(Failure::wrong("the witness gives an answer that this tool does not know")),
    };
    let cosigned = of_witness(&log, signatures, key.as_ref())?;
    if cosigned.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = cosigned.iter().map(|signature| Quoted(signature.name()).to_string()).collect();
    log.add_cosignatures(cosigned).map_err(failure)?;
    let mut out = output::stdout();
    let size = Thousands(log.size().into());
    writeln!(
        out,
        "{GOOD}cosigned{GOOD:#} by {}: the checkpoint of {size} lines, which goes on from {}",
        names.join(", "),
        Thousands(old.into())
    )?;
    if key.is_none() {
        output::note("the cosignature is not verified: give the verifier key of the witness with `--witness`");
    }
    Ok(())
}

/// Refuses a witness with the public key of the log, which then signed the checkpoint.
fn check_independence(log: &LogFolder, witness: &VerifierKey) -> Result<(), Failure> {
    let Some(last) = log.last() else { return Ok(()) };
    let as_log = VerifierKey::new(last.checkpoint().origin(), Algorithm::Ed25519, witness.public_key());
    if as_log.is_ok_and(|key| last.verify(&key).is_ok()) {
        return Err(Failure::unusable(TrustError::OwnWitness { name: witness.name().to_owned() }));
    }
    Ok(())
}

/// The largest size that the witness has cosigned, of the checkpoints in the folder.
fn last_cosigned(log: &LogFolder, key: &VerifierKey) -> Result<u64, Failure> {
    for size in log.checkpoints().map_err(failure)?.into_iter().rev() {
        if log.checkpoint(size).map_err(failure)?.note().verify(key).is_ok() {
            return Ok(size);
        }
    }
    Ok(0)
}

fn ask(args: &WitnessArgs, log: &LogFolder, old: u64) -> Result<WitnessReply, Failure> {
    let stored = log.stored().map_err(failure)?;
    let proof = stored.consistency(old, stored.size()).map_err(Failure::wrong)?;
    let (Some(proof), Some(checkpoint)) = (proof, log.last()) else {
        return Err(Failure::wrong(format_args!(
            "the witness has cosigned a checkpoint of {old} lines, and {} has one of {}: the folder was restored from an old backup. \
             Publish the ledger there again",
            Quoted(&args.folder),
            stored.size()
        )));
    };
    let request = AddCheckpoint::new(proof, checkpoint.clone());
    let url = format!("{}/add-checkpoint", args.url.trim_end_matches('/'));
    let unusable =
        |error: ureq::Error| Failure::unusable(format_args!("the witness at {} cannot be asked: {error}", Quoted(&args.url)));
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(PATIENCE)).build().into();
    let mut answer =
        agent.post(&url).header("content-type", "text/plain; charset=utf-8").send(request.to_string()).map_err(unusable)?;
    let limit = u64::try_from(MAX_REPLY).unwrap_or(u64::MAX);
    let body = answer.body_mut().with_config().limit(limit).read_to_string().map_err(unusable)?;
    request.reply(answer.status().as_u16(), &body).map_err(Failure::wrong)
}

/// The signatures of the witness: those of its key, verified, or, when the key is not known, all that have the form of a cosignature
/// and are not of the log, or of a key that has signed: an unverified one would take the place of one that may be right.
fn of_witness(log: &LogFolder, signatures: Vec<Signature>, key: Option<&VerifierKey>) -> Result<Vec<Signature>, Failure> {
    let Some(last) = log.last() else { return Ok(Vec::new()) };
    let origin = last.checkpoint().origin();
    let (mut cosigned, mut is_repeated) = (Vec::new(), false);
    for signature in signatures {
        let is_known =
            key.map_or_else(|| signature.cosigned_at().is_some() && signature.name() != origin, |key| signature.is_by(key));
        let mut others = last.note().signatures().iter();
        if is_known && key.is_none() && others.any(|other| (other.name(), other.id()) == (signature.name(), signature.id())) {
            is_repeated = true;
            output::note(&format!(
                "the checkpoint has a cosignature of {} already, which stays: a new one takes its place when it is verified, with \
                 `--witness`",
                Quoted(signature.name())
            ));
            continue;
        }
        if is_known {
            let mut with = last.note().clone();
            with.add(signature.clone()).map_err(Failure::wrong)?;
            if let Some(key) = key {
                with.verify(key).map_err(|error| Failure::wrong(format_args!("the answer of the witness: {error}")))?;
            }
            cosigned.push(signature);
        }
    }
    if cosigned.is_empty() && !is_repeated {
        return Err(Failure::wrong("the answer of the witness has no cosignature of its key: is it the key of this witness?"));
    }
    Ok(cosigned)
}
