//! Folders: made, listed or not, and synced.

#[cfg(unix)]
pub(super) mod as_nobody;

use super::*;

/// Whoever may make files in a folder need not be one who may list it. Root may list every folder, so that another user tries.
#[cfg(unix)]
#[test]
fn a_folder_that_must_not_be_listed_is_left_as_it_is() {
    use std::os::unix::fs::PermissionsExt;

    use as_nobody::{given, passes};

    let is_left = |folder: &Path| {
        let refused = sync_folder(folder).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
        refused && sync_old_folder(folder).is_ok()
    };
    if let Some(folder) = given() {
        assert!(is_left(&folder));
        return;
    }
    let folder = std::env::temp_dir().join(format!("bailiwick-closed-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o311)).unwrap();
    if sync_folder(&folder).is_err() {
        assert!(is_left(&folder));
    } else {
        passes("disk::tests::a_folder_that_must_not_be_listed_is_left_as_it_is", &folder);
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
