//! What a decision, a look-up and a compilation cost on the sample data: `cargo bench`.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Read};
use std::net::{IpAddr, Ipv4Addr};

use bailiwick::{Atlas, Docket, Order, Policy, Region, Source};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use flate2::read::GzDecoder;

const MEETINGS: usize = 10_000;
const ORDERS: usize = 1_000;

fn open(name: &str) -> impl Read {
    let path = format!("{}/data/{name}.csv.gz", env!("CARGO_MANIFEST_DIR"));
    GzDecoder::new(BufReader::new(File::open(path).unwrap()))
}

fn world() -> Source {
    let name = "geo-whois-asn-country";
    Source::from_range_csv(name, open(&format!("{name}-ipv4")).chain(open(&format!("{name}-ipv6")))).unwrap()
}

fn docket() -> Docket {
    let mut docket = Docket::default();
    for n in 0..ORDERS {
        let mut order = Order::new(format!("order-{n}"), ["CN", "RU", "IR"][n % 3]);
        order.meetings = (n..MEETINGS).step_by(ORDERS).map(|meeting| format!("meeting-{meeting}")).collect();
        docket.orders.push(order);
    }
    docket
}

/// Addresses in no sequence that a cache could guess.
fn addresses(mut keep: impl FnMut(IpAddr) -> bool) -> Vec<IpAddr> {
    let spread = (0..u32::MAX).map(|n| IpAddr::from(Ipv4Addr::from_bits(n.wrapping_mul(2_654_435_761))));
    spread.filter(|&ip| keep(ip)).take(4096).collect()
}

fn decide(c: &mut Criterion) {
    let policy = Policy::compile(&docket(), &Atlas::builder().source(world()).build().unwrap()).unwrap();
    let home: Region = "US".parse().unwrap();
    let cn: Region = "CN".parse().unwrap();
    // Orders of CN name every third meeting; 9,999 is one of them.
    let listed: Vec<String> = (0..MEETINGS).filter(|n| (n % ORDERS).is_multiple_of(3)).map(|n| format!("meeting-{n}")).collect();
    let unlisted: Vec<String> = (0..MEETINGS).map(|n| format!("lecture-{n}")).collect();
    let any = addresses(|_| true);
    let inside = addresses(|ip| policy.locate(ip).region() == Some(cn));
    assert!(inside.iter().all(|&ip| !policy.decide(&listed[0], ip, home).admits()));
    assert!(any.iter().all(|&ip| policy.decide(&unlisted[0], ip, home).admits()));

    let mut group = c.benchmark_group("decide");
    group.throughput(Throughput::Elements(4096));
    for (name, meetings, addresses) in [
        ("unlisted meeting", &unlisted, &any),
        ("listed meeting, any client", &listed, &any),
        ("listed, client inside", &listed, &inside),
    ] {
        let questions: Vec<(&String, IpAddr)> = meetings.iter().cycle().zip(addresses.iter().copied()).collect();
        group.bench_function(name, |b| {
            b.iter(|| questions.iter().filter(|&&(meeting, ip)| black_box(policy.decide(meeting, ip, home)).admits()).count());
        });
    }
    group.finish();
}

fn locate(c: &mut Criterion) {
    let atlas = Atlas::builder().source(world()).build().unwrap();
    let any = addresses(|_| true);
    let mut group = c.benchmark_group("locate");
    group.throughput(Throughput::Elements(4096));
    group.bench_function("uniform IPv4", |b| {
        b.iter(|| any.iter().filter(|&&ip| black_box(atlas.locate(ip)).region().is_some()).count())
    });
    group.finish();
}

fn compile(c: &mut Criterion) {
    let source = world();
    let atlas = Atlas::builder().source(source.clone()).build().unwrap();
    let docket = docket();
    let mut group = c.benchmark_group("compile");
    group.sample_size(20);
    group.bench_function("atlas of the world", |b| b.iter(|| Atlas::builder().source(source.clone()).build().unwrap()));
    group.bench_function("policy of 1,000 orders", |b| b.iter(|| Policy::compile(&docket, &atlas).unwrap()));
    group.finish();
}

criterion_group!(benches, decide, locate, compile);
criterion_main!(benches);
