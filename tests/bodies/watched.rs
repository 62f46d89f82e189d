//! A reader that watches the heap.

use std::io::{self, Read};

/// Notes the most bytes that the heap holds while it is read.
pub struct Watched<'a> {
    pub bytes: &'a [u8],
    pub most: &'a mut usize,
}

impl Read for Watched<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        *self.most = (*self.most).max(dhat::HeapStats::get().curr_bytes);
        self.bytes.read(to)
    }
}
