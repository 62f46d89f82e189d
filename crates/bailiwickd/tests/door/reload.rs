//! Reloads: what is taken, and what stays in force.

use std::fs;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use bailiwick::change::Acknowledgement;
use bailiwick::{Atlas, Docket, Policy, Source};

use crate::support::{ADMIN, BY_HEADER, GEO, NOBODY, Running, VIGIL, connect, head, read, wait_for};

/// Does what `bailiwick diff OLD NEW --acknowledge` does, and puts the new orders in the place of the old ones.
pub(crate) fn acknowledge(door: &Running, new: &str) {
    let atlas = Atlas::builder().source(Source::from_cidr_csv("geo", GEO.as_bytes()).unwrap()).build().unwrap();
    let policy = |text: &str| Policy::compile(&Docket::from_toml(text).unwrap(), &atlas).unwrap();
    let old = fs::read_to_string(door.path("orders.toml")).unwrap();
    let change = policy(&old).change_to(&policy(new));
    door.write("orders.toml.acknowledged", &Acknowledgement::of(&change).to_string());
    door.write("orders.toml", new);
}

fn counts(door: &Running) -> [f64; 4] {
    ["taken", "unchanged", "refused", "wider"].map(|result| door.metric(&format!("bailiwick_reloads_total{{result=\"{result}\"}}")))
}

fn inside(door: &Running) -> u16 {
    door.joins("/meet/vigil", "127.8.0.5")
}

#[test]
fn orders_that_widen_are_refused_until_somebody_acknowledges_exactly_them() {
    let door = Running::start(NOBODY, &format!("{BY_HEADER}{ADMIN}"));
    door.reload_with(VIGIL);
    assert_eq!((inside(&door), counts(&door)), (200, [1.0, 0.0, 0.0, 1.0]));

    // The acknowledgement of another change.
    door.write("orders.toml", NOBODY);
    acknowledge(&door, &VIGIL.replace("vigil", "june"));
    door.reload_with(VIGIL);
    assert_eq!((inside(&door), counts(&door)), (200, [1.0, 0.0, 0.0, 2.0]));

    door.write("orders.toml", NOBODY);
    acknowledge(&door, VIGIL);
    door.reload();
    assert_eq!((inside(&door), counts(&door)), (403, [2.0, 0.0, 0.0, 2.0]));

    door.reload_with(NOBODY);
    assert_eq!((inside(&door), counts(&door)), (200, [3.0, 0.0, 0.0, 2.0]), "a withdrawal needs no acknowledgement");
}

#[test]
fn what_does_not_compile_leaves_what_is_in_force() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}"));
    let broken = [
        "nonsense",
        "",
        "[[orders]]\nid = \"a\"\nissuer = \"XX\"\nstatus = \"in-force\"\nmeetings = [\"vigil\"]\n",
        // Cut off: the end mark is missing, or is not true.
        VIGIL.split("[end]").next().unwrap(),
        "[end]\norders = 1\n",
        "\u{0}",
    ];
    for (n, text) in broken.into_iter().enumerate() {
        door.reload_with(text);
        assert_eq!((inside(&door), counts(&door)), (403, [1.0, 0.0, (n + 1) as f64, 0.0]), "{text:?}");
    }
    fs::remove_file(door.path("orders.toml")).unwrap();
    door.reload();
    assert_eq!((inside(&door), counts(&door)[2]), (403, 7.0));
    door.reload_with(VIGIL);
    assert_eq!((inside(&door), counts(&door)), (403, [1.0, 1.0, 7.0, 0.0]));
}

#[test]
fn a_new_atlas_alone_is_taken_although_it_reaches_more() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}"));
    assert_eq!(door.joins("/meet/vigil", "127.9.0.1"), 200);
    door.write("geo.csv", "127.8.0.0/15,CN\n127.0.0.0/16,US\n");
    door.reload();
    assert_eq!((door.joins("/meet/vigil", "127.9.0.1"), counts(&door)), (403, [2.0, 0.0, 0.0, 0.0]));
}

#[test]
fn orders_that_widen_do_not_pass_behind_a_new_atlas() {
    let door = Running::start(NOBODY, &format!("{BY_HEADER}{ADMIN}"));
    door.write("geo.csv", "127.8.0.0/15,CN\n127.0.0.0/16,US\n");
    door.reload_with(VIGIL);
    assert_eq!((inside(&door), counts(&door)[3]), (200, 1.0));
}

#[test]
fn a_new_atlas_that_reaches_more_than_its_bound_is_refused_and_orders_go_on() {
    let door = Running::start_with(VIGIL, "max_newly_reached = 1000", &format!("{BY_HEADER}{ADMIN}"));
    door.write("geo.csv", "127.8.0.0/16,CN\n127.9.0.0/23,CN\n127.0.0.0/16,US\n");
    door.reload();
    assert_eq!(door.joins("/meet/vigil", "127.9.0.1"), 403, "512 addresses");
    door.write("geo.csv", "127.8.0.0/16,CN\n127.9.0.0/16,CN\n127.0.0.0/16,US\n");
    door.reload();
    assert_eq!((door.joins("/meet/vigil", "127.9.0.1"), door.joins("/meet/vigil", "127.9.9.1")), (403, 200));
    assert_eq!(counts(&door)[2], 1.0);
    door.reload_with(NOBODY);
    assert_eq!(inside(&door), 200, "an order is withdrawn although the geo data are refused");
}

#[test]
fn an_order_is_withdrawn_although_the_geo_files_are_broken() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}"));
    door.write("geo.csv", "this,is,no\nlist of networks\n");
    door.reload_with(NOBODY);
    assert_eq!((inside(&door), counts(&door)[2]), (200, 1.0));
    door.write("geo.csv", GEO);
    acknowledge(&door, VIGIL);
    door.reload();
    assert_eq!(inside(&door), 403);
}

#[test]
fn requirements_hold_for_a_reload_and_can_be_raised() {
    let policy = "requirements = \"{dir}/requirements.toml\"";
    let order = VIGIL.replace("status", "approved_by = [\"a\", \"b\"]\nstatus");
    let door = Running::start_with(&order, policy, &format!("{BY_HEADER}{ADMIN}"));
    assert_eq!(inside(&door), 200, "a file that is missing is no policy");
    door.write("requirements.toml", "approvals = 2\n");
    door.reload();
    assert_eq!(inside(&door), 403);
    let before = counts(&door)[2];
    door.reload_with(&VIGIL.replace("id = \"cn-1\"", "id = \"cn-1\"\nlegal_basis = \"x\""));
    assert_eq!((inside(&door), counts(&door)[2]), (403, before + 1.0), "no approvals");
    door.write("orders.toml", &order);
    door.write("requirements.toml", "approvals = 3\n");
    door.reload();
    assert_eq!((inside(&door), counts(&door)[2]), (403, before + 2.0));
    // They are not forgotten, whoever asks again or changes the orders.
    door.reload();
    assert_eq!(counts(&door)[2], before + 3.0, "three approvals are still required, and two are there");
    door.reload_with(&order.replace("id = \"cn-1\"", "id = \"cn-1\"\nlegal_basis = \"x\""));
    assert_eq!(counts(&door)[2], before + 4.0);
    door.write("requirements.toml", "approvals = 2\n");
    door.reload();
    assert_eq!((inside(&door), counts(&door)[2]), (403, before + 4.0));
}

#[test]
fn an_order_is_withdrawn_although_the_requirements_are_broken_and_none_is_added() {
    let order = VIGIL.replace("status", "approved_by = [\"a\", \"b\"]\nstatus");
    for broken in ["approvals = ", "approvals = 3\n"] {
        let door = Running::start_with(&order, "requirements = \"{dir}/orders.toml.none\"", &format!("{BY_HEADER}{ADMIN}"));
        door.write("orders.toml.none", "approvals = 2\n");
        door.reload();
        assert_eq!(inside(&door), 403);
        door.write("orders.toml.none", broken);
        let others = order.replace("\"vigil\"", "\"other\"");
        acknowledge(&door, &others);
        door.reload();
        assert_eq!((inside(&door), door.joins("/meet/other", "127.8.0.5")), (403, 200), "{broken}: it widens, and is acknowledged");
        let refused = counts(&door)[2];
        door.reload_with(&order.replace("\"vigil\", ", ""));
        assert_eq!((inside(&door), counts(&door)[2]), (200, refused + 1.0), "{broken}: it only releases");
    }
}

#[test]
fn files_are_watched_by_their_content() {
    let door = Running::start_with(VIGIL, "watch = \"100ms\"", &format!("{BY_HEADER}{ADMIN}"));
    // Written in place, with the size and the time of before.
    let time = fs::metadata(door.path("orders.toml")).unwrap().modified().unwrap();
    let file = fs::OpenOptions::new().write(true).open(door.path("orders.toml")).unwrap();
    (&file).write_all(VIGIL.replace("vigil", "other").as_bytes()).unwrap();
    file.set_modified(time).unwrap();
    drop(file);
    let refused = || counts(&door)[3] == 1.0;
    wait_for("the watch to see another name", refused);
    assert_eq!(inside(&door), 403, "it is refused, as it blocks others");
    door.write("orders.toml", NOBODY);
    wait_for("the watch to see the withdrawal", || inside(&door) == 200);
    // Geo files, by a write that changes one byte.
    let taken = counts(&door)[0];
    door.write("geo.csv", &GEO.replace("127.8.", "127.7."));
    wait_for("the watch to see the geo file", || counts(&door)[0] == taken + 1.0);
}

#[test]
fn reloads_under_load_lose_no_request_and_never_mix_policies() {
    let door = Running::start(VIGIL, &format!("{BY_HEADER}{ADMIN}"));
    // Both orders name one of two meetings; nobody outside is ever refused, and one who is named by both always is.
    let both =
        "[[orders]]\nid = \"a\"\nissuer = \"CN\"\nstatus = \"in-force\"\nmeetings = [\"always\", \"vigil\"]\n[end]\norders = 1\n";
    let other = both.replace("\"vigil\"", "\"vigil-2\"");
    acknowledge(&door, both);
    door.reload();
    let (is_over, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for n in 0..4_u8 {
            let (door, is_over, asked) = (&door, &is_over, &asked);
            scope.spawn(move || {
                let mut stream = connect(door.address("door"));
                while !is_over.load(Ordering::Relaxed) {
                    let (address, expected) = if n % 2 == 0 { ("127.8.0.5", 403) } else { ("127.0.0.5", 200) };
                    let headers = [("X-Bailiwick-Address", address), ("X-Original-Uri", "/meet/always")];
                    stream.write_all(&head("GET", "/", &headers, 0)).unwrap();
                    let answer = read(&mut stream).unwrap_or_else(|| panic!("a request was lost"));
                    assert_eq!(answer.status, expected);
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for n in 0..100 {
            acknowledge(&door, if n % 2 == 0 { &other } else { both });
            door.reload();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(counts(&door)[0], 102.0);
    assert!(asked.load(Ordering::Relaxed) > 100);
}

#[test]
fn the_age_of_geo_data_is_told_where_it_is_known() {
    let yesterday = jiff::Timestamp::try_from(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
    let date = yesterday.to_string().split('T').next().unwrap().replace('-', "");
    let rir =
        format!("2|apnic|{date}|1|19830613|{date}|+1000\napnic|*|ipv4|*|1|summary\napnic|CN|ipv4|1.0.1.0|256|20110414|allocated\n");
    let door = Running::start(NOBODY, ADMIN);
    door.write("geo.csv", &rir);
    door.reload();
    let age = door.metric("bailiwick_geo_age_seconds{source=\"geo\"}");
    assert!((0.0..3.0 * 86_400.0).contains(&age), "{age}");
    // Data that are dated ahead of the clock do not look new for ever.
    // Their date alone is another: data that locate alike are taken anew, and are as old as they say.
    let ahead = rir.replace(&format!("|{date}|+1000"), "|99990101|+1000");
    door.write("geo.csv", &ahead);
    door.reload();
    let age = door.metric("bailiwick_geo_age_seconds{source=\"geo\"}");
    assert!(age < -86_400.0, "{age}");
}
