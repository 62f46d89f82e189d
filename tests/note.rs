//! Signed notes: published examples, each way to alter a note or a key, and limits.

use bailiwick::note::{
    Algorithm, MAX_NOTE, MAX_SIGNATURES, NameFlaw, NoteError, NoteKeyError, SignError, Signature, SignedNote, Signer, SigningKey,
    VerifierKey,
};

/// The keys and the note that the documentation of Go's `golang.org/x/mod/sumdb/note` publishes.
const GO_SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_LINE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";

/// The example of C2SP signed-note, section "Verifier keys".
const C2SP_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const C2SP_NOTE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The first note of C2SP signed-note: its text has an empty line.
const WITH_EMPTY_LINE: &str = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
    — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

/// The order of the group of Ed25519, little-endian (RFC 8032, section 5.1).
const GROUP_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0x10,
];

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn note(text: &str) -> SignedNote {
    SignedNote::parse(text.as_bytes()).unwrap()
}

fn refusal(text: impl AsRef<[u8]>) -> String {
    SignedNote::parse(text.as_ref()).unwrap_err().to_string()
}

#[test]
fn published_notes_verify_and_are_written_as_they_were() {
    for (text, verifier) in [(C2SP_NOTE, C2SP_KEY), (&*format!("{GO_TEXT}\n{GO_LINE}\n"), GO_KEY)] {
        let note = note(text);
        note.verify(&key(verifier)).unwrap();
        assert_eq!(note.to_string(), text);
        assert_eq!(key(verifier).to_string(), verifier);
    }
}

#[test]
fn debug_shows_the_public_key_alone() {
    let (secret, public): (SigningKey, VerifierKey) = (GO_SECRET.parse().unwrap(), key(GO_KEY));
    assert_eq!(format!("{public:?}"), format!("VerifierKey({GO_KEY})"));
    assert_eq!(format!("{secret:?}"), format!("SigningKey {{ verifier: {public:?}, .. }}"));
}

#[test]
fn a_note_is_signed_as_go_signs_it() {
    let secret: SigningKey = GO_SECRET.parse().unwrap();
    assert_eq!((secret.verifier(), secret.to_secret_text().as_str()), (key(GO_KEY), GO_SECRET));
    let mut note = SignedNote::new(GO_TEXT).unwrap();
    note.sign(&secret).unwrap();
    assert_eq!(note.to_string(), format!("{GO_TEXT}\n{GO_LINE}\n"));
    note.sign(&secret).unwrap();
    assert_eq!(note.signatures().len(), 1, "signed twice by one key");
}

#[test]
fn the_last_empty_line_separates() {
    let note = note(WITH_EMPTY_LINE);
    assert!(note.text().ends_with(":\n\ned è subito sera.\n"));
    assert_eq!(note.signatures()[0].name(), "quasimodo.example/salvatore");
    assert_eq!(note.to_string(), WITH_EMPTY_LINE);
}

#[test]
fn no_other_text_is_a_key() {
    for cut in 0..GO_KEY.len() {
        assert!(GO_KEY[cut + 1..].parse::<VerifierKey>().is_err(), "without the first {cut}");
        assert!(GO_KEY[..cut].parse::<VerifierKey>().is_err(), "the first {cut}");
    }
    for (whole, is_secret) in [(GO_KEY, false), (GO_SECRET, true)] {
        for at in 0..whole.len() {
            let mut bytes = whole.as_bytes().to_vec();
            bytes[at] ^= 1;
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.parse::<VerifierKey>().is_err(), "{text}");
            if is_secret {
                assert!(text.parse::<SigningKey>().is_err(), "{text}");
            }
        }
    }
    // As in Go's tests: a key that is too long, and one of an algorithm that does not exist, each with the number that fits.
    let long = "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==".parse::<VerifierKey>();
    assert!(long.is_err());
    let unknown = "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse::<VerifierKey>();
    assert!(matches!(unknown, Err(NoteKeyError::Algorithm { found: 0x65, .. })));
}

#[test]
fn a_key_that_is_wrong_says_what_is_wrong_with_it() {
    let cases = [
        ("", "`` is not a verifier key: write it as it was given, NAME+ID+KEY, with eight hexadecimal digits and base64"),
        (
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "`PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW` is not a verifier key: write it as it was given, \
             NAME+ID+KEY, with eight hexadecimal digits and base64",
        ),
        (
            "PeterNeuman+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "the key of `PeterNeuman` has the number c74f20a3 and should have 94245f47: copy it again from its owner",
        ),
        (
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "the key's name `Peter Neumann` has ' ': write a name without blanks, control characters and `+`, such as `example.com/log`",
        ),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<VerifierKey>().unwrap_err().to_string(), error);
    }
    assert_eq!(GO_KEY.parse::<SigningKey>().unwrap_err(), NoteKeyError::VerifierGiven);
    assert!(matches!(SigningKey::generate("a b"), Err(NoteKeyError::Name { flaw: NameFlaw::Character { character: ' ' }, .. })));
}

#[test]
fn a_secret_is_never_shown() {
    let secret: SigningKey = GO_SECRET.parse().unwrap();
    let part = "AYEKFALVFGyNhPJEMzD1QIDr";
    assert!(GO_SECRET.contains(part));
    let mut shown = vec![format!("{secret:?}")];
    for at in 0..GO_SECRET.len() {
        for text in [GO_SECRET[..at].to_owned(), GO_SECRET.replacen(&GO_SECRET[at..=at], "", 1), format!("{}x", &GO_SECRET[at..])] {
            shown.extend(text.parse::<SigningKey>().err().map(|error| format!("{error} {error:?}")));
            if text.contains("PRIVATE+KEY+") {
                shown.extend(text.parse::<VerifierKey>().err().map(|error| format!("{error} {error:?}")));
            }
        }
    }
    assert_eq!(GO_SECRET.parse::<VerifierKey>().unwrap_err(), NoteKeyError::SecretGiven);
    // A text that grew would have left parts of the secret behind in memory.
    let text = secret.to_secret_text();
    assert_eq!((text.as_str(), text.capacity()), (GO_SECRET, GO_SECRET.len()));
    for text in shown {
        assert!(!text.contains(part), "{text}");
    }
}

#[test]
fn keys_are_made_at_random_and_guessable_secrets_are_refused() {
    let [one, other] = [SigningKey::generate("log").unwrap(), SigningKey::generate("log").unwrap()];
    assert_ne!(one.verifier(), other.verifier());
    assert_eq!(one.to_secret_text().parse::<SigningKey>().unwrap().verifier(), one.verifier());
    let typed = *b"correct horse battery staple 123";
    let read = *b"8f14e45fceea167a5a36dedd4bea254\n";
    for seed in [[0; 32], [7; 32], [0xff; 32], typed, read] {
        assert!(matches!(SigningKey::from_seed("log", &seed), Err(NoteKeyError::Guessable { .. })), "{seed:?}");
    }
    let mut seed = [7; 32];
    seed[31] = 8;
    assert!(SigningKey::from_seed("log", &seed).is_ok());
}

/// Encodings of points of small order (those that RFC 8032 can decode), for which some signature fits many texts.
#[test]
fn keys_for_which_anybody_can_sign_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let order_four = [0; 32];
    let mut order_two = [0xff; 32];
    (order_two[0], order_two[31]) = (0xec, 0x7f);
    for point in [identity, order_two, order_four] {
        let key = VerifierKey::new("log", Algorithm::Ed25519, &point);
        assert!(matches!(key, Err(NoteKeyError::Point { .. })), "{point:?}");
    }
}

#[test]
fn every_changed_byte_of_a_note_is_found() {
    let key = key(C2SP_KEY);
    for at in 0..C2SP_NOTE.len() {
        for bit in 0..8 {
            let mut bytes = C2SP_NOTE.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            assert!(SignedNote::parse(&bytes).is_err() || SignedNote::parse(&bytes).unwrap().verify(&key).is_err(), "{at}, {bit}");
        }
        let cut = SignedNote::parse(&C2SP_NOTE.as_bytes()[..at]);
        assert!(cut.is_err(), "the first {at}");
    }
}

#[test]
fn a_signature_altered_without_the_secret_is_refused() {
    let note = note(C2SP_NOTE);
    let mut bytes = note.signatures()[0].bytes().to_vec();
    let mut carry = 0;
    for (byte, of_order) in bytes[32..].iter_mut().zip(GROUP_ORDER) {
        let sum = u16::from(*byte) + u16::from(of_order) + carry;
        (*byte, carry) = (u8::try_from(sum & 0xff).unwrap(), sum >> 8);
    }
    let key = key(C2SP_KEY);
    let mut altered = SignedNote::new(note.text()).unwrap();
    altered.add(Signature::new(key.name(), key.id(), bytes).unwrap()).unwrap();
    assert!(matches!(altered.verify(&key), Err(NoteError::WrongSignature { .. })));
}

#[test]
fn signatures_of_others_are_ignored_and_a_wrong_one_is_an_error() {
    let (log, other) = (SigningKey::generate("log").unwrap(), SigningKey::generate("log").unwrap());
    let mut note = SignedNote::new("text\n").unwrap();
    assert!(matches!(note.verify(&log.verifier()), Err(NoteError::NotSigned { .. })));
    note.sign(&other).unwrap();
    note.add(Signature::new("log", 7, vec![1]).unwrap()).unwrap();
    note.add(Signature::new("nobody", log.id(), vec![1]).unwrap()).unwrap();
    assert!(matches!(note.verify(&log.verifier()), Err(NoteError::NotSigned { .. })));
    note.sign(&log).unwrap();
    note.verify(&log.verifier()).unwrap();
    note.verify(&other.verifier()).unwrap();

    // A wrong signature by the key beside a right one, before or after it.
    let right = Signature::new("log", log.id(), log.sign(b"text\n").unwrap()).unwrap();
    let wrong = Signature::new("log", log.id(), other.sign(b"text\n").unwrap()).unwrap();
    for lines in [format!("{right}\n{wrong}\n"), format!("{wrong}\n{right}\n")] {
        let note = SignedNote::parse(format!("text\n\n{lines}").as_bytes()).unwrap();
        assert!(matches!(note.verify(&log.verifier()), Err(NoteError::WrongSignature { .. })));
    }
}

#[test]
fn bytes_that_are_no_note_say_why() {
    let line = GO_LINE;
    let cases = [
        (String::new(), "the note has no empty line with signatures after it: it is cut off, or is not a signed note"),
        ("text\n".to_owned(), "the note has no empty line with signatures after it: it is cut off, or is not a signed note"),
        ("text\n\n".to_owned(), "the note has no empty line with signatures after it: it is cut off, or is not a signed note"),
        (format!("text\n\n{line}"), "the last line of the note has no end: the note is cut off"),
        (
            format!("text\r\n\r\n{line}\r\n"),
            "line 1 of the note has the control character '\\r': a note has line feeds alone, so do not edit or convert it",
        ),
        (format!("text\n\n{line}\nx\n"), "line 4 of the note, `x`, is not a signature: one is `— NAME BASE64`"),
        ("text\n\n- log AAAAAAE=\n".to_owned(), "line 3 of the note, `- log AAAAAAE=`, is not a signature: one is `— NAME BASE64`"),
        ("text\n\n— log AAAAAA==\n".to_owned(), "the signature of `log` has no byte: it is cut off"),
        ("text\n\n— log AAAA\n".to_owned(), "line 3 of the note, `— log AAAA`, is not a signature: one is `— NAME BASE64`"),
        (
            "text\n\n— log  AAAAAAE=\n".to_owned(),
            "line 3 of the note, `— log  AAAAAAE=`, is not a signature: one is `— NAME BASE64`",
        ),
    ];
    for (text, error) in cases {
        assert_eq!(refusal(&text), error, "{text}");
    }
    assert_eq!(refusal(b"a\nb\xff\n"), "the note cannot be read: this is not UTF-8 text: line 2 has a byte that is not");
    assert!(matches!(SignedNote::new("no end"), Err(NoteError::TextEnd)));
    assert!(matches!(SignedNote::new("a\tb\n"), Err(NoteError::Control { line: 1, character: '\t' })));
}

#[test]
fn a_note_has_at_most_a_hundred_signatures_and_a_million_bytes() {
    let mut note = SignedNote::new("text\n").unwrap();
    for id in 0..u32::try_from(MAX_SIGNATURES).unwrap() {
        note.add(Signature::new("log", id, vec![1; 5_000]).unwrap()).unwrap();
    }
    assert_eq!(SignedNote::parse(note.to_string().as_bytes()).unwrap(), note);
    let one_more = Signature::new("log", 100, vec![1]).unwrap();
    assert!(matches!(note.add(one_more.clone()), Err(NoteError::ManySignatures)));
    assert!(matches!(SignedNote::parse(format!("{note}{one_more}\n").as_bytes()), Err(NoteError::ManySignatures)));
    // One that replaces another is no more.
    note.add(Signature::new("log", 99, vec![2]).unwrap()).unwrap();

    let mut long = SignedNote::new(format!("{}\n", "x".repeat(MAX_NOTE - 1))).unwrap();
    let before = long.clone();
    assert!(matches!(long.add(one_more), Err(NoteError::TooLong { .. })));
    assert_eq!(long, before, "a refused signature changes nothing");
    assert!(matches!(SignedNote::new(format!("{}\n", "x".repeat(MAX_NOTE))), Err(NoteError::TooLong { found: 1_000_001 })));
    assert!(matches!(SignedNote::parse(&[b'\n'; MAX_NOTE + 1]), Err(NoteError::TooLong { .. })));
    assert!(matches!(SignedNote::parse(&[0xff; MAX_NOTE + 2]), Err(NoteError::TooLong { .. })), "its length is looked at first");

    // A note of a million bytes is made and read, and none of one more.
    let signature = || Signature::new("log", 1, vec![1; 5]).unwrap();
    let others = format!("\n\n{}\n", signature()).len();
    let of = |len: usize| SignedNote::new(format!("{}\n", "x".repeat(len - others))).unwrap();
    let mut most = of(MAX_NOTE);
    most.add(signature()).unwrap();
    assert_eq!(most.to_string().len(), MAX_NOTE);
    assert_eq!(SignedNote::parse(most.to_string().as_bytes()).unwrap(), most);
    assert!(matches!(of(MAX_NOTE + 1).add(signature()), Err(NoteError::TooLong { found: 1_000_001 })));
}

/// A signer whose secret is elsewhere.
struct Module(Option<SigningKey>);

impl Signer for Module {
    fn name(&self) -> &str {
        "module"
    }

    fn id(&self) -> u32 {
        self.0.as_ref().map_or(0, Signer::id)
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.as_ref().ok_or_else(|| SignError::new("the module is locked"))?.sign(text)
    }
}

#[test]
fn a_module_signs_and_its_failure_leaves_the_note_as_it_was() {
    let secret = SigningKey::generate("module").unwrap();
    let key = secret.verifier();
    let same = VerifierKey::new("module", Algorithm::Ed25519, key.public_key()).unwrap();
    assert_eq!(same, key);
    let mut note = SignedNote::new("text\n").unwrap();
    let error = note.sign(&Module(None)).unwrap_err();
    assert_eq!(error.to_string(), "the note cannot be signed by `module`: the signer failed: the module is locked");
    assert!(note.signatures().is_empty());
    note.sign(&Module(Some(secret))).unwrap();
    note.verify(&key).unwrap();
}

/// The secret text of a key names its algorithm: one of another algorithm signs nothing here.
#[test]
fn a_secret_key_of_another_algorithm_is_refused() {
    // The first byte of the base64 text is the number of the algorithm: 1 is Ed25519.
    let other = GO_SECRET.replace("+AYEK", "+BYEK");
    let error = other.parse::<SigningKey>().unwrap_err();
    assert!(matches!(error, NoteKeyError::Algorithm { found: 5, .. }), "{error}");
}
