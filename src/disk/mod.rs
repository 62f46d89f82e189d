//! Files that survive a crash: a file is replaced whole, or not at all. And locks, which keep a second process away.

#[cfg(any(feature = "bundle", feature = "log"))]
#[cfg_attr(
    not(feature = "bundle"),
    allow(
        dead_code,
        unreachable_pub,
        reason = "`bundle::store` publishes the files of a directory, and uses all of their operations"
    )
)]
mod files;
mod lock;
mod new_file;

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

#[cfg(all(feature = "log", not(feature = "bundle")))]
pub(crate) use files::Directory;
#[cfg(feature = "bundle")]
pub(crate) use files::is_unfinished;
#[cfg(any(feature = "bundle", feature = "log"))]
pub(crate) use files::put;
#[cfg(feature = "bundle")]
pub use files::{Directory, Files};
pub(crate) use lock::Lock;
pub use new_file::NewFile;

/// Makes a folder, and those above it that are missing. All their names are on the disk then.
///
/// The name of a folder that is there is synced, too, as the process that made it may have ended before it did that.
///
/// # Errors
///
/// Those of the system.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let folder = named(folder);
    let parent = folder.parent();
    if folder.is_dir() {
        return parent.map_or(Ok(()), sync_old_folder);
    }
    parent.map_or(Ok(()), make_folder)?;
    match fs::create_dir(folder) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists || !folder.is_dir() => return Err(error),
        _ => {}
    }
    parent.map_or(Ok(()), sync_folder)
}

/// Waits until the names of all files in a folder are on the disk. An empty path is the current folder.
///
/// # Errors
///
/// Those of the system.
#[cfg(unix)]
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(named(folder))?.sync_all()
}

/// On other systems a folder cannot be opened, and the system syncs names itself.
///
/// # Errors
///
/// None.
#[cfg(not(unix))]
pub fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Waits until the names in a folder are on the disk that was there before. It need not be readable.
///
/// # Errors
///
/// Those of the system, but that the folder must not be read.
pub fn sync_old_folder(folder: &Path) -> io::Result<()> {
    match sync_folder(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
        synced => synced,
    }
}

/// The path of a folder that can be opened: that of a file without a folder is empty.
fn named(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever may make files in a folder need not be one who may list it. Root may list every folder, so that another user tries.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_must_not_be_listed_is_left_as_it_is() {
        use std::os::unix::fs::PermissionsExt;
        use std::os::unix::process::CommandExt;
        use std::process::Command;

        const FOLDER: &str = "BAILIWICK_TEST_CLOSED_FOLDER";
        /// The user, and its group, that own nothing on Linux.
        const NOBODY: u32 = 65_534;
        let is_left = |folder: &Path| {
            let refused = sync_folder(folder).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
            refused && sync_old_folder(folder).is_ok()
        };
        if let Some(folder) = std::env::var_os(FOLDER) {
            assert!(is_left(Path::new(&folder)));
            return;
        }
        let folder = std::env::temp_dir().join(format!("bailiwick-closed-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, PermissionsExt::from_mode(0o311)).unwrap();
        if sync_folder(&folder).is_err() {
            assert!(is_left(&folder));
        } else {
            let mut other = Command::new(std::env::current_exe().unwrap());
            let name = "disk::tests::a_folder_that_must_not_be_listed_is_left_as_it_is";
            match other.args([name, "--exact"]).env(FOLDER, &folder).uid(NOBODY).gid(NOBODY).output() {
                Err(error) => eprintln!("SKIPPED: this program cannot be run as another user here: {error}"),
                Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
            }
        }
        fs::remove_dir(&folder).unwrap();
    }

    #[test]
    fn a_folder_is_made_with_those_above_it_and_never_in_the_place_of_a_file() {
        let folder = std::env::temp_dir().join(format!("bailiwick-folders-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let low = folder.join("above/below");
        for _ in 0..2 {
            make_folder(&low).unwrap();
            assert!(low.is_dir());
        }
        fs::write(folder.join("file"), "theirs").unwrap();
        let kind = |name: &str| make_folder(&folder.join(name)).unwrap_err().kind();
        assert_eq!(kind("file"), ErrorKind::AlreadyExists);
        assert_eq!(kind("file/below"), ErrorKind::AlreadyExists);
        // The name is longer than any system lets it be.
        assert!(make_folder(&folder.join("x".repeat(5000))).is_err());
        assert_eq!(fs::read_to_string(folder.join("file")).unwrap(), "theirs");
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(sync_old_folder(&folder).is_err(), cfg!(unix));
    }

    /// The folder of a file that is named without one.
    #[test]
    fn an_empty_path_is_the_current_folder() {
        make_folder(Path::new("")).unwrap();
        sync_folder(Path::new("")).unwrap();
        sync_old_folder(Path::new("")).unwrap();
    }
}
