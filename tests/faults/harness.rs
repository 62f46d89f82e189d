//! Runs a writer again and again, disturbs each of its calls in turn, and checks what is left.
//!
//! - **kill**: before each call that changes something, and in the middle of each write. The system keeps what was written. Killed
//!   before any other call, a writer leaves what it leaves before the next one of these.
//! - **full**: no room from each call on that needs some, the first write half done; and one call alone that finds no room.
//! - **error**: each call fails once; of reads of one file in a row, the first.
//! - **power**: the power goes after each call. The disk forgets what was not synced, in each way that [`disk`] knows.
//!
//! After each of these, the writer runs again, undisturbed. Then the power goes, too, so that nothing is taken for safe that an ended
//! process had only written.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Instant;

use crate::disk::{self, Call, Content, Disk};

/// A writer, and what must be true of what it leaves.
#[derive(Clone)]
pub struct Row {
    pub name: &'static str,
    /// Fills the folder with what was there before, safely.
    pub before: fn(&Path),
    /// The programs, one after the other. The last one is disturbed, and runs again afterwards. Each line of its output acknowledges
    /// something, and the line `done` is added when it ends well: all that a writer says which writes nothing to standard output.
    pub writers: fn(&Path) -> Vec<Command>,
    /// Whether it writes nothing to standard output.
    pub is_silent: bool,
    /// Panics unless the folder has all that was acknowledged, and nothing torn is believed.
    pub check: fn(&Path, &[String], Loss),
    /// Whether a second writer is refused. `None` where two may write.
    pub is_in_use: Option<fn(&Path) -> bool>,
    /// Whether the writer may refuse to run again, as it never takes the place of what is in the folder.
    pub may_refuse: fn(&Path) -> bool,
}

/// What was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The process ended. What it had written is there.
    Process,
    /// The power went. What was not synced may be gone.
    Power,
}

/// A run of the writers.
struct Ran {
    /// The disk before the last writer.
    disk: Disk,
    calls: Vec<Call>,
    said: Vec<String>,
    status: ExitStatus,
}

/// One row, in its folder.
struct Bench<'r> {
    row: &'r Row,
    shim: &'r Path,
    place: PathBuf,
    template: Content,
    faults: Vec<String>,
    /// What was checked already.
    checked: HashSet<u64>,
    checks: usize,
    runs: usize,
}

/// The most faults of a row that are shown. After so many, its writer is not disturbed again.
const SHOWN: usize = 8;

thread_local! {
    /// The last panic of a check.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs rows, and returns whether no fault was found. Arguments of the program are parts of names; without any, all rows run.
pub fn run(rows: &[Row]) -> bool {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let rows: Vec<&Row> =
        rows.iter().filter(|row| wanted.is_empty() || wanted.iter().any(|part| row.name.contains(part.as_str()))).collect();
    if rows.is_empty() {
        return true;
    }
    // Systems often let no program be loaded from the memory of `Place::in_memory`.
    let (built, place) = (Place::new(Path::new(env!("CARGO_TARGET_TMPDIR"))), Place::in_memory());
    let shim = match shim(&built.0) {
        Ok(shim) => shim,
        Err(missing) => {
            println!("SKIPPED: writers are not disturbed here, as {missing}");
            return true;
        }
    };
    std::panic::set_hook(Box::new(|panic| PANIC.with(|last| *last.borrow_mut() = panic.to_string())));
    // One after the other: a process that is started has the locks of a check for a moment.
    rows.into_iter().fold(true, |is_well, row| {
        let done = catch_unwind(AssertUnwindSafe(|| Bench::new(row, &shim, place.0.join(row.name)).all()));
        done.unwrap_or_else(|_| {
            println!("{}: {}", row.name, PANIC.with(|last| last.take()));
            false
        }) && is_well
    })
}

/// A folder that is gone at the end.
struct Place(PathBuf);

impl Place {
    /// For all rows, in memory where the system has that: what is safe on a disk is computed, not waited for.
    fn in_memory() -> Place {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Place::new(&base)
    }

    fn new(base: &Path) -> Place {
        let path = base.join(format!("bailiwick-faults-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Place(path.canonicalize().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Compiles the shim. An error says what is missing here.
fn shim(place: &Path) -> Result<PathBuf, String> {
    if !cfg!(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")) {
        return Err("the shim between a program and the C library is for Linux with glibc, on 64 bits".to_owned());
    }
    let (source, shim) = (place.join("shim.c"), place.join("shim.so"));
    fs::write(&source, include_str!("shim.c")).unwrap();
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let compiled = Command::new(&compiler).args(["-shared", "-fPIC", "-O1", "-o"]).arg(&shim).arg(&source).status();
    let compiled = compiled.map_err(|error| format!("the C compiler `{compiler}` cannot be run: {error}"))?;
    assert!(compiled.success(), "the shim does not compile");
    Ok(shim)
}

impl<'r> Bench<'r> {
    fn new(row: &'r Row, shim: &'r Path, place: PathBuf) -> Bench<'r> {
        let before = place.join("before");
        fs::create_dir_all(&before).unwrap();
        (row.before)(&before);
        let template = content(&before);
        Bench { row, shim, place, template, faults: Vec::new(), checked: HashSet::new(), checks: 0, runs: 0 }
    }

    fn root(&self) -> PathBuf {
        self.place.join("root")
    }

    /// Returns whether there was no fault.
    fn all(mut self) -> bool {
        let begun = Instant::now();
        let whole = self.run(None);
        let calls = whole.calls.iter().map(|call| call.number).max().unwrap_or(0);
        let says = if self.row.is_silent { 1 } else { 2 };
        if !whole.status.success() || whole.said.len() < says || calls == 0 {
            self.faults.push(format!("undisturbed: {}, {calls} calls, said {:?}", whole.status, whole.said));
        } else {
            self.power(&whole);
            self.disturbed(&whole);
            self.second_writer(calls);
        }
        let (name, faults) = (self.row.name, self.faults.len());
        println!(
            "{name}: {calls} calls, {} runs, {} checks in {:.1} s: {}",
            self.runs,
            self.checks,
            begun.elapsed().as_secs_f32(),
            if faults == 0 { "nothing lost, nothing torn believed".to_owned() } else { format!("{faults} FAULTS") }
        );
        self.faults.iter().take(SHOWN).for_each(|fault| println!("    {name}, {fault}"));
        faults == 0
    }

    /// The power goes after each call.
    fn power(&mut self, whole: &Ran) {
        let (mut disk, mut said) = (whole.disk.clone(), Vec::new());
        disk.begin_program();
        for (index, call) in whole.calls.iter().enumerate() {
            disk.apply(call);
            said.extend(lines(call));
            if call.kind == "said" || call.changes() {
                let now = format!("power lost after call {} ({})", last_number(&whole.calls[..=index]), call.kind);
                self.power_lost(&now, &disk, &said);
            }
        }
        self.power_lost("power lost at the end", &disk, &whole.said);
    }

    fn power_lost(&mut self, now: &str, disk: &Disk, said: &[String]) {
        for content in disk.after_power_loss() {
            self.check(now, &content, said, Loss::Power);
        }
    }

    /// Each call is disturbed in each way that can make a difference.
    fn disturbed(&mut self, whole: &Ran) {
        let mut before = "";
        for call in whole.calls.iter().filter(|call| call.number > 0) {
            // Of reads of one file in a row, the first.
            let is_first = call.kind != "read" || before != "read";
            before = &call.kind;
            if self.faults.len() >= SHOWN {
                return;
            }
            let ways = [
                ("kill", call.changes()),
                ("tear", call.kind == "write" && call.bytes.len() > 1),
                ("full", call.needs_room()),
                ("nospace", call.needs_room()),
                ("error", is_first),
            ];
            for (how, _) in ways.into_iter().filter(|(_, is_useful)| *is_useful) {
                self.disturb(how, call);
            }
        }
    }

    fn disturb(&mut self, how: &str, call: &Call) {
        let now = format!("{how} at call {} ({})", call.number, call.kind);
        let ran = self.run(Some((how, call.number)));
        let is_killed = matches!(how, "kill" | "tear");
        if is_killed != ran.status.code().is_none() || ran.status.code() == Some(101) {
            self.faults.push(format!("{now}: the writer ended with {}", ran.status));
        }
        let (mut disk, found) = (ran.disk, content(&self.root()));
        disk.begin_program();
        ran.calls.iter().for_each(|call| disk.apply(call));
        if disk.now() != found {
            self.faults.push(format!("{now}: the journal does not tell what is in the folder"));
        }
        self.check(&now, &found, &ran.said, Loss::Process);

        let now = format!("{now}, again");
        let again = self.again();
        if !again.status.success() && !(self.row.may_refuse)(&self.root()) {
            self.faults.push(format!("{now}: the writer ended with {}", again.status));
        }
        let mut said = ran.said;
        disk.begin_program();
        for call in &again.calls {
            disk.apply(call);
            said.extend(lines(call));
            // What is `kept` is not safe yet.
            if call.kind == "said" && is_killed && !call.bytes.starts_with(b"kept ") {
                let last = said.last().map_or("", String::as_str);
                self.power_lost(&format!("{now}, power lost after it said `{last}`"), &disk, &said);
            }
        }
        said.extend(again.status.success().then(|| "done".to_owned()));
        self.check(&now, &content(&self.root()), &said, Loss::Process);
        self.power_lost(&format!("{now}, power lost"), &disk, &said);
    }

    /// While a writer stands still, a second one is refused. When the first one was killed, it is not.
    fn second_writer(&mut self, calls: usize) {
        let Some(is_in_use) = self.row.is_in_use else { return };
        self.reset();
        let root = self.root();
        let mut writers = (self.row.writers)(&root);
        let mut last = writers.pop().unwrap();
        writers.into_iter().for_each(|writer| _ = self.finish(writer, None));
        let mut child = self.prepared(&mut last, Some(("hold", calls))).spawn().unwrap();
        let state = PathBuf::from(format!("/proc/{}/stat", child.id()));
        let is_held = || fs::read_to_string(&state).is_ok_and(|stat| stat.rsplit(") ").next().unwrap().starts_with('T'));
        while !is_held() && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        let refused = catch_unwind(|| is_in_use(&root));
        // Whatever became of that: a writer that stands still would be there for ever.
        child.kill().unwrap();
        child.wait().unwrap();
        let refused = refused.unwrap_or(false);
        for (is_well, fault) in [(refused, "a second writer is not refused"), (!is_in_use(&root), "a killed writer is in the way")]
        {
            self.checks += 1;
            if !is_well {
                self.faults.push(fault.to_owned());
            }
        }
    }

    /// Checks some content, once for all acknowledgements.
    fn check(&mut self, now: &str, content: &Content, said: &[String], loss: Loss) {
        let mut hasher = DefaultHasher::new();
        (content, said.iter().collect::<BTreeSet<_>>(), loss == Loss::Power).hash(&mut hasher);
        if !self.checked.insert(hasher.finish()) {
            return;
        }
        let folder = self.place.join("after");
        let _ = fs::remove_dir_all(&folder);
        disk::write(content, &folder);
        self.checks += 1;
        if catch_unwind(AssertUnwindSafe(|| (self.row.check)(&folder, said, loss))).is_err() {
            let panic = PANIC.with(|last| last.borrow().replace('\n', " "));
            self.faults.push(format!("{now}: {panic}"));
            if let Some(keep) = std::env::var_os("FAULTS_KEEP") {
                let keep = Path::new(&keep).join(format!("{}-{}", self.row.name, self.faults.len()));
                disk::write(content, &keep);
            }
        }
    }

    /// Makes the folder as it was before.
    fn reset(&self) {
        let root = self.root();
        let _ = fs::remove_dir_all(&root);
        disk::write(&self.template, &root);
    }

    /// Runs the writers from the beginning, and disturbs the last one.
    fn run(&mut self, disturbance: Option<(&str, usize)>) -> Ran {
        self.reset();
        let root = self.root();
        let mut disk = Disk::of(&root);
        let mut writers = (self.row.writers)(&root);
        let last = writers.pop().unwrap();
        for writer in writers {
            let (calls, status) = self.finish(writer, None);
            assert!(status.success(), "{}: a writer before the last one failed", self.row.name);
            disk.begin_program();
            calls.iter().for_each(|call| disk.apply(call));
        }
        let (calls, status) = self.finish(last, disturbance);
        Bench::ran(disk, calls, status)
    }

    /// Runs the last writer on what is there.
    fn again(&mut self) -> Ran {
        let disk = Disk::of(&self.root());
        let last = (self.row.writers)(&self.root()).pop().unwrap();
        let (calls, status) = self.finish(last, None);
        Bench::ran(disk, calls, status)
    }

    fn ran(disk: Disk, calls: Vec<Call>, status: ExitStatus) -> Ran {
        let done = status.success().then(|| "done".to_owned());
        let said = calls.iter().flat_map(lines).chain(done).collect();
        Ran { disk, calls, said, status }
    }

    fn finish(&mut self, mut writer: Command, disturbance: Option<(&str, usize)>) -> (Vec<Call>, ExitStatus) {
        self.runs += 1;
        let status = self.prepared(&mut writer, disturbance).status().unwrap();
        (disk::journal(&self.place.join("journal")), status)
    }

    fn prepared<'c>(&self, writer: &'c mut Command, disturbance: Option<(&str, usize)>) -> &'c mut Command {
        let journal = self.place.join("journal");
        let _ = fs::remove_file(&journal);
        let (how, at) = disturbance.unwrap_or_default();
        let error = if std::env::var_os("FAULTS_LOUD").is_some() { Stdio::inherit() } else { Stdio::null() };
        writer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(error);
        let values: [(&str, OsString); 5] = [
            ("LD_PRELOAD", self.shim.into()),
            ("FAULTS_ROOT", self.root().into()),
            ("FAULTS_JOURNAL", journal.into()),
            ("FAULTS_HOW", how.into()),
            ("FAULTS_AT", at.to_string().into()),
        ];
        writer.envs(values)
    }
}

/// The lines of an output.
fn lines(call: &Call) -> Vec<String> {
    if call.kind != "said" {
        return Vec::new();
    }
    String::from_utf8_lossy(&call.bytes).lines().map(str::to_owned).collect()
}

fn last_number(calls: &[Call]) -> usize {
    calls.iter().map(|call| call.number).max().unwrap_or(0)
}

/// All that is in a folder.
pub fn content(folder: &Path) -> Content {
    Disk::of(folder).now()
}
