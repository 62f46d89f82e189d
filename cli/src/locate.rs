//! `bailiwick locate`: where addresses are, for each source and agreed.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};
use std::net::IpAddr;

use bailiwick::{Atlas, Location};
use serde::Serialize;

use crate::address::{Pasted, pasted};
use crate::args::LocateArgs;
use crate::failure::Failure;
use crate::input::STDIN;
use crate::{diagnostics, output};
use bailiwick::Quoted;

/// A line for machines.
#[derive(Serialize)]
struct Located<'a> {
    address: IpAddr,
    location: Location,
    sources: BTreeMap<&'a str, Location>,
    /// The excluding sources that hold the address.
    excluded_by: Vec<&'a str>,
}

/// Atlases: the agreed one, and one of each source.
struct Atlases {
    agreed: Atlas,
    of_sources: Vec<(String, Atlas)>,
}

/// The width of an IPv4 address, so that most lists stand in columns.
const WIDTH: usize = "255.255.255.255".len();

pub(crate) fn run(args: &LocateArgs) -> Result<(), Failure> {
    let from_stdin = args.addresses.is_empty() || args.addresses == [STDIN];
    if args.addresses.is_empty() && io::stdin().is_terminal() {
        return Err(Failure::unusable("no address: write addresses after the command, or send them to its standard input"));
    }
    args.geo.check_stdin(from_stdin.then_some(STDIN))?;
    let geo = args.geo.load_some()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    let mut of_sources = Vec::new();
    for source in geo.sources.into_iter().filter(|source| !source.is_excluding()) {
        let name = source.name().to_owned();
        of_sources.push((name, Atlas::builder().source(source).build().map_err(Failure::wrong)?));
    }
    let atlases = Atlases { agreed: geo.atlas, of_sources };
    let mut out = output::stdout();
    let mut all_read = true;
    if from_stdin {
        let mut is_empty = true;
        for (line, number) in lines(io::stdin().lock()).zip(1_u64..) {
            let line = line.map_err(|error| Failure::unusable(format_args!("standard input cannot be read: {error}")))?;
            if !matches!(pasted(&line), Pasted::Nothing) {
                is_empty = false;
                all_read &= atlases.locate(&mut out, &line, Some(number), WIDTH, args.geo.json)?;
            }
        }
        if is_empty {
            output::note("standard input has no addresses: send them one a line");
        }
    } else {
        let width = args.addresses.iter().map(String::len).max().unwrap_or(WIDTH);
        for text in &args.addresses {
            all_read &= atlases.locate(&mut out, text, None, width, args.geo.json)?;
        }
    }
    if all_read { Ok(()) } else { Err(Failure::Said) }
}

/// Lines that end with LF, CRLF or CR.
fn lines(mut reader: impl BufRead) -> impl Iterator<Item = io::Result<String>> {
    let mut pieces = Vec::new();
    std::iter::from_fn(move || {
        if pieces.is_empty() {
            let mut bytes = Vec::new();
            match reader.read_until(b'\n', &mut bytes) {
                Ok(0) => return None,
                Err(error) => return Some(Err(error)),
                Ok(_) => {
                    let text = String::from_utf8_lossy(&bytes);
                    let text = text.strip_suffix('\n').unwrap_or(&text);
                    let text = text.strip_suffix('\r').unwrap_or(text);
                    pieces = text.rsplit('\r').map(str::to_owned).collect();
                }
            }
        }
        pieces.pop().map(Ok)
    })
}

impl Atlases {
    /// Writes the location of one address. Returns false when the text is not an address, which is reported on standard error.
    fn locate(&self, out: &mut impl Write, text: &str, line: Option<u64>, width: usize, json: bool) -> Result<bool, Failure> {
        let wrong = match pasted(text) {
            Pasted::Address(address) => Ok(address),
            Pasted::Wrong(hint) => Err(hint),
            Pasted::Nothing => Err("write one like `203.0.113.7`"),
        };
        let address = match wrong {
            Ok(address) => address,
            Err(hint) => {
                let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
                output::error(&format!("{place}{} is not an address: {hint}", Quoted(text.trim())));
                return Ok(false);
            }
        };
        let location = self.agreed.locate(address);
        let said = self.of_sources.iter().map(|(name, atlas)| (name.as_str(), atlas.locate(address)));
        let excluded_by: Vec<&str> = self.agreed.excluded_by(address).collect();
        if json {
            serde_json::to_writer(&mut *out, &Located { address, location, sources: said.collect(), excluded_by })?;
            writeln!(out)?;
            return Ok(true);
        }
        let mut sources: Vec<String> = said.map(|(name, location)| format!("{}: {location}", shown(name))).collect();
        if !excluded_by.is_empty() {
            let names: Vec<String> = excluded_by.into_iter().map(shown).collect();
            sources.push(format!("excluded by {}", names.join(", ")));
        }
        writeln!(out, "{:<width$}  {location:<9}  ({})", address.to_string(), sources.join(", "))?;
        Ok(true)
    }
}

/// A source's name: as it is when it is one word, and quoted otherwise.
fn shown(name: &str) -> String {
    let is_word = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if is_word { name.to_owned() } else { Quoted(name).to_string() }
}
