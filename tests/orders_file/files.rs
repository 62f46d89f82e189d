//! Each file of `files/` beside what is said about it, in a file of the same name and `.txt`. To add a case, add both.

use std::fs;
use std::path::Path;

use bailiwick::Policy;

use super::{atlas, read};

/// The diagnostics of an orders file: its errors of reading, else its errors of compiling, else its warnings.
fn shown(file: &str, text: &str) -> String {
    let docket = match read(file, text) {
        Ok(docket) => docket,
        Err(error) => return format!("{error}\n\n{}\n", error.render(file, false)),
    };
    match Policy::compile(&docket, &atlas()) {
        Ok(policy) => {
            let warnings: Vec<String> = policy.warnings().iter().map(|warning| warning.render(file, false) + "\n").collect();
            warnings.join("\n")
        }
        Err(error) => format!("{error}\n\n{}\n", error.render(file, false)),
    }
}

#[test]
fn each_file_is_answered_to_the_letter() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/orders_file/files");
    let mut files = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let shown = shown(name, &fs::read_to_string(&path).unwrap());
        let expected = fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap_or_default();
        // To write the answers anew, and then to read what changed.
        if std::env::var_os("BAILIWICK_WRITE_GOLDEN").is_some() {
            fs::write(folder.join(format!("{name}.txt")), &shown).unwrap();
        } else {
            assert_eq!(shown, expected, "\n{name}:\n{shown}\n--- and not\n{expected}");
        }
        files += 1;
    }
    assert!(files > 30, "{files}");
}
