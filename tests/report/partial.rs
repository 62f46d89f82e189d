//! Partial reports: divided anyhow, merged anyhow, they are what one pass makes; and what is wrong with one is said.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use bailiwick::disclosure::{Count, Threshold};
use bailiwick::ledger::{Head, Key, Ledger, Line, Lines};
use bailiwick::report::{MergeError, PartialError, PartialFileError, PartialReport, People, PublicationError, Report, ReportError};
use bailiwick::{Digest, Docket, Meeting, Policy};
use proptest::prelude::*;

use super::{CN, CONTESTED, HK, NOWHERE, US, atlas, day, docket, midnight, report};

const MEETINGS: [&str; 5] = ["vigil", "vigil-2", "shared", "march", "unlisted"];
const ADDRESSES: [&str; 5] = [CN, HK, US, CONTESTED, NOWHERE];

/// A meeting, an address, a day, how often, and whether a file ends after them.
type Join = (usize, usize, u64, usize, bool);

/// The files of a ledger, by name.
fn files(docket: &Docket, joins: &[Join]) -> Vec<(String, Vec<u8>)> {
    let policy = Policy::compile(docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&super::KEY).unwrap()).unwrap();
    let mut files = Vec::new();
    for &(meeting, ip, at, times, ends) in joins {
        let ip = ADDRESSES[ip].parse().unwrap();
        let explanation = policy.explain(Meeting::new(MEETINGS[meeting]), ip, "US".parse().unwrap(), day(at));
        (0..times).for_each(|_| _ = ledger.record(&explanation).unwrap());
        if ends {
            files.push(ledger.rotate(Vec::new()).unwrap());
        }
    }
    files.push(ledger.into_inner());
    files.into_iter().enumerate().map(|(n, file)| (format!("ledger.{n}"), file)).collect()
}

/// Three files, with a padded one.
fn three_files() -> Vec<(String, Vec<u8>)> {
    files(
        &docket(),
        &[(0, 0, 12, 57, false), (0, 2, 12, 3, true), (2, 3, 16, 2, false), (3, 1, 16, 12, true), (1, 0, 12, 9, false)],
    )
}

fn partial(files: &[(String, Vec<u8>)]) -> Result<PartialReport, PartialError> {
    let builder = PartialReport::builder(midnight(10), midnight(20));
    files.iter().try_fold(builder, |builder, (name, file)| builder.ledger(name, &**file))?.build()
}

fn lines(file: &[u8]) -> Vec<&[u8]> {
    file.split_inclusive(|&byte| byte == b'\n').collect()
}

/// Some lines of a file.
fn piece(file: &(String, Vec<u8>), range: Range<usize>) -> (String, Vec<u8>) {
    (file.0.clone(), lines(&file.1)[range].concat())
}

fn one_pass(docket: &Docket, files: &[(String, Vec<u8>)], threshold: u64) -> Report {
    let files: Vec<&[u8]> = files.iter().map(|(_, file)| &**file).collect();
    report(docket, &files, threshold).unwrap()
}

fn written(report: &Report) -> [String; 3] {
    [report.to_markdown(), report.to_csv(), report.to_json()]
}

fn shows_no_small_count(people: &People, threshold: u64) -> bool {
    let People { blocked, outside, unlocated, contested, meetings_kept, .. } = people;
    [blocked, outside, unlocated, contested, meetings_kept].into_iter().all(|count| match count {
        Count::Exactly(number) => *number == 0 || *number >= threshold,
        Count::FewerThan(number) | Count::AtLeast(number) => *number >= threshold,
        _ => false,
    })
}

fn join() -> impl Strategy<Value = Join> {
    (0..5_usize, 0..5_usize, 8..22_u64, prop_oneof![0..3_usize, 8..12_usize, 30..40_usize], prop::bool::weighted(0.3))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// The theorem: however lines are divided, whichever way they are read, and in whatever sequence and grouping their partials are
    /// merged, written and read again, the partial is that of all files, and the report that of one pass.
    #[test]
    fn merging_any_partition_equals_one_pass(
        joins in prop::collection::vec(join(), 0..14),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()), 64),
        threshold in 0..30_u64,
    ) {
        let docket = docket();
        let files = files(&docket, &joins);
        let whole = partial(&files).unwrap();
        let mut partials = Vec::new();
        for (n, (name, file)) in files.iter().enumerate() {
            let lines = lines(file);
            let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(lines.len() + 1)).chain([0, lines.len()]).collect();
            ends.sort_unstable();
            for (at, range) in ends.windows(2).enumerate() {
                let builder = PartialReport::builder(midnight(10), midnight(20));
                let lines = &lines[range[0]..range[1]];
                let builder = if (n + at) % 2 == 0 || lines.is_empty() {
                    builder.lines(name, lines).unwrap()
                } else {
                    builder.ledger(name, &*lines.concat()).unwrap()
                };
                partials.push(builder.build().unwrap());
            }
        }
        for (one, other, is_sent) in picks {
            if partials.len() == 1 {
                break;
            }
            let taken = partials.swap_remove(one.index(partials.len()));
            let at = other.index(partials.len());
            let into = partials.swap_remove(at);
            let merged = if is_sent { taken.merge_with(into) } else { into.merge_with(taken) }.unwrap();
            partials.push(if is_sent { PartialReport::from_bytes(&merged.to_bytes()).unwrap() } else { merged });
        }
        let merged = PartialReport::merge(partials).unwrap();
        prop_assert_eq!(String::from_utf8(merged.to_bytes()).unwrap(), String::from_utf8(whole.to_bytes()).unwrap());
        let published = merged.report(&docket).threshold(Threshold::at_least(threshold)).build().unwrap();
        prop_assert_eq!(written(&published), written(&one_pass(&docket, &files, threshold)));
        prop_assert!(published.rows.iter().chain([&published.total]).all(|row| shows_no_small_count(&row.people, threshold.max(10))));
    }

    /// A partial of which any byte was changed, and that still is one, says the same.
    #[test]
    fn a_partial_with_any_changed_byte_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), is_cut in any::<bool>()) {
        let bytes = partial(&three_files()).unwrap().to_bytes();
        let mut changed = bytes.clone();
        let at = at.index(changed.len());
        if is_cut {
            changed.truncate(at);
        } else {
            changed[at] = byte;
        }
        prop_assert_eq!(PartialReport::from_bytes(&changed).is_ok(), changed == bytes);
    }
}

#[test]
fn lines_of_several_files_may_be_read_together_and_in_any_sequence() {
    let files = three_files();
    let whole = partial(&files.iter().map(|(_, file)| ("all".to_owned(), file.clone())).collect::<Vec<_>>()).unwrap();
    let all: Vec<&[u8]> = files.iter().flat_map(|(_, file)| lines(file)).collect();
    let read = |lines: Vec<&[u8]>| {
        PartialReport::builder(midnight(10), midnight(20)).lines("all", lines).unwrap().build().unwrap().to_bytes()
    };
    assert_eq!(read(all.clone()), whole.to_bytes());
    assert_eq!(read(all.iter().rev().copied().collect()), whole.to_bytes());
    let without_ends = all.iter().map(|line| line.strip_suffix(b"\n").unwrap()).collect();
    assert_eq!(read(without_ends), whole.to_bytes());
    let backwards: Vec<_> = files.iter().rev().cloned().collect();
    assert_eq!(partial(&backwards).unwrap().to_bytes(), partial(&files).unwrap().to_bytes());
}

#[test]
fn a_partial_names_its_files_and_lines_and_says_that_it_is_not_for_publication() {
    let partial = partial(&three_files()).unwrap();
    let parts: Vec<String> = partial.parts().map(ToString::to_string).collect();
    assert_eq!(parts, ["lines 0 to 61, of `ledger.0`", "lines 62 to 77, of `ledger.1`", "lines 78 to 87, of `ledger.2`"]);
    let text = String::from_utf8(partial.to_bytes()).unwrap();
    assert!(text.starts_with("{\"partial_report\":1,\"not_for_publication\":\"Exact numbers"), "{text}");
    assert!(
        text.contains("\"verified\":\"Every line of each part was read") && text.ends_with("\"}\n") && text.lines().count() == 1
    );
    let shown = format!("{partial:?}");
    ["57,", "cn-1", "records", "joins"].iter().for_each(|secret| assert!(!shown.contains(secret), "{secret} in {shown}"));
}

#[test]
fn a_docket_that_grew_is_applied_when_the_report_is_made() {
    let files = three_files();
    let partial = partial(&files).unwrap();
    let mut now = docket();
    now.orders.retain(|order| order.issuer != "HK");
    now.orders.push(super::order("cn-9", "CN", &["later"], bailiwick::Status::UnderReview, Some(19)));
    for docket in [docket(), now, Docket::default()] {
        let published = partial.report(&docket).build().unwrap();
        assert_eq!(written(&published), written(&one_pass(&docket, &files, 10)));
    }
}

#[test]
fn lines_that_are_counted_twice_are_refused() {
    let files = three_files();
    let merged = |one: &[(String, Vec<u8>)], other: &[(String, Vec<u8>)]| partial(one).unwrap().merge_with(partial(other).unwrap());
    let overlapping = [
        (files.clone(), files[1..2].to_vec()),
        (files[..1].to_vec(), files[..1].to_vec()),
        (vec![piece(&files[0], 0..30)], vec![piece(&files[0], 29..40)]),
        (vec![piece(&files[0], 10..11)], vec![piece(&files[0], 0..40)]),
        (vec![("copy".to_owned(), files[2].1.clone())], files[1..].to_vec()),
    ];
    for (one, other) in overlapping {
        for error in [merged(&one, &other).unwrap_err(), merged(&other, &one).unwrap_err()] {
            assert!(matches!(error, MergeError::Overlap { .. }) && error.to_string().contains("counted twice"), "{error}");
        }
    }
    let twice = [files[0].clone(), files[0].clone()];
    assert!(matches!(partial(&twice), Err(PartialError::Merge(MergeError::Overlap { .. }))));
}

#[test]
fn lines_that_are_missing_are_refused_unless_asked_for() {
    let files = three_files();
    let docket = docket();
    let cases = [
        (vec![files[1].clone(), files[2].clone()], (0, 61)),
        (vec![files[0].clone(), files[2].clone()], (62, 77)),
        (vec![piece(&files[0], 0..30), piece(&files[0], 31..62), files[1].clone()], (30, 30)),
        (vec![piece(&files[0], 1..62)], (0, 0)),
    ];
    for (files, (from, to)) in cases {
        let partial = partial(&files).unwrap();
        assert_eq!(partial.report(&docket).build(), Err(PublicationError::Gap { from, to }));
        let publication = partial.report(&docket).allow_gaps();
        assert_eq!(publication.gaps(), [from..=to]);
        let report = publication.build().unwrap();
        assert!(report.has_gaps);
        for text in written(&report) {
            assert!(text.contains("Lines of the ledger are missing from this report") && !text.contains("was verified"), "{text}");
        }
    }
    assert!(!partial(&files).unwrap().report(&docket).allow_gaps().build().unwrap().has_gaps);
}

#[test]
fn files_of_earlier_periods_may_be_kept_elsewhere() {
    let files = three_files();
    let docket = docket();
    let seal = |n: usize| partial(&files[n..=n]).unwrap().parts().next().unwrap().head();
    let rest = partial(&files[1..]).unwrap();
    assert!(!rest.report(&docket).after(seal(0)).build().unwrap().has_gaps);
    // The line before is one that was published, and so is there.
    assert!(rest.report(&docket).after(seal(0)).expect_head(seal(0)).build().is_ok());
    let unknown = Head { digest: Digest::of(b"other"), ..seal(0) };
    assert!(matches!(rest.report(&docket).after(seal(0)).expect_head(unknown).build(), Err(PublicationError::Missing(_))));
    let other = Head { seq: 61, digest: Digest::of(b"other") };
    assert!(matches!(rest.report(&docket).after(other).build(), Err(PublicationError::OtherBefore { .. })));
    assert!(matches!(rest.report(&docket).after(seal(1)).build(), Err(PublicationError::Before { .. })));
    // One pass demands a header there, too: the last lines of a file alone are not what `after` is for.
    let [head, tail] = [0..20, 20..lines(&files[0].1).len()].map(|range| partial(&[piece(&files[0], range)]).unwrap());
    let cut = head.parts().next().unwrap().head();
    assert!(matches!(tail.report(&docket).after(cut).build(), Err(PublicationError::WithinFile { .. })));
    assert_eq!(
        partial(&files[2..]).unwrap().report(&docket).after(seal(0)).build(),
        Err(PublicationError::Gap { from: 62, to: 77 })
    );
}

#[test]
fn partials_of_other_periods_ledgers_and_keys_are_refused() {
    let files = three_files();
    let first = || partial(&files[..1]).unwrap();
    let of_period = PartialReport::builder(midnight(10), midnight(21)).ledger("ledger.1", &*files[1].1).unwrap().build().unwrap();
    let error = first().merge_with(of_period).unwrap_err();
    assert!(
        error.to_string().contains("from 2020-06-11T00:00:00Z to 2020-06-21T00:00:00Z, and another about those from"),
        "{error}"
    );

    // The same joins in another sequence: another ledger.
    let others = self::files(&docket(), &[(0, 2, 12, 3, false), (0, 0, 12, 57, true), (3, 1, 16, 12, false)]);
    let error = first().merge_with(partial(&others[1..]).unwrap()).unwrap_err();
    assert!(matches!(error, MergeError::Unlinked { .. }), "{error}");
    assert!(error.to_string().contains("of another ledger"), "{error}");

    let mut other = Ledger::begin(Vec::new(), Key::new(&[8; 32]).unwrap()).unwrap();
    other.pad().unwrap();
    let mut other = partial(&[("other".to_owned(), other.into_inner())]).unwrap();
    let error = first().merge_with(other.clone()).unwrap_err();
    assert!(matches!(error, MergeError::Key { .. }), "{error}");
    other = PartialReport::from_bytes(&other.to_bytes()).unwrap();
    assert!(matches!(other.merge_with(first()), Err(MergeError::Key { .. })));
    assert_eq!(PartialReport::merge([]), Err(MergeError::Nothing));

    // A file that goes on from another one, with the key of another ledger: one meeting would have two hashes.
    let seal = first().parts().next().unwrap().head();
    let mut foreign = Ledger::begin(Vec::new(), Key::new(&[8; 32]).unwrap()).unwrap();
    foreign.pad().unwrap();
    let foreign = foreign.into_inner();
    let Line::Header(mut header) = Line::parse(lines(&foreign)[0].strip_suffix(b"\n").unwrap()).unwrap() else {
        panic!("a header")
    };
    (header.seq, header.prev) = (seal.seq + 1, seal.digest);
    let chained = [&*Line::Header(header).to_bytes().unwrap(), b"\n"].concat();
    assert!(matches!(report(&docket(), &[&files[0].1, &chained], 10), Err(ReportError::Keys)));
    let both = [files[0].clone(), ("other".to_owned(), chained)];
    assert!(matches!(partial(&both), Err(PartialError::Merge(MergeError::Key { .. }))));
}

#[test]
fn lines_that_were_changed_or_left_out_are_found() {
    let files = three_files();
    let file = files[0].clone();
    let text = String::from_utf8(file.1.clone()).unwrap();
    let all = lines(&file.1);
    let changed = text.replacen("block-participant", "keep-meeting", 1);
    let edited = text.replacen("2020-06-13T12:00:00Z", "2020-06-13T12:00:01Z", 1);
    assert!(edited != text && changed != text);
    let without = [&all[..5], &all[6..]].concat().concat();
    let moved = [&all[..5], &all[6..7], &all[5..6], &all[7..]].concat().concat();
    let after_seal = [&all[..], &lines(&files[1].1)[..]].concat().concat();
    for (bytes, said) in [
        (changed.into_bytes(), "was changed"),
        (edited.into_bytes(), "was changed"),
        (without, "should stand here"),
        (moved, "should stand here"),
        (after_seal, "a header stands in the middle"),
        (Vec::new(), "the file is empty"),
        (file.1[..file.1.len() - 1].to_vec(), "is torn"),
        (all[1..].concat(), ""),
    ] {
        match partial(&[("ledger.0".to_owned(), bytes)]) {
            Err(error) => assert!(error.to_string().contains(said) && error.to_string().starts_with("`ledger.0`, line"), "{error}"),
            Ok(_) => assert_eq!(said, ""),
        }
    }
    // Between two pieces, too.
    let whole = text.replacen("2020-06-13T12:00:00Z", "2020-06-13T12:00:01Z", 29);
    let edited = lines(whole.as_bytes())[29..30].concat();
    let error = partial(&[piece(&file, 0..29), ("ledger.0".to_owned(), edited), piece(&file, 30..62)]).unwrap_err();
    assert!(matches!(error, PartialError::Merge(MergeError::Unlinked { .. })), "{error}");
    // A file that goes on after its seal, in another piece: of form 2, with its number and digest.
    let seal = partial(std::slice::from_ref(&file)).unwrap().parts().next().unwrap().head();
    let Some(Line::Record(mut record)) = Lines::new(&*file.1).map(Result::unwrap).find(|line| line.record().is_some()) else {
        panic!("there are records")
    };
    (record.seq, record.prev) = (seal.seq + 1, seal.digest);
    let line = Line::Record(record).to_bytes().unwrap();
    let builder = || PartialReport::builder(midnight(10), midnight(20));
    let error = builder().ledger("ledger.0", &*file.1).unwrap().lines("ledger.0", [&line]).unwrap_err();
    assert!(matches!(error, PartialError::Merge(MergeError::Boundary { .. })), "{error}");
    let error = builder().lines("ledger.0", all.iter().copied().chain([&*line])).unwrap_err();
    assert!(error.to_string().contains("after the seal"), "{error}");
}

/// Lines that carry the number and the digest that they must, and that no ledger writes there: in one piece, in two, and merged.
#[test]
fn lines_that_no_ledger_writes_after_each_other_are_refused_however_they_are_divided() {
    let file = three_files().remove(0).1;
    let all = lines(&file);
    let line = |at: usize| Line::parse(all[at].strip_suffix(b"\n").unwrap()).unwrap();
    let Line::Header(mut header) = line(0) else { panic!("a header") };
    let Line::Record(mut record) = line(5) else { panic!("a record") };
    let before = Digest::of(all[4].strip_suffix(b"\n").unwrap());
    assert_eq!((record.seq, record.prev), (5, before));
    (header.seq, header.prev) = (5, before);
    record.salt = None;
    let builder = || PartialReport::builder(midnight(10), midnight(20));
    for (line, said) in [(Line::Header(header), "a header stands in the middle"), (Line::Record(record), "form 1")] {
        let line = line.to_bytes().unwrap();
        let error = builder().lines("ledger.0", all[..5].iter().copied().chain([&*line])).unwrap_err().to_string();
        assert!(error.starts_with("`ledger.0`, line 6, number 5: ") && error.contains(said), "{error}");
        let first = || builder().lines("ledger.0", all[..5].iter().copied()).unwrap();
        let error = first().lines("ledger.0", [&line]).unwrap_err();
        assert!(matches!(error, PartialError::Merge(MergeError::Boundary { .. })), "{error}");
        let second = builder().lines("ledger.0", [&line]).unwrap().build().unwrap();
        let error = first().build().unwrap().merge_with(second.clone()).unwrap_err();
        assert!(matches!(error, MergeError::Boundary { .. }), "{error}");
        assert_eq!(second.merge_with(first().build().unwrap()), Err(error));
    }
}

/// Line 0 is a header with nothing before it, whatever a piece says.
#[test]
fn a_piece_that_begins_a_ledger_with_another_line_is_refused() {
    let files = three_files();
    let Some(Line::Record(mut record)) = Lines::new(&*files[0].1).map(Result::unwrap).find(|line| line.record().is_some()) else {
        panic!("there are records")
    };
    record.seq = 0;
    let first = Line::Record(record).to_bytes().unwrap();
    let Some(Ok(Line::Header(mut header))) = Lines::new(&*files[1].1).next() else { panic!("a file begins with a header") };
    header.seq = 0;
    let header = Line::Header(header).to_bytes().unwrap();
    for (line, said) in [(first, "header"), (header, "belongs to another ledger")] {
        let builder = PartialReport::builder(midnight(10), midnight(20));
        let error = builder.lines("ledger.0", [&line]).unwrap_err().to_string();
        assert!(error.starts_with("`ledger.0`, line 1") && error.contains(said), "{error}");
        let builder = PartialReport::builder(midnight(10), midnight(20));
        assert!(builder.ledger("ledger.0", [&line[..], b"\n"].concat().as_slice()).is_err());
    }
}

#[test]
fn a_reader_that_fails_is_an_error_with_the_file_and_the_line() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let files = three_files();
    let begun = lines(&files[0].1)[..3].concat();
    let reader = std::io::Read::chain(&begun[..], Broken);
    let builder = PartialReport::builder(midnight(10), midnight(20));
    let shown = format!("{builder:?}");
    assert!(shown.contains("2020-06-11") || shown.contains("period"), "{shown}");
    let error = builder.ledger("ledger.0", reader).unwrap_err().to_string();
    assert!(error.starts_with("`ledger.0`, line 4 cannot be read"), "{error}");
    let whole = partial(&files).unwrap();
    assert_eq!(whole.period(), (midnight(10), midnight(20)));
}

#[test]
fn a_published_head_is_compared_when_its_part_is_read() {
    let files = three_files();
    let docket = docket();
    let whole = partial(&files).unwrap();
    let inside = Head { seq: 20, digest: Digest::of(lines(&files[0].1)[20].strip_suffix(b"\n").unwrap()) };
    let wrong = Head { digest: Digest::of(b"other"), ..inside };
    let expecting = |head, file: usize| {
        let builder = PartialReport::builder(midnight(10), midnight(20)).compare_head(head);
        builder.ledger(&*files[file].0, &*files[file].1).and_then(|builder| builder.build())
    };
    let noted = expecting(inside, 0).unwrap();
    let noted = PartialReport::from_bytes(&noted.to_bytes()).unwrap().merge_with(partial(&files[1..]).unwrap()).unwrap();
    assert!(noted.report(&docket).expect_head(inside).build().is_ok());
    assert!(matches!(noted.report(&docket).expect_head(wrong).build(), Err(PublicationError::Published { .. })));
    assert!(matches!(whole.report(&docket).expect_head(inside).build(), Err(PublicationError::NotCompared { .. })));
    let last = whole.parts().last().unwrap().head();
    assert!(whole.report(&docket).expect_head(last).build().is_ok());
    let beyond = Head { seq: 999, ..last };
    assert_eq!(whole.report(&docket).expect_head(beyond).build(), Err(PublicationError::Missing(beyond)));
    assert!(expecting(wrong, 0).unwrap_err().to_string().contains("the ledger was written anew"));
    let elsewhere = expecting(inside, 1).unwrap().merge_with(partial(&files[..1]).unwrap()).unwrap();
    let error = elsewhere.report(&docket).allow_gaps().expect_head(inside).build().unwrap_err();
    assert!(error.to_string().contains("it was not compared: give it"), "{error}");
}

#[test]
fn a_period_is_of_whole_days_unless_finer_ones_are_allowed() {
    let builder = || PartialReport::builder(day(10), day(11));
    assert!(matches!(builder().build(), Err(PartialError::Period)));
    let partial = builder().finer_than_days_reveals_more().build().unwrap();
    assert_eq!(partial.report(&Docket::default()).build(), Err(PublicationError::Period));
    assert!(partial.report(&Docket::default()).finer_than_days_reveals_more().build().is_ok());
    let far = PartialReport::builder(midnight(10), midnight(10_000_000)).build();
    assert!(matches!(far, Err(PartialError::Year)));
    let before = SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(86_400 * 800_000)).unwrap();
    assert!(matches!(PartialReport::builder(before, midnight(10)).build(), Err(PartialError::Year)));
}

/// A partial whose text was edited, with the digest that makes it whole again: what somebody does who means it.
fn forged(text: &str, from: &str, to: &str) -> Result<PartialReport, PartialFileError> {
    let edited = text.replacen(from, to, 1);
    assert!(edited != text, "{from} is not in {text}");
    let body = &edited[..edited.rfind(",\"digest\"").unwrap()];
    PartialReport::from_bytes(format!("{body},\"digest\":\"{}\"}}\n", Digest::of(body.as_bytes())).as_bytes())
}

#[test]
fn what_a_forged_partial_cannot_say_is_refused() {
    let text = String::from_utf8(partial(&three_files()).unwrap().to_bytes()).unwrap();
    let meeting = &text[text.find("\"meetings\":[\"").unwrap() + 13..][..32];
    let second = &text[text.find("\"lines\":[62,77]").unwrap()..];
    let second = &second[..second.find('}').unwrap()];
    let one_line = |forms: [u8; 2]| {
        let edits = [
            ("[62,77]", "[62,62]"),
            ("\"ends_file\":true", "\"ends_file\":false"),
            ("[2,2]", &format!("{forms:?}").replace(' ', "")),
        ];
        edits.iter().fold(second.to_owned(), |part, (from, to)| part.replacen(from, to, 1))
    };
    let meetings = |number: u32| (0..number).fold("\"meetings\":[\"".to_owned(), |list, n| list + &format!("{n:032x}\",\""));
    let most = u64::MAX.to_string();
    let cases = [
        ("\"partial_report\":1", "\"partial_report\":2", "of version 2"),
        ("\"blocked\":57", &format!("\"blocked\":{most}"), "too large"),
        ("\"blocked\":57", "\"blocked\":157", "more decisions than"),
        ("\"blocked\":57", "\"blocked\":-1", "cannot be read"),
        ("\"blocked\":57", "\"blocked\":057", "cannot be read"),
        ("\"records\":83", "\"records\":82", "more decisions than"),
        ("\"records\":83", "\"records\":89", "more decisions than"),
        ("\"lines\":[0,61]", "\"lines\":[0,60]", ""),
        ("\"lines\":[0,61]", "\"lines\":[1,61]", "no ledger has"),
        ("\"lines\":[0,61]", "\"lines\":[61,0]", "no ledger has"),
        // The first line of a ledger has none before it.
        ("\"prev\":\"sha256:0", "\"prev\":\"sha256:1", "no ledger has"),
        ("\"lines\":[0,61]", "\"lines\":[0,62]", "counted twice"),
        ("\"lines\":[78,87]", "\"lines\":[78,18446744073709551615]", ""),
        ("\"forms\":[2,2]", "\"forms\":[2,3]", "form 1 or 2"),
        ("\"heads\":[]", "\"heads\":[\"999:sha256:\"]", "not the number and digest"),
        ("Exact numbers", "Inexact numbers", "written otherwise"),
        ("\"heads\":[]", "\"heads\": []", "written otherwise"),
        ("\"heads\":[]", "\"heads\":[],\"more\":1", "cannot be read"),
        ("\"from\":\"2020-06-11T00:00:00Z\"", "\"from\":\"2020-06-11T00:00:00.0Z\"", "written otherwise"),
        ("\"from\":\"2020-06-11T00:00:00Z\"", "\"from\":\"June\"", "its period"),
        ("\"meetings\":[\"", &format!("\"meetings\":[\"{meeting}\",\""), "written otherwise"),
        ("\"meetings\":[\"", "\"meetings\":[\"g", "32 hexadecimal digits"),
        ("\"meetings\":[\"", "\"meetings\":[\"ab\",\"", "32 hexadecimal digits"),
        ("\"meetings\":[\"", &format!("\"meetings\":[\"+{:031x}\",\"", 7), "32 hexadecimal digits"),
        ("\"meetings\":[\"", &meetings(1_000), "or more than joins"),
        ("\"meetings\":[\"", &meetings(65_537), "more meetings of one set of orders than are kept"),
        (&format!("\"meetings\":[\"{meeting}\""), "\"meetings\":[", ""),
        // The last line of a part has the digest that the part names.
        ("\"heads\":[]", &format!("\"heads\":[\"61:{}\"]", Digest::of(b"other")), "not of its lines"),
        ("\"heads\":[]", &format!("\"heads\":[\"999:{}\"]", Digest::of(b"other")), "not of its lines"),
        // One line is not a header and a seal at once.
        ("\"lines\":[62,77]", "\"lines\":[62,62]", "no ledger has"),
        // Nor has it two forms.
        (second, &one_line([2, 2]), ""),
        (second, &one_line([1, 2]), "no ledger has"),
    ];
    for (from, to, said) in cases {
        match forged(&text, from, to) {
            Err(error) => assert!(error.to_string().contains(said), "{from} -> {to}: {error}"),
            Ok(partial) => {
                // What could be is bounded by what the ledger has: such a file is found with the ledger only, or by its neighbours.
                assert!(said.is_empty() && partial.to_bytes() != text.as_bytes(), "{from} -> {to}");
            }
        }
    }
    let error = PartialReport::from_bytes(b"# Government orders").unwrap_err();
    assert_eq!(error, PartialFileError::Other);
    // Without a new digest an edit is seen as one.
    let error = PartialReport::from_bytes(text.replacen("\"blocked\":57", "\"blocked\":60", 1).as_bytes()).unwrap_err();
    assert!(matches!(error, PartialFileError::Changed { .. }), "{error}");
}

/// At the bounds of what can be: a line each that is a decision, a meeting each for a join, and as many meetings as are kept.
#[test]
fn what_a_partial_can_just_say_is_read() {
    let text = String::from_utf8(partial(&three_files()).unwrap().to_bytes()).unwrap();
    assert!(forged(&text, "\"records\":83", "\"records\":88").is_ok());
    assert!(forged(&text, "\"contested\":2", "\"contested\":1").is_ok());

    let edit = |text: String, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let most = 65_536;
    let blocked = edit(text, "\"records\":83", "\"records\":70000");
    let blocked = edit(blocked, "\"lines\":[78,87]", "\"lines\":[78,80000]");
    let blocked = edit(blocked, "\"blocked\":57", &format!("\"blocked\":{most}"));
    let meetings: String = (1..most).map(|n| format!("{n:032x}\",\"")).collect();
    let full = forged(&blocked, "\"meetings\":[\"", &format!("\"meetings\":[\"{meetings}")).unwrap();
    assert!(PartialReport::from_bytes(&full.to_bytes()).is_ok());
}

/// A ledger of one issuer with so many meetings, from a first one on, each joined once: a file for each of some shares.
fn many_meetings(shares: &[Range<usize>]) -> (Docket, Vec<(String, Vec<u8>)>) {
    let mut docket = Docket::default();
    let mut order = bailiwick::Order::new("cn-1", "CN");
    order.accounts = vec!["host".to_owned()];
    docket.orders.push(order);
    let policy = Policy::compile(&docket, &atlas()).unwrap();
    let mut ledger = Ledger::begin(Vec::new(), Key::new(&super::KEY).unwrap()).unwrap();
    let mut files = Vec::new();
    for share in shares {
        for meeting in share.clone() {
            let name = format!("meeting-{meeting}");
            let meeting = Meeting::new(&name).hosted_by("host");
            ledger.record(&policy.explain(meeting, CN.parse().unwrap(), "US".parse().unwrap(), day(12))).unwrap();
        }
        files.push((format!("ledger.{}", files.len()), ledger.rotate(Vec::new()).unwrap()));
    }
    (docket, files)
}

/// Files with fewer meetings than are told apart, with more, and both together; some meetings in several files.
#[test]
fn exact_sets_that_cross_the_bound_become_the_estimate_of_one_pass() {
    let (docket, files) = many_meetings(&[0..30_000, 20_000..50_000, 40_000..80_000]);
    let whole = partial(&files).unwrap();
    let parts: Vec<PartialReport> = files.iter().map(|file| partial(std::slice::from_ref(file)).unwrap()).collect();
    let sent = |partial: &PartialReport| PartialReport::from_bytes(&partial.to_bytes()).unwrap();
    let kept = |partial: &PartialReport| {
        let publication = partial.report(&docket).allow_gaps();
        publication.build().unwrap().total.people.meetings_kept
    };
    assert_eq!(
        parts.iter().map(kept).collect::<Vec<_>>(),
        [Count::Exactly(30_000), Count::Exactly(30_000), Count::Exactly(40_000)]
    );
    let two = sent(&parts[0]).merge_with(sent(&parts[1])).unwrap();
    assert_eq!(kept(&two), Count::Exactly(50_000));
    let forward = sent(&two).merge_with(sent(&parts[2])).unwrap();
    let backward = sent(&parts[2]).merge_with(sent(&parts[1])).unwrap().merge_with(sent(&parts[0])).unwrap();
    assert!(forward.to_bytes() == whole.to_bytes() && backward.to_bytes() == whole.to_bytes());

    let report = whole.report(&docket).build().unwrap();
    assert_eq!(written(&report), written(&one_pass(&docket, &files, 10)));
    let Count::About { number, per_mille: 8 } = report.total.people.meetings_kept else { panic!("{report:?}") };
    assert!(number.abs_diff(80_000) < 80_000 * 8 / 1000, "{number}");
    let [markdown, csv, json] = written(&report);
    assert!(
        markdown.contains(&format!("| about {number} ± 0.8 % |")) && markdown.contains("off by no more than is said"),
        "{markdown}"
    );
    assert!(csv.contains(&format!(",~{number}±0.8%,")), "{csv}");
    assert!(json.contains(&format!("\"~{number}±0.8%\"")), "{json}");
}
