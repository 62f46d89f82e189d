//! Markdown, CSV and JSON hold the same, and nothing of anybody.

use serde_json::{Value, json};

use super::{CN, CONTESTED, HK, NOWHERE, US, docket, ledger, report};

const JOINS: [(&str, &str, u64, usize); 7] = [
    ("vigil", CN, 12, 57),
    ("vigil", US, 12, 3),
    ("vigil", NOWHERE, 12, 11),
    ("vigil-2", CN, 12, 5),
    ("march", HK, 16, 12),
    ("shared", CONTESTED, 16, 2),
    ("shared", US, 16, 10),
];

#[test]
fn the_report_is_written_as_markdown() {
    let docket = docket();
    let markdown = report(&docket, &[&ledger(&docket, &JOINS)], 10).unwrap().to_markdown();
    assert_eq!(markdown, include_str!("report.md"), "{markdown}");
}

#[test]
fn the_report_is_written_as_csv() {
    let docket = docket();
    let csv = report(&docket, &[&ledger(&docket, &JOINS)], 10).unwrap().to_csv();
    let expected = "row,issuer,received,under_review,rejected,withdrawn,in_force,expired,narrowed,carried_over,\
                    terminate_meeting_demanded,meetings_ended,suspend_host_demanded,accounts_affected,\
                    block_participants_demanded,disclose_data_demanded,median_days,blocked,outside,unlocated,contested,meetings_kept,threshold,about_done\r\n\
                    issuer,'=EAST|WEST,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,0,0,0,0,0,10,NOTE\r\n\
                    issuer,CN,2,0,1,0,1,0,0,1,2,0,2,0,0,0,0,62,<10,11,0,<10,10,NOTE\r\n\
                    issuer,HK,1,0,0,0,1,0,1,0,1,0,1,0,0,0,3,12,0,0,0,<10,10,NOTE\r\n\
                    several-issuers,,0,0,0,0,0,0,0,0,0,0,0,0,0,0,,0,10,0,<10,<10,10,NOTE\r\n\
                    total,,3,0,1,0,2,0,1,1,3,0,3,0,0,0,1.5,74,>=10,11,<10,<28,10,NOTE\r\n";
    let note =
        "No decision can end a meeting or touch an account; the ledger was verified for this report and has no other decisions.";
    assert_eq!(csv, expected.replace("NOTE", note));
}

#[test]
fn the_report_is_written_as_json() {
    let docket = docket();
    let report = report(&docket, &[&ledger(&docket, &JOINS)], 10).unwrap();
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!((&json["from"], &json["until"]), (&json!("2020-06-11T00:00:00Z"), &json!("2020-06-21T00:00:00Z")));
    assert_eq!((&json["threshold"], json["rows"].as_array().unwrap().len()), (&json!(10), 4));
    let about = json["about_done"].as_str().unwrap();
    assert!(about.starts_with("No decision can end a meeting") && report.to_markdown().contains(about), "{about}");
    let demanded = json!({ "terminate_meeting": 2, "suspend_host": 2, "block_participants": 0, "disclose_data": 0 });
    let cn = json!({
        "row": "issuer",
        "issuer": "CN",
        "orders": {
            "received": 2, "under_review": 0, "rejected": 1, "withdrawn": 0, "in_force": 1, "expired": 0, "narrowed": 0,
            "carried_over": 1, "demanded": demanded, "median_days": 0.0,
        },
        "done": { "meetings_ended": 0, "accounts_affected": 0 },
        "people": { "blocked": 62, "outside": "<10", "unlocated": 11, "contested": 0, "meetings_kept": "<10" },
    });
    assert_eq!(json["rows"][1], cn);
    assert_eq!(json["rows"][3]["row"], "several-issuers");
    assert_eq!((&json["rows"][3]["issuer"], &json["total"]["orders"]["median_days"]), (&Value::Null, &json!(1.5)));
}

#[test]
fn no_form_says_more_than_another() {
    let docket = docket();
    let report = report(&docket, &[&ledger(&docket, &JOINS)], 10).unwrap();
    let json: Value = serde_json::from_str(&report.to_json()).unwrap();
    let (csv, markdown) = (report.to_csv(), report.to_markdown());
    let people = markdown.split("## People").nth(1).unwrap();
    let rows = json["rows"].as_array().unwrap().iter().chain([&json["total"]]);
    let csv = csv.lines().skip(1).map(|line| line.rsplit(',').skip(2).take(5).collect::<Vec<_>>());
    let markdown = people.lines().filter(|line| line.starts_with("| ")).skip(1);
    let mut compared = 0;
    for ((row, mut csv), markdown) in rows.zip(csv).zip(markdown) {
        csv.reverse();
        let markdown: Vec<&str> = markdown.trim_matches(['|', ' ']).split(" | ").skip(1).collect();
        for (n, name) in ["blocked", "outside", "unlocated", "contested", "meetings_kept"].into_iter().enumerate() {
            let json = row["people"][name].to_string().replace('"', "");
            assert_eq!(csv[n], json, "{row}");
            assert_eq!(markdown[n].replace("fewer than ", "<").replace("at least ", ">="), json, "{row}");
            compared += 1;
        }
    }
    assert_eq!(compared, 25);
}

#[test]
fn no_form_names_a_meeting_an_order_or_anybody() {
    let docket = docket();
    let ledger = ledger(&docket, &JOINS);
    let report = report(&docket, &[&ledger], 10).unwrap();
    let forms = format!("{} {} {} {report:?}", report.to_markdown(), report.to_csv(), report.to_json());
    let secrets = ["vigil", "march", "shared", "cn-1", "hk-1", "host-account", "sha256", CN, HK, US, CONTESTED, NOWHERE];
    secrets.iter().for_each(|secret| assert!(!forms.contains(secret), "{secret} in {forms}"));
    let text = String::from_utf8(ledger).unwrap();
    for line in text.lines().skip(1) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert!(!forms.contains(record["meeting"].as_str().unwrap()));
    }
}

#[test]
fn a_report_that_is_being_made_shows_nothing() {
    let docket = docket();
    let ledger = ledger(&docket, &JOINS);
    let builder = bailiwick::report::Report::builder(&docket).period(super::midnight(10), super::midnight(20));
    let shown = format!("{:?}", builder.ledger("ledger", &*ledger).unwrap());
    assert!(shown.starts_with("ReportBuilder { period: "), "{shown}");
    ["57", "cn-1", "vigil", "MeetingHash"].iter().for_each(|secret| assert!(!shown.contains(secret), "{shown}"));
}
