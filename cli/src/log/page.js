
"use strict";
// Verifies proofs (C2SP tlog-proof) with the keys of the log and of its witnesses, and compares their checkpoint with all that this
// page has.
const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const same = (a, b) => a.length === b.length && a.every((byte, n) => byte === b[n]);
const join = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { whole.set(part, at); at += part.length; }
  return whole;
};
const sha256 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
const encoded = text => new TextEncoder().encode(text);
const fail = text => { throw new Error(text); };
const FIRST = "c2sp.org/tlog-proof@v1\n";
// The most bytes of a file with two proofs.
const MOST = 4000000;
class Unable extends Error {}

const main = document.querySelector("main");
const vkeys = selector => [...document.querySelectorAll(`${selector} [data-vkey]`)].map(element => element.dataset.vkey);

// A file can have two proofs, of a node's log and of its fleet's: the one of this log, and the others.
function proofsOf(text) {
  const proofs = text.split(`\n${FIRST}`).map((proof, n) => n === 0 ? proof : FIRST + proof);
  // Whoever copies a text copies empty lines behind it.
  const all = proofs.map(proof => `${proof.trimEnd()}\n`);
  const name = main.dataset.vkey.split("+")[0];
  const own = all.find(proof => proof.split("\n\n")[1]?.startsWith(`${name}\n`)) ?? all[0];
  return [own, all.filter(proof => proof !== own)];
}

// A signed note (C2SP signed-note) that is a checkpoint (C2SP tlog-checkpoint).
function parseCheckpoint(note) {
  const split = note.lastIndexOf("\n\n");
  if (split < 0) fail("The proof has no checkpoint.");
  const body = note.slice(0, split + 1);
  const [origin, size, root] = body.split("\n");
  if (!/^(0|[1-9][0-9]{0,18})$/.test(size)) fail("The checkpoint has no size.");
  return { body, origin, size: BigInt(size), root: bytes(root ?? ""), signatures: note.slice(split + 2).split("\n").filter(line => line) };
}

function parse(text) {
  const end = text.indexOf("\n\n");
  const lines = text.slice(0, end).split("\n");
  if (end < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") fail("This is not a proof: its first line is another one.");
  const extra = lines[0]?.startsWith("extra ") ? lines.shift().slice(6) : fail("The proof has no line with it.");
  const index = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift() ?? "")?.[1] ?? fail("The proof has no index.");
  if (lines.length > 63) fail("The proof is too long.");
  return { leaf: bytes(extra), index: BigInt(index), path: lines.map(bytes), ...parseCheckpoint(text.slice(end + 2)) };
}

// The signatures of a key, each verified over the message that it is of: none when the key did not sign.
async function verified(checkpoint, vkey, what, message) {
  const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const publicKey = await crypto.subtle.importKey("raw", bytes(key).slice(1), "Ed25519", false, ["verify"])
    .catch(() => { throw new Unable("This browser cannot check signatures of Ed25519: use a newer one, or the tool bailiwick."); });
  const found = [];
  for (const line of checkpoint.signatures) {
    const [dash, signer, text] = line.split(" ");
    const all = bytes(text ?? "");
    const of = [...all.slice(0, 4)].map(byte => byte.toString(16).padStart(2, "0")).join("");
    if (dash !== "\u2014" || signer !== name || of !== id) continue;
    const [signed, signature] = message(all.slice(4));
    if (!await crypto.subtle.verify("Ed25519", publicKey, signature, signed)) fail(`${what} is wrong: the checkpoint was changed or forged.`);
    found.push(all.slice(4));
  }
  return found;
}

async function signed(checkpoint, vkey) {
  if (checkpoint.origin !== vkey.split("+")[0]) fail(`The proof is of another log: ${checkpoint.origin}`);
  const found = await verified(checkpoint, vkey, "The signature", signature => [encoded(checkpoint.body), signature]);
  if (found.length === 0) fail("The checkpoint is not signed by the key of this log.");
}

// C2SP tlog-cosignature, "Format": the time in 8 bytes, and a signature of it and the checkpoint.
async function cosigned(checkpoint, vkey) {
  const name = vkey.split("+")[0];
  const time = signature => new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  const found = await verified(checkpoint, vkey, `The cosignature of ${name}`, signature => {
    if (signature.length !== 72) fail(`The cosignature of ${name} is not well formed.`);
    return [encoded(`cosignature/v1\ntime ${time(signature)}\n${checkpoint.body}`), signature.slice(8)];
  });
  const last = found.map(time).reduce((most, one) => one > most ? one : most, -1n);
  if (last < 0n) return null;
  return `${name} (${last < 253402300800n ? new Date(Number(last) * 1000).toISOString().replace(".000", "") : `${last} seconds after 1970`})`;
}

// Who of the witnesses on this page cosigned, and whether enough of them did. The last checkpoint may have been cosigned after a proof.
async function witnessed(checkpoint) {
  const keys = vkeys("#witnesses");
  if (keys.length === 0) return [true, ""];
  const last = parseCheckpoint(document.getElementById("last").textContent);
  const signatures = checkpoint.signatures.concat(last.body === checkpoint.body ? last.signatures : []);
  const names = [];
  for (const key of keys) {
    const name = await cosigned({ ...checkpoint, signatures }, key);
    if (name !== null) names.push(name);
  }
  const quorum = Number(main.dataset.quorum);
  const by = names.length === 0 ? "none of the witnesses on this page" : names.join(", ");
  return [names.length >= quorum, ` Cosigned by ${by}; at least ${quorum} of ${keys.length} must.`];
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

// Whether all checkpoints on this page were compared with that of a proof, and what came of it.
function published(proof) {
  const rows = [...document.querySelectorAll("#checkpoints tr")].map(row => [...row.cells].map(cell => cell.textContent));
  const newest = rows.reduce((most, [size]) => BigInt(size) > most ? BigInt(size) : most, 0n);
  const row = rows.find(([size]) => BigInt(size) === proof.size);
  if (proof.size > newest) return [false, "The checkpoint is newer than this page: get the page again, to see whether the log was forked."];
  if (!row || !same(bytes(row[1]), proof.root)) {
    fail("FORKED: the key of this log signed a checkpoint that is not on this page. The keeper showed different histories to different people.");
  }
  return [true, "The checkpoint is on this page."];
}

// On the page of a fleet: the proof of a node's line, whose checkpoint a head of this log has.
async function ofNode(proof, head) {
  const { node, size, root } = JSON.parse(new TextDecoder().decode(head));
  if (proof.origin !== node || proof.size !== BigInt(size) || !same(proof.root, bytes(root))) {
    fail("The two proofs do not belong together: the head in this log is of another checkpoint.");
  }
  await included(proof);
  const vkey = vkeys("#nodes").find(vkey => vkey.startsWith(`${node}+`));
  if (vkey) await signed(proof, vkey);
  return `line ${proof.index} of ${node} is in the log of that node` + (vkey ? "" : ", whose key is not on this page");
}

const needed = () => {
  // Without HTTPS, on a server that is not this device, browsers give pages no cryptography.
  if (!globalThis.crypto?.subtle) throw new Unable("The page was not served over HTTPS: open it so, or as a file.");
};

function said(error) {
  if (error instanceof Unable) return `NOT CHECKED: ${error.message}`;
  return `WRONG: ${error instanceof DOMException || error instanceof SyntaxError ? "The proof is not well formed, or this browser cannot check it." : error.message}`;
}

// The number of what was given to be checked: a verdict is shown unless something else was given meanwhile.
let given = 0;

function show(number, verdict, leaf) {
  if (number !== given) return;
  const result = document.getElementById("result");
  result.textContent = verdict;
  if (leaf === undefined) return;
  const line = document.createElement("pre");
  line.tabIndex = 0;
  line.textContent = new TextDecoder().decode(leaf);
  result.append("\n", line);
}

async function check(all) {
  const number = given += 1;
  show(number, "Checking \u2026");
  try {
    needed();
    const [text, others] = proofsOf(all.replace(/\r\n/g, "\n"));
    const proof = parse(text);
    await signed(proof, main.dataset.vkey);
    await included(proof);
    let [what, leaf, more] = [`line ${proof.index} is in the log.`, proof.leaf, ""];
    if (others.length === 1 && "fleet" in main.dataset) {
      const line = parse(others[0]);
      what = `${await ofNode(line, proof.leaf)}, and its head is line ${proof.index} of this log.`;
      leaf = line.leaf;
    } else if (others.length > 0) {
      more = " The file has a proof of another log, too, which was not checked.";
    }
    const [isCompared, where] = published(proof);
    const [isEnough, witnesses] = await witnessed(proof);
    const missing = [isCompared ? [] : "NOT COMPARED", isEnough ? [] : "NOT COSIGNED"].flat();
    show(number, `${missing.join(", ") || "RIGHT"}: ${what} ${where}${witnesses}${more}`, leaf);
  } catch (error) {
    show(number, said(error));
  }
}

// What this browser finds of the checkpoint on the page itself.
async function checkHead() {
  const head = document.getElementById("head");
  try {
    needed();
    const last = parseCheckpoint(document.getElementById("last").textContent);
    await signed(last, main.dataset.vkey);
    const [isEnough, witnesses] = await witnessed(last);
    head.textContent = `${isEnough ? "RIGHT" : "NOT COSIGNED"}: this browser checked that the key of the log signed the checkpoint.${witnesses}`;
  } catch (error) {
    head.textContent = said(error);
  }
}

const text = document.getElementById("text");
const take = async file => {
  if (!file) return;
  if (file.size > MOST) { show(given += 1, "WRONG: The file is too large for a proof."); return; }
  text.value = await file.text();
  await check(text.value);
};
document.getElementById("check").addEventListener("click", () => check(text.value));
document.getElementById("file").addEventListener("change", event => take(event.target.files[0]));
document.addEventListener("dragover", event => { event.preventDefault(); event.dataTransfer.dropEffect = "copy"; });
document.addEventListener("drop", event => { event.preventDefault(); take(event.dataTransfer.files[0]); });
checkHead();
