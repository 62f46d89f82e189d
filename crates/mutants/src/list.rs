//! The mutants that there are, as `cargo mutants --list --json` tells them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::left_out;
use crate::sites::encloses;

/// A kind of mutant, by the names of cargo-mutants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

/// A position in a file: line and column, counted from 1; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Position {
    pub line: usize,
    pub column: usize,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Span {
    start: Position,
    end: Position,
}

#[derive(Debug, Deserialize)]
struct Function {
    function_name: String,
    span: Span,
}

#[derive(Debug, Deserialize)]
struct Item {
    name: String,
    file: String,
    function: Option<Function>,
    span: Span,
    replacement: String,
    genre: Genre,
}

/// What stays of a mutant when lines are added above it: its file, the change in words, and the line of code that it changes. Several
/// mutants may have one name: `times` tells them apart, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Name {
    pub file: String,
    pub change: String,
    pub code: String,
    pub times: usize,
}

/// A change of the library in one place.
#[derive(Debug, Clone)]
pub struct Mutant {
    /// A number of its own, from 1: what the environment variable of a test's run names.
    pub id: u32,
    pub name: Name,
    pub genre: Genre,
    /// The bytes of its file that are replaced.
    pub span: Range<usize>,
    /// Its first and last line.
    pub lines: (usize, usize),
    pub replacement: String,
    /// The function that it is in: its name and bytes. None in constants of modules.
    pub function: Option<(String, Range<usize>)>,
}

impl Mutant {
    /// The room of `src/` that it is in.
    pub fn room(&self) -> &str {
        room(&self.name.file)
    }

    /// Where it is, for readers.
    pub fn place(&self) -> String {
        let function = self.function.as_ref().filter(|_| self.genre != Genre::FnValue);
        let function = function.map(|(name, _)| format!(" in {name}")).unwrap_or_default();
        format!("{}:{}: {}{function}", self.name.file, self.lines.0, self.name.change)
    }
}

/// The room of `src/` that a file is in: a folder, or a file without its ending.
pub fn room(file: &str) -> &str {
    let below = file.strip_prefix("src/").unwrap_or(file);
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// The texts of the files that have mutants, and the mutants.
#[derive(Debug, Default)]
pub struct List {
    pub texts: BTreeMap<String, String>,
    pub mutants: Vec<Mutant>,
}

/// A mutant of a file, before it has a number.
#[derive(Debug)]
pub struct Found {
    pub span: Range<usize>,
    pub genre: Genre,
    /// The change in words.
    pub change: String,
    pub replacement: String,
    pub function: Option<(String, Range<usize>)>,
}

impl List {
    /// Adds a file with its mutants, but for those of tests and of code for other systems.
    pub fn add(&mut self, file: &str, text: String, mut found: Vec<Found>) -> Result<(), Failure> {
        let without = left_out::find(&syn::parse_file(&text).map_err(|error| format!("{file}: {error}"))?);
        found.retain(|one| !without.iter().any(|item| encloses(item, &one.span)));
        found.sort_by_key(|one| (one.span.start, one.span.end));
        let mut seen: HashMap<(String, String), usize> = HashMap::new();
        for Found { span, genre, change, replacement, function } in found {
            let line = |byte: usize| text[..byte].matches('\n').count() + 1;
            let lines = (line(span.start), line(span.end));
            let code = text.lines().nth(lines.0 - 1).unwrap_or("").trim().to_owned();
            let times = seen.entry((change.clone(), code.clone())).or_default();
            *times += 1;
            let name = Name { file: file.to_owned(), change, code, times: *times };
            let id = self.mutants.len() as u32 + 1;
            self.mutants.push(Mutant { id, name, genre, span, lines, replacement, function });
        }
        self.texts.insert(file.to_owned(), text);
        Ok(())
    }
}

/// Reads the list, and from `root` the files of it that are below `src/`.
pub fn read(json: &str, root: &std::path::Path) -> Result<List, Failure> {
    let items: Vec<Item> = serde_json::from_str(json).map_err(|error| format!("the list of cargo mutants: {error}"))?;
    let mut by_file: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in items.into_iter().filter(|item| item.file.starts_with("src/")) {
        by_file.entry(item.file.clone()).or_default().push(item);
    }
    let mut list = List::default();
    for (file, items) in by_file {
        let text = std::fs::read_to_string(root.join(&file)).map_err(|error| format!("{file}: {error}"))?;
        let found: Option<Vec<Found>> = items.into_iter().map(|item| found(item, &text)).collect();
        let found = found.ok_or_else(|| format!("{file}: is not as it was when its mutants were listed"))?;
        list.add(&file, text, found)?;
    }
    Ok(list)
}

fn found(item: Item, text: &str) -> Option<Found> {
    let bytes = |span: Span| Some(offset(text, span.start)?..offset(text, span.end)?);
    // The name is `FILE:LINE:COLUMN: CHANGE in FUNCTION`; the function may be renamed.
    let mut change = item.name.split_once(": ")?.1.to_owned();
    let function = match item.function {
        Some(function) => {
            if let Some(short) = change.strip_suffix(&format!(" in {}", function.function_name)) {
                change = short.to_owned();
            }
            Some((function.function_name, bytes(function.span)?))
        }
        None => None,
    };
    Some(Found { span: bytes(item.span)?, genre: item.genre, change, replacement: item.replacement, function })
}

/// The byte of a text at a position.
fn offset(text: &str, position: Position) -> Option<usize> {
    let begin = if position.line == 1 { 0 } else { text.match_indices('\n').nth(position.line - 2)?.0 + 1 };
    let line = &text[begin..];
    line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(position.column - 1).map(|at| begin + at)
}
