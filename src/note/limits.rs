//! Limits of notes.

/// The most bytes of a note. Go's `sumdb/note` reads as many, so that a note that is made here can be read there.
pub const MAX_NOTE: usize = 1_000_000;

/// The most signatures of a note. C2SP signed-note demands at least 16; Go's `sumdb/note` reads 100.
pub const MAX_SIGNATURES: usize = 100;
