//! What a file looks like with its switches.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::judge::Judge;
use crate::list::{Genre, Mutant, Name};
use crate::suite::{Suite, Test};
use crate::tree::Tree;
use crate::weave::Blame;
use crate::{left_out, sites, weave};

/// A mutant of the first place in a text that reads `what`.
fn mutant(id: u32, text: &str, genre: Genre, what: &str, replacement: &str) -> Mutant {
    let start = text.find(what).unwrap();
    let name = Name { file: "src/lib.rs".to_owned(), change: replacement.to_owned(), code: String::new(), times: 1 };
    Mutant { id, name, genre, span: start..start + what.len(), lines: (1, 1), replacement: replacement.to_owned(), function: None }
}

/// What is replaced by what.
type Change = (Genre, &'static str, &'static str);

fn woven(text: &str, mutants: &[Change]) -> weave::Woven {
    let mutants: Vec<Mutant> = (1..).zip(mutants).map(|(id, (genre, what, with))| mutant(id, text, *genre, what, with)).collect();
    let sites = sites::find(text, &mutants.iter().collect::<Vec<_>>(), &HashSet::new()).unwrap();
    let woven = weave::weave(text, &sites, &mut 0, |_, _| {});
    syn::parse_file(&woven.text).unwrap_or_else(|error| panic!("{error}: {}", woven.text));
    woven
}

use Genre::{BinaryOperator, FnValue, MatchArm, MatchArmGuard, StructField, UnaryOperator};

#[test]
fn each_kind_of_mutant_has_its_switch() {
    #[rustfmt::skip]
    let rows: [(&str, &[Change], &str); 9] = [
        ("fn f() -> bool { g() }", &[(FnValue, "g()", "true")],
         "fn f() -> bool { match crate::switched::at(0) { 1 => return true , _ => {} } g() }"),
        ("fn f() { a == b; }", &[(BinaryOperator, "==", "!=")],
         "fn f() { (match crate::switched::at(0) { 1 => (a != b), _ => a == b }); }"),
        ("fn f() { a += 1; }", &[(BinaryOperator, "+=", "-=")],
         "fn f() { (match crate::switched::at(0) { 1 => (a -= 1), _ => a += 1 }); }"),
        ("fn f() { g(!a) }", &[(UnaryOperator, "!", "")],
         "fn f() { g((match crate::switched::at(0) { 1 => (a), _ => !a })) }"),
        ("fn f() { match a { 1 => g(), _ => h() } }", &[(MatchArm, "1 => g(),", "")],
         "fn f() { match a { 1 if crate::switched::at(0) != 1 => g(), _ => h() } }"),
        ("fn f() { S { a: 1, ..s() } }", &[(StructField, "a: 1,", "")],
         "fn f() { (match crate::switched::at(0) { 1 => (S {  ..s() }), _ => S { a: 1, ..s() } }) }"),
        ("const fn f() -> u8 { g() }", &[(FnValue, "g()", "1")],
         " fn f() -> u8 { match crate::switched::at(0) { 1 => return 1 , _ => {} } g() }"),
        ("fn f() -> impl Iterator<Item = u8> { g() }", &[(FnValue, "g()", "empty()"), (FnValue, "g()", "once(1)")],
         "fn f() -> impl Iterator<Item = u8> { match crate::switched::at(0) { 1 => crate::switched::Either::One(empty()), \
          2 => crate::switched::Either::Other(crate::switched::Either::One(once(1))), \
          _ => crate::switched::Either::Other(crate::switched::Either::Other({ g() })) } }"),
        ("const A: u8 = 1 + 2;", &[(BinaryOperator, "+", "-")], "const A: u8 = 1 + 2;"),
    ];
    for (text, mutants, expected) in rows {
        assert_eq!(woven(text, mutants).text, expected);
    }
}

#[test]
fn operators_without_parentheses_are_one_switch_so_that_they_group_as_their_text_does() {
    let text = "fn f() { a && b || c }";
    let woven = woven(text, &[(BinaryOperator, "&&", "||"), (BinaryOperator, "||", "&&")]);
    let expected = "fn f() { (match crate::switched::at(0) { 1 => (a || b || c), 2 => (a && b && c), _ => a && b || c }) }";
    assert_eq!(woven.text, expected);
}

#[test]
fn a_switch_in_another_one_is_only_where_no_mutant_of_the_outer_is_active() {
    let text = "fn f() { match a { b if b == !c => 1, _ => 2 } }";
    let woven = woven(text, &[(MatchArmGuard, "b == !c", "true"), (BinaryOperator, "==", "!="), (UnaryOperator, "!", "")]);
    let expected = "fn f() { match a { b if (match crate::switched::at(0) { 1 => (true), _ => (match crate::switched::at(1) { 2 => (b != !c), \
                    _ => b == (match crate::switched::at(2) { 3 => (c), _ => !c }) }) }) => 1, _ => 2 } }";
    assert_eq!(woven.text, expected);
}

/// A test of a program, its seconds, and how many switches it reaches.
fn test(program: usize, time: f64, reached: u32) -> Test {
    Test { program, name: String::new(), time, is_cut: false, stops: true, reached: (0..reached).collect() }
}

#[test]
fn tests_run_in_rounds_by_program_and_those_that_are_most_about_a_mutant_come_first() {
    let tests =
        vec![test(0, 0.2, 1000), test(0, 0.001, 10), test(1, 0.29, 20), test(1, 1.0, 500), test(0, 1.0, 600), test(1, 0.02, 10)];
    let suite = Suite { programs: Vec::new(), tests, by_site: HashMap::new() };
    let (tree, site_of) = (Tree { root: PathBuf::new() }, HashMap::new());
    let judge = Judge::new(&tree, &suite, &site_of, None, None);
    let all: Vec<usize> = (0..6).collect();
    assert_eq!(judge.batches(&all, &[]), [vec![1], vec![5, 2], vec![0], vec![3], vec![4]]);
    assert_eq!(judge.batches(&all, &[3]), [vec![3], vec![1], vec![5, 2], vec![0, 4]], "what caught a neighbour");
}

#[test]
fn an_error_is_blamed_on_the_mutant_that_it_stands_in_or_on_all_of_its_switch() {
    let woven = woven("fn f() { a + b }", &[(BinaryOperator, "+", "-"), (BinaryOperator, "+", "*")]);
    let at = |text: &str| woven.text.find(text).map(|start| start..start + text.len()).unwrap();
    let blame = |mutants: &[u32]| Blame { mutants: mutants.to_vec(), returned: None };
    assert_eq!(woven.blame(&at("a - b")), Some(&blame(&[1])));
    assert_eq!(woven.blame(&at("a * b")), Some(&blame(&[2])));
    assert_eq!(woven.blame(&at("a + b")), Some(&blame(&[1, 2])));
    assert_eq!(woven.blame(&at("fn f")), None);

    let woven =
        self::woven("fn f() -> impl Iterator<Item = u8> { g() }", &[(FnValue, "g()", "empty()"), (FnValue, "g()", "once(())")]);
    let at = |text: &str| woven.text.find(text).map(|start| start..start + text.len()).unwrap();
    assert_eq!(woven.blame(&at("()))),")), Some(&blame(&[1, 2])), "{}", woven.text);
    assert_eq!(woven.blame(&at("once(())")), Some(&blame(&[2])));
}

#[test]
fn a_body_that_cannot_be_returned_early_is_known_not_to_compile() {
    let woven = woven("const fn f() -> u8 { g() }", &[(FnValue, "g()", "1")]);
    let at = |text: &str| woven.text.find(text).map(|start| start..start + text.len()).unwrap();
    assert_eq!(woven.blame(&at("return 1")), Some(&Blame { mutants: vec![1], returned: Some(1) }));
    let switch = at("match crate::switched::at(0)");
    assert_eq!(woven.blame(&switch), Some(&Blame { mutants: vec![1], returned: None }), "the switch, not the body");
}

#[test]
fn what_is_compiled_for_tests_or_other_systems_alone_has_no_mutants() {
    let text = "fn f() {} #[test] fn g() {} #[cfg(test)] mod m { fn h() {} } #[cfg(all(unix, test))] impl S {} \
                #[cfg(any(unix, test))] fn i() {} #[cfg(not(test))] fn j() {} #[cfg(unix)] mod n { #[cfg(test)] fn k() {} } \
                #[cfg(not(unix))] fn l() {} #[cfg(all(windows, feature = \"log\"))] fn m() {}";
    let found: Vec<&str> = left_out::find(&syn::parse_file(text).unwrap()).into_iter().map(|range| &text[range]).collect();
    let expected = [
        "#[test] fn g() {}",
        "#[cfg(test)] mod m { fn h() {} }",
        "#[cfg(all(unix, test))] impl S {}",
        "#[cfg(test)] fn k() {}",
        "#[cfg(not(unix))] fn l() {}",
        "#[cfg(all(windows, feature = \"log\"))] fn m() {}",
    ];
    assert_eq!(found, expected);
}
