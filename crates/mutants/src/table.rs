//! The scores by room.

use std::collections::BTreeMap;

use crate::judge::Verdict;

/// What is counted of a room.
#[derive(Debug, Default, Clone, Copy)]
struct Row {
    mutants: usize,
    caught: usize,
    timed_out: usize,
    unviable: usize,
    listed: usize,
    missed: usize,
    unswitched: usize,
}

/// Scores by room, and of all rooms.
#[derive(Debug, Default)]
pub struct Table {
    rooms: BTreeMap<String, Row>,
}

impl Table {
    /// Counts a mutant. One that is listed counts as such only when no test notices it.
    pub fn add(&mut self, room: &str, verdict: Verdict, is_listed: bool) {
        let row = self.rooms.entry(room.to_owned()).or_default();
        row.mutants += 1;
        *match verdict {
            Verdict::Caught => &mut row.caught,
            Verdict::TimedOut => &mut row.timed_out,
            Verdict::Unviable => &mut row.unviable,
            Verdict::Missed | Verdict::Unreached | Verdict::Unswitched if is_listed => &mut row.listed,
            Verdict::Missed | Verdict::Unreached => &mut row.missed,
            Verdict::Unswitched => &mut row.unswitched,
        } += 1;
    }

    /// Mutants that are neither noticed nor listed.
    pub fn missed(&self) -> usize {
        self.rooms.values().map(|row| row.missed).sum()
    }

    pub fn print(&self) {
        println!("| room | mutants | caught | timed out | unviable | listed | missed | not judged | score |");
        println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        let mut sum = Row::default();
        for (room, row) in &self.rooms {
            print_row(&format!("`{room}`"), row);
            sum.mutants += row.mutants;
            sum.caught += row.caught;
            sum.timed_out += row.timed_out;
            sum.unviable += row.unviable;
            sum.listed += row.listed;
            sum.missed += row.missed;
            sum.unswitched += row.unswitched;
        }
        print_row("all", &sum);
    }
}

fn print_row(name: &str, row: &Row) {
    let Row { mutants, caught, timed_out, unviable, listed, missed, unswitched } = *row;
    let noticed = caught + timed_out;
    // Rounded down: 100 is all of them.
    let score = match noticed + missed {
        0 => "–".to_owned(),
        judged => format!("{}.{} %", noticed * 100 / judged, noticed * 1000 / judged % 10),
    };
    println!("| {name} | {mutants} | {caught} | {timed_out} | {unviable} | {listed} | {missed} | {unswitched} | {score} |");
}
