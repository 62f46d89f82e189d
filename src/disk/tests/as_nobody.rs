//! A test that runs once more as another user: root, who often runs tests, may do what others may not.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The user, and its group, that own nothing on Linux.
pub(in crate::disk) const NOBODY: u32 = 65_534;

const PATH: &str = "BAILIWICK_TEST_AS_NOBODY";

/// The path that was given to the test which runs as that user. `None` in the test that starts it.
pub(in crate::disk) fn given() -> Option<PathBuf> {
    std::env::var_os(PATH).map(PathBuf::from)
}

/// Runs a test, named in full, as that user, and gives it a path. Returns whether it ran: only root may start a process of another
/// user.
pub(in crate::disk) fn passes(test: &str, path: &Path) -> bool {
    let mut program = Command::new(std::env::current_exe().unwrap());
    match program.args([test, "--exact"]).env(PATH, path).uid(NOBODY).gid(NOBODY).output() {
        Err(error) => eprintln!("SKIPPED: this program cannot be run as another user here: {error}"),
        Ok(output) => {
            let told = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && told.contains("1 passed"), "{told}");
            return true;
        }
    }
    false
}
