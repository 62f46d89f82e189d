//! A ledger that C writes is one that the library verifies.
#![allow(unsafe_code, reason = "it calls the functions as C does")]

use std::ffi::{CString, c_char};
use std::fs::{self, File};
use std::io::BufReader;
use std::ptr::null_mut;

use bailiwick::ledger::verify;
use bailiwick_capi::*;

#[test]
fn counts_and_padding_that_c_writes_are_verified_by_the_library() {
    let folder = std::env::temp_dir().join(format!("bailiwick-capi-ledger-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("ledger.jsonl");
    let name = CString::new(path.to_str().unwrap()).unwrap();
    let key: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 5).unwrap());
    let (mut ledger, mut seq, mut lines) = (null_mut(), 0, 0);
    let mut head = [0_u8; 100];
    // SAFETY: every pointer is one of a local value or NULL, as the functions document.
    let length = unsafe {
        assert_eq!(bailiwick_ledger_open(name.as_ptr(), key.as_ptr(), key.len(), &mut ledger, null_mut()), BAILIWICK_OK);
        assert_eq!(bailiwick_ledger_unrecorded(ledger, 3, &mut seq, null_mut()), BAILIWICK_INVALID);
        assert_eq!(bailiwick_ledger_unrecorded(ledger, 12, &mut seq, null_mut()), BAILIWICK_OK);
        assert_eq!(bailiwick_ledger_unrecorded(ledger, 30, null_mut(), null_mut()), BAILIWICK_OK);
        assert_eq!(bailiwick_ledger_pad(ledger, &mut lines, null_mut()), BAILIWICK_OK);
        let length = bailiwick_ledger_public_head(ledger, head.as_mut_ptr().cast::<c_char>(), head.len());
        bailiwick_ledger_free(ledger);
        length
    };
    let verified = verify([("ledger.jsonl", BufReader::new(File::open(&path).unwrap()))]).unwrap();
    assert_eq!((seq, lines), (1, 253));
    assert_eq!((verified.lines, verified.records, verified.pads, verified.unrecorded), (256, 0, 253, 42));
    assert_eq!(verified.public_head.unwrap().to_string().as_bytes(), &head[..length]);
    assert_eq!(verified.head, verified.public_head);
    fs::remove_dir_all(&folder).unwrap();
}
