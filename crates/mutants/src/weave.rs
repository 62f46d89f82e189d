//! The text of a file with its switches.

use std::cmp::Reverse;
use std::ops::Range;

use crate::sites::{Form, Site, Sites};

/// A file with switches.
#[derive(Debug, Default)]
pub struct Woven {
    pub text: String,
    /// Bytes of the text, and what is to blame when they do not compile.
    pub spots: Vec<(Range<usize>, Blame)>,
}

/// What is to blame for an error.
#[derive(Debug, PartialEq, Eq)]
pub struct Blame {
    /// One mutant, or all of a switch.
    pub mutants: Vec<u32>,
    /// The mutant whose body is returned early in these bytes. If that does not compile, the body does not compile without a switch,
    /// either: both places need the same type.
    pub returned: Option<u32>,
}

impl Woven {
    /// What is to blame in the smallest spot that a range lies in.
    pub fn blame(&self, range: &Range<usize>) -> Option<&Blame> {
        let around = self.spots.iter().filter(|(spot, _)| crate::sites::encloses(spot, range));
        around.min_by_key(|(spot, blame)| (spot.len(), blame.mutants.len())).map(|(_, blame)| blame)
    }
}

/// Puts the switches of a file into its text. Each reads its own number, counted on from `next`, and tells it by `numbered`.
pub fn weave(text: &str, sites: &Sites, next: &mut u32, mut numbered: impl FnMut(u32, &Site)) -> Woven {
    let mut edits: Vec<Edit<'_>> = Vec::new();
    for site in &sites.sites {
        edits.push(Edit { range: site.range.clone(), switch: Some((*next, site)) });
        numbered(*next, site);
        *next += 1;
    }
    edits.extend(sites.constants.iter().map(|keyword| Edit { range: keyword.clone(), switch: None }));
    // What encloses comes first; of a guard that is one expression, the guard.
    edits.sort_by_key(|edit| {
        (edit.range.start, Reverse(edit.range.is_empty()), Reverse(edit.range.end), edit.switch.map(|(_, site)| site.form))
    });
    let mut weaver = Weaver { text, edits, next: 0, woven: Woven::default() };
    weaver.render(0, text.len());
    weaver.woven
}

struct Edit<'a> {
    range: Range<usize>,
    /// The number of the switch that is put here; None removes the bytes.
    switch: Option<(u32, &'a Site)>,
}

struct Weaver<'a> {
    text: &'a str,
    edits: Vec<Edit<'a>>,
    /// The first edit that is not made.
    next: usize,
    woven: Woven,
}

impl Weaver<'_> {
    /// Writes the bytes from `at` to `end`, with the edits that begin in them.
    fn render(&mut self, mut at: usize, end: usize) {
        while let Some(edit) = self.edits.get(self.next).filter(|edit| edit.range.start < end) {
            let (range, switch) = (edit.range.clone(), edit.switch);
            self.next += 1;
            self.woven.text.push_str(&self.text[at..range.start]);
            if let Some((number, site)) = switch {
                let begin = self.woven.text.len();
                self.switch(number, site);
                let mutants = site.mutants.iter().map(|(id, _)| *id).collect();
                self.woven.spots.push((begin..self.woven.text.len(), Blame { mutants, returned: None }));
            }
            at = range.end;
        }
        self.woven.text.push_str(&self.text[at..end]);
    }

    fn switch(&mut self, number: u32, site: &Site) {
        match site.form {
            Form::Arm => {
                // cargo-mutants deletes an arm once.
                for (id, _) in &site.mutants {
                    self.woven.text.push_str(&format!(" if crate::switched::at({number}) != {id}"));
                }
            }
            Form::Body => {
                self.cases(number, site, "return ", " ");
                self.woven.text.push_str("_ => {} } ");
            }
            Form::Opaque => {
                self.woven.text.push_str(&format!("match crate::switched::at({number}) {{ "));
                let mut other = String::new();
                for (id, code) in &site.mutants {
                    self.woven.text.push_str(&format!("{id} => {other}crate::switched::Either::One("));
                    self.mutant(*id, code, None);
                    self.woven.text.push_str(&format!("{}, ", ")".repeat(1 + other.matches('(').count())));
                    other.push_str("crate::switched::Either::Other(");
                }
                self.woven.text.push_str(&format!("_ => {other}{{ "));
                self.render(site.range.start, site.range.end);
                self.woven.text.push_str(&format!(" }}{} }}", ")".repeat(site.mutants.len())));
            }
            Form::Guard | Form::Expression => {
                self.woven.text.push('(');
                self.cases(number, site, "(", ")");
                self.woven.text.push_str("_ => ");
                self.render(site.range.start, site.range.end);
                self.woven.text.push_str(" })");
            }
        }
    }

    /// The beginning of a `match` on the active mutant, with an arm for each mutant.
    fn cases(&mut self, number: u32, site: &Site, before: &str, after: &str) {
        self.woven.text.push_str(&format!("match crate::switched::at({number}) {{ "));
        for (id, code) in &site.mutants {
            self.woven.text.push_str(&format!("{id} => "));
            self.mutant(*id, &format!("{before}{code}{after}"), (site.form == Form::Body).then_some(*id));
            self.woven.text.push_str(", ");
        }
    }

    /// Writes the code of a mutant, and keeps its bytes, so that an error in them is blamed on it.
    fn mutant(&mut self, id: u32, code: &str, returned: Option<u32>) {
        let begin = self.woven.text.len();
        self.woven.text.push_str(code);
        self.woven.spots.push((begin..self.woven.text.len(), Blame { mutants: vec![id], returned }));
    }
}
