//! What must hold for any bytes that come from outside.

use bailiwick::{Atlas, Docket, Policy, Region, Source};

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
            for meeting in docket.orders.iter().flat_map(|order| &order.meetings) {
                let _ = policy.decide(meeting, "1.2.3.4".parse().unwrap(), Region::UNKNOWN).admits();
            }
        }
        Err(error) => error.errors().iter().for_each(|defect| one_line(&defect.to_string())),
    }
}

fn one_line(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}

pub fn docket_toml(bytes: &[u8]) {
    if let Some(read) = std::str::from_utf8(bytes).ok().and_then(|text| toml::from_str(text).ok()) {
        docket(&read);
    }
}

pub fn docket_json(bytes: &[u8]) {
    if let Ok(read) = serde_json::from_slice(bytes) {
        docket(&read);
    }
}

/// What is read has ends in one family and in sequence, and builds an atlas; what is not has an error of one line.
pub fn range_csv(bytes: &[u8]) {
    match Source::from_range_csv("fuzz", bytes) {
        Ok(source) => {
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
