//! `bailiwick diff`: what a new orders file changes, before it is put in force.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use bailiwick::change::{Acknowledgement, Change};
use bailiwick::reach::Ranges;
use bailiwick::{Atlas, Policy, Region};
use serde::Serialize;

use crate::args::DiffArgs;
use crate::failure::Failure;
use crate::geo::Geo;
use crate::{diagnostics, orders, output};
use bailiwick::Quoted;

#[derive(Serialize)]
struct DiffJson<'a> {
    old: &'a str,
    new: &'a str,
    #[serde(flatten)]
    change: &'a Change,
    /// The networks that each order newly reaches and releases, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<BTreeMap<&'a str, Networks>>,
}

#[derive(Serialize)]
struct Networks {
    reached: Vec<NetworkJson>,
    released: Vec<NetworkJson>,
}

#[derive(Serialize)]
struct NetworkJson {
    network: String,
    region: Region,
}

pub(crate) fn run(args: &DiffArgs) -> Result<(), Failure> {
    let old_geo = args.geo_old.iter().flat_map(|spec| spec.files()).map(String::as_str);
    args.geo.check_stdin([args.old.as_str(), args.new.as_str()].into_iter().chain(old_geo))?;
    if args.acknowledge && args.new == "-" {
        return Err(Failure::unusable("standard input has no file beside it for `--acknowledge`: name the new orders file"));
    }
    let dockets = (orders::read_or_fail(&args.old)?, orders::read_or_fail(&args.new)?);
    let geo = load(args, || args.geo.load_beside(&args.geo_old))?;
    let old_geo = if args.geo_old.is_empty() { None } else { Some(load(args, || args.geo.load_others(&args.geo_old))?) };
    // Both policies share one atlas if possible: then unchanged parts are not compared.
    let old_atlas: &Atlas = old_geo.as_ref().map_or(&geo.atlas, |geo| &geo.atlas);
    let old = Policy::compile(&dockets.0, old_atlas).map_err(|error| diagnostics::refuse(&error, &args.old))?;
    let new = Policy::compile(&dockets.1, &geo.atlas).map_err(|error| diagnostics::refuse(&error, &args.new))?;
    let change = old.change_to(&new);
    if args.geo.json {
        let networks =
            args.networks.then(|| change.orders().map(|order| (order.id(), networks(order.reached(), order.released()))));
        output::json(&DiffJson { old: &args.old, new: &args.new, change: &change, networks: networks.map(Iterator::collect) })?;
    } else {
        write_text(args, &change)?;
    }
    if args.acknowledge {
        acknowledge(&args.new, &change)?;
    }
    if args.deny_widening && change.widens() { Err(Failure::Said) } else { Ok(()) }
}

/// Writes the acknowledgement of a change beside the new orders.
fn acknowledge(new: &str, change: &Change) -> Result<(), Failure> {
    let path = Acknowledgement::beside(Path::new(new));
    output::replace(&path, Acknowledgement::of(change).to_string().as_bytes())?;
    let name = path.to_string_lossy();
    output::note(&format!("{} is written: a reload from the old orders to the new ones accepts this change", Quoted(&name)));
    Ok(())
}

fn load(args: &DiffArgs, load: impl FnOnce() -> Result<Geo, Failure>) -> Result<Geo, Failure> {
    let geo = load()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    Ok(geo)
}

fn networks(reached: Ranges, released: Ranges) -> Networks {
    let list =
        |ranges: Ranges| ranges.networks().map(|(network, region)| NetworkJson { network: network.to_string(), region }).collect();
    Networks { reached: list(reached), released: list(released) }
}

fn write_text(args: &DiffArgs, change: &Change) -> Result<(), Failure> {
    let mut out = output::stdout();
    writeln!(out, "{change}")?;
    if args.networks {
        for order in change.orders() {
            writeln!(out, "networks of order {}", Quoted(order.id()))?;
            for (sign, ranges) in [('+', order.reached()), ('-', order.released())] {
                ranges.networks().try_for_each(|(network, region)| writeln!(out, "  {sign} {network} {region}"))?;
            }
        }
    }
    Ok(())
}
