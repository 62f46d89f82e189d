//! `bailiwick reach --picture`: what is drawn agrees with what is decided.

use std::net::Ipv4Addr;
use std::time::SystemTime;

use bailiwick::{Atlas, Decision, Docket, Location, Policy, Region, Source};

use super::Folder;

const REACHED: [u8; 3] = [0xd5, 0x5e, 0x00];
const TERRITORY: [u8; 3] = [0x56, 0xb4, 0xe9];
const CONTESTED: [u8; 3] = [0xa6, 0xa6, 0xa6];
const ELSEWHERE: [u8; 3] = [0xe2, 0xe2, 0xe2];
const UNLOCATED: [u8; 3] = [0xff, 0xff, 0xff];

/// The position and width of the map in a picture, as in `layout.rs`.
const LEFT: u32 = 32;
const TOP: u32 = 96;
const MAP: u32 = 1024;

/// Networks of many sizes in several places; those of one size that differ are contested.
const WORLD: &str = "\
    16.0.0.0/5,CN\n24.0.0.0/6,HK\n64.0.0.0/4,CN-GD\n70.0.0.0/8,US\n32.0.0.0/3,JP\n130.0.0.0/8,CN\n130.0.0.0/8,HK\n\
    208.0.0.0/4,CN\n216.32.0.0/11,TW\n217.16.0.0/13,ZZ\n207.0.0.0/8,CN\n203.0.113.0/24,CN\n2001:db8::/32,CN\n";

const ORDER: &str = r#"
[[orders]]
id = "cn-1"
issuer = "CN"
meetings = ["vigil"]
status = "in-force"
exempt = ["64.0.0.0/7", "210.0.0.0/8", "208.128.0.0/9", "207.0.0.0/10"]
"#;

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("geo.csv", WORLD);
    folder.write("orders.toml", ORDER);
    folder
}

struct Pixels {
    width: u32,
    colours: Vec<u8>,
}

impl Pixels {
    fn of(bytes: &[u8]) -> Pixels {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut colours = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut colours).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        Pixels { width: info.width, colours }
    }

    fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let from = usize::try_from(3 * (y * self.width + x)).unwrap();
        self.colours[from..from + 3].try_into().unwrap()
    }
}

/// The way from an address to its cell that Warren's "Hacker's Delight" takes (2nd edition, section 16-2): pairs of bits from the
/// highest down, and a state. Independent of the tool's.
fn cell(order: u32, distance: u32) -> (u32, u32) {
    let (mut x, mut y, mut state) = (0, 0, 0_u32);
    for level in (0..order).rev() {
        let row = (4 * state) | (distance >> (2 * level) & 3);
        x = (2 * x) | (0x936C >> row & 1);
        y = (2 * y) | (0x39C6 >> row & 1);
        state = 0x3E6B_94C1 >> (2 * row) & 3;
    }
    (x, y)
}

fn expected(policy: &Policy, address: Ipv4Addr) -> [u8; 3] {
    let decision = policy.decide_at("vigil", address.into(), Region::UNKNOWN, SystemTime::UNIX_EPOCH);
    let cn: Region = "CN".parse().unwrap();
    match (decision, policy.locate(address.into())) {
        (Decision::BlockParticipant(_), _) => REACHED,
        (_, Location::In(region)) if cn.covers(region) => TERRITORY,
        (_, Location::In(_)) => ELSEWHERE,
        (_, Location::Contested) => CONTESTED,
        (_, Location::Unknown) => UNLOCATED,
    }
}

fn policy() -> Policy {
    let source = Source::from_cidr_csv("world", WORLD.as_bytes()).unwrap();
    let atlas = Atlas::builder().source(source).build().unwrap();
    let docket: Docket = toml::from_str(ORDER).unwrap();
    Policy::compile(&docket, &atlas).unwrap()
}

#[test]
fn each_cell_of_a_png_has_the_colour_of_what_is_decided_about_its_first_address() {
    let (folder, policy) = (folder("png"), policy());
    for (cells, order) in [(8, 4), (12, 6), (16, 8), (20, 10)] {
        folder.run(&format!("reach orders.toml --geo geo.csv --picture reach.png --cells {cells}"));
        let bytes = folder.read("reach.png");
        let pixels = Pixels::of(&bytes);
        let size = MAP >> order;
        let (mut compared, mut reached) = (0, 0);
        for distance in (0..1_u32 << (2 * order)).step_by(if order == 10 { 7 } else { 1 }) {
            let (x, y) = cell(order, distance);
            let (x, y) = (x * size + size / 2, y * size + size / 2);
            // Lines and numbers are drawn over some cells.
            if x % 64 == 0 || y % 64 == 0 || x == MAP || y == MAP || (x % 64 < 24 && y % 64 < 12) {
                continue;
            }
            let colour = expected(&policy, Ipv4Addr::from_bits(distance << (32 - 2 * order)));
            assert_eq!(pixels.at(LEFT + x, TOP + y), colour, "{}", Ipv4Addr::from_bits(distance << (32 - 2 * order)));
            compared += 1;
            reached += u32::from(colour == REACHED);
        }
        assert!(compared > 200 && reached > 20, "{cells}: {compared}, {reached}");
        folder.run(&format!("reach orders.toml --geo geo.csv --picture again.png --cells {cells}"));
        assert_eq!(bytes, folder.read("again.png"), "one picture, other bytes");
    }
}

/// The area that the paths of a colour cover in an SVG, in cells.
fn area(svg: &str, colour: &str) -> u64 {
    let Some((_, path)) = svg.split_once(&format!("<path fill=\"{colour}\" d=\"M")) else { return 0 };
    let path = path.split_once("z\"").unwrap().0;
    let rectangle = |text: &str| -> u64 {
        let (_, sides) = text.split_once('h').unwrap();
        let (width, rest) = sides.split_once('v').unwrap();
        width.parse::<u64>().unwrap() * rest.split_once('h').unwrap().0.parse::<u64>().unwrap()
    };
    path.split("zM").map(rectangle).sum()
}

#[test]
fn an_svg_covers_as_many_cells_as_there_are_of_each_tone() {
    let (folder, policy) = (folder("svg"), policy());
    for (cells, order) in [(8, 4), (12, 6), (16, 8)] {
        folder.run(&format!("reach orders.toml --geo geo.csv --picture reach.svg --cells {cells}"));
        let svg = String::from_utf8(folder.read("reach.svg")).unwrap();
        let count = |tone: [u8; 3]| {
            let first = |distance: u32| Ipv4Addr::from_bits(distance << (32 - 2 * order));
            (0..1_u32 << (2 * order)).filter(|&distance| expected(&policy, first(distance)) == tone).count()
        };
        for (colour, tone) in [("#d55e00", REACHED), ("#56b4e9", TERRITORY), ("#a6a6a6", CONTESTED), ("#e2e2e2", ELSEWHERE)] {
            assert_eq!(area(&svg, colour), u64::try_from(count(tone)).unwrap(), "{cells}, {colour}");
        }
    }
}

#[test]
fn a_small_svg_is_as_it_was() {
    let folder = folder("golden");
    folder.run("reach orders.toml --geo geo.csv --picture reach.svg --cells 8");
    let svg = String::from_utf8(folder.read("reach.svg")).unwrap();
    assert_eq!(svg, include_str!("reach.svg"), "if it is meant to differ, look at it and keep it as tests/cli/reach.svg");
}

#[test]
fn the_legend_counts_addresses_and_the_picture_is_the_same_each_time() {
    let folder = folder("legend");
    let json = folder.run("reach orders.toml --geo geo.csv --picture one.svg --json").json();
    folder.run("reach orders.toml --geo geo.csv --picture two.svg");
    let svg = String::from_utf8(folder.read("one.svg")).unwrap();
    assert_eq!(svg.as_bytes(), folder.read("two.svg"));
    let reached: u64 = json["orders"][0]["reach"]["ipv4"]["addresses"].as_str().unwrap().parse().unwrap();
    let counts = svg.split(" addresses ").filter_map(|text| text.rsplit('>').next()?.replace(',', "").parse::<u64>().ok());
    let counts: Vec<u64> = counts.collect();
    assert_eq!((counts[0], counts.iter().sum::<u64>()), (reached, 1 << 32));
}

#[test]
fn a_hostile_id_is_text_in_an_svg_and_nothing_else() {
    let folder = folder("hostile");
    let id = r#"</text><script>alert(1)</script>&amp;'\"\u0000\u001b]]>"#;
    folder.write("orders.toml", ORDER.replace("cn-1", id));
    folder.run("reach orders.toml --geo geo.csv --picture reach.svg --cells 8");
    let svg = String::from_utf8(folder.read("reach.svg")).unwrap();
    assert!(svg.contains("&lt;/text&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;&apos;"), "{svg}");
    assert!(!svg.contains("<script") && !svg.contains(|c: char| c.is_control() && c != '\n'), "{svg}");
    folder.write("orders.toml", ORDER.replace("cn-1", &"六四".repeat(80)));
    folder.run("reach orders.toml --geo geo.csv --picture reach.png --cells 8");
    assert!(Pixels::of(&folder.read("reach.png")).width > MAP);
}

#[test]
fn what_is_too_little_to_be_seen_is_told() {
    let folder = folder("little");
    folder.write("orders.toml", ORDER.replace("exempt = [", "networks = [\"203.0.113.7/32\"]\nexempt = ["));
    let ended = folder.run("reach orders.toml --geo geo.csv --picture reach.svg");
    assert_eq!(
        (ended.status, ended.err.as_str()),
        (Some(0), "note: what the order reaches is too little to be seen: name finer cells, as in `--cells 24`\n")
    );
}

#[test]
fn a_picture_is_of_one_order() {
    let folder = folder("one-order");
    folder.write("orders.toml", format!("{ORDER}{}", ORDER.replace("cn-1", "cn-2")));
    let error = folder.run("reach orders.toml --geo geo.csv --picture reach.svg").failure(2);
    assert_eq!(error, "error: a picture shows one order: say which, with `--order ID`\n");
    folder.run("reach orders.toml --geo geo.csv --picture reach.svg --order cn-2").text();
}

#[test]
fn the_picture_of_the_readme_is_that_of_the_sample_data() {
    let folder = folder("readme");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let source = |name: &str| format!("--geo {root}/data/{name}-ipv4.csv.gz,{root}/data/{name}-ipv6.csv.gz");
    let (whois, asn) = (source("geo-whois-asn-country"), source("asn-country"));
    let order = format!("reach {root}/examples/june_fourth.toml --order cn-2020-m2");
    let ended = folder.run(&format!("{order} {whois} {asn} --min-sources 2 --picture reach.svg --cells 18"));
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let kept = std::fs::read(format!("{root}/docs/june-fourth-reach.svg")).unwrap();
    assert!(folder.read("reach.svg") == kept, "if it is meant to differ, look at it and keep it as docs/june-fourth-reach.svg");
}
