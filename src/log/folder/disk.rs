//! Files of a log's folder: written whole, or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::{LogError, unusable};
use crate::disk::{Directory, Files, put};
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
/// are verified: a process ended before it signed.
pub(super) fn write_tile(folder: &Path, tile: &Tile) -> Result<(), LogError> {
    let (path, bytes) = (folder.join(tile.id().to_string()), tile.to_bytes());
    if fs::read(&path).is_ok_and(|found| found == bytes) { Ok(()) } else { write(&path, &bytes) }
}

/// Writes a file in the place of one that may be there. After a loss of power, it is the old one or the new one.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), LogError> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }).map_err(unusable(folder))?;
    let name = path.file_name().and_then(OsStr::to_str);
    let name = name.ok_or_else(|| unusable(path)(io::Error::other("its name is not UTF-8: give it another one")))?;
    let mut files = Directory::unlocked(folder);
    put(&mut files, name, bytes).map_err(unusable(path))?;
    files.sync_names().map_err(unusable(folder))
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
