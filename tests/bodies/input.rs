//! Properties that hold for any bytes from outside.

use bailiwick::geo::{CountryOf, Loader};
use bailiwick::notice::Notice;
use bailiwick::{Atlas, Decision, Docket, Order, Policy, Region, Source, SourceError};

/// A docket that is read is written and read again as the same; one that compiles gives a policy that decides.
pub fn docket(docket: &Docket) {
    let json = serde_json::to_string(docket).unwrap();
    assert_eq!(&serde_json::from_str::<Docket>(&json).unwrap(), docket);
    let toml = toml::to_string(docket).unwrap();
    assert_eq!(&toml::from_str::<Docket>(&toml).unwrap(), docket);

    let mut source = Source::new("all");
    source.insert("0.0.0.0/1".parse().unwrap(), "CN".parse().unwrap());
    source.insert("::/0".parse().unwrap(), "US-CA".parse().unwrap());
    let atlas = Atlas::builder().source(source).build().unwrap();
    match Policy::compile(docket, &atlas) {
        Ok(policy) => {
            policy.warnings().iter().for_each(|warning| one_line(&warning.to_string()));
            #[cfg(any(feature = "toml", feature = "json"))]
            policy.warnings().iter().for_each(|warning| rendered(&warning.render("orders", false), warning.line()));
            for meeting in docket.orders.iter().flat_map(|order| &order.meetings) {
                let _ = policy.decide(meeting, "1.2.3.4".parse().unwrap(), Region::UNKNOWN).admits();
            }
        }
        Err(error) => {
            error.errors().iter().for_each(|defect| one_line(&defect.to_string()));
            #[cfg(any(feature = "toml", feature = "json"))]
            error.errors().iter().for_each(|defect| rendered(&defect.render("orders", false), defect.line()));
        }
    }
}

fn one_line(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}

/// A rendered diagnostic has a few lines, none of them made by the file, and the second has the position.
#[cfg(any(feature = "toml", feature = "json"))]
fn rendered(shown: &str, line: Option<usize>) {
    assert!(shown.lines().count() <= 8 && shown.len() < 32_768, "{shown}");
    shown.lines().for_each(one_line);
    if let Some(line) = line {
        assert!(shown.lines().nth(1).unwrap().trim_start().starts_with(&format!("--> orders:{line}:")), "{shown}");
    }
}

/// An error points into the text.
#[cfg(any(feature = "toml", feature = "json"))]
fn read_error(text: &str, error: &bailiwick::ReadError) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut before = 0;
    for error in error.errors() {
        one_line(&error.to_string());
        rendered(&error.render("orders", false), Some(error.line()));
        let line = text.split('\n').nth(error.line() - 1).unwrap();
        assert!((1..=line.chars().count() + 1).contains(&error.column()), "{error}");
        assert!(before <= error.line(), "{error}");
        before = error.line();
    }
    assert_eq!((error.line(), error.message()), (error.errors()[0].line(), error.errors()[0].message()));
}

/// Whether a text that serde reads is refused for its end mark, which is not last.
#[cfg(any(feature = "toml", feature = "json"))]
fn is_misplaced_end(error: &bailiwick::ReadError) -> bool {
    error.errors().len() == 1 && (error.field(), error.value()) == (Some("end"), Some("end"))
}

/// A docket by serde, and by the reader that points into the file: the same, or none.
pub fn docket_toml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read = toml::from_str::<Docket>(text);
    #[cfg(feature = "toml")]
    let read = match (read, Docket::from_toml(text)) {
        (Ok(read), Ok(pointing)) => {
            assert_eq!(read, pointing);
            Ok(pointing)
        }
        (Err(error), Err(pointing)) => {
            read_error(text, &pointing);
            Err(error)
        }
        (Ok(read), Err(error)) if is_misplaced_end(&error) => Ok(read),
        (read, pointing) => panic!("{read:?}\n{pointing:?}"),
    };
    if let Ok(read) = read {
        docket(&read);
    }
}

/// As [`docket_toml`].
pub fn docket_json(bytes: &[u8]) {
    let read = serde_json::from_slice::<Docket>(bytes);
    #[cfg(feature = "json")]
    let read = match (read, std::str::from_utf8(bytes).ok().map(|text| (text, Docket::from_json(text)))) {
        (Ok(read), Some((_, Ok(pointing)))) => {
            assert_eq!(read, pointing);
            Ok(pointing)
        }
        (Err(error), Some((text, Err(pointing)))) => {
            read_error(text, &pointing);
            Err(error)
        }
        (read, None) => read,
        (Ok(read), Some((_, Err(error)))) if is_misplaced_end(&error) => Ok(read),
        // Only the reader of files takes a byte-order mark.
        (Err(_), Some((text, Ok(_)))) if text.starts_with('\u{feff}') => return,
        (read, pointing) => panic!("{read:?}\n{pointing:?}"),
    };
    if let Ok(read) = read {
        docket(&read);
    }
}

/// A file of cases, in both formats: read, or refused with errors that point into it.
pub fn cases(bytes: &[u8]) {
    #[cfg(all(feature = "toml", feature = "json"))]
    if let Ok(text) = std::str::from_utf8(bytes) {
        use bailiwick::cases::{Cases, Runner};
        let mut order = Order::new("cn-1", "CN");
        order.meetings.push("m".to_owned());
        let docket = Docket::from_iter([order]);
        for read in [Cases::from_toml(text), Cases::from_json(text)] {
            match read {
                Ok(cases) => {
                    let runner = Runner::new(&docket, &Atlas::builder().build().unwrap(), &cases).unwrap();
                    assert!(!cases.cases.is_empty());
                    cases.cases.iter().for_each(|case| {
                        one_line(&runner.run(case).differences().iter().map(ToString::to_string).collect::<String>())
                    });
                }
                Err(error) => read_error(text, &error),
            }
        }
    }
    let _ = bytes;
}

/// A file that is lines of text, in a format.
fn lines(load: impl Fn(Loader) -> Result<Source, SourceError>) {
    let strict = load(Source::loader("fuzz"));
    let tolerant = load(Source::loader("fuzz").tolerant());
    match (&strict, &tolerant) {
        // Without a bad line both read the same.
        (Ok(strict), Ok(tolerant)) => {
            assert!(strict.ranges().eq(tolerant.ranges()));
            assert_eq!((strict.load_report(), tolerant.load_report().refused().len()), (tolerant.load_report(), 0));
        }
        (Err(_), Ok(tolerant)) => assert!(!tolerant.load_report().refused().is_empty()),
        (strict, Err(_)) => assert!(strict.is_err()),
    }
    source(strict);
    source(tolerant);
}

/// A source that is read has ranges with both ends in one family and in sequence, builds an atlas, and accounts for its rows. A
/// source that is refused has an error of one line.
fn source(loaded: Result<Source, SourceError>) {
    match loaded {
        Ok(source) => {
            let loaded = source.load_report();
            assert_eq!(loaded.rows(), loaded.located() + loaded.skipped().map(|(_, count)| count).sum::<u64>());
            loaded.to_string().lines().for_each(one_line);
            assert!(source.ranges().all(|(first, last, _)| first <= last && first.is_ipv4() == last.is_ipv4()));
            let ends: Vec<_> = source.ranges().map(|(first, ..)| first).collect();
            let sources = [source.clone()];
            let atlas = Atlas::builder().source(source).build().unwrap();
            for ip in ends.into_iter().take(64) {
                assert_eq!(atlas.locate(ip), bailiwick::spec::locate(&sources, 1, ip));
            }
        }
        Err(error) => one_line(&error.to_string()),
    }
}

pub fn range_csv(bytes: &[u8]) {
    lines(|load| load.range_csv(bytes));
}

pub fn cidr_csv(bytes: &[u8]) {
    lines(|load| load.cidr_csv(bytes));
}

pub fn zone(bytes: &[u8]) {
    lines(|load| load.zone("CN".parse().unwrap(), bytes));
}

pub fn geofeed(bytes: &[u8]) {
    lines(|load| load.geofeed(bytes));
}

pub fn rir(bytes: &[u8]) {
    lines(|load| load.rir(bytes));
}

/// The locations, then `%` and the blocks.
pub fn maxmind_csv(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |&byte| byte == b'%');
    let (locations, blocks) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    for country_of in [CountryOf::Location, CountryOf::Registration] {
        lines(|load| load.country_of(country_of).maxmind_csv(blocks, locations));
    }
}

#[cfg(feature = "mmdb")]
pub fn mmdb(bytes: &[u8]) {
    source(Source::from_mmdb("fuzz", bytes));
    source(Source::loader("fuzz").country_path(&["country_code"]).subdivision_path(&["list", "0", "iso_code"]).mmdb(bytes));
}

/// A region is written as it is read again.
pub fn region(bytes: &[u8]) {
    match std::str::from_utf8(bytes).unwrap_or_default().parse::<Region>() {
        Ok(region) => {
            assert_eq!(region.to_string().parse(), Ok(region));
            assert_eq!(region.covers(region), region != Region::UNKNOWN);
            assert!(region == Region::UNKNOWN || region.country().covers(region));
        }
        Err(error) => one_line(&error.to_string()),
    }
}

/// Input: the languages that a person asks for, then URIs, then lines of a language, `=` and a text, for two orders in turn.
/// Whatever they hold, the answers can be sent.
pub fn notice(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let (asked, uri) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut docket = Docket::default();
    docket.orders = ["1", "2"].map(|id| Order::new(id, "CN")).to_vec();
    for (n, line) in lines.enumerate() {
        let order = &mut docket.orders[n % 2];
        match line.split_once('=') {
            Some((language, text)) => _ = order.notice.insert(language.to_owned(), text.replace('|', "\n")),
            None => line.clone_into(if n % 4 < 2 { &mut order.legal_basis } else { &mut order.reference }),
        }
    }
    docket.orders.iter_mut().for_each(|order| order.meetings.push("m".to_owned()));
    let mut source = Source::new("all");
    source.insert("0.0.0.0/0".parse().unwrap(), "CN".parse().unwrap());
    let policy = Policy::compile(&docket, &Atlas::builder().source(source).build().unwrap()).unwrap();
    let Decision::BlockParticipant(block) = policy.decide("m", [192, 0, 2, 1].into(), Region::UNKNOWN) else { panic!("reached") };
    can_be_sent(&block.notice(asked), uri);
}

fn can_be_sent(notice: &Notice<'_>, uri: &str) {
    let said = notice.orders().any(|order| order.notice.values().any(|text| !text.trim().is_empty()));
    assert_eq!(notice.text().is_some(), said);
    let (http, sip, xmpp) = (notice.http(uri), notice.sip(uri), notice.xmpp());
    for (name, value) in http.headers.iter().chain(&sip.headers) {
        assert!(!value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{name}: {value:?}");
        assert!(value.matches(['<', '>']).count() <= 2, "{name}: {value:?}");
    }
    let json = serde_json::to_string(&http.problem).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["detail"], http.problem.detail);
    let xml = xmpp.to_string();
    assert!(!xml.contains(|c: char| (c.is_control() && !"\t\n".contains(c)) || ('\u{fffe}'..='\u{ffff}').contains(&c)), "{xml:?}");
    assert_eq!(xml.matches('<').count(), 5, "{xml}");
    assert!(notice.to_string().chars().all(|c| c == '\n' || !c.is_control()), "{notice}");
}
