//! Finds what has no mutants in a file of the library: tests, and code for other systems than this one, which no test here reaches.
//! cargo-mutants leaves out `#[cfg(test)]`, and lists what stands behind `#[cfg(all(test, …))]` and `#[cfg(not(unix))]`.

use std::ops::Range;

use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Meta, Token};

/// The bytes of the items that have no mutants.
pub fn find(file: &syn::File) -> Vec<Range<usize>> {
    let mut left_out = LeftOut::default();
    left_out.visit_file(file);
    left_out.0
}

#[derive(Default)]
struct LeftOut(Vec<Range<usize>>);

impl LeftOut {
    fn add(&mut self, attributes: &[Attribute], node: &impl Spanned) {
        let is_reason = |attribute: &Attribute| match &attribute.meta {
            Meta::List(list) if list.path.is_ident("cfg") => {
                list.parse_args().is_ok_and(|condition| is_of_tests_or_other_systems(&condition))
            }
            meta => meta.path().is_ident("test"),
        };
        if attributes.iter().any(is_reason) {
            self.0.push(node.span().byte_range());
        }
    }
}

/// Whether a condition of `cfg` holds in tests or on other systems alone: by itself, or beside others that must hold, too.
fn is_of_tests_or_other_systems(condition: &Meta) -> bool {
    let Meta::List(list) = condition else {
        return condition.path().is_ident("test") || condition.path().is_ident("windows");
    };
    let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap_or_default();
    if list.path.is_ident("not") {
        parts.iter().any(|part| part.path().is_ident("unix"))
    } else {
        list.path.is_ident("all") && parts.iter().any(is_of_tests_or_other_systems)
    }
}

impl<'ast> Visit<'ast> for LeftOut {
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
