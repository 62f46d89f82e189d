//! A program of one test, on the thread of the program.

/// Options of the harness that a value follows.
const VALUED: [&str; 5] = ["--color", "--format", "--logfile", "--test-threads", "-Z"];

/// Runs the test, and answers as the harness of tests does when it is asked for a list, or for tests of other names.
///
/// The harness is not taken, as the heap is counted for the whole process: its thread, which waits for a test, takes some of it, on a
/// busy machine while the test counts.
pub fn run_alone(name: &str, test: fn()) {
    let (mut flags, mut wanted, mut unwanted) = (Vec::new(), Vec::new(), Vec::new());
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--skip" => unwanted.extend(words.next()),
            valued if VALUED.contains(&valued) => _ = words.next(),
            flag if flag.starts_with('-') => flags.push(word),
            _ => wanted.push(word),
        }
    }
    let has = |flag: &str| flags.iter().any(|given| given == flag);
    let is_named = |word: &String| if has("--exact") { name == word } else { name.contains(word.as_str()) };
    if has("--ignored") || unwanted.iter().any(is_named) || !(wanted.is_empty() || wanted.iter().any(is_named)) {
        return;
    }
    if has("--list") {
        println!("{name}: test");
        return;
    }
    test();
    println!("test {name} ... ok");
}
