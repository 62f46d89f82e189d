//! Inputs of the tool: files or standard input, compressed or not.

use std::fs::{self, File};
use std::io::{self, Cursor, ErrorKind, Read};

use bailiwick::Quoted;
use bailiwick::geo::gunzip;

use crate::failure::Failure;
use crate::progress::{Progress, Watched};

/// The name of standard input in the place of a file.
pub(crate) const STDIN: &str = "-";

/// The number of bytes that are read to recognise the format of a file: some hundred lines.
const HEAD: u64 = 1 << 14;

/// The first bytes of a gzip file (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// An open file, already decompressed.
pub(crate) struct Input<'a> {
    /// The beginning of the file, or all of it when it is short.
    pub(crate) head: Vec<u8>,
    rest: Box<dyn Read + 'a>,
}

impl<'a> Input<'a> {
    pub(crate) fn open(path: &'a str, progress: &'a Progress) -> Result<Input<'a>, Failure> {
        let (reader, length): (Box<dyn Read>, _) = if path == STDIN {
            (Box::new(io::stdin().lock()), None)
        } else {
            let is_directory = fs::metadata(path).map_err(|error| unreadable(path, &error))?.is_dir();
            if is_directory {
                return Err(Failure::unusable(format_args!("{} is a directory: name a file in it", name(path))));
            }
            let file = File::open(path).map_err(|error| unreadable(path, &error))?;
            let length = file.metadata().ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len());
            (Box::new(file), length)
        };
        let mut reader = Watched { reader, progress, name: path, done: 0, length };
        let mut magic = Vec::new();
        let limit = u64::try_from(GZIP.len()).unwrap_or(u64::MAX);
        reader.by_ref().take(limit).read_to_end(&mut magic).map_err(|error| unreadable(path, &error))?;
        let is_compressed = magic == GZIP;
        let whole = Cursor::new(magic).chain(reader);
        let mut rest: Box<dyn Read> = if is_compressed { Box::new(gunzip(whole)) } else { Box::new(whole) };
        let mut head = Vec::new();
        rest.by_ref().take(HEAD).read_to_end(&mut head).map_err(|error| unreadable(path, &error))?;
        Ok(Input { head, rest })
    }

    pub(crate) fn reader(self) -> impl Read + 'a {
        Cursor::new(self.head).chain(self.rest)
    }

    /// The whole content, in memory, when it has at most a number of bytes.
    pub(crate) fn bytes_up_to(self, path: &str, most: u64) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        let read = self.reader().take(most + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        if u64::try_from(read).is_ok_and(|read| read <= most) {
            return Ok(bytes);
        }
        Err(Failure::unusable(format_args!("{} has more than {} MiB: is this the right file?", name(path), most >> 20)))
    }
}

/// The name of a file in messages.
pub(crate) fn name(path: &str) -> String {
    if path == STDIN { plain_name(path).to_owned() } else { Quoted(path).to_string() }
}

/// The name of a file outside of a sentence, as in `orders.toml:4:1`.
pub(crate) fn plain_name(path: &str) -> &str {
    if path == STDIN { "standard input" } else { path }
}

/// Refuses the name of standard input for what is read from a file alone. `thing` begins the message, such as "a key".
pub(crate) fn refuse_stdin(path: &str, thing: &str) -> Result<(), Failure> {
    if path == STDIN {
        return Err(Failure::unusable(format_args!("{thing} is not read from standard input: name the file")));
    }
    Ok(())
}

pub(crate) fn unreadable(path: &str, error: &io::Error) -> Failure {
    let name = name(path);
    match error.kind() {
        ErrorKind::NotFound => Failure::unusable(format_args!("{name} cannot be read: there is no such file")),
        ErrorKind::PermissionDenied => Failure::unusable(format_args!("{name} cannot be read: you have no permission to")),
        ErrorKind::UnexpectedEof => Failure::unusable(format_args!("{name} ends before it is complete: get the file again")),
        _ => Failure::unusable(format_args!("{name} cannot be read: {error}")),
    }
}
