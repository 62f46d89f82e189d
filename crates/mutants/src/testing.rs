//! The tests inside a file of the library: what is wrong in them is no mutant. cargo-mutants lists those that are compiled for some
//! features or systems alone.

use std::ops::Range;

use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Meta, Token};

/// The bytes of the items that are tests, or parts of tests alone.
pub fn find(file: &syn::File) -> Vec<Range<usize>> {
    let mut tests = Tests::default();
    tests.visit_file(file);
    tests.0
}

#[derive(Default)]
struct Tests(Vec<Range<usize>>);

impl Tests {
    fn add(&mut self, attributes: &[Attribute], node: &impl Spanned) {
        let of_tests = |attribute: &Attribute| match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg") => {
                list.parse_args().is_ok_and(|condition| holds_in_tests_alone(&condition))
            }
            meta => meta.path().is_ident("test"),
        };
        if attributes.iter().any(of_tests) {
            self.0.push(node.span().byte_range());
        }
    }
}

/// Whether a condition of `cfg` is `test`, or has it beside others that must hold, too.
fn holds_in_tests_alone(condition: &Meta) -> bool {
    match condition {
        Meta::List(list) if list.path.is_ident("all") => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            parts.is_ok_and(|parts| parts.iter().any(holds_in_tests_alone))
        }
        condition => condition.path().is_ident("test"),
    }
}

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        self.add(&node.attrs, node);
        visit::visit_item_mod(self, node);
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.add(&node.attrs, node);
        visit::visit_item_fn(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        self.add(&node.attrs, node);
        visit::visit_item_impl(self, node);
    }
}
