//! The mutants that there are, as `cargo mutants --list --json` tells them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Failure;

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
        format!("{}:{}: {}", self.name.file, self.lines.0, self.name.change)
    }
}

/// The room of `src/` that a file is in: a folder, or a file without its ending.
pub fn room(file: &str) -> &str {
    let below = file.strip_prefix("src/").unwrap_or(file);
    below.split('/').next().unwrap_or(below).trim_end_matches(".rs")
}

/// The texts of the files that have mutants, and the mutants.
pub struct List {
    pub texts: BTreeMap<String, String>,
    pub mutants: Vec<Mutant>,
}

/// Reads the list, and from `root` the files of it that are below `src/`.
pub fn read(json: &str, root: &std::path::Path) -> Result<List, Failure> {
    let items: Vec<Item> = serde_json::from_str(json).map_err(|error| format!("the list of cargo mutants: {error}"))?;
    let mut list = List { texts: BTreeMap::new(), mutants: Vec::new() };
    let mut seen: HashMap<(String, String, String), usize> = HashMap::new();
    for item in items.into_iter().filter(|item| item.file.starts_with("src/")) {
        if !list.texts.contains_key(&item.file) {
            let text = std::fs::read_to_string(root.join(&item.file)).map_err(|error| format!("{}: {error}", item.file))?;
            list.texts.insert(item.file.clone(), text);
        }
        let text = &list.texts[&item.file];
        let bytes = |span: Span| Some(offset(text, span.start)?..offset(text, span.end)?);
        let outside = || format!("{}: not in its file", item.name);
        let function = match item.function {
            Some(function) => Some((function.function_name, bytes(function.span).ok_or_else(outside)?)),
            None => None,
        };
        let span = bytes(item.span).ok_or_else(outside)?;
        // The name begins with `FILE:LINE:COLUMN: `.
        let change = item.name.splitn(2, ": ").nth(1).unwrap_or(&item.name).to_owned();
        let code = text.lines().nth(item.span.start.line - 1).unwrap_or("").trim().to_owned();
        let times = seen.entry((item.file.clone(), change.clone(), code.clone())).or_default();
        *times += 1;
        list.mutants.push(Mutant {
            id: list.mutants.len() as u32 + 1,
            name: Name { file: item.file, change, code, times: *times },
            genre: item.genre,
            span,
            lines: (item.span.start.line, item.span.end.line),
            replacement: item.replacement,
            function,
        });
    }
    Ok(list)
}

/// The byte of a text at a position.
fn offset(text: &str, position: Position) -> Option<usize> {
    let begin = if position.line == 1 { 0 } else { text.match_indices('\n').nth(position.line - 2)?.0 + 1 };
    let line = &text[begin..];
    line.char_indices().map(|(at, _)| at).chain([line.len()]).nth(position.column - 1).map(|at| begin + at)
}
