//! The model as a running program: statements go in, answers come back, and each is compared with the library's.

use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Statements, and the library's answer to each question among them.
#[derive(Default)]
pub struct Asked {
    pub text: String,
    /// The questions, each with what the library answers. [`None`]: the model is asked alone.
    pub expected: Vec<(String, Option<String>)>,
    /// Receives the answers of the model, where somebody wants them.
    pub answers: Option<SyncSender<Vec<String>>>,
}

impl Asked {
    /// Asks the model, and expects the library's answer.
    pub fn ask(&mut self, question: String, answer: String) {
        self.push(question, Some(answer));
    }

    pub fn push(&mut self, question: String, answer: Option<String>) {
        self.text.push_str(&question);
        self.text.push('\n');
        self.expected.push((question, answer));
    }
}

/// Worlds that the model may be behind. More would take memory alone.
const BEHIND: usize = 64;

pub struct Model {
    program: Child,
    statements: BufWriter<ChildStdin>,
    asked: SyncSender<Asked>,
    comparison: JoinHandle<u64>,
}

impl Model {
    pub fn start(oracle: &Path) -> Model {
        let program = Command::new(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut program = program.unwrap_or_else(|error| panic!("{}: {error}", oracle.display()));
        let statements = BufWriter::new(program.stdin.take().unwrap());
        let answers = BufReader::new(program.stdout.take().unwrap());
        let (asked, to_compare) = sync_channel(BEHIND);
        let comparison = std::thread::spawn(move || compare(&to_compare, answers.lines().map(Result::unwrap)));
        Model { program, statements, asked, comparison }
    }

    pub fn ask(&mut self, asked: Asked) {
        // An empty line makes the model write what it has answered. What is expected goes first, so that the answers are read.
        let text = asked.text.clone();
        self.asked.send(asked).unwrap();
        self.statements.write_all(text.as_bytes()).and_then(|()| self.statements.write_all(b"\n")).unwrap();
        self.statements.flush().unwrap();
    }

    /// Waits for the last answers, and returns their number.
    pub fn end(self) -> u64 {
        let Model { mut program, statements, asked, comparison } = self;
        drop((statements, asked));
        let answers = comparison.join().unwrap();
        assert!(program.wait().unwrap().success(), "the model failed");
        answers
    }
}

/// Compares answers until the last one, and ends the program at the first difference.
fn compare(asked: &Receiver<Asked>, mut answers: impl Iterator<Item = String>) -> u64 {
    let mut count = 0;
    for asked in asked {
        let mut given = Vec::new();
        for (question, expected) in &asked.expected {
            let answer = answers.next().unwrap_or_else(|| panic!("the model does not answer: {question}"));
            count += 1;
            if expected.as_ref().is_some_and(|expected| *expected != answer) {
                show_difference(&asked, question, &answer, expected.as_deref().unwrap_or_default());
                std::process::exit(1);
            }
            given.push(answer);
        }
        if let Some(wanted) = &asked.answers {
            wanted.send(given).unwrap();
        }
    }
    count
}

fn show_difference(asked: &Asked, question: &str, model: &str, library: &str) {
    // The sample data is too long to show.
    const MOST: usize = 400;
    let is_question = |line: &&str| ["question", "sweep", "relay", "reached", "change"].contains(&line.split('\t').next().unwrap());
    let statements: Vec<&str> = asked.text.lines().take(MOST).filter(|line| !is_question(line)).collect();
    eprintln!("{}\n\n{question}\n  model:   {model}\n  library: {library}", statements.join("\n"));
}
