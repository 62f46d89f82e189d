//! The written results: tables, and aims.

use std::fmt::Write;

use crate::race::Column;
use crate::stats::Spread;

/// A part of the results.
#[derive(Default)]
pub struct Part {
    /// Markdown.
    pub text: String,
    /// The aims.
    pub goals: Vec<Goal>,
}

impl Part {
    /// Begins with a heading and a paragraph.
    pub fn new(heading: &str, intro: &str) -> Part {
        Part { text: format!("## {heading}\n\n{intro}\n"), goals: Vec::new() }
    }

    /// Adds a heading.
    pub fn heading(&mut self, heading: &str) {
        let _ = write!(self.text, "\n### {heading}\n\n");
    }

    /// Adds a table.
    pub fn table(&mut self, head: &[String], rows: &[Vec<String>]) {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule: Vec<String> = (0..head.len()).map(|n| String::from(if n == 0 { "---" } else { "---:" })).collect();
        self.text += &line(head);
        self.text += &line(&rule);
        rows.iter().for_each(|row| self.text += &line(row));
    }

    /// Adds a paragraph.
    pub fn paragraph(&mut self, text: &str) {
        let _ = write!(self.text, "\n{text}\n");
    }

    /// Adds a table of measured columns: a row for each contender, then a row for each group of peers with the ratio of the fastest
    /// of them to the first contender.
    pub fn measured(&mut self, names: &[&str], before: &[(&str, Vec<String>)], columns: &[Column], groups: &[(&str, &[&str])]) {
        let head: Vec<String> = [String::new()]
            .into_iter()
            .chain(before.iter().map(|(name, _)| (*name).to_owned()))
            .chain(columns.iter().map(|column| column.name.clone()))
            .collect();
        let mut rows = Vec::new();
        for (n, name) in names.iter().enumerate() {
            let mut row = vec![(*name).to_owned()];
            row.extend(before.iter().map(|(_, cells)| cells[n].clone()));
            row.extend(columns.iter().map(|column| spread(Spread::of(column.times[n].clone()))));
            rows.push(row);
        }
        for (title, group) in groups {
            let mut row = vec![format!("**{title}**")];
            row.extend(before.iter().map(|_| String::new()));
            row.extend(columns.iter().map(|column| {
                let rival = fastest(names, column, group);
                let ratio = format!("**{}**", times(ratio(column, rival).median));
                if group.len() > 1 { format!("{ratio} {}", names[rival]) } else { ratio }
            }));
            rows.push(row);
        }
        self.table(&head, &rows);
    }
}

/// The contender of a group with the lowest median.
pub fn fastest(names: &[&str], column: &Column, group: &[&str]) -> usize {
    let median = |&n: &usize| Spread::of(column.times[n].clone()).median;
    let members = (1..names.len()).filter(|&n| group.contains(&names[n]));
    members.min_by(|a, b| median(a).total_cmp(&median(b))).expect("groups have members")
}

/// The ratio of a contender's time to the first one's, by rounds.
pub fn ratio(column: &Column, rival: usize) -> Spread {
    Spread::of_ratios(&column.times[rival], &column.times[0])
}

/// A median with its quartiles.
pub fn spread(spread: Spread) -> String {
    format!("{} <sub>{}–{}</sub>", digits(spread.median), digits(spread.low), digits(spread.high))
}

/// Three digits that matter.
pub fn digits(value: f64) -> String {
    match value {
        value if value >= 9_999.5 => thousands(value.round() as u64),
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// A ratio.
pub fn times(value: f64) -> String {
    format!("{}x", digits(value))
}

/// A number with commas.
pub fn thousands(value: u64) -> String {
    let text = value.to_string();
    let groups: Vec<&str> = text.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// An aim, and the measurement.
pub struct Goal {
    /// The subject.
    pub about: String,
    /// The aim.
    pub bound: Bound,
    /// The measured value.
    pub measured: f64,
    /// The unit.
    pub unit: &'static str,
    /// The reason why the aim was given up: it was tried for, and is out of reach. It is measured all the same.
    pub struck: Option<&'static str>,
}

/// The aim for a measured value.
#[derive(Debug, Clone, Copy)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
}

impl Goal {
    /// An aim that stands.
    pub fn new(about: String, bound: Bound, measured: f64, unit: &'static str) -> Goal {
        Goal { about, bound, measured, unit, struck: None }
    }

    /// The aim as given up, with the reason.
    pub fn struck(self, reason: &'static str) -> Goal {
        Goal { struck: Some(reason), ..self }
    }

    /// Whether it is reached.
    pub fn met(&self) -> bool {
        match self.bound {
            Bound::AtLeast(bound) => self.measured >= bound,
            Bound::AtMost(bound) => self.measured <= bound,
        }
    }

    fn row(&self) -> Vec<String> {
        let bound = match self.bound {
            Bound::AtLeast(bound) => format!("at least {bound}{}", self.unit),
            Bound::AtMost(bound) => format!("at most {bound}{}", self.unit),
        };
        let verdict = match (self.met(), self.struck) {
            (true, _) => "met",
            (false, None) => "**not met**",
            (false, Some(reason)) => reason,
        };
        vec![self.about.clone(), bound, format!("{}{}", digits(self.measured), self.unit), String::from(verdict)]
    }
}

/// The goals of all parts as one part: those that stand, and those that were struck.
pub fn goals(parts: &[Part]) -> Part {
    let mut goals = Part::new(
        "Goals",
        "Computed from the tables below. \"x\" is how many times longer the other takes, unless it says otherwise.\n",
    );
    let (struck, standing): (Vec<&Goal>, Vec<&Goal>) =
        parts.iter().flat_map(|part| &part.goals).partition(|goal| goal.struck.is_some());
    goals.table(&["goal", "bound", "measured", ""].map(String::from), &rows(&standing));
    if !struck.is_empty() {
        goals.heading("Struck");
        goals.text += "What was aimed at once, tried for, and given up. It is measured all the same.\n\n";
        goals.table(&["goal", "bound", "measured", "why it was given up"].map(String::from), &rows(&struck));
    }
    goals
}

fn rows(goals: &[&Goal]) -> Vec<Vec<String>> {
    goals.iter().map(|goal| goal.row()).collect()
}
