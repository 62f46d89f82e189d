//! Positions in a text: line and column, with as much of the line as a message shows.

use std::ops::Range;

use crate::text::quote;

/// The most characters of a line that are shown, so that every line fits a screen.
const SHOWN: usize = 100;

/// The most characters that are shown before the caret, so that the text after it is seen, too.
const BEFORE: usize = 50;

/// The number of bytes between two offsets whose line and column are stored: few enough to be walked at no cost, and enough for the
/// index to stay small.
const STEP: usize = 1024;

/// A part of a text, with its surroundings on the line on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caret {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    /// The line, cut around the caret, with control and reordering characters escaped.
    pub(crate) shown: String,
    /// The bytes of `shown` that the caret points to.
    pub(crate) under: Range<usize>,
}

/// A text with an index that finds the line and column of an offset in constant time. The text may be one line of many megabytes
/// with errors all over.
#[derive(Debug)]
pub(crate) struct LineIndex<'t> {
    text: &'t str,
    /// Offset, line and column about every [`STEP`] bytes, the first at 0.
    steps: Vec<(usize, usize, usize)>,
}

impl<'t> LineIndex<'t> {
    pub(crate) fn new(text: &'t str) -> LineIndex<'t> {
        let (mut line, mut column) = (1, 1);
        let mut steps = Vec::with_capacity(text.len() / STEP + 1);
        for (offset, c) in text.char_indices() {
            if offset >= steps.len() * STEP {
                steps.push((offset, line, column));
            }
            (line, column) = after(c, line, column);
        }
        LineIndex { text, steps }
    }

    /// Line and column of an offset that is at the boundary of a character.
    fn position(&self, offset: usize) -> (usize, usize) {
        let next = self.steps.partition_point(|&(at, ..)| at <= offset);
        let &(from, line, column) = next.checked_sub(1).and_then(|at| self.steps.get(at)).unwrap_or(&(0, 1, 1));
        let walked = self.text.get(from..offset).unwrap_or_default();
        walked.chars().fold((line, column), |(line, column), c| after(c, line, column))
    }

    /// The caret under a part of the text; of a part of several lines, under its first line.
    pub(crate) fn caret(&self, span: &Range<usize>) -> Caret {
        let start = char_boundary(self.text, span.start);
        let (line, column) = self.position(start);
        let (head, tail) = self.text.split_at_checked(start).unwrap_or((self.text, ""));

        let before = head.chars().rev().take_while(|&c| c != '\n').take(BEFORE);
        let (_, head) = head.split_at_checked(start - before.map(char::len_utf8).sum::<usize>()).unwrap_or(("", head));
        let before = head.chars().count();
        let mut shown = String::new();
        if column > before + 1 {
            shown.push('…');
        }
        head.chars().for_each(|c| put(c, &mut shown));

        // Reads only as many characters as are shown, and the line end: the rest may be many megabytes.
        let near = tail.chars().take(SHOWN + 2).map(char::len_utf8).sum();
        let tail = tail.get(..near).and_then(|near| near.split('\n').next()).unwrap_or_default();
        let tail = tail.strip_suffix('\r').unwrap_or(tail);
        let from = shown.len();
        let mut to = from;
        for (offset, c) in tail.char_indices().take(SHOWN - before) {
            put(c, &mut shown);
            if start + offset < span.end {
                to = shown.len();
            }
        }
        if tail.chars().nth(SHOWN - before).is_some() {
            shown.push('…');
        }
        Caret { line, column, shown, under: from..to }
    }
}

/// Line and column after a character.
fn after(c: char, line: usize, column: usize) -> (usize, usize) {
    if c == '\n' { (line + 1, 1) } else { (line, column + 1) }
}

/// A tab is as wide as a few spaces, wherever it stands: what it would be in a terminal depends on what is before it.
fn put(c: char, shown: &mut String) {
    if c == '\t' { shown.push_str("    ") } else { shown.extend(quote::shown(c)) }
}

/// The boundary of a character at an offset, or the last one before it. The end of the text, when the offset is past it.
fn char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caret(text: &str, part: &str) -> Caret {
        let start = text.find(part).unwrap();
        LineIndex::new(text).caret(&(start..start + part.len()))
    }

    #[test]
    fn lines_and_columns_are_counted_from_1_in_characters() {
        let found = caret("a\r\n\tb粤 = x\r\n", "x");
        assert_eq!((found.line, found.column), (2, 7));
        assert_eq!(found.shown, "    b粤 = x");
        assert_eq!(&found.shown[found.under], "x");
    }

    #[test]
    fn positions_are_those_of_counting_wherever_they_are() {
        let text = "é\n\nab\r\n粤".repeat(1_000);
        let lines = LineIndex::new(&text);
        let (mut line, mut column) = (1, 1);
        for (offset, c) in text.char_indices() {
            assert_eq!(lines.position(offset), (line, column));
            (line, column) = after(c, line, column);
        }
        assert_eq!(lines.position(text.len()), (line, column));
    }

    /// A position is found from one that is less than a step before it.
    #[test]
    fn a_position_is_kept_for_each_step_and_memory_for_no_more() {
        let text = "a".repeat(10 * STEP + 1);
        let LineIndex { steps, .. } = LineIndex::new(&text);
        let expected: Vec<_> = (0..=10).map(|step| (step * STEP, 1, step * STEP + 1)).collect();
        assert_eq!((steps.capacity(), steps), (expected.len(), expected));
    }

    #[test]
    fn a_long_line_is_cut_on_both_sides_of_the_caret() {
        let text = format!("{}needle{}", "粤".repeat(5_000), "\u{202e}".repeat(5_000));
        let found = caret(&text, "needle");
        assert_eq!((found.line, found.column), (1, 5_001));
        assert_eq!(found.shown, format!("…{}needle{}…", "粤".repeat(BEFORE), "\\u{202e}".repeat(SHOWN - BEFORE - 6)));
        assert_eq!(&found.shown[found.under], "needle");
    }

    #[test]
    fn a_line_is_cut_when_it_is_longer_than_what_is_shown() {
        for end in ["", "\n", "\r\n", "\n粤", "\r\n粤"] {
            for length in SHOWN - 2..=SHOWN {
                let line = "x".repeat(length);
                assert_eq!(caret(&format!("{line}{end}"), "x").shown, line);
            }
            for length in SHOWN + 1..SHOWN + 4 {
                assert_eq!(caret(&format!("{}{end}", "x".repeat(length)), "x").shown, format!("{}…", "x".repeat(SHOWN)));
            }
        }
    }

    #[test]
    fn what_spans_lines_is_pointed_to_on_its_first() {
        let found = caret("a = [\n1,\n2]", "[\n1,\n2]");
        assert_eq!((found.shown.as_str(), found.under), ("a = [", 4..5));
    }

    #[test]
    fn no_span_is_out_of_bounds() {
        for text in ["", "\n", "é", "a\r\n", "粤\n粤"] {
            for start in 0..9 {
                for end in 0..9 {
                    let found = LineIndex::new(text).caret(&(start..end));
                    assert!(found.shown.get(found.under).is_some());
                }
            }
        }
    }
}
