//! Contenders measured in turn, so that what the machine does meanwhile happens to all of them.

use std::hint::black_box;
use std::iter::Cycle;
use std::net::IpAddr;
use std::slice::ChunksExact;
use std::time::{Duration, Instant};

use crate::decide::Bout;
use crate::locate::Entry;
use crate::workload::questions::Question;
use crate::workload::traffic::{self, Kind};
use crate::workload::world::World;

/// The number of addresses looked up in one go.
pub const ADDRESSES: usize = 4_096;

/// The number of questions decided in one go.
pub const QUESTIONS: usize = 1_024;

/// The number of addresses looked up in one go after the caches were emptied.
pub const COLD: usize = 16;

/// The number of bytes streamed through the caches to empty them: twice the largest cache of the machines we know.
pub const STREAM: usize = 64 << 20;

/// The duration of a measurement.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The number of turns of every contender.
    pub rounds: usize,
    /// The time that each works on other addresses or questions right before it is measured, so that caches and predictors are its
    /// own.
    pub warm: Duration,
}

impl Pace {
    /// The number of questions that suffices to measure none twice.
    pub fn questions(self) -> usize {
        2 * QUESTIONS * self.rounds
    }

    /// The number of addresses that suffices to measure none twice.
    fn addresses(self) -> usize {
        4 * ADDRESSES * self.rounds
    }
}

/// Times of one column: nanoseconds per call, by contender and round.
pub struct Column {
    /// Its name.
    pub name: String,
    /// By contender, then by round.
    pub times: Vec<Vec<f64>>,
}

impl Column {
    fn new(name: String, contenders: usize) -> Column {
        Column { name, times: vec![Vec::new(); contenders] }
    }
}

/// All contenders, each round beginning with the next one.
pub fn rotated(contenders: usize, round: usize) -> impl Iterator<Item = usize> {
    (0..contenders).map(move |n| (n + round) % contenders)
}

/// Slices of a supply: of its first half to be measured, each once, and of its second half to warm up with.
struct Fresh<'a, T> {
    measured: ChunksExact<'a, T>,
    warming: Cycle<ChunksExact<'a, T>>,
}

impl<'a, T> Fresh<'a, T> {
    fn new(supply: &'a [T], size: usize) -> Fresh<'a, T> {
        let (measured, warming) = supply.split_at(supply.len() / 2);
        Fresh { measured: measured.chunks_exact(size), warming: warming.chunks_exact(size).cycle() }
    }

    /// A slice to measure.
    fn slice(&mut self) -> &'a [T] {
        self.measured.next().expect("the supply is made for the rounds")
    }

    /// Works for as long as the pace says.
    fn warm(&mut self, pace: Pace, mut work: impl FnMut(&'a [T])) {
        let start = Instant::now();
        while start.elapsed() < pace.warm {
            self.warming.by_ref().take(1).for_each(&mut work);
        }
    }
}

/// Looks up addresses of every kind: a throughput and a latency column for each.
pub fn locate(world: &World, field: &[Entry], pace: Pace) -> Vec<Column> {
    let mut columns = Vec::new();
    for kind in Kind::ALL {
        let supply = traffic::addresses(world, kind, pace.addresses());
        let mut fresh = Fresh::new(&supply, ADDRESSES);
        let mut throughput = Column::new(format!("{} T", kind.name()), field.len());
        let mut latency = Column::new(format!("{} L", kind.name()), field.len());
        for round in 0..pace.rounds {
            let (one, other) = (fresh.slice(), fresh.slice());
            for n in rotated(field.len(), round) {
                let contender = &field[n].contender;
                fresh.warm(pace, |addresses| {
                    contender.throughput(addresses);
                });
                read_addresses(one);
                throughput.times[n].push(contender.throughput(one));
                read_addresses(other);
                latency.times[n].push(contender.latency(other));
            }
        }
        columns.extend([throughput, latency]);
    }
    columns
}

/// As above, with caches emptied before every few lookups.
pub fn locate_cold(world: &World, field: &[Entry], rounds: usize) -> Vec<Column> {
    let mut stream = vec![1u64; STREAM / size_of::<u64>()];
    let mut columns = Vec::new();
    for kind in Kind::ALL {
        let supply = traffic::addresses(world, kind, 4 * COLD * rounds);
        let mut fresh = Fresh::new(&supply, COLD);
        let mut throughput = Column::new(format!("{} T", kind.name()), field.len());
        let mut latency = Column::new(format!("{} L", kind.name()), field.len());
        for round in 0..rounds {
            let (one, other) = (fresh.slice(), fresh.slice());
            for n in rotated(field.len(), round) {
                let contender = &field[n].contender;
                empty_caches(&mut stream);
                read_addresses(one);
                throughput.times[n].push(contender.throughput(one));
                empty_caches(&mut stream);
                read_addresses(other);
                latency.times[n].push(contender.latency(other));
            }
        }
        columns.extend([throughput, latency]);
    }
    columns
}

/// Decides the questions of every column, which must be at least [`Pace::questions`].
pub fn decide(bout: &mut Bout<'_>, pace: Pace) -> Vec<Column> {
    let contenders = bout.field.len();
    let mut columns = Vec::new();
    for (name, supply) in &bout.columns {
        let mut fresh = Fresh::new(supply, QUESTIONS);
        let mut column = Column::new(String::from(*name), contenders);
        for round in 0..pace.rounds {
            let slice = fresh.slice();
            for n in rotated(contenders, round) {
                let contender = &mut bout.field[n].contender;
                fresh.warm(pace, |questions| {
                    contender.throughput(questions);
                });
                read_questions(slice);
                column.times[n].push(contender.throughput(slice));
            }
        }
        columns.push(column);
    }
    columns
}

/// Brings the addresses themselves into the caches: a server has just read them from a socket.
fn read_addresses(addresses: &[IpAddr]) {
    black_box(addresses.iter().filter(|ip| ip.is_ipv4()).count());
}

/// As above, for questions, with the text of the ids.
fn read_questions(questions: &[Question<'_>]) {
    let bytes = |question: &Question<'_>| {
        question.meeting.bytes().fold(usize::from(question.ip.is_ipv4()), |sum, byte| sum + usize::from(byte))
    };
    black_box(questions.iter().map(bytes).sum::<usize>());
}

/// Reads and writes more than the caches hold.
fn empty_caches(stream: &mut [u64]) {
    /// A cache line holds eight.
    const LINE: usize = 8;
    let mut sum = 0u64;
    for word in stream.iter_mut().step_by(LINE) {
        *word = word.wrapping_add(sum | 1);
        sum ^= *word;
    }
    black_box(sum);
}
