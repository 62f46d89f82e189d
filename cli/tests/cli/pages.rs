//! The examples of README and `docs/` that call the tool, run as they are written.

use std::env::{join_paths, split_paths, var_os};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Folder;

/// A fenced block of a page: the words after the fence, and its lines.
struct Block<'a> {
    info: &'a str,
    lines: Vec<&'a str>,
}

/// A command of a `console` block, and the output that the page shows.
struct Example {
    command: String,
    shown: Vec<String>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The pages with examples: README, and every page of `docs/`.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<PathBuf> = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect();
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            blocks.push(Block { info, lines: lines.by_ref().take_while(|line| !line.starts_with("```")).collect() });
        }
    }
    blocks
}

/// The commands of a `console` block: `$` and a space before each, `\` at the end of a line that goes on.
fn examples(block: &Block<'_>) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut continues = false;
    for line in &block.lines {
        match (line.strip_prefix("$ "), examples.last_mut()) {
            (Some(command), _) => examples.push(Example { command: command.to_owned(), shown: Vec::new() }),
            (None, Some(example)) if continues => example.command += &format!("\n{line}"),
            (None, Some(example)) => example.shown.push((*line).to_owned()),
            (None, None) => panic!("a console block begins with `$ `, not with `{line}`"),
        }
        let command = line.starts_with("$ ") || continues;
        continues = command && line.ends_with('\\');
    }
    examples
}

/// Whether the lines are those shown, where a line `…` stands for any number of lines.
fn shown_as(shown: &[String], lines: &[&str]) -> bool {
    match (shown, lines) {
        ([], []) => true,
        ([first, rest @ ..], _) if first == "…" => (0..=lines.len()).any(|skipped| shown_as(rest, &lines[skipped..])),
        ([first, rest @ ..], [line, lines @ ..]) => first == line && shown_as(rest, lines),
        _ => false,
    }
}

/// Runs a command of a page through the shell, with the tool on the path. Its output and its errors, as a terminal shows them.
fn run(folder: &Folder, command: &str) -> String {
    let tool = Path::new(env!("CARGO_BIN_EXE_bailiwick")).parent().unwrap().to_owned();
    let path = join_paths([tool].into_iter().chain(split_paths(&var_os("PATH").unwrap_or_default()))).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1\n{command}")]).current_dir(&folder.0).env("PATH", path);
    String::from_utf8(shell.output().unwrap().stdout).unwrap()
}

#[test]
fn every_example_of_a_page_prints_what_the_page_shows() {
    let mut ran = 0;
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        let blocks = blocks(&page);
        let folder = Folder::new(&format!("pages-{}", path.file_stem().unwrap().display()));
        for shared in ["data", "examples"] {
            symlink(root().join(shared).canonicalize().unwrap(), folder.0.join(shared)).unwrap();
        }
        for block in &blocks {
            if let Some((_, name)) = block.info.split_once(' ') {
                folder.write(name, block.lines.join("\n") + "\n");
            }
        }
        let console = blocks.iter().filter(|block| block.info == "console").flat_map(examples);
        for Example { command, shown } in console.filter(|example| example.command.starts_with("bailiwick ")) {
            let printed = run(&folder, &command);
            let lines: Vec<&str> = printed.lines().collect();
            assert!(shown_as(&shown, &lines), "{}: `{command}` prints\n{printed}", path.display());
            ran += 1;
        }
    }
    assert!(ran >= 5, "the pages have console examples, and only {ran} ran");
}
