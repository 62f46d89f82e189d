//! The pages for readers of the repository: links that lead somewhere, and promises with a test that exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGES: [&str; 4] = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages at the root, and those of `docs/`.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    PAGES.iter().map(|page| root().join(page)).chain(docs).collect()
}

/// A page without its fenced blocks.
fn prose(page: &str) -> String {
    page.split("```").step_by(2).collect()
}

/// The targets of links and images: `](target)`.
fn links(prose: &str) -> Vec<&str> {
    prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0)).collect()
}

/// The anchors of headings, as code-hosting sites make them.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings = page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|&c| c.is_alphanumeric() || c == '-' || c == '_').collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_relative_link_leads_to_a_file_and_every_anchor_to_a_heading() {
    for path in pages() {
        let page = fs::read_to_string(&path).unwrap();
        for link in links(&prose(&page)).into_iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: `{link}` leads nowhere", path.display());
            if !anchor.is_empty() {
                let headings = anchors(&fs::read_to_string(target).unwrap());
                assert!(headings.contains(anchor), "{}: `{link}`: there is no such heading", path.display());
            }
        }
    }
}

/// All names of functions in the Rust files of a folder, and of the folders in it.
fn functions(folder: &Path, names: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            functions(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(path).unwrap();
            let name = |rest: &str| rest.chars().take_while(|&c| c.is_alphanumeric() || c == '_').collect::<String>();
            names.extend(source.split("fn ").skip(1).map(name));
        }
    }
}

#[test]
fn every_promise_has_a_proof_that_exists() {
    let mut tests = BTreeSet::new();
    for folder in
        ["src", "tests", "cli/tests", "crates/bailiwick-parquet/tests", "crates/bailiwickd/src", "crates/bailiwickd/tests"]
    {
        functions(&root().join(folder), &mut tests);
    }
    let page = fs::read_to_string(root().join("docs/promises.md")).unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() >= 30, "the table of promises is not found");
    for row in rows {
        let proofs: Vec<&str> = row.trim_end_matches(" |").rsplit(" | ").next().unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!proofs.is_empty(), "no proof: {row}");
        for proof in proofs {
            let exists = tests.contains(proof)
                || root().join(proof).exists()
                || root().join("fuzz/fuzz_targets").join(format!("{proof}.rs")).exists();
            assert!(exists, "`{proof}` is neither a test nor a file: {row}");
        }
    }
}

/// Names in the column of evidence are tests, theorems of the proofs, fuzz targets, or files.
#[test]
fn every_claim_has_evidence_that_exists() {
    let mut names = BTreeSet::new();
    for folder in ["src", "tests", "cli/tests"] {
        functions(&root().join(folder), &mut names);
    }
    for folder in ["proofs", "proofs/Algorithms"] {
        for entry in root().join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "v") {
                let text = fs::read_to_string(path).unwrap();
                let theorem = |line: &str| line.strip_prefix("Theorem ").and_then(|rest| rest.split(' ').next()).map(str::to_owned);
                names.extend(text.lines().filter_map(theorem));
            }
        }
    }
    let page = fs::read_to_string(root().join("docs/assurance.md")).unwrap();
    let claims: Vec<Vec<&str>> =
        page.lines().filter(|line| line.starts_with("| ")).skip(1).map(|line| line.split(" | ").collect()).collect();
    assert!(claims.len() >= 15, "the table of claims is not found");
    for claim in claims {
        assert_eq!(claim.len(), 5, "{claim:?}");
        let evidence: Vec<&str> = claim[2].split('`').skip(1).step_by(2).collect();
        assert!(!evidence.is_empty(), "no evidence: {}", claim[1]);
        for name in evidence {
            let exists = names.contains(name)
                || root().join(name).exists()
                || root().join("fuzz/fuzz_targets").join(format!("{name}.rs")).exists();
            assert!(exists, "`{name}` is neither a test nor a theorem nor a file: {}", claim[1]);
        }
    }
}
