//! Compares the library with the model of its rule: generated worlds and the sample data, the answer of each question line by line.
//!
//! The model runs as a program, `proofs/build-oracle` builds it. See proofs/README.md.

mod dice;
mod doors;
mod generated;
mod library;
mod model;
mod sample;
mod seen;
mod statements;
#[path = "../../../tests/bodies/world.rs"]
#[expect(dead_code, reason = "tests use the rest")]
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use dice::Dice;
use model::{Asked, Model};
use seen::Seen;

const USAGE: &str = "usage: bailiwick-compare ORACLE [option N …]
  worlds N      generated worlds (22500); every second one is a change of the one before
  questions N   questions about each world (440)
  changes N     every Nth change is compared as a whole, (5); 0: none
  sample N      questions about the sample data (40)
  seed N        of the generator (1)
  doors FOLDER  writes N worlds as files for the doors, with the model's answers, and compares nothing else";

/// The size of a run.
struct Size {
    worlds: u64,
    questions: u64,
    changes: u64,
    sample: u64,
    seed: u64,
    doors: Option<PathBuf>,
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(oracle) = arguments.next() else { return usage() };
    let mut size = Size { worlds: 22_500, questions: 440, changes: 5, sample: 40, seed: 1, doors: None };
    while let Some(option) = arguments.next() {
        let Some(value) = arguments.next() else { return usage() };
        let field = match option.as_str() {
            "worlds" => &mut size.worlds,
            "questions" => &mut size.questions,
            "changes" => &mut size.changes,
            "sample" => &mut size.sample,
            "seed" => &mut size.seed,
            "doors" => {
                size.doors = Some(value.into());
                continue;
            }
            _ => return usage(),
        };
        let Ok(number) = value.parse() else { return usage() };
        *field = number;
    }
    let mut model = Model::start(oracle.as_ref());
    if let Some(folder) = &size.doors {
        doors::write(&mut model, folder, &size);
        println!("{} answers of the model in {}", model.end(), folder.display());
        return ExitCode::SUCCESS;
    }
    let seen = compare_generated(&mut model, &size);
    if size.sample > 0 {
        sample::compare(&mut model, size.sample, size.seed);
    }
    let answers = model.end();
    println!("{seen}\n{answers} answers are the model's");
    if seen.misses(size.worlds) {
        eprintln!("some kind of answer never came up: the comparison says nothing about it");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

/// Asks about generated worlds. Every second one is a change of the one before.
fn compare_generated(model: &mut Model, size: &Size) -> Seen {
    let (mut dice, mut seen) = (Dice::new(size.seed), Seen::default());
    for n in 0..size.worlds / 2 {
        let old = generated::world(&mut dice);
        let new = generated::changed(&old, &mut dice);
        let before = library::Compiled::new(&old);
        let after = library::Compiled::after(&before, &new, &mut dice, &mut seen);

        let mut asked = Asked::default();
        statements::world(&mut asked.text, &old);
        before.ask(&mut asked, size.questions, &mut dice, &mut seen);
        model.ask(asked);

        let mut asked = Asked::default();
        statements::world(&mut asked.text, &new);
        after.ask(&mut asked, size.questions, &mut dice, &mut seen);
        let whole = size.changes > 0 && n % size.changes == 0;
        library::change(&mut asked, &before, &after, whole, &mut dice, &mut seen);
        model.ask(asked);
    }
    seen
}
