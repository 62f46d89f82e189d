//! The model as a running program: statements go in, answers come back, and each is compared with the library's.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

/// Statements, and the library's answer to each question among them.
#[derive(Default)]
pub struct Asked {
    /// Lines, each a statement.
    pub text: String,
    /// Lines, each the library's answer to a question, in the sequence of the questions.
    pub expected: String,
}

/// Statements that are answered.
const QUESTIONS: [&str; 5] = ["question", "sweep", "relay", "reached", "change"];

/// Worlds that the model may be behind. More would take memory alone.
const BEHIND: usize = 64;

/// Something to do with answers of the model.
enum Job {
    Compare(Arc<Asked>),
    /// Hands out so many answers.
    Give(usize, Sender<Vec<String>>),
}

pub struct Model {
    program: Child,
    statements: ChildStdin,
    jobs: SyncSender<Job>,
    comparison: JoinHandle<u64>,
}

impl Model {
    pub fn start(oracle: &Path) -> Model {
        let program = Command::new(oracle).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut program = program.unwrap_or_else(|error| panic!("{}: {error}", oracle.display()));
        let statements = program.stdin.take().unwrap();
        let answers = Answers { output: BufReader::new(program.stdout.take().unwrap()), line: Vec::new() };
        let (jobs, to_do) = sync_channel(BEHIND);
        let comparison = std::thread::spawn(move || work(&to_do, answers));
        Model { program, statements, jobs, comparison }
    }

    /// Asks the model, and expects the library's answers.
    pub fn ask(&mut self, asked: Asked) {
        let asked = Arc::new(asked);
        // Goes first, so that the answers are read while statements are written.
        self.jobs.send(Job::Compare(Arc::clone(&asked))).unwrap();
        self.state(&asked.text);
    }

    /// The model's answers to the questions of some statements.
    pub fn answers(&mut self, text: &str) -> Vec<String> {
        let (sender, receiver) = channel();
        self.jobs.send(Job::Give(text.lines().filter(is_question).count(), sender)).unwrap();
        self.state(text);
        receiver.recv().unwrap()
    }

    fn state(&mut self, text: &str) {
        // An empty line makes the model write what it has answered.
        self.statements.write_all(text.as_bytes()).and_then(|()| self.statements.write_all(b"\n")).unwrap();
    }

    /// Waits for the last answers, and returns their number.
    pub fn end(self) -> u64 {
        let Model { mut program, statements, jobs, comparison } = self;
        drop((statements, jobs));
        let answers = comparison.join().unwrap();
        assert!(program.wait().unwrap().success(), "the model failed");
        answers
    }
}

/// The lines that the model writes.
struct Answers {
    output: BufReader<ChildStdout>,
    line: Vec<u8>,
}

impl Answers {
    /// The next answer; [`None`] when the model has ended.
    fn next(&mut self) -> Option<&[u8]> {
        self.line.clear();
        self.output.read_until(b'\n', &mut self.line).unwrap();
        self.line.strip_suffix(b"\n")
    }
}

/// Compares answers until the last one, and ends the program at the first difference.
fn work(jobs: &Receiver<Job>, mut answers: Answers) -> u64 {
    let mut count = 0;
    for job in jobs {
        match job {
            Job::Compare(asked) => {
                for (n, expected) in asked.expected.lines().enumerate() {
                    match answers.next() {
                        Some(answer) if answer == expected.as_bytes() => count += 1,
                        answer => show_difference(&asked, n, answer, expected),
                    }
                }
            }
            Job::Give(wanted, receiver) => {
                let text = |answer: &[u8]| String::from_utf8(answer.to_vec()).unwrap();
                receiver.send((0..wanted).map_while(|_| answers.next().map(text)).collect()).unwrap();
                count += wanted as u64;
            }
        }
    }
    count
}

fn is_question(line: &&str) -> bool {
    QUESTIONS.contains(&line.split('\t').next().unwrap_or_default())
}

/// Shows the world, and the question of some number. Ends the program.
fn show_difference(asked: &Asked, number: usize, model: Option<&[u8]>, library: &str) -> ! {
    // The sample data is too long to show.
    const MOST: usize = 400;
    let is_address = |line: &&str| line.starts_with("at\t");
    let world = asked.text.lines().take(MOST).filter(|line| !is_question(line) && !is_address(line));
    world.for_each(|line| eprintln!("{line}"));
    let questions = || asked.text.lines().enumerate().filter(|(_, line)| is_question(line));
    if let Some((at, question)) = questions().nth(number) {
        let address = asked.text.lines().take(at).filter(is_address).last().unwrap_or_default();
        eprintln!("\n{address}\n{question}");
    }
    let model = model.map_or("does not answer".into(), String::from_utf8_lossy);
    eprintln!("  model:   {model}\n  library: {library}");
    std::process::exit(1);
}
