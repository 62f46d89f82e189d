//! Files of a log's folder: written whole, or not at all.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::error::{LogError, unusable};
use crate::disk::{Directory, NewFile, make_folder, put, sync_folder};
use crate::log::stored::TileSource;
use crate::log::tile::{Tile, TileId};
use crate::note::MAX_NOTE;

/// The most bytes of a tile: 256 hashes.
const MAX_TILE: u64 = 8192;

/// The tiles below a folder.
#[derive(Debug, Clone)]
pub struct FolderTiles {
    folder: PathBuf,
}

impl FolderTiles {
    /// The tiles at `FOLDER/tile/…`.
    pub fn new(folder: impl Into<PathBuf>) -> FolderTiles {
        FolderTiles { folder: folder.into() }
    }
}

impl TileSource for FolderTiles {
    fn read(&self, id: TileId) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        match File::open(self.folder.join(id.to_string())) {
            Ok(file) => file.take(MAX_TILE + 1).read_to_end(&mut bytes).map(|_| Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Writes a tile, unless it is there. A tile with other bytes is one that nothing was signed over, as those of the last checkpoint
/// are verified: a process ended before it signed. Its name is not synced. Returns the folder that it is in.
pub(super) fn write_tile(folder: &Path, tile: &Tile) -> Result<PathBuf, LogError> {
    let (path, bytes) = (folder.join(tile.id().to_string()), tile.to_bytes());
    let in_folder = path.parent().unwrap_or(folder).to_owned();
    if !fs::read(&path).is_ok_and(|found| found == bytes) {
        fs::create_dir_all(&in_folder).map_err(unusable(&in_folder))?;
        write_unsynced(&in_folder, &path, &bytes)?;
    }
    Ok(in_folder)
}

/// Syncs the names in folders and in all folders above them, up to the root of the log: also of those that are there because a process
/// wrote them that ended.
pub(super) fn sync_names(root: &Path, folders: &BTreeSet<PathBuf>) -> Result<(), LogError> {
    let up_to_root = |folder: &PathBuf| -> Vec<PathBuf> {
        folder.ancestors().take_while(|above| above.starts_with(root)).map(Path::to_owned).collect()
    };
    let all: BTreeSet<PathBuf> = folders.iter().flat_map(up_to_root).collect();
    all.iter().try_for_each(|path| sync_folder(path).map_err(unusable(path)))
}

/// Writes a file in the place of one that may be there. After a loss of power, it is the old one or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder).map_err(unusable(folder))?;
    write_unsynced(folder, path, bytes)?;
    sync_folder(folder).map_err(unusable(folder))
}

/// Writes the file that remembers what a key has signed. It is in a folder of its owner's, whose other files are not touched.
pub(super) fn write_memory(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    make_folder(folder).map_err(unusable(folder))?;
    let mut file = NewFile::in_place_of(path).map_err(unusable(path))?;
    file.write_all(bytes).and_then(|()| file.place()).map_err(unusable(path))
}

/// Writes a file to its folder. Its name may not be on the disk yet.
fn write_unsynced(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let name = path.file_name().and_then(OsStr::to_str);
    let name = name.ok_or_else(|| unusable(path)(io::Error::other("its name is not UTF-8: give it another one")))?;
    put(&mut Directory::unlocked(folder), name, bytes).map_err(unusable(path))
}

/// Reads a file of at most a note's size; `None` when there is none.
pub(super) fn read_note(path: &Path) -> Result<Option<Vec<u8>>, LogError> {
    let limit = u64::try_from(MAX_NOTE + 1).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    match File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unusable(path)(error)),
    }
}
