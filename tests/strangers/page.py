"""Opens the pages that `bailiwick log … --html` wrote in Chromium, from `file:`, and gives them right, wrong and forked proofs.

    page.py BAILIWICK
"""

import base64
import hashlib
import re
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from strangers import BAILIWICK, Log, Witness, ledger, run, shutil

# A verdict comes at once, but for a machine that is busy with something else.
expect.set_options(timeout=60_000)


def prove(log, seq):
    words = [BAILIWICK, "log", "prove", str(log.ledger), "--log", str(log.dir), "--seq", str(seq)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def publish(log, lines, *more):
    log.publish(lines)
    run(BAILIWICK, "log", "publish", log.ledger, "--key", log.key, "--out", log.dir, "--html", *more)


def drop(page, path):
    """Drags a file over the page and drops it, as the browser does for a person."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for event in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": event, "x": 100, "y": 100, "data": data})


def says(page, expected, where="#result"):
    expect(page.locator(where)).to_have_text(re.compile("^" + re.escape(expected)))


def paste(page, text):
    # Two proofs may have one result.
    page.evaluate("document.getElementById('result').textContent = ''")
    page.fill("#text", text)
    page.focus("#check")
    page.keyboard.press("Enter")


# Gives a proof whose checkpoint has 256 lines, and another one; the first is verified when the second has its verdict.
OVERTAKEN = """async ([first, second]) => {
  const verify = crypto.subtle.verify.bind(crypto.subtle);
  let go;
  const held = new Promise(done => { go = done; });
  crypto.subtle.verify = async (...given) => {
    if (new TextDecoder().decode(given[3]).includes("\\n256\\n")) await held;
    return verify(...given);
  };
  const checked = check(first);
  await check(second);
  go();
  await checked;
  crypto.subtle.verify = verify;
}"""


def opened(browser, path, said, **options):
    page = browser.new_page(viewport={"width": 360, "height": 640}, **options)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.as_uri())
    return page


def proofs(browser, folder, said):
    """A log without witnesses: right, wrong and forked proofs, by keyboard, from a file and dropped."""
    lines = ledger(700)
    log = Log(folder / "log")
    publish(log, lines[:300])
    early = prove(log, 17)
    shutil.copy(log.dir / "index.html", folder / "old.html")
    publish(log, lines)
    right = prove(log, 300)
    fork = Log(folder / "fork")
    for name in ("key", "key.vkey"):
        shutil.copy(log.folder / name, fork.folder / name)
    fork.publish(ledger(700, fork_at=100))
    other = Log(folder / "other")
    other.publish(lines)
    extra = right.split("\n")[1]
    fleet, key = folder / "fleet", folder / "fleet.key"
    run(BAILIWICK, "log", "keygen", "--origin", "example.com/fleet", "--out", key)
    run(BAILIWICK, "log", "gather", log.dir, "--into", fleet, "--key", key, "--vkey", log.vkey, "--html")
    double = subprocess.run(list(map(str, [BAILIWICK, "log", "prove", log.ledger, "--log", log.dir, "--seq", "300", "--fleet", fleet])),
                            capture_output=True, text=True, check=True).stdout
    cases = [
        ("RIGHT: line 300 is in the log. The checkpoint is on this page.", right),
        ("RIGHT: line 300 is in the log. The checkpoint is on this page.", right + "\n\n"),
        ("RIGHT: line 17 is in the log. The checkpoint is on this page.", early),
        ("RIGHT: line 300 is in the log. The checkpoint is on this page. The file has a proof of another log", double),
        ("RIGHT: line 300 is in the log. The checkpoint is on this page. The file has a proof of another log", double.replace("\nc2sp", "\n\nc2sp")),
        ("WRONG: The proof does not lead", double.replace("index 300", "index 301")),
        ("WRONG: The proof does not lead", right.replace("index 300", "index 301")),
        ("WRONG: The proof does not lead", right.replace(extra, early.split("\n")[1])),
        ("WRONG: The signature is wrong", right.replace("\n512\n", "\n513\n")),
        ("WRONG: FORKED", prove(fork, 300)),
        ("WRONG: The checkpoint is not signed by the key of this log", prove(other, 300)),
        ("WRONG: This is not a proof", "nothing"),
        ("WRONG: The proof is not well formed", right.replace(extra, "extra !")),
    ]
    page = opened(browser, log.dir / "index.html", said)
    says(page, "RIGHT: this browser checked that the key of the log signed the checkpoint.", "#head")
    for expected, text in cases:
        paste(page, text)
        says(page, expected)
    # A page that is older than the proof cannot tell whether the log was forked: of the fork, either.
    page = opened(browser, folder / "old.html", said)
    newer = [
        ("RIGHT: line 17 is in the log. The checkpoint is on this page.", early),
        ("NOT COMPARED: line 300 is in the log. The checkpoint is newer than this page: get the page again", right),
        ("NOT COMPARED: line 300 is in the log. The checkpoint is newer than this page: get the page again", prove(fork, 300)),
        ("WRONG: The proof does not lead", right.replace("index 300", "index 301")),
    ]
    for expected, text in newer:
        paste(page, text)
        says(page, expected)
    cases += newer
    page = opened(browser, log.dir / "index.html", said)
    page.evaluate(OVERTAKEN, [early, right.replace("index 300", "index 301")])
    says(page, "WRONG: The proof does not lead")
    proof = folder / "x.tlog-proof"
    proof.write_text(right)
    page.fill("#text", "")
    page.set_input_files("#file", str(proof))
    says(page, "RIGHT")
    assert lines[300].decode() in page.text_content("#result")
    proof.write_text(right.replace("index 300", "index 301"))
    drop(page, proof)
    says(page, "WRONG: The proof does not lead")
    proof.write_text(early)
    drop(page, proof)
    says(page, "RIGHT: line 17")
    assert page.input_value("#text") == early and page.url.endswith("index.html")
    proof.write_bytes(b"x" * 5_000_000)
    drop(page, proof)
    says(page, "WRONG: The file is too large")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"

    page = opened(browser, fleet / "index.html", said)
    cases += [
        ("RIGHT: line 300 of example.com/log is in the log of that node, and its head is line 0 of this log.", double),
        ("WRONG: The proof is of another log", right),
        ("WRONG: The proof does not lead", double.replace("index 300", "index 301")),
        ("WRONG: The two proofs do not belong together", early + double[double.rfind("c2sp.org/tlog-proof@v1"):]),
        ("WRONG: The signature is wrong", double.replace(right.split("\n\n")[2].split(" ")[2][10:30], "A" * 20)),
    ]
    for expected, text in cases[-5:]:
        paste(page, text)
        says(page, expected)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"
    without(browser, log, right)
    return len(cases)


def without(browser, log, right):
    """Browsers without a part of the cryptography call nothing right and nothing wrong; without scripts the page is read."""
    no_ed25519 = "crypto.subtle.importKey = () => Promise.reject(new DOMException('', 'NotSupportedError'))"
    for script in ("Object.defineProperty(globalThis, 'crypto', { value: {} })", no_ed25519):
        bare = browser.new_page()
        bare.add_init_script(script)
        bare.goto((log.dir / "index.html").as_uri())
        says(bare, "NOT CHECKED", "#head")
        paste(bare, right)
        says(bare, "NOT CHECKED")
        assert "RIGHT" not in bare.inner_text("main")
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto((log.dir / "index.html").as_uri())
    assert "512 lines" in plain.text_content("main") and plain.is_visible("noscript") and plain.text_content("#head") == ""


def witnesses(browser, folder, said):
    """The cosignatures of aics-witness, and forged ones."""
    lines = ledger(700)
    log = Log(folder / "witnessed")
    publish(log, lines[:300])
    witness = Witness(folder, log)
    with_key = ["--witness", witness.vkey]
    try:
        uncosigned = prove(log, 17)
        publish(log, lines[:300], *with_key)
        page = opened(browser, log.dir / "index.html", said)
        says(page, "NOT COSIGNED: this browser checked", "#head")
        shutil.copy(log.dir / "index.html", folder / "old-witnessed.html")
        paste(page, uncosigned)
        says(page, "NOT COSIGNED: line 17 is in the log. The checkpoint is on this page. Cosigned by none of the witnesses on this page; at least 1 of 1 must.")
        witness.ask(log)
    finally:
        witness.stop()
    publish(log, lines[:300], *with_key)
    right = prove(log, 17)
    page = opened(browser, log.dir / "index.html", said)
    says(page, "RIGHT: this browser checked that the key of the log signed the checkpoint. Cosigned by witness.example/w1 (2", "#head")
    line = next(line for line in right.split("\n") if line.startswith("\u2014 witness.example/w1 "))
    encoded = line.split(" ")[2]
    forged = base64.b64decode(encoded)
    later = forged[:11] + bytes([forged[11] ^ 1]) + forged[12:]
    # Of one signature in sixteen the last byte is 0, so that a 0 in its place would change nothing.
    other = forged[:-1] + bytes([forged[-1] ^ 1])
    cases = [
        ("RIGHT: line 17 is in the log. The checkpoint is on this page. Cosigned by witness.example/w1 (2", right),
        ("RIGHT: line 17", uncosigned),
        ("WRONG: The cosignature of witness.example/w1 is wrong", right.replace(encoded, base64.b64encode(later).decode())),
        ("WRONG: The cosignature of witness.example/w1 is wrong", right.replace(encoded, base64.b64encode(other).decode())),
        ("WRONG: The cosignature of witness.example/w1 is not well", right.replace(encoded, base64.b64encode(forged[:-1]).decode())),
        ("WRONG: The signature is wrong", right.replace("\n256\n", "\n255\n")),
    ]
    for expected, text in cases:
        paste(page, text)
        says(page, expected)
    # A second witness, which has not cosigned: one of the two is enough, or it is not.
    second = vkey_of(folder, "second.example")
    for quorum, expected in (("1", "RIGHT: line 17"), ("2", "NOT COSIGNED: line 17")):
        publish(log, lines[:300], *with_key, "--witness", second, "--quorum", quorum)
        page = opened(browser, log.dir / "index.html", said)
        paste(page, right)
        says(page, expected)
        assert f"at least {quorum} of 2 must" in page.text_content("#result")
    # The last checkpoint is another one, which nobody cosigned; the one before still is.
    publish(log, lines, *with_key)
    page = opened(browser, log.dir / "index.html", said)
    says(page, "NOT COSIGNED", "#head")
    for expected, text in (("RIGHT: line 17", right), ("NOT COSIGNED: line 17", uncosigned), ("NOT COSIGNED: line 300", prove(log, 300))):
        paste(page, text)
        says(page, expected)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"
    page = opened(browser, folder / "old-witnessed.html", said)
    paste(page, prove(log, 300))
    says(page, "NOT COMPARED, NOT COSIGNED: line 300")
    return len(cases) + 6


def vkey_of(folder, name):
    """The verifier key of a witness that never cosigns: with the public key of a new log."""
    run(BAILIWICK, "log", "keygen", "--origin", name, "--out", folder / name)
    key = base64.b64decode((folder / f"{name}.vkey").read_text().strip().split("+", 2)[2])
    key = b"\x04" + key[1:]
    number = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
    return f"{name}+{number}+{base64.b64encode(key).decode()}"


def main():
    said = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        count = proofs(browser, Path(folder), said) + witnesses(browser, Path(folder), said)
        browser.close()
    assert said == [], said
    print(f"the page in Chromium: {count} proofs, by keyboard and dropped, on the width of a phone, with witnesses, and without scripts")


main()
