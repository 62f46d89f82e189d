//! `bailiwick reach`: what orders reach, as numbers, as networks and as a picture.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::SystemTime;

use bailiwick::reach::{Reach, Size};
use bailiwick::text::Timestamp;
use bailiwick::{Docket, Order, Policy, Region};
use serde::Serialize;

use crate::args::ReachArgs;
use crate::failure::Failure;
use crate::geo::Geo;
use crate::output::{Addresses, NOTE, Thousands};
use crate::picture::{self, Picture};
use crate::{diagnostics, orders, output};
use bailiwick::Quoted;

#[derive(Serialize)]
struct ReachJson<'a> {
    orders: Vec<OrderJson<'a>>,
}

#[derive(Serialize)]
struct OrderJson<'a> {
    id: &'a str,
    issuer: &'a str,
    status: String,
    effective: Option<String>,
    expires: Option<String>,
    reach: SizeJson,
    /// All that is located in the issuer's jurisdiction.
    territory: SizeJson,
    regions: BTreeMap<Region, SizeJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    networks: Option<Vec<NetworkJson>>,
}

#[derive(Serialize)]
struct SizeJson {
    ipv4: FamilyJson,
    ipv6: FamilyJson,
}

/// Addresses are a text: there may be more than a number of JSON is sure to hold.
#[derive(Serialize)]
struct FamilyJson {
    addresses: String,
    networks: u64,
}

#[derive(Serialize)]
struct NetworkJson {
    network: String,
    region: Region,
}

impl From<Size> for SizeJson {
    fn from(size: Size) -> SizeJson {
        SizeJson {
            ipv4: FamilyJson { addresses: size.v4_addresses.to_string(), networks: size.v4_networks },
            ipv6: FamilyJson { addresses: size.v6_addresses.to_string(), networks: size.v6_networks },
        }
    }
}

pub(crate) fn run(args: &ReachArgs) -> Result<(), Failure> {
    args.geo.check_stdin([args.orders.as_str()])?;
    let docket = orders::read_or_fail(&args.orders)?;
    let chosen: Vec<&Order> = match &args.order {
        Some(id) => vec![orders::find(&docket, id)?],
        None => docket.orders.iter().collect(),
    };
    let target = picture::target(args, &chosen)?;
    let geo = args.geo.load_some()?;
    diagnostics::show_geo(&geo, args.geo.verbose);
    Policy::compile(&docket, &geo.atlas).map_err(|error| diagnostics::refuse(&error, &args.orders))?;
    if args.geo.json {
        let orders = chosen.iter().map(|order| report(args, order, &docket.reach(order, &geo.atlas))).collect();
        output::json(&ReachJson { orders })?;
    } else {
        write_text(args, &docket, &chosen, &geo)?;
    }
    if let Some(target) = target {
        let reach = docket.reach(target.order, &geo.atlas);
        let picture = Picture::draw(target.order, &reach, &geo.atlas, target.order_of_curve);
        if target.order_of_curve < 12 && picture.shows_nothing_of_a_reach() {
            output::note("what the order reaches is too little to be seen: name finer cells, as in `--cells 24`");
        }
        target.write(&picture)?;
    }
    Ok(())
}

fn report<'a>(args: &ReachArgs, order: &'a Order, reach: &Reach) -> OrderJson<'a> {
    let sizes = reach.sizes();
    let networks = reach.networks().map(|(network, region)| NetworkJson { network: network.to_string(), region });
    OrderJson {
        id: &order.id,
        issuer: &order.issuer,
        status: order.status.to_string(),
        effective: order.effective.map(time),
        expires: order.expires.map(time),
        reach: sizes.values().copied().sum::<Size>().into(),
        territory: reach.territory_sizes().into_values().sum::<Size>().into(),
        regions: sizes.into_iter().map(|(region, size)| (region, size.into())).collect(),
        networks: args.networks.then(|| networks.collect()),
    }
}

fn write_text(args: &ReachArgs, docket: &Docket, chosen: &[&Order], geo: &Geo) -> Result<(), Failure> {
    let mut out = output::stdout();
    if chosen.is_empty() {
        writeln!(out, "{NOTE}note{NOTE:#}: the file has no orders")?;
    }
    for (number, order) in chosen.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let reach = docket.reach(order, &geo.atlas);
        writeln!(out, "order {} of {}: {}{}", Quoted(&order.id), Quoted(&order.issuer), order.status, window(order))?;
        write_sizes(&mut out, &reach)?;
        if args.networks {
            for (network, region) in reach.networks() {
                writeln!(out, "  {network} {region}")?;
            }
        }
    }
    Ok(())
}

fn write_sizes(out: &mut impl Write, reach: &Reach) -> Result<(), Failure> {
    let sizes = reach.sizes();
    let (total, territory): (Size, Size) = (sizes.values().copied().sum(), reach.territory_sizes().into_values().sum());
    writeln!(out, "  {:<12}{:>20}{:>10}{:>24}{:>10}", "", "IPv4 addresses", "networks", "IPv6 addresses", "networks")?;
    row(out, "reaches", total)?;
    if sizes.len() > 1 {
        for (region, &size) in &sizes {
            row(out, &format!("  {region}"), size)?;
        }
    } else if let Some(region) = sizes.keys().next() {
        writeln!(out, "    all in {region}")?;
    }
    if total != territory {
        row(out, "territory", territory)?;
    }
    Ok(())
}

fn row(out: &mut impl Write, label: &str, size: Size) -> Result<(), Failure> {
    writeln!(
        out,
        "  {label:<12}{:>20}{:>10}{:>24}{:>10}",
        Addresses(size.v4_addresses.into()),
        Thousands(size.v4_networks.into()),
        Addresses(size.v6_addresses),
        Thousands(size.v6_networks.into()),
    )?;
    Ok(())
}

/// The window of the order.
fn window(order: &Order) -> String {
    let from = order.effective.map(|effective| format!(", from {}", time(effective))).unwrap_or_default();
    let until = order.expires.map(|expires| format!(", until {}", time(expires))).unwrap_or_default();
    format!("{from}{until}")
}

fn time(time: SystemTime) -> String {
    Timestamp::new(time).map_or_else(|| "beyond RFC 3339".to_owned(), |time| time.to_string())
}
