//! A copy of the repository in which the library can be changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;

/// The module that tells switches which mutant is active.
const SWITCHED: &str = include_str!("switched.rs.txt");

/// What a build of the library and of its tests reads, beside `src/`.
const COPIED: [&str; 10] = [
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "CHANGELOG.md",
    "benches/decide.rs",
    "benches/workload",
    "data",
    "docs",
    "examples",
    "schema",
];

/// Lints that stop a build although nobody asked for them: a mutant that they refuse in general runs all the same.
const ALLOWED: &str = "warnings, arithmetic_overflow, unconditional_panic, overflowing_literals, missing_docs, \
                       missing_debug_implementations, unreachable_pub, invalid_reference_casting, let_underscore_lock";

/// A copy of the repository, with a package of its own.
pub struct Tree {
    pub root: PathBuf,
}

impl Tree {
    /// Copies what is committed, and what is not, of the repository. Files that are there with the same content are not touched, as cargo
    /// compiles again what was: so those of `written`, which get another content, are left out.
    pub fn copy(from: &Path, root: PathBuf, written: &BTreeMap<String, String>) -> Result<Tree, Failure> {
        let tree = Tree { root };
        let mut wanted = Vec::new();
        let listed = output(
            Command::new("git")
                .arg("-C")
                .arg(from)
                .args(["ls-files", "--cached", "--others", "--exclude-standard", "--"])
                .args(COPIED)
                .args(["src", "tests"]),
        )?;
        for name in listed.lines().filter(|name| from.join(name).is_file()) {
            wanted.push(tree.root.join(name));
            if name == "src/lib.rs" || written.contains_key(name) {
                continue;
            }
            let mut content = fs::read(from.join(name)).map_err(|error| format!("{name}: {error}"))?;
            if name == "Cargo.toml" {
                content = manifest(&text(name, content)?).into_bytes();
            } else if name.starts_with("tests/") && name.ends_with(".rs") {
                // Folders of runs that are under way at one time are not the same.
                content = text(name, content)?
                    .replace("PathBuf::from(env!(\"CARGO_TARGET_TMPDIR\"))", "std::env::temp_dir()")
                    .into_bytes();
            }
            tree.write(name, &content)?;
        }
        for folder in ["src", "tests"] {
            remove_others(&tree.root.join(folder), &wanted)?;
        }
        Ok(tree)
    }

    /// Writes the files of the library that are changed; `lib` is the text of `src/lib.rs`, and `sites` how many switches there are.
    pub fn write_library(&self, files: &BTreeMap<String, String>, lib: &str, sites: Option<usize>) -> Result<(), Failure> {
        for (name, text) in files.iter().filter(|(name, _)| *name != "src/lib.rs") {
            self.write(name, text.as_bytes())?;
        }
        let lib = files.get("src/lib.rs").map_or(lib, String::as_str);
        let lib = lib.replace("\n#![deny(missing_docs", "\n#![allow(missing_docs");
        let module = if sites.is_some() { "mod switched;\n" } else { "" };
        let (documentation, code) = lib.split_once("#![forbid(unsafe_code)]").ok_or("src/lib.rs: no `#![forbid(unsafe_code)]`")?;
        let code = match code.find("\npub mod ") {
            Some(at) => format!("{}\n{module}{}", &code[..at], &code[at + 1..]),
            None => return Err("src/lib.rs: no public module".into()),
        };
        self.write("src/lib.rs", format!("{documentation}#![forbid(unsafe_code)]\n#![allow({ALLOWED})]{code}").as_bytes())?;
        if let Some(sites) = sites {
            let module = SWITCHED.replace("const SITES: usize = 0;", &format!("const SITES: usize = {sites};"));
            self.write("src/switched.rs", module.as_bytes())?;
        }
        Ok(())
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let path = self.root.join(name);
        if fs::read(&path).is_ok_and(|there| there == content) {
            return Ok(());
        }
        let fault = |error: std::io::Error| format!("{}: {error}", path.display());
        fs::create_dir_all(path.parent().unwrap_or(&self.root)).map_err(fault)?;
        fs::write(&path, content).map_err(fault)?;
        Ok(())
    }
}

/// The manifest of the root without the other packages, and without lints.
fn manifest(text: &str) -> String {
    let mut kept = String::new();
    for line in text.replace("[lints]\nworkspace = true\n", "").lines() {
        if !["members = ", "default-members = ", "exclude = "].iter().any(|key| line.starts_with(key)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn text(name: &str, content: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(content).map_err(|_| format!("{name}: not UTF-8").into())
}

/// Removes files of a folder that the repository no longer has.
fn remove_others(folder: &Path, wanted: &[PathBuf]) -> Result<(), Failure> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.is_dir() {
            remove_others(&path, wanted)?;
        } else if !wanted.contains(&path) && path.file_name().is_some_and(|name| name != "switched.rs") {
            fs::remove_file(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

/// The standard output of a program that has to succeed.
pub fn output(command: &mut Command) -> Result<String, Failure> {
    let done = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if !done.status.success() {
        return Err(format!("{command:?} failed:\n{}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}
