//! Files against the digests that orders record.

use bailiwick::digest::DigestError;
use bailiwick::order::{Evidence, Exhibit};
use bailiwick::{Digest, Order};

fn order(evidence: &[&str]) -> Order {
    let mut order = Order::new("cn-1", "CN");
    order.evidence = evidence.iter().map(|&text| text.to_owned()).collect();
    order
}

#[test]
fn every_recorded_digest_is_answered_for_in_its_sequence() {
    let mut evidence = Evidence::new();
    let letter = evidence.add("letter.pdf", b"a letter".as_slice()).unwrap();
    evidence.add("copy of letter.pdf", b"a letter".as_slice()).unwrap();
    evidence.add("unrelated.txt", b"anything".as_slice()).unwrap();
    evidence.add("empty", b"".as_slice()).unwrap();
    let missing = Digest::of(b"a letter with one word more");

    let upper = format!("sha256:{}", letter.to_string()["sha256:".len()..].to_uppercase());
    let order = order(&[&missing.to_string(), &letter.to_string(), "sha256:0", "a letter", &upper]);
    let found = Exhibit::Found { digest: letter, files: vec!["copy of letter.pdf", "letter.pdf"] };
    assert_eq!(
        order.check_evidence(&evidence),
        [
            Exhibit::Missing { digest: missing },
            found.clone(),
            Exhibit::Malformed { text: "sha256:0", error: DigestError::Length { text: "sha256:0".to_owned(), found: 1 } },
            Exhibit::Malformed { text: "a letter", error: DigestError::Prefix { text: "a letter".to_owned() } },
            found,
        ]
    );
    assert_eq!(evidence.unrecorded([&order]), ["empty", "unrelated.txt"]);
    assert_eq!(evidence.unrecorded([]), ["copy of letter.pdf", "empty", "letter.pdf", "unrelated.txt"]);
}

#[test]
fn an_order_without_evidence_has_nothing_to_check() {
    assert_eq!(order(&[]).check_evidence(&Evidence::new()), []);
}

#[test]
fn a_file_that_cannot_be_read_is_not_added() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("unplugged"))
        }
    }
    let mut evidence = Evidence::new();
    assert!(evidence.add("broken", Broken).is_err());
    assert!(evidence.unrecorded([]).is_empty());
}

#[test]
fn a_file_is_read_to_its_end_however_it_comes() {
    struct Dripping<'a>(&'a [u8], bool);
    impl std::io::Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(std::io::ErrorKind::Interrupted.into());
            }
            let drop = self.0.len().min(7).min(buffer.len());
            buffer[..drop].copy_from_slice(&self.0[..drop]);
            self.0 = &self.0[drop..];
            Ok(drop)
        }
    }
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(Evidence::new().add("dripping", Dripping(&bytes, false)).unwrap(), Digest::of(&bytes));
}
