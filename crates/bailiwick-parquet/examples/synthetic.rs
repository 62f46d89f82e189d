//! Writes a synthetic ledger, for measurements: `synthetic RECORDS FILE…`, in as many files as are named, each with as many records
//! as another. Its key is 32 bytes of 7.
//!
//! The decisions are those of the library, about joins that are made up: 3,500 a second on average at times of nanoseconds, to meetings of 12 people
//! on average, of which some hundreds are going on at a time; from 60 regions, the n-th of which has 1/n of the people of the first; located by 4,096
//! networks of 9 lengths; one in 100 not located. Eight orders name one meeting in a thousand.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use bailiwick::ledger::{Key, Ledger};
use bailiwick::{Atlas, Docket, Order, Policy, Region, Source};
use ipnet::{IpNet, Ipv4Net};

/// The regions, from the one with the most people to the one with the fewest.
const REGIONS: &str = "US IN CN BR GB DE FR JP CA MX ID RU KR AU IT ES TR NL PL AR PH VN TH ZA SE CH BE AT NO DK FI IE PT GR CZ RO HU UA \
                       IL SA AE EG NG KE MA PK BD LK MY SG HK TW NZ CL CO PE EC UY CR PA";

/// The mean number of people of a meeting.
const PEOPLE: u64 = 12;

/// The number of meetings that are going on.
const MEETINGS: u64 = 400;

/// The generator xorshift64* (Vigna, An experimental exploration of Marsaglia's xorshift generators, 2016).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % sides.max(1)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (records, files) = (args.next(), args.collect::<Vec<_>>());
    let (Some(records), [first, others @ ..]) = (records, files.as_slice()) else {
        return Err("call it as `synthetic RECORDS FILE…`".into());
    };
    let (records, mut dice) = (records.parse::<u64>()?, Dice(4));
    let a_file = records.div_ceil(u64::try_from(files.len())?).max(1);
    let mut others = others.iter();
    let (policy, networks) = world(&mut dice)?;
    let mut ledger = Ledger::begin(BufWriter::new(File::create(first)?), Key::new(&[7; 32])?)?;
    let mut meetings: Vec<u64> = Vec::new();
    let (mut begun, mut at) = (0, SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
    for record in 0..records {
        if record > 0 && record % a_file == 0 {
            let next = others.next().ok_or("there are fewer files than were named")?;
            ledger.rotate(BufWriter::new(File::create(next)?))?.flush()?;
        }
        at += Duration::from_nanos(dice.roll(571_428));
        if begun < MEETINGS || dice.roll(PEOPLE) == 0 {
            let ended = usize::try_from(dice.roll(MEETINGS))?;
            match meetings.get_mut(ended) {
                Some(meeting) if begun >= MEETINGS => *meeting = begun,
                _ => meetings.push(begun),
            }
            begun += 1;
        }
        let meeting = meetings.get(usize::try_from(dice.roll(u64::try_from(meetings.len())?))?).copied().unwrap_or_default();
        let address = match (dice.roll(100), networks.get(usize::try_from(dice.roll(u64::try_from(networks.len())?))?)) {
            (0, _) | (_, None) => Ipv4Addr::new(192, 0, 2, 1),
            (_, Some(network)) => network.addr(),
        };
        // One meeting in a thousand is one that orders name.
        let name = if meeting % 1000 == 0 { "named".to_owned() } else { format!("meeting-{meeting}") };
        ledger.record(&policy.explain(name.as_str(), IpAddr::V4(address), Region::UNKNOWN, at))?;
    }
    ledger.pad()?;
    ledger.flush()?;
    Ok(())
}

/// The policy, and the networks that people join from, each as often as its region has people.
fn world(dice: &mut Dice) -> Result<(Policy, Vec<Ipv4Net>), Box<dyn std::error::Error>> {
    let regions: Vec<&str> = REGIONS.split_whitespace().collect();
    let mut weighted = Vec::new();
    for (n, region) in (1..).zip(&regions) {
        weighted.extend(std::iter::repeat_n(*region, 600 / n));
    }
    let (mut source, mut networks) = (Source::new("made-up"), Vec::new());
    for n in 0..4096_u32 {
        // The first address is that of a network of 20 bits, and the network is as long or longer.
        let length = 20 + u8::try_from(dice.roll(9))?;
        let network = Ipv4Net::new(Ipv4Addr::from((16 << 24) + (n << 12)), length)?;
        let region = weighted.get(usize::try_from(dice.roll(u64::try_from(weighted.len())?))?).copied().unwrap_or("US");
        source.insert(IpNet::V4(network), region.parse()?);
        networks.push(network);
    }
    let mut docket = Docket::default();
    for n in 0..8 {
        let mut order = Order::new(format!("order-{n}"), *regions.get(n).unwrap_or(&"US"));
        order.meetings.push("named".to_owned());
        docket.orders.push(order);
    }
    Ok((Policy::compile(&docket, &Atlas::builder().source(source).build()?)?, networks))
}
