//! New files that get their name when they are complete.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::sync_folder;

/// The most names that are tried for a file that is not complete. A crash leaves one of them taken, and a person may have others.
const MAX_NAMES: u32 = 100;

/// The most symbolic links that are followed, as Linux has it (path_resolution(7)).
const MAX_LINKS: u32 = 40;

/// A file that is written beside its place, and put there when it is complete and on the disk. One that is dropped before is removed.
///
/// Until then its name is `NAME.new`, or `NAME.1.new` and so on where that is taken: it takes the place of no other file.
#[derive(Debug)]
pub struct NewFile {
    file: File,
    beside: PathBuf,
    path: PathBuf,
    replaces: bool,
    is_placed: bool,
}

impl NewFile {
    /// Begins a file that is not there yet. One that gets its name meanwhile is not replaced.
    ///
    /// # Errors
    ///
    /// Those of the system; of kind `AlreadyExists` when there is a file of this name.
    pub fn create(path: &Path) -> io::Result<NewFile> {
        NewFile::absent(path, false)
    }

    /// Begins a file that is not there yet, which its owner alone can read, also while it is written.
    ///
    /// # Errors
    ///
    /// As for [`create`](NewFile::create).
    pub fn create_private(path: &Path) -> io::Result<NewFile> {
        NewFile::absent(path, true)
    }

    /// Begins a file that takes the place of one that may be there, with the same permissions, and the same owner as far as the system
    /// lets it. Where the group cannot be kept, the group of the new file may do nothing with it. Access control lists are not kept.
    /// Where the name is a symbolic link, the file that it leads to is replaced, and the link stays.
    ///
    /// # Errors
    ///
    /// Those of the system, and when what has the name is no file, but a folder, a pipe or a device.
    pub fn in_place_of(path: &Path) -> io::Result<NewFile> {
        let path = followed(path)?;
        let found = match fs::metadata(&path) {
            Ok(found) if found.is_file() => Some(found),
            Ok(found) if found.is_dir() => return Err(ErrorKind::IsADirectory.into()),
            Ok(_) => return Err(io::Error::other("there is something of this name that is no file")),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let new = NewFile::beside(path, found.is_some(), true)?;
        found.map_or(Ok(()), |found| take_after(&new.file, &found))?;
        Ok(new)
    }

    fn absent(path: &Path, is_private: bool) -> io::Result<NewFile> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        NewFile::beside(path.to_owned(), is_private, false)
    }

    fn beside(path: PathBuf, is_private: bool, replaces: bool) -> io::Result<NewFile> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        if is_private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = is_private;
        for number in 0..MAX_NAMES {
            let mut name = OsString::from(&path);
            name.push(if number == 0 { ".new".to_owned() } else { format!(".{number}.new") });
            let beside = PathBuf::from(name);
            match options.open(&beside) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                file => return Ok(NewFile { file: file?, beside, path, replaces, is_placed: false }),
            }
        }
        Err(io::Error::other(format!("{MAX_NAMES} files beside it have its name and `.new` at the end: remove what crashes left")))
    }

    /// The file, at whatever position it was left.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name. Both are on the disk then.
    ///
    /// # Errors
    ///
    /// Those of the system; of kind `AlreadyExists` when a file that this one was not to replace has got its name meanwhile.
    pub fn place(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        if self.replaces { fs::rename(&self.beside, &self.path) } else { link(&self.beside, &self.path) }?;
        self.is_placed = true;
        sync_folder(self.path.parent().unwrap_or(Path::new("")))
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.is_placed {
            let _ = fs::remove_file(&self.beside);
        }
    }
}

/// Renames a file, and fails when the name is taken. A second name for the file is refused by the system itself when the name is
/// taken; where the file system has no second names, the name is looked at first.
fn link(beside: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(beside, path) {
        Ok(()) => fs::remove_file(beside),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(beside, path),
    }
}

/// The path of the file that a path leads to, which may be absent.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        // What is no link, or absent, is the end.
        let Ok(target) = fs::read_link(&path) else { return Ok(path) };
        path = path.parent().unwrap_or(Path::new("")).join(target);
    }
    Err(io::Error::other("too many symbolic links lead to each other"))
}

/// Gives a file the permissions of another one. Its owner and its group, too, where the system allows that.
#[cfg(unix)]
fn take_after(file: &File, other: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let owner = |of: &fs::Metadata| (of.uid(), of.gid());
    if owner(&file.metadata()?) != owner(other) {
        let _ = fchown(file, Some(other.uid()), Some(other.gid())).or_else(|_| fchown(file, None, Some(other.gid())));
    }
    let mode = mode_of(owner(&file.metadata()?), owner(other), other.mode());
    // After that: a change of the owner clears bits of the mode.
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// The mode of a file that takes the place of another one, whose mode is given. Bits that are about the user or the group are left out
/// where that is a different one. Users and groups are numbers.
#[cfg(unix)]
fn mode_of((user, group): (u32, u32), (other_user, other_group): (u32, u32), mode: u32) -> u32 {
    let of_group = if group == other_group { 0o2070 } else { 0 };
    let of_user = if user == other_user { 0o4000 } else { 0 };
    mode & (0o1707 | of_group | of_user)
}

/// On other systems a file has the permissions of its folder.
#[cfg(not(unix))]
fn take_after(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use crate::disk::tests::as_nobody::{NOBODY, given, passes};

    /// A folder of its own, which is removed in the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let folder = std::env::temp_dir().join(format!("bailiwick-new-file-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::create_dir_all(&folder).unwrap();
            Folder(folder)
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            fs::write(self.0.join(name), text).unwrap();
            self.0.join(name)
        }

        /// The names of the files, and what is in each.
        fn files(&self) -> Vec<(String, String)> {
            let file = |entry: io::Result<fs::DirEntry>| {
                let entry = entry.unwrap();
                (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap())
            };
            let mut files: Vec<_> = fs::read_dir(&self.0).unwrap().map(file).collect();
            files.sort_unstable();
            files
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn put(new: io::Result<NewFile>) -> io::Result<()> {
        let mut new = new?;
        new.write_all(b"ours")?;
        new.place()
    }

    fn named(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    #[test]
    fn only_a_file_is_replaced() {
        let folder = Folder::new("no-file");
        let other = folder.0.join("other");
        fs::create_dir(&other).unwrap();
        assert_eq!(NewFile::in_place_of(&other).unwrap_err().kind(), ErrorKind::IsADirectory);
        #[cfg(target_os = "linux")]
        assert!(NewFile::in_place_of(Path::new("/dev/null")).unwrap_err().to_string().ends_with("that is no file"));
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_is_written_takes_the_name_of_no_other() {
        for begin in [NewFile::create, NewFile::create_private, NewFile::in_place_of] {
            let folder = Folder::new("taken");
            folder.write("x.new", "theirs");
            folder.write("x.1.new", "theirs");
            put(begin(&folder.0.join("x"))).unwrap();
            assert_eq!(folder.files(), named(&[("x", "ours"), ("x.1.new", "theirs"), ("x.new", "theirs")]));
        }
    }

    #[test]
    fn a_file_that_is_not_placed_leaves_nothing() {
        let folder = Folder::new("dropped");
        let mut new = NewFile::in_place_of(&folder.write("x", "theirs")).unwrap();
        new.write_all(b"ours").unwrap();
        new.flush().unwrap();
        assert_eq!(new.file().metadata().unwrap().len(), 4);
        assert_eq!(new.beside, folder.0.join("x.new"));
        drop(new);
        assert_eq!(folder.files(), named(&[("x", "theirs")]));
    }

    #[test]
    fn a_new_file_replaces_none_whenever_that_came() {
        let folder = Folder::new("exists");
        let path = folder.0.join("x");
        let new = NewFile::create(&path).unwrap();
        folder.write("x", "theirs");
        assert_eq!(new.place().unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(NewFile::create(&path).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(folder.files(), named(&[("x", "theirs")]));
    }

    /// The file system may have no second names. Of a folder no system gives one.
    #[cfg(unix)]
    #[test]
    fn without_second_names_a_name_is_looked_at_before_it_is_given() {
        let folder = Folder::new("no-links");
        let (one, other) = (folder.0.join("one"), folder.0.join("other"));
        fs::create_dir(&one).unwrap();
        link(&one, &other).unwrap();
        assert!(other.is_dir() && !one.exists());
        let theirs = folder.write("theirs", "theirs");
        assert_eq!(link(&one, &theirs).unwrap_err().kind(), ErrorKind::AlreadyExists, "whatever the system says of the other name");
        assert_eq!(link(&one, &folder.0.join("x")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(fs::read_to_string(theirs).unwrap(), "theirs");
    }

    /// Nothing is written where there is no folder, or a file in its place.
    #[test]
    fn a_path_through_what_is_no_folder_is_an_error() {
        let folder = Folder::new("no-folder");
        let file = folder.write("file", "theirs");
        for begin in [NewFile::create, NewFile::create_private, NewFile::in_place_of] {
            assert_eq!(begin(&folder.0.join("absent/x")).unwrap_err().kind(), ErrorKind::NotFound);
            assert!(begin(&file.join("x")).is_err());
        }
        assert_eq!(folder.files(), named(&[("file", "theirs")]));
    }

    /// Bits that let others run a file as its user or its group are kept with that user and that group alone.
    #[cfg(unix)]
    #[test]
    fn permissions_are_kept_as_far_as_they_mean_the_same_people() {
        let of = (1, 2);
        for (owner, mode, kept) in [
            (of, 0o7777, 0o7777),
            ((3, 2), 0o7777, 0o3777),
            ((1, 4), 0o7777, 0o5707),
            ((3, 4), 0o7777, 0o1707),
            ((3, 4), 0o0640, 0o0600),
            ((1, 4), 0o100_664, 0o0604),
            (of, 0o100_640, 0o0640),
        ] {
            assert_eq!(mode_of(owner, of, mode), kept, "{owner:?} {mode:o}");
        }
    }

    #[test]
    fn names_are_not_tried_for_ever() {
        let folder = Folder::new("names");
        folder.write("x.new", "");
        (1..MAX_NAMES).for_each(|number| _ = folder.write(&format!("x.{number}.new"), ""));
        let error = NewFile::create(&folder.0.join("x")).unwrap_err().to_string();
        assert!(error.contains("remove what crashes left"), "{error}");
        fs::remove_file(folder.0.join("x.7.new")).unwrap();
        put(NewFile::create(&folder.0.join("x"))).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_its_file_is_replaced_with_the_permissions_that_it_had() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = Folder::new("link");
        fs::create_dir(folder.0.join("sub")).unwrap();
        let target = folder.write("sub/x", "theirs");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let (link, far) = (folder.0.join("link"), folder.0.join("far"));
        symlink("sub/x", &link).unwrap();
        symlink(&link, &far).unwrap();
        for kept in [0o600, 0o640, 0o644, 0o666, 0o444] {
            fs::set_permissions(&target, PermissionsExt::from_mode(kept)).unwrap();
            put(NewFile::in_place_of(&far)).unwrap();
            assert_eq!(mode(&target), kept);
            assert_eq!(fs::read_to_string(&target).unwrap(), "ours");
            assert!(link.is_symlink() && far.is_symlink());
        }
        // A link that leads to no file yet.
        fs::remove_file(&target).unwrap();
        put(NewFile::in_place_of(&far)).unwrap();
        assert!(target.is_file() && link.is_symlink());
        symlink("loop", folder.0.join("loop")).unwrap();
        assert!(NewFile::in_place_of(&folder.0.join("loop")).is_err());
    }

    /// A program that may give files to a group keeps the group. One that may not takes the group's permissions away, which the other
    /// group would have. The second is this program as another user, which the first one, as root, starts.
    #[cfg(unix)]
    #[test]
    fn a_file_of_another_group_keeps_it_or_is_closed_to_groups() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

        /// A group that this program is not in.
        const GROUP: u32 = 4242;
        if let Some(path) = given() {
            put(NewFile::in_place_of(&path)).unwrap();
            return;
        }
        let folder = Folder::new("group");
        let path = folder.write("x", "theirs");
        let state = || fs::metadata(&path).map(|found| (found.gid(), found.mode() & 0o7777)).unwrap();
        if let Err(error) = chown(&path, None, Some(GROUP)) {
            eprintln!("SKIPPED: a file cannot be given to another group here, which root may: {error}");
            return;
        }
        fs::set_permissions(&path, PermissionsExt::from_mode(0o2664)).unwrap();
        put(NewFile::in_place_of(&path)).unwrap();
        assert_eq!(state(), (GROUP, 0o2664));

        fs::set_permissions(&folder.0, PermissionsExt::from_mode(0o777)).unwrap();
        if passes("disk::new_file::tests::a_file_of_another_group_keeps_it_or_is_closed_to_groups", &path) {
            assert_eq!(state(), (NOBODY, 0o604));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_is_its_owners_alone_while_it_is_written() {
        use std::os::unix::fs::PermissionsExt;

        let folder = Folder::new("private");
        let new = NewFile::create_private(&folder.0.join("x")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&new.beside), 0o600);
        new.place().unwrap();
        assert_eq!(mode(&folder.0.join("x")), 0o600);
    }
}
