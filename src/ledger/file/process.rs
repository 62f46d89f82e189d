//! Files of ledgers of processes beside each other.

use std::path::{Path, PathBuf};
use std::process;

/// A path with the number of this process in place of each `%p`, so that each of several processes has a ledger of its own: two never
/// write to one file.
///
/// ```
/// use std::path::Path;
/// use bailiwick::ledger::path_of_process;
///
/// let path = path_of_process(Path::new("/var/lib/backend/%p.jsonl"));
/// assert_eq!(path, Path::new(&format!("/var/lib/backend/{}.jsonl", std::process::id())));
/// ```
#[must_use]
pub fn path_of_process(path: &Path) -> PathBuf {
    with_number(path, &process::id().to_string())
}

/// A path may have any bytes on these systems.
#[cfg(unix)]
fn with_number(path: &Path, number: &str) -> PathBuf {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let (mut rest, mut whole) = (path.as_os_str().as_bytes(), Vec::new());
    while let Some(at) = rest.windows(2).position(|two| two == b"%p") {
        let (before, after) = rest.split_at(at);
        whole.extend_from_slice(before);
        whole.extend_from_slice(number.as_bytes());
        rest = after.strip_prefix(b"%p").unwrap_or_default();
    }
    whole.extend_from_slice(rest);
    OsString::from_vec(whole).into()
}

/// A path that is not Unicode is taken as it is.
#[cfg(not(unix))]
fn with_number(path: &Path, number: &str) -> PathBuf {
    path.to_str().map_or_else(|| path.to_owned(), |path| path.replace("%p", number).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_has_the_number_of_the_process_wherever_it_asks_for_it() {
        let p = process::id();
        let cases = [
            ("a.jsonl", "a.jsonl".to_owned()),
            ("%p", format!("{p}")),
            ("d%p/%p.jsonl", format!("d{p}/{p}.jsonl")),
            ("100%%p%", format!("100%{p}%")),
            ("%", "%".to_owned()),
            ("", String::new()),
        ];
        for (path, expected) in cases {
            assert_eq!(path_of_process(Path::new(path)), Path::new(&expected));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_not_unicode_has_the_number_too() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let odd = path_of_process(Path::new(OsStr::from_bytes(b"\xff%p")));
        assert_eq!(odd.as_os_str().as_bytes(), [b"\xff", process::id().to_string().as_bytes()].concat());
    }
}
