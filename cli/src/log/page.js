
"use strict";
// Verifies a proof (C2SP tlog-proof) with the key of the log, and compares its checkpoint with all that this page has.
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const same = (a, b) => a.length === b.length && a.every((byte, n) => byte === b[n]);
const sha256 = async (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
};
const fail = text => { throw new Error(text); };
const FIRST = "c2sp.org/tlog-proof@v1\n";
class Unable extends Error {}

// A file can have a second proof, which leads on to the log of a fleet: the one of this log is checked.
function ofThisLog(text, vkey) {
  const proofs = text.split(`\n${FIRST}`).map((proof, n) => n === 0 ? proof : FIRST + proof);
  const all = proofs.map((proof, n) => n < proofs.length - 1 ? `${proof}\n` : proof);
  const name = vkey.split("+")[0];
  return [all.find(proof => proof.split("\n\n")[1]?.startsWith(`${name}\n`)) ?? all[0], all.length];
}

function parse(text) {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  if (end < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") fail("This is not a proof: its first line is another one.");
  const extra = lines[0]?.startsWith("extra ") ? lines.shift().slice(6) : fail("The proof has no line of the ledger with it.");
  const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift() ?? "")?.[1] ?? fail("The proof has no index.");
  if (lines.length > 63) fail("The proof is too long.");
  const note = text.slice(end + 2);
  const split = note.lastIndexOf("\n\n");
  if (split < 0) fail("The proof has no checkpoint.");
  const body = note.slice(0, split + 1);
  const [origin, size, root] = body.split("\n");
  if (!/^(0|[1-9][0-9]{0,18})$/.test(size)) fail("The checkpoint has no size.");
  return { leaf: bytes(extra), index: BigInt(index), path: lines.map(bytes), body, origin, size: BigInt(size), root: bytes(root),
    signatures: note.slice(split + 2).split("\n").filter(line => line) };
}

async function signed(proof, vkey) {
  const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  if (proof.origin !== name) fail(`The proof is of another log: ${proof.origin}`);
  const publicKey = await crypto.subtle.importKey("raw", bytes(key).slice(1), "Ed25519", false, ["verify"])
    .catch(() => { throw new Unable("This browser cannot check signatures of Ed25519: use a newer one, or the tool bailiwick."); });
  const text = new TextEncoder().encode(proof.body);
  let found = false;
  for (const line of proof.signatures) {
    const [dash, signer, encoded] = line.split(" ");
    const all = bytes(encoded ?? "");
    const of = [...all.slice(0, 4)].map(byte => byte.toString(16).padStart(2, "0")).join("");
    if (dash !== "\u2014" || signer !== name || of !== id) continue;
    if (!await crypto.subtle.verify("Ed25519", publicKey, all.slice(4), text)) fail("The signature is wrong: the checkpoint was changed or forged.");
    found = true;
  }
  if (!found) fail("The checkpoint is not signed by the key of this log.");
}

// RFC 9162, section 2.1.3.2.
async function included({ leaf, index, path, size, root }) {
  if (index >= size) fail("The line lies beyond the checkpoint.");
  let [at, last, node] = [index, size - 1n, await sha256(Uint8Array.of(0), leaf)];
  for (const sibling of path) {
    if (last === 0n) fail("The proof is too long.");
    if (at % 2n === 1n || at === last) {
      node = await sha256(Uint8Array.of(1), sibling, node);
      while (at % 2n === 0n && at !== 0n) { at /= 2n; last /= 2n; }
    } else {
      node = await sha256(Uint8Array.of(1), node, sibling);
    }
    at /= 2n;
    last /= 2n;
  }
  if (last !== 0n || !same(node, root)) fail("The proof does not lead to the checkpoint: the line, its number or the proof was changed.");
}

function published(proof) {
  const rows = [...document.querySelectorAll("#checkpoints tr")].map(row => [...row.cells].map(cell => cell.textContent));
  const newest = rows.reduce((most, [size]) => BigInt(size) > most ? BigInt(size) : most, 0n);
  const row = rows.find(([size]) => BigInt(size) === proof.size);
  if (proof.size > newest) return "The checkpoint is newer than this page: get the page again, to see whether the log was forked.";
  if (!row || !same(bytes(row[1]), proof.root)) {
    fail("FORKED: the key of this log signed a checkpoint that is not on this page. The keeper showed different histories to different people.");
  }
  return "The checkpoint is on this page.";
}

async function check(given) {
  const result = document.getElementById("result");
  result.textContent = "Checking \u2026";
  try {
    // Without HTTPS, on a server that is not this device, browsers give pages no cryptography.
    if (!globalThis.crypto?.subtle) throw new Unable("The page was not served over HTTPS: open it so, or as a file.");
    const vkey = document.querySelector("main").dataset.vkey;
    const [text, count] = ofThisLog(given.replace(/\r\n/g, "\n"), vkey);
    const proof = parse(text);
    await signed(proof, vkey);
    await included(proof);
    const note = published(proof) + (count > 1 ? " The file has a proof of another log, too, which was not checked." : "");
    result.textContent = `RIGHT: line ${proof.index} is in the log. ${note}\n`;
    const line = document.createElement("pre");
    line.tabIndex = 0;
    line.textContent = new TextDecoder().decode(proof.leaf);
    result.append(line);
  } catch (error) {
    if (error instanceof Unable) { result.textContent = `NOT CHECKED: ${error.message}`; return; }
    result.textContent = `WRONG: ${error instanceof DOMException ? "The proof is not well formed, or this browser cannot check it." : error.message}`;
  }
}

const take = async file => { document.getElementById("text").value = await file.text(); await check(document.getElementById("text").value); };
document.getElementById("check").addEventListener("click", () => check(document.getElementById("text").value));
document.getElementById("file").addEventListener("change", event => { if (event.target.files[0]) take(event.target.files[0]); });
document.addEventListener("dragover", event => event.preventDefault());
document.addEventListener("drop", event => { event.preventDefault(); if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]); });
