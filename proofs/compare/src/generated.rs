//! Generated worlds: those of the tests, with fences and now and then crowds of ranges, and changes of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::SystemTime;

use bailiwick::ipnet::IpNet;
use bailiwick::{Order, Status};

use crate::dice::Dice;
use crate::world::{Row, World, region, time};

/// A dense world.
pub fn world(dice: &mut Dice) -> World {
    let mut world = World::from_bytes(&dice.bytes(700));
    for _ in 0..dice.below(3) {
        let fence = region(dice.choose(&["CN", "CN-GD", "HK", "US", "US-CA"]));
        if !world.docket.fenced.contains(&fence) {
            world.docket.fenced.push(fence);
        }
    }
    if dice.one_in(16) {
        crowd(&mut world, dice);
    }
    if dice.one_in(4) {
        bystanders(&mut world, dice);
    }
    world
}

/// Adds orders about other meetings, which hardly change: amending compiles some of many orders, and all of few.
fn bystanders(world: &mut World, dice: &mut Dice) {
    // Few issuers, so that an amendment brings a new one.
    let issuers = [dice.choose(&["CN", "HK", "EAST"]), dice.choose(&["US", "CN-GD"])];
    for n in 0..32 {
        let mut order = Order::new(format!("{}-by-{n}", dice.choose(&["a", "b", "c"])), dice.choose(&issuers));
        order.meetings.push(if dice.one_in(8) { "another" } else { "elsewhere" }.to_owned());
        world.docket.orders.push(order);
    }
}

/// Adds so many rows and networks that tries have several levels and sets of addresses several blocks.
fn crowd(world: &mut World, dice: &mut Dice) {
    let count = dice.choose(&[30, 120, 400]);
    let places = ["CN", "CN-GD", "US", "US-CA", "HK", "ZZ"].map(region);
    if let Some(rows) = world.sources.first_mut() {
        rows.extend((0..count).map(|n| {
            let network = crowded(n, dice);
            Row { first: network.network(), last: network.broadcast(), region: dice.choose(&places) }
        }));
    }
    if let Some(order) = world.docket.orders.first_mut() {
        let networks = (0..count).map(|n| crowded(n, dice)).collect();
        if dice.one_in(2) {
            order.networks = networks;
        } else {
            order.exempt = networks;
        }
    }
}

/// A small network, one of many beside each other.
fn crowded(n: u32, dice: &mut Dice) -> IpNet {
    let host = n * 8 + dice.below(8) as u32;
    let (ip, length): (IpAddr, u8) = match dice.below(3) {
        0 => (Ipv6Addr::from_bits(0x2001 << 112 | u128::from(host) << 60).into(), dice.choose(&[64, 66, 68])),
        1 => (Ipv6Addr::from_bits(0x2001 << 112 | u128::from(host)).into(), dice.choose(&[125, 126, 128])),
        _ => (Ipv4Addr::from_bits(0x0200_0000 | host).into(), dice.choose(&[29, 30, 32])),
    };
    IpNet::new(ip, length).unwrap().trunc()
}

/// A changed world: with much changed, or little.
pub fn changed(world: &World, dice: &mut Dice) -> World {
    if dice.one_in(3) { barely_changed(world, dice) } else { much_changed(world, dice) }
}

/// The world with one field of one order changed, so that often one part of an answer differs alone: the ids of a keep, or the standing
/// of the host's account.
fn barely_changed(world: &World, dice: &mut Dice) -> World {
    let mut new = world.clone();
    // Those that name the meetings asked about are first.
    let count = new.docket.orders.len().min(8);
    if count == 0 {
        return new;
    }
    let order = &mut new.docket.orders[dice.below(count)];
    match dice.below(6) {
        0 | 1 => issue_anew(order, dice),
        2 => order.status = dice.choose(&[Status::InForce, Status::Withdrawn]),
        3 => order.exempt.clear(),
        4 => order.networks.clear(),
        _ => (order.effective, order.expires) = window(dice),
    }
    new
}

/// Lets another authority issue the order.
pub fn issue_anew(order: &mut Order, dice: &mut Dice) {
    order.issuer = dice.choose(&["CN", "CN-GD", "HK", "US", "US-CA", "EAST", "MIXED"]).to_owned();
    // They must be the issuer's.
    order.regions.clear();
}

fn window(dice: &mut Dice) -> (Option<SystemTime>, Option<SystemTime>) {
    let hour = dice.below(6) as u64;
    dice.choose(&[(None, None), (Some(time(hour)), None), (None, Some(time(hour))), (Some(time(hour)), Some(time(hour + 1)))])
}

/// The world with some orders withdrawn, added or rewritten, and sometimes the sources of another world.
fn much_changed(world: &World, dice: &mut Dice) -> World {
    let other = World::from_bytes(&dice.bytes(700));
    let mut new = world.clone();
    if dice.one_in(2) {
        new.docket.orders.retain(|_| !dice.one_in(4));
    }
    for order in &mut new.docket.orders {
        match dice.below(8) {
            0 => order.status = Status::Withdrawn,
            1 => order.status = Status::InForce,
            2 => order.exempt.clear(),
            3 => order.networks.clear(),
            4 if !other.docket.orders.is_empty() => {
                let id = std::mem::take(&mut order.id);
                order.clone_from(&other.docket.orders[dice.below(other.docket.orders.len())]);
                order.id = id;
            }
            5 => (order.effective, order.expires) = window(dice),
            6 => order.demands.clear(),
            _ => {}
        }
    }
    for order in &other.docket.orders {
        if dice.one_in(6) {
            let mut added = order.clone();
            added.id = format!("{}-new", order.id);
            new.docket.orders.push(added);
        }
    }
    if dice.one_in(3) {
        new.docket.orders.reverse();
    }
    if dice.one_in(6) {
        (new.sources, new.published) = (other.sources.clone(), other.published.clone());
        (new.excluding, new.min_sources) = (other.excluding.clone(), other.min_sources);
    }
    if dice.one_in(4) {
        new.docket.fenced.pop();
    }
    new
}
