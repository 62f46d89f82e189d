//! `bailiwick bundle`.

use bailiwick::Digest;
use bailiwick::bundle::Bundle;
use bailiwick::note::SigningKey;
use serde_json::json;

use super::{Folder, ORDER};

const MAKE: &str = "bundle make --orders orders.toml --geo geo.csv --origin example.org/orders --issued 2026-01-31T00:00:00Z \
                    --expires 2026-02-07T00:00:00Z --out b";
const CHECK: &str = "bundle check b --origin example.org/orders --key-of legal=anna.vkey --at 2026-02-01T00:00:00Z";

/// With the keys of three people.
fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    for name in ["anna", "ben", "omar"] {
        let key = SigningKey::from_seed(&format!("example.org/{name}"), Digest::of(name.as_bytes()).as_bytes()).unwrap();
        folder.write(&format!("{name}.key"), format!("{}\n", key.to_secret_text().as_str()));
        folder.write(&format!("{name}.vkey"), format!("{}\n", key.verifier()));
    }
    folder
}

/// What many write for ever is a time as every other.
#[test]
fn the_last_second_of_the_year_9999_is_shown_as_it_was_given() {
    let folder = folder("bundle-last-second");
    let last = "9999-12-31T23:59:59Z";
    folder.write("orders.toml", ORDER.replace("9000-01-01T00:00:00Z", last));
    let shown = folder.run(&format!("{} --version 1", MAKE.replace("2026-02-07T00:00:00Z", last))).text();
    assert!(shown.contains(&format!("\nexpires: {last}\n")), "{shown}");
    assert_eq!(folder.run("bundle show b --json").json()["expires"], last);
    folder.run("bundle sign b --key anna.key --role legal").text();
    assert!(folder.run(CHECK).text().ends_with(&format!(", to be taken until {last}\n")));
    for (at, kind) in [("9999-12-31T23:59:58Z", "block participant"), (last, "allow")] {
        let explained =
            folder.run(&format!("explain orders.toml --geo geo.csv --meeting vigil --address 203.0.113.1 --at {at}")).text();
        assert!(explained.starts_with(kind) && explained.contains(&format!("  time: {at}")), "{explained}");
    }
    assert!(folder.run("reach orders.toml --geo geo.csv").text().contains(&format!(", until {last}\n")));
    assert!(folder.run("check orders.toml --geo geo.csv --as-of geo=9999-12-31").text().contains("0 errors"));
}

fn digest(folder: &Folder, name: &str) -> Digest {
    Bundle::read(&folder.read(name)).unwrap().manifest().digest()
}

#[test]
fn a_bundle_is_made_signed_shown_and_checked() {
    let folder = folder("bundle");
    let shown = folder.run(&format!("{MAKE} --version 1")).text();
    let begin = "bailiwick bundle 1\norigin: example.org/orders\nversion: 1\nissued: 2026-01-31T00:00:00Z\n\
                 expires: 2026-02-07T00:00:00Z\nbefore: none\nacknowledged-from: none\ndocket.json: ";
    assert!(shown.starts_with(begin), "{shown}");
    let digest = digest(&folder, "b");
    let end = format!("\ndigest: {digest}\norders: 1, 1 in force\nnot signed yet: sign it with `bailiwick bundle sign`\n");
    assert!(shown.ends_with(&end), "{shown}");
    assert!(
        folder.run(CHECK).failure(1).contains("`b` is refused: the bundle is not signed: sign it with `bailiwick bundle sign`")
    );

    let signed = folder.run("bundle sign b --key anna.key --role legal").text();
    assert!(signed.starts_with("`b`, version 1 of `example.org/orders`, is signed by `example.org/anna` ("), "{signed}");
    assert!(signed.ends_with("), in the role `legal` where nodes trust that key in it; 1 signature now\n"), "{signed}");
    let good = "`b`: version 1 of `example.org/orders`, signed by 1 key of `legal`, to be taken until 2026-02-07T00:00:00Z\n";
    assert_eq!(folder.run(CHECK).text(), good);
    assert!(folder.run("bundle show b").text().contains("\nsignature, not verified: example.org/anna ("));

    let checked = folder.run(&format!("{CHECK} --json")).json();
    let shown = folder.run("bundle show b --json").json();
    for name in
        ["file", "origin", "version", "digest", "issued", "expires", "before", "acknowledged_from", "members", "policy", "atlas"]
    {
        assert_eq!(checked[name], shown[name], "{name}");
    }
    assert_eq!(shown["digest"], json!(digest));
    assert_eq!((&shown["orders"], &shown["in_force"], &shown["before"]), (&json!(1), &json!(1), &json!(null)));
    assert_eq!(shown["signatures"][0]["name"], "example.org/anna");
    assert_eq!((&checked["signed"], &checked["cautions"]), (&json!({"legal": 1}), &json!([])));
}

#[test]
fn each_role_has_its_keys_and_its_threshold() {
    let folder = folder("bundle-roles");
    folder.run(&format!("{MAKE} --version 1")).text();
    folder.run("bundle sign b --key anna.key --role legal").text();
    let both = format!("{CHECK} --key-of legal=ben.vkey --key-of operations=omar.vkey");
    assert!(folder.run(&both).failure(1).contains("0 of the 1 keys that must sign in the role `operations` did"));
    folder.run("bundle sign b --key omar.key --role operations").text();
    folder.run(&both).text();
    assert!(
        folder
            .run(&format!("{both} --threshold legal=2"))
            .failure(1)
            .contains("1 of the 2 keys that must sign in the role `legal`")
    );
    folder.run("bundle sign b --key ben.key --role legal").text();
    folder.run(&format!("{both} --threshold legal=2 --threshold operations=1")).text();
    // Signing twice is no second signature.
    assert!(folder.run("bundle sign b --key ben.key --role legal").text().ends_with("; 3 signatures now\n"));
}

#[test]
fn the_next_version_goes_on_from_the_one_whose_place_it_takes() {
    let folder = folder("bundle-next");
    folder.run(&format!("{MAKE} --version 1")).text();
    let first = digest(&folder, "b");
    folder.write("first", folder.read("b"));
    assert!(folder.run(&format!("{MAKE} --version 2")).text().contains(&format!("\nbefore: {first}\n")));
    for before in ["first".to_owned(), first.to_string()] {
        let line = format!("{MAKE}2 --version 2 --before {before} --acknowledged-from 1");
        assert!(folder.run(&line).text().contains(&format!("\nbefore: {first}\nacknowledged-from: 1\n")));
    }
    let skipped = folder.run(&format!("{MAKE}3 --version 3"));
    assert_eq!(skipped.status, Some(0));
    assert!(
        skipped.err.contains("warning: the bundle does not name the one before: give version 2 with `--before`"),
        "{}",
        skipped.err
    );
    let wrong = folder.run(&format!("{MAKE}3 --version 3 --before first")).failure(1);
    assert!(wrong.contains("`first` has version 1, and the one before 3 is needed: name that, or give `--version 2`"), "{wrong}");
    let old = folder.run(&format!("{MAKE} --version 2"));
    assert!(old.status == Some(0) && old.err.contains("`b` had version 2: nodes that took it refuse this one"), "{}", old.err);
}

#[test]
fn what_cannot_be_made_or_taken_says_what_to_do() {
    let folder = folder("bundle-refused");
    folder.write("endless.toml", ORDER.replace("expires = \"9000-01-01T00:00:00Z\"\n", ""));
    folder.write("none.toml", "orders = []\n");
    folder.run(&format!("{MAKE} --version 7 --before sha256:{}", "0".repeat(64))).text();
    folder.run("bundle sign b --key anna.key --role legal").text();
    folder.write("cut", &folder.read("b")[..5000]);
    let make = |from: &str, to: &str| MAKE.replace(from, to) + "3 --version 8";
    let cases = [
        (make("orders.toml", "endless.toml"), 1, "expires"),
        (make("orders.toml", "none.toml"), 1, "orders"),
        (make("--geo geo.csv", ""), 2, "nothing says where addresses are"),
        (make("2026-02-07T", "2026-01-30T"), 2, "`expires` is 2026-01-30T00:00:00Z, and `issued` is 2026-01-31T00:00:00Z"),
        (make("example.org/orders", "\u{200b}"), 2, "has a character that is not seen"),
        (make("--out", "--acknowledged-from 8 --out"), 2, "`acknowledged-from` is 8, and the version 8"),
        (make("--out", "--acknowledged-from 0 --out"), 2, "`acknowledged-from` is 0"),
        (MAKE.to_owned() + "3 --version 0", 2, "the version is 0"),
        (make("--out", "--before geo.csv --out"), 1, "`geo.csv`: the archive is not a bundle"),
        (make("--out", "--before sha256:0 --out"), 2, "64 hexadecimal digits"),
        ("bundle sign b --key anna.vkey --role legal".to_owned(), 1, "`anna.vkey`: this is a verifier key"),
        ("bundle sign b --key absent --role legal".to_owned(), 2, "`absent` cannot be read: there is no such file"),
        ("bundle sign b --key anna.key --role Legal".to_owned(), 2, "write one such as `legal`"),
        ("bundle sign cut --key anna.key --role legal".to_owned(), 1, "`cut`: the archive is not a bundle: it ends at byte"),
        ("bundle show geo.csv".to_owned(), 1, "`geo.csv`: the archive is not a bundle"),
        ("bundle show absent".to_owned(), 2, "there is no such file"),
        (CHECK.replace("anna.vkey", "anna.key"), 1, "`anna.key`: this is a secret key"),
        (CHECK.replace("legal=anna.vkey", "anna.vkey"), 2, "write the role, `=`, and its value"),
        (format!("{CHECK} --threshold legal=2"), 2, "the threshold of the role `legal` is 2, and it has 1 key"),
        (format!("{CHECK} --threshold legal=0"), 2, "leave the role out, or write 1 or more"),
        (format!("{CHECK} --threshold legal=two"), 2, "`two` is not a number of keys"),
        (format!("{CHECK} --newer-than 7"), 1, "`b` is refused: the bundle has version 7, and version 7 was taken before"),
        (CHECK.replace("example.org/orders", "example.org/other"), 1, "the bundle is of `example.org/orders`"),
        (
            CHECK.replace("2026-02-01", "2026-02-08"),
            1,
            "the bundle expired at 2026-02-07T00:00:00Z, and it is 2026-02-08T00:00:00Z",
        ),
        (CHECK.replace("bundle check b", "bundle check cut"), 1, "`cut` is refused"),
        (CHECK.replace("--key-of legal=anna.vkey", ""), 2, "--key-of"),
    ];
    for (line, status, message) in cases {
        let error = folder.run(&line).failure(status);
        assert!(error.contains(message), "{line}\n{error}");
    }
    folder.run(&format!("{CHECK} --newer-than 6")).text();
    let early = folder.run(&CHECK.replace("2026-02-01", "2026-01-30"));
    assert!(
        early.status == Some(0) && early.err.contains("warning: the bundle was issued at 2026-01-31T00:00:00Z"),
        "{}",
        early.err
    );
}
