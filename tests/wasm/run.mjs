// Runs the program of this folder: node run.mjs FILE.wasm

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

const bytes = await readFile(process.argv[2]);
// Nothing is imported: no clock, no system.
const { instance } = await WebAssembly.instantiate(bytes, {});
const { compile, decide } = instance.exports;

const [ALLOW, BLOCK, KEEP] = [0, 1, 2];
const [OTHER, VIGIL] = [0, 1];
const ipv4 = (text) => text.split(".").reduce((number, octet) => number * 256 + Number(octet), 0);
const at = (text) => Date.parse(text);

// No evidence, no approvals; and, as time is given, not that the order has expired.
assert.equal(compile(at("2020-06-03T12:00:00Z")), 2);

const cases = [
    [VIGIL, "203.0.113.7", "2020-06-04T00:00:00Z", BLOCK],
    [VIGIL, "198.51.100.7", "2020-06-04T00:00:00Z", KEEP],
    [VIGIL, "192.0.2.7", "2020-06-04T00:00:00Z", KEEP],
    [OTHER, "203.0.113.7", "2020-06-04T00:00:00Z", ALLOW],
    [VIGIL, "203.0.113.7", "2020-06-02T23:59:59.999Z", ALLOW],
    [VIGIL, "203.0.113.7", "2020-06-03T00:00:00Z", BLOCK],
    [VIGIL, "203.0.113.7", "2020-06-05T00:00:00Z", ALLOW],
];
for (const [meeting, ip, time, kind] of cases) {
    assert.equal(decide(meeting, ipv4(ip), at(time)), kind, `${ip} at ${time}`);
}

const [calls, inside, time] = [5_000_000, ipv4("203.0.113.0"), at("2020-06-04T00:00:00Z")];
let blocked = 0;
const began = performance.now();
for (let call = 0; call < calls; call++) {
    blocked += decide(VIGIL, inside + (call & 255), time) === BLOCK;
}
const nanoseconds = ((performance.now() - began) * 1e6) / calls;
assert.equal(blocked, calls);
console.log(`${cases.length} cases decided; ${(bytes.length / 1e6).toFixed(2)} MB; ${nanoseconds.toFixed(0)} ns a decision`);
