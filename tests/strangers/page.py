"""Opens the page that `bailiwick log publish --html` wrote in Chromium, from `file:`, and gives it right, wrong and forked proofs.

    page.py BAILIWICK
"""

import re
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from strangers import BAILIWICK, Log, ledger, run, shutil


def prove(log, seq):
    words = [BAILIWICK, "log", "prove", str(log.ledger), "--log", str(log.dir), "--seq", str(seq)]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def publish(log, lines):
    log.publish(lines)
    run(BAILIWICK, "log", "publish", log.ledger, "--key", log.key, "--out", log.dir, "--html")


def main():
    with tempfile.TemporaryDirectory() as folder:
        lines = ledger(700)
        log = Log(Path(folder) / "log")
        publish(log, lines[:300])
        early = prove(log, 17)
        publish(log, lines)
        right = prove(log, 300)
        fork = Log(Path(folder) / "fork")
        for name in ("key", "key.vkey"):
            shutil.copy(log.folder / name, fork.folder / name)
        fork.publish(ledger(700, fork_at=100))
        forked = prove(fork, 300)
        other = Log(Path(folder) / "other")
        other.publish(lines)
        extra = right.split("\n")[1]
        fleet = Path(folder) / "fleet"
        run(BAILIWICK, "log", "keygen", "--origin", "example.com/fleet", "--out", Path(folder) / "fleet.key")
        run(BAILIWICK, "log", "gather", log.dir, "--into", fleet, "--key", Path(folder) / "fleet.key", "--vkey", log.vkey)
        words = [BAILIWICK, "log", "prove", log.ledger, "--log", log.dir, "--seq", "300", "--fleet", fleet]
        double = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=True).stdout
        cases = [
            ("RIGHT: line 300 is in the log. The checkpoint is on this page.", right),
            ("RIGHT: line 17 is in the log. The checkpoint is on this page.", early),
            ("RIGHT: line 300 is in the log. The checkpoint is on this page. The file has a proof of another log", double),
            ("WRONG: The proof does not lead", double.replace("index 300", "index 301")),
            ("WRONG: The proof does not lead", right.replace("index 300", "index 301")),
            ("WRONG: The proof does not lead", right.replace(extra, early.split("\n")[1])),
            ("WRONG: The signature is wrong", right.replace("\n512\n", "\n513\n")),
            ("WRONG: FORKED", forked),
            ("WRONG: The checkpoint is not signed by the key of this log", prove(other, 300)),
            ("WRONG: This is not a proof", "nothing"),
            ("WRONG: The proof is not well formed", right.replace(extra, "extra !")),
        ]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 360, "height": 640})
            said = []
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.goto((log.dir / "index.html").as_uri())
            result = page.locator("#result")
            for expected, text in cases:
                # Two cases may have the same result.
                page.evaluate("document.getElementById('result').textContent = ''")
                page.fill("#text", text)
                page.focus("#check")
                page.keyboard.press("Enter")
                expect(result).to_have_text(re.compile("^" + re.escape(expected)))
            proof = Path(folder) / "x.tlog-proof"
            proof.write_text(right)
            page.fill("#text", "")
            page.set_input_files("#file", str(proof))
            expect(result).to_have_text(re.compile("^RIGHT"))
            assert lines[300].decode() in page.text_content("#result")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"
            assert said == [], said
            # A browser without the cryptography does not call a right proof wrong.
            bare = browser.new_page()
            bare.add_init_script("Object.defineProperty(globalThis, 'crypto', { value: {} })")
            bare.goto((log.dir / "index.html").as_uri())
            bare.fill("#text", right)
            bare.click("#check")
            expect(bare.locator("#result")).to_contain_text("NOT CHECKED")
            plain = browser.new_context(java_script_enabled=False).new_page()
            plain.goto((log.dir / "index.html").as_uri())
            assert "512 lines" in plain.text_content("main") and plain.is_visible("noscript")
            browser.close()
        print(f"the page in Chromium: {len(cases)} proofs, by keyboard, on the width of a phone, and without scripts")


main()
