//! The machine and the versions behind the numbers.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The lock file that this package was compiled with.
const LOCK: &str = include_str!("../Cargo.lock");

/// The crates whose versions matter.
const CRATES: [&str; 11] = [
    "bailiwick",
    "prefix-trie",
    "poptrie",
    "ip_network_table",
    "maxminddb",
    "hashbrown",
    "regorus",
    "casbin",
    "cedar-policy",
    "criterion",
    "plotters",
];

/// Lines for a list: processor, caches, compiler, crates.
pub fn describe() -> Vec<String> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    vec![
        format!("Processor: {}, {cores} cores, {os} on {arch}", processor().unwrap_or_else(|| String::from("unknown"))),
        format!("Caches of a core: {}", caches().join(", ")),
        format!("Compiler: {}, `--release`, one codegen unit per crate, {}", compiler(), features()),
        format!("Crates: {}", CRATES.map(version).into_iter().flatten().collect::<Vec<_>>().join(", ")),
    ]
}

/// Today, in UTC.
pub fn date() -> String {
    jiff::Timestamp::now().to_string().chars().take(10).collect()
}

fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn caches() -> Vec<String> {
    let one = |n: u32| {
        let folder = Path::new("/sys/devices/system/cpu/cpu0/cache").join(format!("index{n}"));
        let read = |name: &str| fs::read_to_string(folder.join(name)).ok().map(|text| text.trim().to_owned());
        Some(format!("L{} {} {}", read("level")?, read("type")?.to_lowercase(), read("size")?))
    };
    (0..4).filter_map(one).collect()
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| String::from("unknown"), |text| text.trim().to_owned())
}

/// Whether the compiler was allowed more than any processor of the architecture has.
fn features() -> String {
    let features = [
        ("popcnt", cfg!(target_feature = "popcnt")),
        ("bmi2", cfg!(target_feature = "bmi2")),
        ("avx2", cfg!(target_feature = "avx2")),
    ];
    let used: Vec<&str> = features.into_iter().filter_map(|(name, used)| used.then_some(name)).collect();
    if used.is_empty() { String::from("for the baseline: no popcnt, bmi2 or avx2") } else { format!("with {}", used.join(", ")) }
}

/// A crate and its version in the lock file: the last, where there are more.
fn version(name: &str) -> Option<String> {
    let head = format!("name = \"{name}\"\nversion = \"");
    let at = LOCK.rfind(&head)? + head.len();
    let version = LOCK.get(at..)?.split('"').next()?;
    Some(format!("{name} {version}"))
}
