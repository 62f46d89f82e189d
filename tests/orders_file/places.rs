//! Diagnostics of compiling point into the file if its docket was compiled unchanged, and nowhere otherwise.

use bailiwick::{CompileError, Docket, Order, Policy, Region};

use super::{atlas, read};

const TOML: &str = "\
[jurisdictions]
EMPTY = []

[[orders]]
id = 'a'
issuer = 'CN'
meetings = ['m', '']
status = 'in-force'

[[orders]]
id = 'b'
issuer = 'CN'
meetings = ['', 'm', '']
status = 'in-force'
";

fn errors(docket: &Docket) -> CompileError {
    Policy::compile(docket, &atlas()).unwrap_err()
}

/// The line and column of each error.
fn places(docket: &Docket) -> Vec<Option<(usize, usize)>> {
    errors(docket).errors().iter().map(|defect| defect.line().zip(defect.column())).collect()
}

fn docket() -> Docket {
    Docket::from_toml(TOML).unwrap()
}

#[test]
fn each_error_points_to_its_value() {
    assert_eq!(places(&docket()), [Some((2, 9)), Some((7, 18)), Some((13, 13)), Some((13, 22))]);
    let json = serde_json::to_string_pretty(&docket()).unwrap();
    let lines: Vec<&str> = json.lines().collect();
    for (defect, value) in errors(&Docket::from_json(&json).unwrap()).errors().iter().zip(["[]", "\"\"", "\"\"", "\"\""]) {
        let (line, column) = (defect.line().unwrap(), defect.column().unwrap());
        assert!(lines[line - 1][column - 1..].starts_with(value), "{defect}");
    }
}

#[test]
fn evidence_that_is_no_digest_is_pointed_to() {
    let digest = format!("sha256:{}", "0a".repeat(32));
    let text = format!(
        "[[orders]]\nid = 'a'\nissuer = 'CN'\nmeetings = ['m']\nstatus = 'in-force'\nevidence = [\n'{digest}',\n'scan.pdf',\n'{digest}',\n'mail',\n]\n"
    );
    let docket = Docket::from_toml(&text).unwrap();
    let required = bailiwick::Requirements::new().evidence_digest();
    let error = Policy::compile_with(&docket, &atlas(), &required).unwrap_err();
    let places: Vec<_> = error.errors().iter().map(|defect| (defect.field(), defect.line(), defect.column())).collect();
    assert_eq!(places, [("evidence", Some(8), Some(1)), ("evidence", Some(10), Some(1))]);
}

#[test]
fn a_copy_points_there_too_and_what_was_written_again_points_nowhere() {
    assert_eq!(places(&docket().clone()), places(&docket()));
    let again: Docket = toml::from_str(&toml::to_string(&docket()).unwrap()).unwrap();
    assert_eq!(again, docket());
    assert_eq!(places(&again), [None; 4]);
    assert_eq!(
        errors(&again).errors()[1].render("orders.toml", false),
        "\
error: `` is empty: a name has 1 to 512 bytes
 |
 = note: in order `a`, `meetings`"
    );
}

#[test]
fn an_order_that_was_changed_has_no_place_and_the_others_keep_theirs() {
    let changes: [fn(&mut Order); 4] = [
        |order| order.meetings.insert(0, "another".to_owned()),
        |order| order.id = "c".to_owned(),
        |order| order.reference = "https://example.org".to_owned(),
        |order| order.expires = Some(std::time::SystemTime::UNIX_EPOCH),
    ];
    for change in changes {
        let mut docket = docket();
        change(&mut docket.orders[0]);
        assert_eq!(places(&docket), [Some((2, 9)), None, Some((13, 13)), Some((13, 22))]);
    }
}

#[test]
fn orders_that_were_moved_point_nowhere_and_never_to_another() {
    let mut swapped = docket();
    swapped.orders.swap(0, 1);
    assert_eq!(places(&swapped), [Some((2, 9)), None, None, None]);
    let mut fewer = docket();
    fewer.orders.remove(0);
    assert_eq!(places(&fewer), [Some((2, 9)), None, None]);
    let mut more = docket();
    more.orders.push(Order::new("c", "CN"));
    assert_eq!(places(&more), [Some((2, 9)), Some((7, 18)), Some((13, 13)), Some((13, 22)), None]);
    let mut moved = Docket::default();
    moved.orders = docket().orders;
    assert_eq!(places(&moved), [None; 3]);
}

#[test]
fn a_group_that_was_changed_has_no_place() {
    let mut docket = docket();
    docket.jurisdictions.insert("EMPTY".to_owned(), vec![Region::UNKNOWN]);
    docket.jurisdictions.insert("NEW".to_owned(), Vec::new());
    assert_eq!(places(&docket)[..2], [None, None]);
}

#[test]
fn a_fence_of_nowhere_is_pointed_at_until_the_fences_are_changed() {
    for text in ["\nfenced = ['CN', 'ZZ']", "{\n\"fenced\": [\"ZZ\", \"ZZ\"]}"] {
        let mut docket = read(if text.starts_with('{') { "orders.json" } else { "orders.toml" }, text).unwrap();
        let column = text.lines().nth(1).unwrap().find(['Z']).unwrap();
        assert_eq!(places(&docket), [Some((2, column))]);
        docket.fenced.push("US".parse().unwrap());
        assert_eq!(places(&docket), [None]);
    }
}

#[test]
fn where_a_docket_comes_from_does_not_make_it_another() {
    assert_eq!(docket(), toml::from_str(TOML).unwrap());
    assert_eq!(Docket::from_toml("").unwrap(), Docket::default());
    assert!(!format!("{:?}", docket()).contains("jurisdictions]"), "the text is not shown");
}

#[test]
fn an_order_without_an_id_is_told_apart_by_its_number() {
    let text = TOML.replace("'b'", "''");
    let error = errors(&Docket::from_toml(&text).unwrap());
    let found: Vec<_> = error.errors().iter().map(|defect| (defect.order(), defect.order_number())).collect();
    assert_eq!(found[2..], [(Some(""), Some(2)); 3]);
    assert_eq!(error.errors()[2].to_string(), "order number 2, `id`: `` is empty: a name has 1 to 512 bytes");
}

#[test]
fn a_hundred_thousand_findings_on_one_line_are_placed() {
    let names = vec!["\"\""; 100_000].join(",");
    let text =
        format!("{{\"orders\": [{{\"id\": \"a\", \"issuer\": \"CN\", \"status\": \"in-force\", \"meetings\": [{names}]}}]}}");
    let error = errors(&read("orders.json", &text).unwrap());
    assert_eq!(error.errors().len(), 100_000);
    let start = text.find("[\"\"").unwrap() + 1;
    assert!(error.errors().iter().zip(0..).all(|(defect, n)| defect.column() == Some(start + 1 + 3 * n)));
}
