//! Counts the joins of files, by several threads.
//!
//! Each thread takes chunks: of the file that it is at while that has some, then of the next one. So a thread has a file for itself
//! while there are enough, and several share one at the end.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use bailiwick::Policy;
use bailiwick::backtest::{Backtest, Partial};

use crate::backtest::chunks::{self, Chunk, Chunks, Format, Opened, newlines};
use crate::backtest::columns::Columns;
use crate::backtest::flaws::Flaws;
use crate::backtest::parquet::{RowGroup, RowGroups};
use crate::backtest::row::{self, Raw, Unread, absent};
use crate::backtest::{csv, json};
use crate::backtest_args::TimeUnit;
use crate::failure::Failure;

/// The most threads: more than one machine has processors. Each has a chunk and cells of its own.
const MOST_THREADS: usize = 1024;

/// What all threads read.
struct Work<'a> {
    files: Vec<File<'a>>,
    columns: &'a Columns,
    unit: Option<TimeUnit>,
    /// Set when a thread fails, so that the others stop.
    is_over: AtomicBool,
}

struct File<'a> {
    path: &'a str,
    state: Mutex<State>,
    /// Whether nothing is left, which can be seen without the lock.
    is_done: AtomicBool,
}

enum State {
    Closed,
    Text(Chunks),
    Parquet(RowGroups),
    Done,
}

/// A part of a file, for one thread.
enum Job {
    Text(Chunk),
    Parquet(RowGroup),
}

/// Counts the joins of all files.
pub(super) fn count(
    policies: (&Policy, &Policy),
    files: &[String],
    columns: &Columns,
    unit: Option<TimeUnit>,
    threads: NonZero<usize>,
) -> Result<(Partial, Flaws), Failure> {
    let closed = |path| File { path, state: Mutex::new(State::Closed), is_done: AtomicBool::new(false) };
    let files = files.iter().map(|path| closed(path.as_str())).collect();
    let work = &Work { files, columns, unit, is_over: AtomicBool::new(false) };
    let results: Vec<Result<(Partial, Flaws), Failure>> = thread::scope(|scope| {
        // A system has a bound of its own, and refuses more.
        let spawn = |number| thread::Builder::new().spawn_scoped(scope, move || work.count_from(number, policies)).ok();
        let threads: Vec<_> = (0..threads.get().min(MOST_THREADS)).map_while(spawn).collect();
        if threads.is_empty() {
            return vec![work.count_from(0, policies)];
        }
        let ended = |result: thread::Result<_>| {
            result.unwrap_or_else(|_| Err(Failure::unusable("a thread failed by a defect of this program: report it")))
        };
        threads.into_iter().map(|thread| ended(thread.join())).collect()
    });
    let (mut all, mut flaws) = (Partial::empty(policies.0, policies.1), Flaws::default());
    for result in results {
        let (part, its_flaws) = result?;
        all.merge(&part).map_err(Failure::wrong)?;
        flaws.merge(its_flaws);
    }
    Ok((all, flaws))
}

impl Work<'_> {
    /// Counts what no other thread takes, beginning at a file.
    fn count_from(&self, first: usize, policies: (&Policy, &Policy)) -> Result<(Partial, Flaws), Failure> {
        let (mut backtest, mut flaws) = (Backtest::new(policies.0, policies.1), Flaws::default());
        let mut at = first.checked_rem(self.files.len()).unwrap_or(0);
        let result = loop {
            match self.take(&mut at) {
                Ok(Some(Job::Text(chunk))) => self.count_text(&chunk, at, &mut backtest, &mut flaws),
                Ok(Some(Job::Parquet(group))) => {
                    if let Err(failure) = group.count(at, &mut backtest, &mut flaws) {
                        break Err(failure);
                    }
                }
                Ok(None) => break Ok(()),
                Err(failure) => break Err(failure),
            }
        };
        if result.is_err() {
            self.is_over.store(true, Ordering::Relaxed);
        }
        result.and_then(|()| Ok((backtest.finish().map_err(Failure::wrong)?, flaws)))
    }

    /// The next job, of the file at a position or of one behind it, at which the position is then.
    fn take(&self, at: &mut usize) -> Result<Option<Job>, Failure> {
        for _ in 0..self.files.len() {
            let Some(file) = self.files.get(*at) else { break };
            if self.is_over.load(Ordering::Relaxed) {
                return Ok(None);
            }
            if !file.is_done.load(Ordering::Acquire)
                && let Some(job) = file.take(self.columns, self.unit)?
            {
                return Ok(Some(job));
            }
            *at = (*at + 1).checked_rem(self.files.len()).unwrap_or(0);
        }
        Ok(None)
    }

    fn count_text(&self, chunk: &Chunk, file: usize, backtest: &mut Backtest<'_>, flaws: &mut Flaws) {
        let (mut rest, mut line) = (chunk.bytes.as_slice(), chunk.line);
        while !rest.is_empty() {
            let (record, after) = match chunk.format {
                Format::Csv { .. } => csv::next_record(rest),
                Format::Json => {
                    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                    let (record, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
                    (record, after.get(1..).unwrap_or_default())
                }
            };
            if !record.trim_ascii().is_empty() {
                self.count_record(record, &chunk.format, backtest).unwrap_or_else(|unread| {
                    backtest.add_not_read(1);
                    flaws.add(file, line, unread);
                });
            }
            line += 1 + newlines(record);
            rest = after;
        }
    }

    fn count_record(&self, record: &[u8], format: &Format, backtest: &mut Backtest<'_>) -> Result<(), Unread> {
        let text = std::str::from_utf8(record).map_err(|_| Unread::row("it is not UTF-8: write the file in UTF-8"))?;
        let values = match format {
            Format::Json => json::values(text, self.columns).map_err(Unread::row)?,
            Format::Csv { positions, columns } => {
                let mut values = absent();
                let found = csv::fields(text, |at, field| {
                    let place = positions.iter().position(|&position| position == Some(at));
                    if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                        *value = if field.is_empty() { Raw::Absent } else { Raw::Text(field) };
                    }
                });
                if found.map_err(Unread::row)? != *columns {
                    return Err(Unread::row("write as many fields as the first line has names"));
                }
                values
            }
        };
        backtest.add(&row::join(&values, self.unit)?);
        Ok(())
    }
}

impl File<'_> {
    /// The next job of the file. Waits for the thread that opens it or reads from it.
    fn take(&self, columns: &Columns, unit: Option<TimeUnit>) -> Result<Option<Job>, Failure> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Closed) {
            *state = match chunks::open(self.path, columns)? {
                Opened::Text(chunks) => State::Text(chunks),
                Opened::Parquet => State::Parquet(RowGroups::open(self.path, columns, unit)?),
            };
        }
        let job = match &mut *state {
            State::Text(chunks) => chunks.next()?.map(Job::Text),
            State::Parquet(groups) => groups.next().map(Job::Parquet),
            State::Closed | State::Done => None,
        };
        if job.is_none() {
            *state = State::Done;
            self.is_done.store(true, Ordering::Release);
        }
        Ok(job)
    }
}
