//! The places in a file where a switch chooses between the code and its mutants.
//!
//! A mutant is a change of text: cargo-mutants replaces an operator, a guard or a body by other words. What is switched is the smallest
//! piece of code that has a meaning of its own whatever stands in its place: of operators the whole expression that they form without
//! parentheses, as `a && b || c` groups otherwise when an operator of it is replaced.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr};

use crate::list::{Genre, Mutant};

/// How a switch stands in the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// At the beginning of a function: a mutant returns early.
    Body,
    /// Behind the pattern of an arm, as its guard: a mutant passes the arm by.
    Arm,
    /// Around the body of a function that returns some iterator: the mutant's is of another type.
    Opaque,
    /// Around the guard of an arm.
    Guard,
    /// Around an expression.
    Expression,
}

/// A switch: its form, the bytes that it is put around (none for `Body` and `Arm`), and the code of each of its mutants by number.
#[derive(Debug, Clone)]
pub struct Site {
    pub form: Form,
    pub range: Range<usize>,
    pub mutants: Vec<(u32, String)>,
}

/// The switches of a file, and the bytes of the keyword `const` of functions that have some: a switch is read when the program runs.
#[derive(Debug, Default)]
pub struct Sites {
    pub sites: Vec<Site>,
    pub constants: Vec<Range<usize>>,
    /// Mutants that no switch can choose.
    pub unswitched: Vec<u32>,
}

/// Finds the switches for the mutants of a file. Functions whose names are in `constant` stay `const`, and have no switches.
pub fn find(text: &str, mutants: &[&Mutant], constant: &HashSet<String>) -> syn::Result<Sites> {
    let mut anchors = Anchors::default();
    anchors.visit_file(&syn::parse_file(text)?);
    let stays: Vec<&Range<usize>> =
        anchors.constants.iter().filter(|(name, ..)| constant.contains(name)).map(|(_, _, range)| range).collect();
    let mut sites: BTreeMap<(Form, usize, usize), Site> = BTreeMap::new();
    let mut found = Sites::default();
    for mutant in mutants {
        let place = anchors.place(mutant).filter(|(_, range)| !stays.iter().any(|function| encloses(function, range)));
        let Some((form, range)) = place else {
            found.unswitched.push(mutant.id);
            continue;
        };
        let code = match form {
            Form::Body | Form::Opaque => mutant.replacement.clone(),
            Form::Arm => String::new(),
            Form::Guard | Form::Expression => {
                format!("{}{}{}", &text[range.start..mutant.span.start], mutant.replacement, &text[mutant.span.end..range.end])
            }
        };
        let site = Site { form, range: range.clone(), mutants: Vec::new() };
        sites.entry((form, range.start, range.end)).or_insert(site).mutants.push((mutant.id, code));
    }
    found.sites = sites.into_values().collect();
    let has_switch = |function: &Range<usize>| found.sites.iter().any(|site| encloses(function, &site.range));
    found.constants =
        anchors.constants.iter().filter(|(_, _, range)| has_switch(range)).map(|(_, keyword, _)| keyword.clone()).collect();
    Ok(found)
}

/// Whether one range lies in another.
pub fn encloses(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// What mutants can be about, with their bytes.
#[derive(Debug, Default)]
struct Anchors {
    /// An operator, and the expression that is switched.
    operators: Vec<(Range<usize>, Range<usize>)>,
    guards: Vec<Range<usize>>,
    /// An arm, and the end of its pattern.
    arms: Vec<(Range<usize>, usize)>,
    /// A field of a struct expression, and that expression.
    fields: Vec<(Range<usize>, Range<usize>)>,
    /// The first byte of a function's first statement.
    bodies: HashSet<usize>,
    /// The statements of functions that return `impl …`.
    opaque: Vec<Range<usize>>,
    /// The name of a `const fn`, its keyword `const`, and all of it.
    constants: Vec<(String, Range<usize>, Range<usize>)>,
    /// The expression of operators that is being visited.
    chain: Option<Range<usize>>,
}

impl Anchors {
    /// Where the switch of a mutant is put.
    fn place(&self, mutant: &Mutant) -> Option<(Form, Range<usize>)> {
        let within = |pairs: &[(Range<usize>, Range<usize>)]| {
            pairs.iter().find(|(part, _)| part.start == mutant.span.start).map(|(_, whole)| (Form::Expression, whole.clone()))
        };
        match mutant.genre {
            Genre::FnValue => match self.opaque.iter().find(|body| body.start == mutant.span.start) {
                Some(body) => Some((Form::Opaque, body.clone())),
                None => self.bodies.contains(&mutant.span.start).then_some((Form::Body, mutant.span.start..mutant.span.start)),
            },
            Genre::MatchArm => {
                self.arms.iter().find(|(arm, _)| arm.start == mutant.span.start).map(|(_, end)| (Form::Arm, *end..*end))
            }
            Genre::MatchArmGuard => self.guards.contains(&mutant.span).then(|| (Form::Guard, mutant.span.clone())),
            Genre::BinaryOperator | Genre::UnaryOperator => within(&self.operators),
            Genre::StructField => within(&self.fields),
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block, whole: Range<usize>) {
        if let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) {
            self.bodies.insert(bytes(first).start);
            if matches!(&signature.output, syn::ReturnType::Type(_, returned) if matches!(**returned, syn::Type::ImplTrait(_))) {
                self.opaque.push(bytes(first).start..bytes(last).end);
            }
        }
        if let Some(keyword) = &signature.constness {
            self.constants.push((signature.ident.to_string(), bytes(keyword), whole));
        }
    }
}

fn bytes(node: &impl Spanned) -> Range<usize> {
    node.span().byte_range()
}

/// Whether an operator assigns: it binds least, and is nobody's operand.
fn assigns(operator: &BinOp) -> bool {
    use BinOp::*;
    matches!(
        operator,
        AddAssign(_)
            | SubAssign(_)
            | MulAssign(_)
            | DivAssign(_)
            | RemAssign(_)
            | BitXorAssign(_)
            | BitAndAssign(_)
            | BitOrAssign(_)
            | ShlAssign(_)
            | ShrAssign(_)
    )
}

/// Whether an operand binds names for what follows it: `let PATTERN = … && …`.
fn has_let(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(binary) => has_let(&binary.left) || has_let(&binary.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Anchors {
    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let whole = bytes(&node.left).start..bytes(&node.right).end;
        let outer = self.chain.take();
        let is_let = has_let(&node.left) || has_let(&node.right);
        let chains = !is_let && !assigns(&node.op);
        let chain = if chains { outer.unwrap_or(whole) } else { whole };
        if !is_let {
            self.operators.push((bytes(&node.op), chain.clone()));
        }
        for operand in [&node.left, &node.right] {
            self.chain = (chains && matches!(**operand, Expr::Binary(_))).then(|| chain.clone());
            self.visit_expr(operand);
        }
        self.chain = None;
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        self.operators.push((bytes(&node.op), bytes(&node.op).start..bytes(&node.expr).end));
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_match(&mut self, node: &'ast syn::ExprMatch) {
        // With a guard more, an arm no longer counts as one that is always taken: another must be.
        let has_rest = node.arms.iter().any(|arm| matches!(arm.pat, syn::Pat::Wild(_)) && arm.guard.is_none());
        for arm in &node.arms {
            if has_rest {
                self.arms.push((bytes(arm), bytes(&arm.pat).end));
            }
            if let Some((_, guard)) = &arm.guard {
                self.guards.push(bytes(guard));
            }
        }
        visit::visit_expr_match(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let whole = bytes(&node.path).start..bytes(node).end;
        self.fields.extend(node.fields.iter().map(|field| (bytes(field), whole.clone())));
        visit::visit_expr_struct(self, node);
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.function(&node.sig, &node.block, bytes(node));
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.function(&node.sig, &node.block, bytes(node));
        visit::visit_impl_item_fn(self, node);
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if let Some(block) = &node.default {
            self.function(&node.sig, block, bytes(node));
        }
        visit::visit_trait_item_fn(self, node);
    }

    // What is evaluated when the library is compiled has no switch.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_variant(&mut self, _: &'ast syn::Variant) {}
    fn visit_type_array(&mut self, _: &'ast syn::TypeArray) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
}
