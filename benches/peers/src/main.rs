//! Measures everything and writes `benches/RESULTS.md` with its plots.
//!
//! ```sh
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! ```
//!
//! Arguments choose parts: `decide`, `locate`, `compile`, `growth`. Their tables are printed then, and nothing is written.
//! `--quick` takes so few rounds that numbers mean nothing: a test that all contenders run and answer alike. It writes nothing.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use bailiwick_peers::machine;
use bailiwick_peers::parts::{self, Effort, Growth};
use bailiwick_peers::report::{self, Part};

const PARTS: [&str; 4] = ["decide", "locate", "compile", "growth"];

fn main() -> ExitCode {
    let (flags, chosen): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|argument| argument.starts_with('-'));
    let strange = flags.iter().find(|flag| *flag != "--quick").or(chosen.iter().find(|part| !PARTS.contains(&part.as_str())));
    if let Some(strange) = strange {
        eprintln!("`{strange}` is neither `--quick` nor one of {}", PARTS.join(", "));
        return ExitCode::FAILURE;
    }
    let quick = !flags.is_empty();
    match run(quick, &chosen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(quick: bool, chosen: &[String]) -> Result<(), Box<dyn Error>> {
    let effort = if quick { Effort::QUICK } else { Effort::FULL };
    let wants = |part: &str| chosen.is_empty() || chosen.iter().any(|chosen| chosen == part);
    let start = Instant::now();
    let done = |part: &str| eprintln!("{part}: done {:.0} s after the start", start.elapsed().as_secs_f64());

    let (mut told, mut plots) = (Vec::new(), Vec::new());
    for name in PARTS.into_iter().filter(|name| wants(name)) {
        told.push(match name {
            "decide" => parts::decide(effort),
            "locate" => parts::locate(effort),
            "compile" => parts::compile(effort),
            _ => {
                let Growth { part, plots: drawn } = parts::growth(effort);
                plots = drawn;
                part
            }
        });
        done(name);
    }

    let text = document(&told);
    if quick || !chosen.is_empty() {
        println!("{text}");
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::write(folder.join("RESULTS.md"), text)?;
    for (name, svg) in plots {
        std::fs::write(folder.join(name), svg)?;
    }
    Ok(())
}

/// All parts, under a head that says what they were measured on.
fn document(told: &[Part]) -> String {
    let mut text = String::from("# Results\n\n");
    text += "Written by `cargo run --release --manifest-path benches/peers/Cargo.toml`; do not edit. ";
    text += "A cell is a median <sub>with its quartiles</sub>. A ratio is the median of what each round gives, ";
    text += "how many times longer the other takes than bailiwick in that round. ";
    text += "Heap is counted by the allocator, which all share.\n\n";
    text += &format!("- Date: {}\n", machine::date());
    machine::describe().iter().for_each(|line| text += &format!("- {line}\n"));
    text += "\n";
    text += &report::goals(told).text;
    told.iter().for_each(|part| text += &format!("\n{}", part.text));
    text
}
