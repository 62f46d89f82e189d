//! The files that support orders, checked against the digests that the orders record.

use std::fs::{self, File};
use std::path::Path;

use bailiwick::order::{Evidence, Exhibit};
use bailiwick::{Docket, Status};
use serde::Serialize;

use crate::failure::Failure;
use crate::input::unreadable;
use bailiwick::Quoted;

/// The result of checking a folder of evidence.
#[derive(Serialize)]
pub(crate) struct Exhibits {
    /// The digests that orders in force record, and no file has.
    pub(crate) missing: Vec<Missing>,
    /// The files that no order records, whatever its status.
    pub(crate) unrecorded: Vec<String>,
    /// The number of recorded digests that a file has.
    pub(crate) found: usize,
}

/// A recorded digest that no file has.
#[derive(Serialize)]
pub(crate) struct Missing {
    pub(crate) order: String,
    value: String,
    pub(crate) message: String,
}

impl Exhibits {
    /// Checks the files of a folder. Folders in it are not looked into.
    pub(crate) fn check(docket: &Docket, folder: &Path) -> Result<Exhibits, Failure> {
        let evidence = digest(folder)?;
        let mut exhibits = Exhibits { missing: Vec::new(), unrecorded: Vec::new(), found: 0 };
        for order in docket.orders.iter().filter(|order| order.status == Status::InForce) {
            let mut missing = |value: String, message| exhibits.missing.push(Missing { order: order.id.clone(), value, message });
            for exhibit in order.check_evidence(&evidence) {
                match exhibit {
                    Exhibit::Found { .. } => exhibits.found += 1,
                    Exhibit::Malformed { text, error } => missing(text.to_owned(), error.to_string()),
                    Exhibit::Missing { digest } => {
                        let folder = folder.to_string_lossy();
                        missing(digest.to_string(), format!("no file in {} has {digest}", Quoted(&folder)));
                    }
                    other => missing(String::new(), format!("{other:?}")),
                }
            }
        }
        exhibits.unrecorded = evidence.unrecorded(&docket.orders).into_iter().map(str::to_owned).collect();
        Ok(exhibits)
    }
}

fn digest(folder: &Path) -> Result<Evidence, Failure> {
    let failed = |path: &Path, error| unreadable(&path.to_string_lossy(), &error);
    let mut evidence = Evidence::new();
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        // Links are followed.
        if fs::metadata(&path).map_err(|error| failed(&path, error))?.is_file() {
            let file = File::open(&path).map_err(|error| failed(&path, error))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            evidence.add(name, file).map_err(|error| failed(&path, error))?;
        }
    }
    Ok(evidence)
}
