//! The end of a docket: a file that was cut off anywhere, or is half written, blocks nobody.

use bailiwick::{Atlas, Docket, Policy, Region, Requirements};

use super::{atlas, read};

/// An order that is narrowed in three ways, and another. What stands last narrows most.
const TOML: &str = "\
[[orders]]
id = \"cn-1\"
issuer = \"CN\"
status = \"in-force\"
meetings = [\"vigil\"]
effective = \"2020-06-03T00:00:00Z\"
expires = \"2100-01-01T00:00:00Z\"
evidence = [\"x\"]
approved_by = [\"a\", \"b\"]
regions = [\"CN-GD\"]
networks = [\"203.0.113.0/25\"]
exempt = [\"203.0.113.7/32\"]

[[orders]]
id = \"cn-2\"
issuer = \"CN\"
status = \"in-force\"
meetings = [\"other\"]
networks = [\"203.0.113.0/25\"]
exempt = [\"203.0.113.8/32\"]
";

const END: &str = "\n[end]\norders = 2 # whole\n";

/// The text of a whole docket, in both formats.
fn whole() -> [(String, &'static str); 2] {
    let toml = format!("{TOML}{END}");
    let json = serde_json::to_string_pretty(&Docket::from_toml(&toml).unwrap()).unwrap();
    [(toml, "orders.toml"), (json, "orders.json")]
}

/// The blocked pairs of the meetings and places that the docket is about.
fn blocked(policy: &Policy) -> Vec<(&'static str, &'static str)> {
    let places = ["203.0.113.6", "203.0.113.7", "203.0.113.8", "203.0.113.200", "198.51.100.1", "192.0.2.1"];
    let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    let asked = ["vigil", "other"].into_iter().flat_map(|meeting| places.map(|place| (meeting, place)));
    asked.filter(|(meeting, place)| !policy.decide_at(*meeting, place.parse().unwrap(), Region::UNKNOWN, at).admits()).collect()
}

/// The policies that the beginnings of a text compile to, cut at every byte.
fn policies<'t>(text: &'t str, file: &'t str, requirements: &'t Requirements) -> impl Iterator<Item = Policy> + 't {
    let atlas: Atlas = atlas();
    let cuts = (0..=text.len()).filter(|&end| text.is_char_boundary(end));
    cuts.filter_map(move |end| Policy::compile_with(&read(file, &text[..end]).ok()?, &atlas, requirements).ok())
}

#[test]
fn no_cut_of_a_file_blocks_anybody_more_where_an_end_mark_is_required() {
    let requirements = Requirements::new().end_mark();
    for (text, file) in whole() {
        let of_the_whole = blocked(&Policy::compile(&read(file, &text).unwrap(), &atlas()).unwrap());
        assert_eq!(
            of_the_whole,
            [("vigil", "203.0.113.6"), ("vigil", "203.0.113.8"), ("other", "203.0.113.6"), ("other", "203.0.113.7")]
        );
        let mut compiled = 0;
        for policy in policies(&text, file, &requirements) {
            assert_eq!(blocked(&policy), of_the_whole, "{file}");
            compiled += 1;
        }
        assert!(compiled > 0, "{file}");
    }
    // Without the requirement some cuts of TOML block more: that is what the mark is for.
    let [(text, file), _] = whole();
    let of_the_whole = blocked(&Policy::compile(&read(file, &text).unwrap(), &atlas()).unwrap());
    let none = Requirements::new();
    assert!(policies(&text, file, &none).any(|policy| blocked(&policy).iter().any(|who| !of_the_whole.contains(who))));
}

#[test]
fn no_cut_of_a_file_replaces_a_policy_whose_docket_has_an_end_mark_but_a_whole_one() {
    for (text, file) in whole() {
        let policy = Policy::compile(&read(file, &text).unwrap(), &atlas()).unwrap();
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            let recompiled = read(file, &text[..end]).ok().and_then(|docket| policy.recompile(&docket).ok());
            assert!(recompiled.is_none_or(|recompiled| blocked(&recompiled) == blocked(&policy)), "{file}, cut at {end}");
        }
    }
}

#[test]
fn an_end_mark_must_be_last_and_true() {
    let told = |file: &str, text: &str| {
        let error = read(file, text).expect_err(text);
        (error.line(), error.column(), error.field().map(str::to_owned), error.message().to_owned())
    };
    let end = Some("end".to_owned());
    let not_last = "the end mark is not at the end: move it behind all orders, groups and fences".to_owned();
    for text in ["[end]\norders = 2\n", "[end]\norders = 2\n[jurisdictions]\n"] {
        let toml = if text.ends_with("]\n") { format!("{TOML}{text}") } else { format!("{text}{TOML}") };
        assert_eq!(told("orders.toml", &toml).3, not_last);
        assert!(toml::from_str::<Docket>(&toml).is_ok_and(|docket| !docket.is_ended()), "serde does not know the place");
    }
    assert_eq!(told("orders.json", "{\"end\": {\"orders\": 0},\n\"orders\": []}"), (1, 2, end.clone(), not_last));
    let wrong = "the end mark counts 3 orders, and there are 2: orders are missing, or write `orders = 2`".to_owned();
    let toml = format!("{TOML}[end]\norders = 3\n");
    assert_eq!(told("orders.toml", &toml), (22, 10, end.clone(), wrong.clone()));
    assert!(toml::from_str::<Docket>(&toml).unwrap_err().to_string().contains(&wrong));
    for text in [
        "[end]\n",
        "[end]\norders = '0'\n",
        "[end]\norders = -1\n",
        "end = 0\n",
        "[end]\norders = 0\nmore = 1\n",
        "[[end]]\norders = 0\n",
        "[end]\norders = [0]\n",
        "[end]\norders = { number = 0 }\n",
    ] {
        assert_eq!(told("orders.toml", text).2.as_deref(), Some("end"), "{text}");
    }
    for orders in ["'0'", "[0]"] {
        let message = told("orders.toml", &format!("[end]\norders = {orders}\n")).3;
        assert!(message.contains("the number of orders, such as 2"), "{message}");
    }
    assert!(read("orders.json", "{\"end\": null}").is_err() && serde_json::from_str::<Docket>("{\"end\": null}").is_err());
    for text in ["[end]\norders = 0", "end = { orders = 0 }", "end.orders = 0\n# nothing more\n\n"] {
        assert!(Docket::from_toml(text).unwrap().is_ended(), "{text}");
    }
}

/// The number of orders is right, and any part of the last order may be missing: what stands behind the mark may be cut off anywhere.
#[test]
fn nothing_of_an_order_stands_behind_the_end_mark() {
    let order = |id: &str| format!("[[orders]]\nid = \"{id}\"\nissuer = \"CN\"\nmeetings = [\"vigil\"]\nstatus = \"in-force\"\n");
    let (first, second) = (order("cn-1"), order("cn-2"));
    let notice = "[orders.notice]\nen = \"by order\"\n";
    let end = |orders: usize| format!("[end]\norders = {orders}\n");
    assert!(Docket::from_toml(&format!("{first}{second}{notice}{}", end(2))).unwrap().is_ended());
    for text in [
        format!("{first}{}{second}", end(2)),
        format!("{}{first}{second}", end(2)),
        format!("{first}{}{notice}", end(1)),
        format!("{first}{second}{}{notice}", end(2)),
    ] {
        let error = Docket::from_toml(&text).expect_err(&text);
        assert_eq!(error.field(), Some("end"), "{text}: {error}");
        assert!(error.message().starts_with("the end mark is not at the end"), "{text}: {error}");
    }
}

/// What is counted before an error of syntax is not all that the file has.
#[test]
fn an_end_mark_is_not_counted_in_a_text_that_cannot_be_read() {
    for (file, text) in
        [("orders.toml", "[end]\norders = 5\n[[orders\n"), ("orders.json", "{\"end\": {\"orders\": 5}, \"orders\": [")]
    {
        let error = read(file, text).unwrap_err();
        assert_eq!(error.errors().len(), 1, "{error}");
        assert!(!error.to_string().contains("counts 5 orders"), "{error}");
    }
}

#[test]
fn a_mark_is_written_anew_and_makes_no_other_docket() {
    let docket = Docket::from_toml(&format!("{TOML}{END}")).unwrap();
    assert!(docket.is_ended());
    assert_eq!(docket, Docket::from_toml(TOML).unwrap());
    let mut fewer = docket.clone();
    fewer.orders.pop();
    let written = toml::to_string(&fewer).unwrap();
    assert!(written.ends_with("[end]\norders = 1\n"), "{written}");
    assert!(Docket::from_toml(&written).unwrap().is_ended());
    assert!(Docket::from_json(&serde_json::to_string(&fewer).unwrap()).unwrap().is_ended());
    assert!(!toml::to_string(&Docket::from_toml(TOML).unwrap()).unwrap().contains("end"));
    assert!(toml::to_string(&Docket::default().ended()).unwrap().contains("[end]\norders = 0"));
}

#[test]
fn only_a_mark_whose_place_is_known_satisfies_the_requirement() {
    let requirements = Requirements::new().end_mark();
    let compile = |docket: &Docket| Policy::compile_with(docket, &atlas(), &requirements);
    let text = format!("{TOML}{END}");
    let by_serde: Docket = toml::from_str(&text).unwrap();
    for docket in [&by_serde, &Docket::from_toml(TOML).unwrap()] {
        let error = compile(docket).unwrap_err();
        assert_eq!((error.errors().len(), error.errors()[0].field(), error.errors()[0].order()), (1, "end", None));
        assert!(error.to_string().ends_with("when it is, end it with `[end]` and `orders = 2`"), "{error}");
    }
    assert!(compile(&by_serde.ended()).is_ok() && compile(&Docket::from_toml(&text).unwrap()).is_ok());
    let again = format!("{TOML}[end]\norders = 2");
    assert!(compile(&Docket::from_toml(&again).unwrap()).is_ok(), "what the hint says is enough");
}

#[test]
fn a_docket_without_a_mark_does_not_replace_one_that_has_it() {
    let marked = Docket::from_toml(&format!("{TOML}{END}")).unwrap();
    let bare = Docket::from_toml(TOML).unwrap();
    let by_serde: Docket = toml::from_str(&format!("{TOML}{END}")).unwrap();
    let policy = Policy::compile(&marked, &atlas()).unwrap();
    for docket in [&bare, &by_serde] {
        assert_eq!(policy.recompile(docket).unwrap_err().errors()[0].field(), "end");
    }
    // An amended policy is of a docket with the mark, too.
    let amended = policy.amend([bare.orders[0].clone()]).unwrap();
    assert!(amended.recompile(&bare).is_err() && amended.recompile(&marked).is_ok());
    let unmarked = Policy::compile(&bare, &atlas()).unwrap();
    let now_marked = unmarked.recompile(&marked).unwrap();
    assert!(now_marked.recompile(&bare).is_err(), "also where nothing else changes");
}

#[test]
fn a_docket_without_orders_does_not_withdraw_all_by_accident() {
    let policy = Policy::compile(&Docket::from_toml(TOML).unwrap(), &atlas()).unwrap();
    for text in ["", "# managed elsewhere\n", "fenced = ['CN']\n", "orders = []\n"] {
        let docket = Docket::from_toml(text).unwrap();
        let error = policy.recompile(&docket).unwrap_err();
        assert_eq!((error.errors().len(), error.errors()[0].field()), (1, "orders"), "{text}");
        assert!(Policy::check(&docket, &atlas(), &Requirements::new()).is_err());
        assert!(Policy::compile(&docket, &atlas()).is_ok(), "the first docket may be empty");
        let meant = Docket::from_toml(&format!("{text}end = {{ orders = 0 }}\n")).unwrap();
        assert!(policy.recompile(&meant).is_ok() && Policy::check(&meant, &atlas(), &Requirements::new()).is_ok(), "{text}");
    }
}
