//! Worlds as files, with questions and the model's answers, for the doors in other languages: doors.c and doors.py.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::Path;

use bailiwick::ipnet::{IpNet, Ipv4Subnets, Ipv6Subnets};

use crate::Size;
use crate::dice::Dice;
use crate::generated;
use crate::library::Compiled;
use crate::model::Model;
use crate::statements::{self, instant};
use crate::world::{Question, Row, World};

/// Writes each world into a folder of its own. Every second world is a change of the one before.
pub fn write(model: &mut Model, folder: &Path, size: &Size) {
    let mut dice = Dice::new(size.seed);
    for n in (0..size.worlds).step_by(2) {
        let old = generated::world(&mut dice);
        let new = generated::changed(&old, &mut dice);
        write_world(model, &folder.join(n.to_string()), old, false, size, &mut dice);
        let whole = size.changes > 0 && (n / 2) % size.changes == 0;
        write_world(model, &folder.join((n + 1).to_string()), new, whole, size, &mut dice);
    }
}

fn write_world(model: &mut Model, folder: &Path, world: World, is_change: bool, size: &Size, dice: &mut Dice) {
    let world = as_files(world);
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("orders.json"), serde_json::to_string(&world.docket.clone().ended()).unwrap()).unwrap();

    let mut text = format!("min_sources\t{}\n", world.min_sources);
    for (n, (rows, published)) in world.sources.iter().zip(&world.published).enumerate() {
        write_rows(&folder.join(format!("{n}.csv")), rows, *published);
        writeln!(text, "source\t{n}={}:{}/{n}.csv", if *published { "range" } else { "cidr" }, folder.display()).unwrap();
    }
    for (n, rows) in world.excluding.iter().enumerate() {
        write_rows(&folder.join(format!("x{n}.csv")), rows, true);
        writeln!(text, "source\texclude:x{n}=range:{}/x{n}.csv", folder.display()).unwrap();
    }

    let compiled = Compiled::new(&world);
    let mut statements = String::new();
    statements::world(&mut statements, &world);
    for _ in 0..size.questions {
        let q = Question::random(&compiled.boundaries, dice);
        let (host, home, at) = (q.host.unwrap_or("-"), q.home, instant(q.at));
        writeln!(text, "question\t{}\t{host}\t{}\t{home}\t{at}", q.meeting, hexadecimal(q.ip)).unwrap();
        statements::at(&mut statements, q.ip);
        q.state(&mut statements);
    }
    // The model asks about all boundaries; of crowds these are too many.
    const MOST: usize = 75;
    if is_change && compiled.boundaries.len() <= MOST {
        text.push_str("change\n");
        statements.push_str("change\n");
    }
    std::fs::write(folder.join("world"), text).unwrap();
    std::fs::write(folder.join("answers"), model.answers(&statements).join("\n") + "\n").unwrap();
}

/// The world as files can say it: sources in no published format have networks alone, and no source is empty.
fn as_files(mut world: World) -> World {
    for (rows, published) in world.sources.iter_mut().zip(&world.published) {
        if !published {
            *rows = rows.iter().flat_map(networks).collect();
        }
    }
    let kept: Vec<(Vec<Row>, bool)> =
        world.sources.drain(..).zip(world.published.drain(..)).filter(|(rows, _)| !rows.is_empty()).collect();
    (world.sources, world.published) = kept.into_iter().unzip();
    world.min_sources = world.min_sources.clamp(1, world.sources.len().max(1));
    world
}

/// The networks that a range consists of, at most so many as one line each is worth.
fn networks(row: &Row) -> Vec<Row> {
    const MOST: usize = 8;
    let networks: Vec<IpNet> = match (row.first, row.last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => Ipv4Subnets::new(first, last, 0).map(IpNet::V4).take(MOST).collect(),
        (IpAddr::V6(first), IpAddr::V6(last)) => Ipv6Subnets::new(first, last, 0).map(IpNet::V6).take(MOST).collect(),
        (first, _) => vec![first.into()],
    };
    networks.into_iter().map(|net| Row { first: net.network(), last: net.broadcast(), region: row.region }).collect()
}

fn write_rows(path: &Path, rows: &[Row], ranges: bool) {
    let mut lines = String::new();
    for Row { first, last, region } in rows {
        if ranges {
            writeln!(lines, "{first},{last},{region}").unwrap();
        } else {
            writeln!(lines, "{},{region}", Network(*first, *last)).unwrap();
        }
    }
    std::fs::write(path, lines).unwrap();
}

/// A network by its ends.
struct Network(IpAddr, IpAddr);

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let length = match (self.0, self.1) {
            (IpAddr::V4(first), IpAddr::V4(last)) => (first.to_bits() ^ last.to_bits()).leading_zeros(),
            (IpAddr::V6(first), IpAddr::V6(last)) => (first.to_bits() ^ last.to_bits()).leading_zeros(),
            _ => unreachable!("both ends are of one family"),
        };
        write!(f, "{}/{length}", self.0)
    }
}

/// Sixteen bytes, an IPv4 address as the mapped one.
fn hexadecimal(ip: IpAddr) -> String {
    let bits = match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().to_bits(),
        IpAddr::V6(ip) => ip.to_bits(),
    };
    format!("{bits:032x}")
}
