//! The allocator of every contender: the system's, counting the bytes that it hands out.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::stats::Spread;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting.
///
/// The counts are read and written apart, not added to atomically: that costs contenders that allocate next to nothing, and is
/// right as long as one thread allocates, as it is here.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn grow(bytes: usize) {
    let live = LIVE.load(Relaxed).wrapping_add(bytes);
    LIVE.store(live, Relaxed);
    if live > PEAK.load(Relaxed) {
        PEAK.store(live, Relaxed);
    }
}

fn shrink(bytes: usize) {
    LIVE.store(LIVE.load(Relaxed).wrapping_sub(bytes), Relaxed);
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        shrink(layout.size());
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // While it is moved, a block may be there twice: count it so, as the peak is a promise about the worst.
        grow(size);
        shrink(layout.size());
        unsafe { System.realloc(block, layout, size) }
    }
}

/// Bytes handed out and not yet given back.
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// The cost of making something.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// Heap bytes that the thing holds.
    pub bytes: usize,
    /// The most heap bytes at any one time while it was made, beyond what was there before.
    pub peak: usize,
    /// The time, in nanoseconds.
    pub ns: f64,
}

impl Cost {
    /// In milliseconds.
    pub fn ms(self) -> f64 {
        self.ns / 1e6
    }

    /// In mebibytes.
    pub fn mib(self) -> f64 {
        self.bytes as f64 / f64::from(1 << 20)
    }
}

/// Makes something and measures the cost. Values that `make` consumes count as allocated before.
pub fn cost<T>(make: impl FnOnce() -> T) -> (T, Cost) {
    let before = live();
    PEAK.store(before, Relaxed);
    let start = Instant::now();
    let made = make();
    let ns = start.elapsed().as_nanos() as f64;
    (made, Cost { bytes: live().saturating_sub(before), peak: PEAK.load(Relaxed) - before, ns })
}

/// Makes something a few times, unless that takes long, and tells what it took: the median of the times.
pub fn usual_cost<T>(make: impl Fn() -> T) -> (T, Cost) {
    let start = Instant::now();
    let (mut made, mut usual) = cost(&make);
    let mut times = vec![usual.ns];
    while times.len() < 7 && start.elapsed() < Duration::from_millis(500) {
        drop(made);
        (made, usual) = cost(&make);
        times.push(usual.ns);
    }
    (made, Cost { ns: Spread::of(times).median, ..usual })
}
