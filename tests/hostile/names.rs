//! Names that must not compile, and names in errors: ids, issuers, meetings, accounts and groups.

use bailiwick::{Docket, Status};

use super::compiling::{changed, compile, messages};
use super::{clean, is_one_plain_line, region};

#[test]
fn an_id_given_twice_is_an_error_of_each_later_order() {
    let mut docket = clean();
    for status in [Status::Rejected, Status::InForce] {
        let mut order = docket.orders[0].clone();
        order.status = status;
        order.meetings = vec!["another".to_owned()];
        docket.orders.push(order);
    }
    let message = "order `o-1`, `id`: an earlier order has this id, too: give each order its own";
    assert_eq!(messages(&docket), [message; 2]);
    let error = compile(&docket).unwrap_err();
    assert!(error.errors().iter().all(|defect| (defect.order(), defect.field()) == (Some("o-1"), "id")));
}

#[test]
fn ids_given_twice_are_errors_in_the_sequence_of_the_later_orders() {
    let mut docket = clean();
    let order = docket.orders.remove(0);
    for id in ["b", "a", "a\0", "c", "a", "c", "b", "a"] {
        docket.orders.push(order.clone());
        docket.orders.last_mut().unwrap().id = id.to_owned();
    }
    // The second of the two `c` has another error, which comes after the first one of its own.
    docket.orders[5].meetings.clear();
    let error = compile(&docket).unwrap_err();
    let found: Vec<_> = error.errors().iter().map(|defect| (defect.order().unwrap(), defect.field())).collect();
    assert_eq!(found, [("a", "id"), ("c", "id"), ("c", "meetings"), ("b", "id"), ("a", "id")]);
}

#[test]
fn ids_that_differ_in_case_or_in_the_form_of_an_accent_are_two_ids() {
    let mut docket = clean();
    for id in ["O-1", "o-1 ", "e\u{301}", "\u{e9}"] {
        let mut order = docket.orders[0].clone();
        order.id = id.to_owned();
        docket.orders.push(order);
    }
    compile(&docket).unwrap();
}

#[test]
fn a_name_has_at_most_512_bytes_however_many_characters_those_are() {
    let fits = ["x".repeat(512), "é".repeat(256), "粤".repeat(170) + "é", "🕯".repeat(128)];
    let too_long = ["x".repeat(513), "é".repeat(256) + "x", "粤".repeat(171), "🕯".repeat(128) + "x"];
    type Put = fn(&mut Docket, String);
    let places: [(&str, Put); 4] = [
        ("id", |docket, name| docket.orders[0].id = name),
        ("meetings", |docket, name| docket.orders[0].meetings.push(name)),
        ("accounts", |docket, name| docket.orders[0].accounts.push(name)),
        ("jurisdictions", |docket, name| drop(docket.jurisdictions.insert(name, vec![region("AT")]))),
    ];
    for (field, put) in places {
        for name in &fits {
            let mut docket = clean();
            put(&mut docket, name.clone());
            assert_eq!(name.len(), 512);
            compile(&docket).unwrap();
        }
        for name in &too_long {
            let mut docket = clean();
            put(&mut docket, name.clone());
            let error = compile(&docket).unwrap_err();
            let [defect] = error.errors() else { panic!("{error}") };
            assert_eq!(defect.field(), field);
            assert!(defect.to_string().ends_with("` has 513 bytes: a name has 1 to 512"), "{defect}");
        }
    }
}

#[test]
fn a_megabyte_of_a_name_is_refused_with_a_short_message() {
    let name = "é".repeat(1 << 19);
    let mut docket = changed(|order| (order.id, order.issuer) = (name.clone(), format!("{name}x")));
    docket.orders[0].meetings.push(name.clone());
    docket.jurisdictions.insert(name, Vec::new());
    let messages = messages(&docket);
    assert_eq!(messages.len(), 5);
    assert!(messages.iter().all(|message| message.chars().count() < 2048), "{messages:?}");
    assert!(format!("{:?}", compile(&docket).unwrap_err()).chars().count() < 16_384);
}

#[test]
fn no_name_begins_a_line_of_its_own_in_an_error() {
    for name in [
        "o-1\norder `x`, `id`: forged",
        "\u{1b}[31mred",
        "\u{202e}1-o",
        "\u{2066}a\u{2069}",
        "a\u{200f}b",
        "a\rb\u{85}c\u{2028}d\u{2029}",
        "a\0b\u{7f}",
    ] {
        let mut docket = changed(|order| (order.id, order.issuer) = (name.to_owned(), name.to_owned()));
        docket.orders[0].meetings = vec![format!("{name}{}", "x".repeat(512))];
        docket.orders[0].accounts = vec![format!("{name}{}", "x".repeat(512))];
        docket.orders.push(docket.orders[0].clone());
        docket.jurisdictions.insert(format!("{name} group"), Vec::new());
        let error = compile(&docket).unwrap_err();
        assert_eq!(error.errors().len(), 8);
        assert!(error.errors().iter().all(|defect| is_one_plain_line(&defect.to_string())), "{error}");
        assert_eq!(error.to_string().lines().count(), 9);
        assert_eq!(error.errors()[1].order(), Some(name));
    }
}

#[test]
fn no_mark_of_unicode_reorders_an_error() {
    // All that UAX #9 lists as explicit formatting characters.
    for mark in "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars() {
        let docket = changed(|order| order.issuer = format!("a{mark}b"));
        let message = messages(&docket).concat();
        assert!(!message.contains(mark), "U+{:04X}: {message}", u32::from(mark));
    }
}

/// A policy with an order for each name of a meeting, and an order for each name of an account.
fn naming(meetings: &[&str], accounts: &[&str]) -> bailiwick::Policy {
    let mut docket = clean();
    let order = docket.orders.remove(0);
    for (number, name) in meetings.iter().chain(accounts).enumerate() {
        let mut order = order.clone();
        order.id = format!("o-{number}");
        let (of_meetings, of_accounts) = if number < meetings.len() { (vec![*name], vec![]) } else { (vec![], vec![*name]) };
        (order.meetings, order.accounts) =
            (of_meetings.into_iter().map(str::to_owned).collect(), of_accounts.into_iter().map(str::to_owned).collect());
        docket.orders.push(order);
    }
    compile(&docket).unwrap()
}

/// What looks like the name that was asked about is told, so that a slip is found; it is another name all the same.
#[test]
fn a_name_that_looks_like_one_of_an_order_is_another_name_and_is_told() {
    let policy = naming(&["June-4-Vigil", "june%204 vigil", "caf\u{e9}", "vigil 2", "june-4-vigil"], &["Anna", "anna "]);
    let near = |meeting: &str| {
        let explanation = policy.explain(meeting, "203.0.113.7".parse().unwrap(), region("US"), std::time::SystemTime::now());
        let (shown, json) = (explanation.to_string(), serde_json::to_value(&explanation).unwrap());
        let near: Vec<String> = explanation.nearly_named().into_iter().map(str::to_owned).collect();
        for name in &near {
            assert!(shown.contains("is named, and is another name: names are compared byte for byte"), "{name}: {shown}");
        }
        assert_eq!(json.get("nearly_named"), (!near.is_empty()).then(|| serde_json::json!(near)).as_ref());
        near
    };
    assert_eq!(near("JUNE-4-VIGIL"), ["June-4-Vigil", "june-4-vigil"]);
    assert_eq!(near("june 4 vigil"), ["june%204 vigil"]);
    assert_eq!(near("CAFE\u{301}"), ["caf\u{e9}"]);
    assert_eq!(near("vigil\u{a0}2"), ["vigil 2"]);
    assert_eq!(near("vigil-3"), Vec::<String>::new());
    // An order names it: then that order is what concerns the meeting.
    assert_eq!(near("june-4-vigil"), Vec::<String>::new());
    assert_eq!(policy.nearly_named_accounts("ANNA"), ["Anna", "anna "]);
    assert_eq!(policy.nearly_named_accounts("Anna"), Vec::<&str>::new());
}

#[test]
fn a_name_that_several_orders_have_is_told_once_and_at_most_five_names_are() {
    let same = naming(&["Vigil", "Vigil", "ViGil"], &[]);
    let at = |policy: &bailiwick::Policy| {
        let explanation = policy.explain("vigil", "203.0.113.7".parse().unwrap(), region("US"), std::time::SystemTime::now());
        explanation.nearly_named().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(at(&same), ["Vigil", "ViGil"]);
    let many = naming(&["Vigil", "vIgil", "viGil", "vigIl", "vigiL", "VIGIL"], &[]);
    assert_eq!(at(&many), ["Vigil", "vIgil", "viGil", "vigIl", "vigiL"]);
}

/// A docket of this many names has some 100,000 orders: whoever looks for a slip in it is told of the first.
#[test]
fn names_are_looked_at_up_to_16_mib_of_them() {
    let long = "x".repeat(512);
    let mut docket = clean();
    docket.orders[0].meetings = (0..=(16 << 20) / 512).map(|n| format!("{n}{}", &long[n.to_string().len()..])).collect();
    docket.orders[0].meetings.insert(0, "Vigil".to_owned());
    docket.orders[0].meetings.push("VIGIL".to_owned());
    let near = |docket: &Docket| -> Vec<String> {
        let policy = compile(docket).unwrap();
        let explanation = policy.explain("vigil", "203.0.113.7".parse().unwrap(), region("US"), std::time::SystemTime::now());
        explanation.nearly_named().into_iter().map(str::to_owned).collect()
    };
    assert_eq!(near(&docket), ["Vigil"]);
    // A name less, and the last one ends with the last byte that is looked at; with one byte more it is not looked at.
    docket.orders[0].meetings.remove(1);
    docket.orders[0].meetings[1].truncate(512 - "VigilVIGIL".len());
    assert_eq!(docket.orders[0].meetings.iter().map(String::len).sum::<usize>(), 16 << 20);
    assert_eq!(near(&docket), ["Vigil", "VIGIL"]);
    docket.orders[0].meetings[1].push('y');
    assert_eq!(near(&docket), ["Vigil"]);
}
