//! The mutants of operators, guards and arms, found here: a part of what cargo-mutants lists, for a run that has no time to build it.

use std::path::Path;
use std::process::Command;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Pat, UnOp};

use crate::Failure;
use crate::list::{Found, Genre, List};

/// Finds the mutants of all files of `src/` that are not tests.
pub fn discover(root: &Path) -> Result<List, Failure> {
    let names = crate::tree::output(Command::new("git").arg("-C").arg(root).args(["ls-files", "--", "src"]))?;
    let mut list = List::default();
    for name in names.lines().filter(|name| name.ends_with(".rs") && !name.ends_with("/tests.rs")) {
        let text = std::fs::read_to_string(root.join(name)).map_err(|error| format!("{name}: {error}"))?;
        let mut finder = Finder { text: &text, found: Vec::new() };
        finder.visit_file(&syn::parse_file(&text).map_err(|error| format!("{name}: {error}"))?);
        let found = finder.found;
        if !found.is_empty() {
            list.add(name, text, found)?;
        }
    }
    Ok(list)
}

struct Finder<'a> {
    text: &'a str,
    found: Vec<Found>,
}

impl Finder<'_> {
    fn add(&mut self, genre: Genre, node: &impl Spanned, change: String, replacement: &str) {
        self.found.push(Found {
            span: node.span().byte_range(),
            genre,
            change,
            replacement: replacement.to_owned(),
            function: None,
        });
    }

    fn words(&self, node: &impl Spanned) -> String {
        let words: Vec<&str> = self.text[node.span().byte_range()].split_whitespace().collect();
        words.join(" ")
    }
}

/// What an operator is replaced by, as the book of cargo-mutants has it.
fn others(operator: &BinOp) -> &'static [&'static str] {
    match operator {
        BinOp::Eq(_) => &["!="],
        BinOp::Ne(_) => &["=="],
        BinOp::And(_) => &["||"],
        BinOp::Or(_) => &["&&"],
        BinOp::Lt(_) => &["==", ">", "<="],
        BinOp::Gt(_) => &["==", "<", ">="],
        BinOp::Le(_) => &[">"],
        BinOp::Ge(_) => &["<"],
        BinOp::Add(_) => &["-", "*"],
        BinOp::Sub(_) | BinOp::Mul(_) => &["+", "/"],
        BinOp::Div(_) => &["%", "*"],
        BinOp::Rem(_) => &["/", "+"],
        BinOp::AddAssign(_) => &["-=", "*="],
        BinOp::SubAssign(_) | BinOp::MulAssign(_) => &["+=", "/="],
        BinOp::Shl(_) => &[">>"],
        BinOp::Shr(_) => &["<<"],
        BinOp::BitAnd(_) => &["|", "^"],
        BinOp::BitOr(_) => &["&", "^"],
        BinOp::BitXor(_) => &["|", "&"],
        BinOp::BitAndAssign(_) => &["|="],
        BinOp::BitOrAssign(_) => &["&="],
        _ => &[],
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let operator = self.words(&node.op);
        for other in others(&node.op) {
            self.add(Genre::BinaryOperator, &node.op, format!("replace {operator} with {other}"), other);
        }
        visit::visit_expr_binary(self, node);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        if matches!(node.op, UnOp::Not(_) | UnOp::Neg(_)) {
            self.add(Genre::UnaryOperator, &node.op, format!("delete {}", self.words(&node.op)), "");
        }
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        let has_rest = node.arms.iter().any(|arm| matches!(arm.pat, Pat::Wild(_)));
        for arm in &node.arms {
            if let Some((_, guard)) = &arm.guard {
                for other in ["true", "false"] {
                    self.add(Genre::MatchArmGuard, guard, format!("replace match guard {} with {other}", self.words(guard)), other);
                }
            } else if has_rest && !matches!(arm.pat, Pat::Wild(_)) {
                self.add(Genre::MatchArm, arm, format!("delete match arm {}", self.words(&arm.pat)), "");
            }
        }
        visit::visit_expr_match(self, node);
    }
}
