#!/usr/bin/env python3
"""Verifies ledgers, written from docs/json.md alone, with the standard library of Python 3.11 or later.

    verify.py                                the vectors of this folder
    verify.py --key KEY FILE...              one ledger, with its key
    verify.py FILE...                        one ledger, without its key
"""

import base64
import calendar
import hashlib
import hmac
import ipaddress
import json
import os
import re
import sys

ASSIGNED = set("""
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL
CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU
GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC
MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT
PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA
UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
""".split())
USER = {"AA"} | {"Q" + c for c in "MNOPQRSTUVWXYZ"} | {"X" + c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
TERRITORIES = {
    "CN-71": "TW", "CN-91": "HK", "CN-92": "MO", "CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW", "FI-01": "AX", "FR-971": "GP",
    "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT", "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NO-21": "SJ",
    "NO-22": "SJ",
}
for code in "FR-BL FR-GF FR-GP FR-MF FR-MQ FR-NC FR-PF FR-PM FR-RE FR-TF FR-WF FR-YT NL-AW NL-CW NL-SX US-AS US-GU US-MP US-PR US-UM US-VI".split():
    TERRITORIES[code] = code[3:]

ZERO = "sha256:" + "0" * 64
BEFORE = ["no-order", "not-in-force", "not-yet-effective", "expired"]
KEEPS = ["unlocated", "contested", "outside", "not-in-regions", "not-in-networks", "exempt"]
RECORD = ["seq", "time", "policy", "atlas", "meeting", "verdict", "orders", "why", "region", "prefix_len"]
MEMBERS = {
    ("ledger", 1): ["ledger", "seq", "opened", "prev"],
    ("ledger", 2): ["ledger", "seq", "opened", "key", "salt", "prev"],
    ("seq", 1): RECORD + ["prev"],
    ("seq", 2): RECORD + ["salt", "prev"],
    ("unrecorded", 2): ["unrecorded", "seq", "salt", "prev"],
    ("pad", 2): ["pad", "seq", "salt", "prev"],
    ("sealed", 1): ["sealed", "seq", "prev"],
    ("sealed", 2): ["sealed", "seq", "salt", "prev"],
}


class Fault(Exception):
    """What is wrong, and in which line."""


def check(holds, what):
    if not holds:
        raise Fault(what)


def region(text):
    """Whether a text is a canonical code."""
    country, dash, subdivision = text.partition("-")
    if country not in ASSIGNED | USER:
        return False
    return not dash or bool(re.fullmatch("[A-Z0-9]{1,3}", subdivision)) and text not in TERRITORIES


def written(value):
    """JSON as a ledger writes it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def is_time(text):
    match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{0,8}[1-9])?Z", text, re.ASCII)
    if not match:
        return False
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    # The calendar repeats after 400 years, and the module does not know the year 0.
    days = calendar.monthrange(year + 400, month)[1] if 1 <= month <= 12 else 0
    return 1 <= day <= days and hour < 24 and minute < 60 and second < 60


def parse(line, form):
    """The members of a line, and the form of the file after it."""
    check(not line.endswith(b"\r"), "ends with CR LF")
    try:
        members = json.loads(line.decode("utf-8", "strict"), object_pairs_hook=list)
    except ValueError as error:
        raise Fault(f"is not JSON: {error}") from error
    check(isinstance(members, list) and members and isinstance(members[0], tuple), "is not an object")
    names, line_of = [name for name, _ in members], dict(members)
    if names[0] == "ledger":
        form = line_of["ledger"]
    check(names == MEMBERS.get((names[0], form)), "does not have the members of its kind")
    check(written(line_of) == line, "is not written as a ledger writes it")
    check(len(line) <= (65_535 if form == 2 else 1_048_576), "is too long")
    for name, value in members:
        member(name, value)
    if names[0] == "seq":
        record(line_of)
    return names[0], line_of, form


def member(name, value):
    text = isinstance(value, str)
    if name in ("ledger", "seq", "unrecorded"):
        check(type(value) is int and 0 <= value < 2**64, f"has no number as {name}")
    elif name in ("opened", "time", "pad", "sealed"):
        check(text and is_time(value), f"has no time as {name}")
    elif name in ("policy", "atlas", "prev"):
        check(text and re.fullmatch("sha256:[0-9a-f]{64}", value), f"has no digest as {name}")
    elif name in ("key", "meeting"):
        check(text and re.fullmatch("[0-9a-f]{64}", value), f"has no keyed hash as {name}")
    elif name == "salt":
        check(text and re.fullmatch("[A-Za-z0-9_-]{21}[AQgw]", value), "has no salt")
    if name == "unrecorded":
        check(value == 0 or value >= 10, "counts few decisions")


def record(line):
    verdict, orders, why, where, length = (line[name] for name in ("verdict", "orders", "why", "region", "prefix_len"))
    check(isinstance(orders, list) and all(isinstance(order, str) for order in orders), "has orders that are not texts")
    ids = [order.encode() for order in orders]
    check(all(one < other for one, other in zip(ids, ids[1:])), "has orders that do not ascend")
    check(all(1 <= len(order) <= 512 for order in ids), "has an order's id of a wrong length")
    expected = {"reaches": "block-participant"} | dict.fromkeys(BEFORE, "allow") | dict.fromkeys(KEEPS, "keep-meeting")
    check(isinstance(why, str) and expected.get(why) == verdict, "has a why that does not fit the verdict")
    check((not orders) == (verdict == "allow"), "has orders that do not fit the verdict")
    check(isinstance(where, str) and (where in ("contested", "unknown") or region(where)), "has no region")
    if why in KEEPS + ["reaches"]:
        fits = {"unlocated": where == "unknown", "contested": where == "contested"}.get(why, region(where))
        check(fits, "has a why that does not fit the region")
    check((length is None) == (where == "unknown"), "has a length that does not fit the region")
    check(length is None or type(length) is int and 0 <= length <= 128, "has no length of a network")


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def salt(key, seq):
    return base64.urlsafe_b64encode(mac(key, b"\xffsalt" + seq.to_bytes(8, "big"))[:16]).rstrip(b"=").decode()


def first_seq(data):
    match = re.match(rb'\{"[^\n]{0,60}?"?seq":(\d+)', data)
    return int(match[1]) if match else -1


def verify(files, key=None):
    """Verifies the files, pairs of a name and bytes, and says what they hold."""
    counts = {"lines": 0, "decisions": 0, "pads": 0, "unrecorded": 0, "head": None, "public_head": None}
    last, sealed = None, True
    for name, data in sorted(files, key=lambda file: first_seq(file[1])):
        number, form = 1, None
        try:
            check(data, "the file is empty")
            check(sealed, "the file before has no seal")
            sealed = False
            for number, line in enumerate(data.split(b"\n")[:-1] if data.endswith(b"\n") else data.split(b"\n"), 1):
                if number == data.count(b"\n") + 1:
                    # A line without its end is at least a fault; what it says may be one, too.
                    raise Fault("the file does not end with a line feed")
                kind, members, form = parse(line, form)
                check((kind == "ledger") == (number == 1), "a header is the first line of a file")
                check(not sealed, "stands after a seal")
                expected, prev = (last[0] + 1, last[1]) if last else (0, ZERO)
                check(members["seq"] == expected, f"is not number {expected}")
                if members["prev"] != prev:
                    # The line that was changed is the one before.
                    number -= 1 if number > 1 else 0
                    raise Fault("was changed, or the next one was")
                if key is not None and form == 2:
                    check(members["salt"] == salt(key, members["seq"]), "has another salt")
                    if kind == "ledger":
                        check(members["key"] == mac(key, b"\xffbailiwick ledger key").hex(), "has another key")
                last = members["seq"], "sha256:" + hashlib.sha256(line).hexdigest()
                sealed = kind == "sealed"
                counts["lines"] += 1
                counts["decisions"] += kind == "seq"
                counts["pads"] += kind == "pad"
                counts["unrecorded"] += members.get("unrecorded", 0)
                counts["head"] = "%d:%s" % last
                if last[0] % 256 == 255:
                    counts["public_head"] = counts["head"]
        except Fault as fault:
            raise Fault(f"{name}, line {number}: {fault}", number) from fault
    return counts


class Digesting:
    def __init__(self):
        self.hash = hashlib.sha256()

    def number(self, number):
        self.hash.update(number.to_bytes(8, "big"))

    def text(self, text):
        self.number(len(text.encode()))
        self.hash.update(text.encode())

    def list(self, elements):
        elements = sorted({element if isinstance(element, bytes) else element.encode() for element in elements})
        self.number(len(elements))
        for element in elements:
            self.number(len(element))
            self.hash.update(element)

    def time(self, text):
        if text is None:
            return self.hash.update(b"\0")
        match = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:\d\d)", text, re.ASCII)
        year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
        cycles, year = (-1, year + 400) if year < 1000 else (0, year)
        seconds = calendar.timegm((year, month, day, hour, minute, second)) + cycles * 146_097 * 86_400
        offset = match[8]
        if offset not in "Zz":
            ahead = int(offset[1:3]) * 3600 + int(offset[4:6]) * 60
            seconds -= ahead if offset[0] == "+" else -ahead
        nanoseconds = seconds * 10**9 + int((match[7] or "").ljust(9, "0"))
        self.hash.update(b"\1" + nanoseconds.to_bytes(16, "big", signed=True))

    def digest(self):
        return "sha256:" + self.hash.hexdigest()


def canonical(text):
    return TERRITORIES.get(text.upper(), text.upper())


def network(text):
    net = ipaddress.ip_network(text)
    return bytes([net.version]) + net.network_address.packed + bytes([net.prefixlen])


def docket_digest(docket):
    d = Digesting()
    d.text("bailiwick docket 1")
    groups = docket.get("jurisdictions", {})
    d.number(len(groups))
    for name in sorted(groups, key=str.encode):
        d.text(name)
        d.list(map(canonical, groups[name]))
    d.list(map(canonical, docket.get("fenced", [])))
    orders = docket.get("orders", [])
    d.number(len(orders))
    for order in sorted(orders, key=lambda order: order["id"].encode()):
        for name in ("id", "issuer", "authority"):
            d.text(order.get(name, ""))
        for name in ("meetings", "accounts", "demands"):
            d.list(order.get(name, []))
        d.text(order["status"])
        for name in ("received", "effective", "expires"):
            d.time(order.get(name))
        d.list(map(canonical, order.get("regions") or []))
        for name in ("networks", "exempt"):
            d.list(map(network, order.get(name) or []))
        for name in ("legal_basis", "reference"):
            d.text(order.get(name, ""))
        for name in ("evidence", "approved_by"):
            d.list(order.get(name, []))
        notice = order.get("notice", {})
        d.number(len(notice))
        for language in sorted(notice, key=str.encode):
            d.text(language)
            d.text(notice[language])
    return d.digest()


def covers(one, other):
    return one == other or "-" not in one and other.startswith(one + "-")


def located(ranges, address):
    """Where one source places an address: the narrowest range that holds it."""
    holding = [(last - first, code) for first, last, code in ranges if first <= address <= last]
    codes = {code for width, code in holding if width == min(holding)[0]}
    return "contested" if len(codes) > 1 else codes.pop() if codes else "ZZ"


def agreed(codes):
    if "contested" in codes:
        return "contested"
    codes = [code for code in codes if code != "ZZ"]
    if any(not covers(one, other) and not covers(other, one) for one in codes for other in codes):
        return "contested"
    return min(codes, key=len) if codes else "unknown"


def atlas_digest(sources):
    d = Digesting()
    d.text("bailiwick atlas 1")
    for version, bits in ((4, 32), (6, 128)):
        of_family, boundaries = [], {0}
        for rows in sources:
            ranges = []
            for row in rows.decode().split():
                first, last, code = row.split(",")
                first, last = ipaddress.ip_address(first), ipaddress.ip_address(last)
                if first.version == version:
                    ranges.append((int(first), int(last), canonical(code)))
                    boundaries |= {int(first), int(last) + 1} - {2**bits}
            of_family.append(ranges)
        before = None
        for boundary in sorted(boundaries):
            location = agreed([located(ranges, boundary) for ranges in of_family])
            if location != before:
                d.hash.update(bytes([version]) + boundary.to_bytes(bits // 8, "big"))
                d.hash.update(bytes([len(location)]) + location.encode())
            before = location
    return d.digest()


def docket_of(name, data):
    if name.endswith(".json"):
        return json.loads(data)
    import tomllib
    return tomllib.loads(data.decode())


def vectors():
    folder = os.path.dirname(os.path.abspath(__file__))

    def read(name):
        with open(os.path.join(folder, *name.split("/")), "rb") as file:
            return file.read()

    expected = json.loads(read("vectors.json"))
    key, faults = read(expected["key"]), []
    for ledger in expected["ledgers"]:
        files = [(name, read(name)) for name in ledger["files"]]
        for given in (files, files[::-1]):
            found = verify(given, key)
            faults += [f"{ledger['files']}: {name} is {found[name]}" for name in found if found[name] != ledger[name]]
    for refused in expected["refused"]:
        try:
            verify([(refused["file"], read(refused["file"]))], key)
            faults.append(f"{refused['file']} is not refused")
        except Fault as fault:
            if fault.args[1] != refused["line"]:
                faults.append(f"{fault}, and should be line {refused['line']}")
    for docket in expected["dockets"]:
        for name in docket["files"]:
            if docket_digest(docket_of(name, read(name))) != docket["digest"]:
                faults.append(f"{name} has another digest")
    for atlas in expected["atlases"]:
        if atlas_digest([read(name) for name in atlas["sources"]]) != atlas["digest"]:
            faults.append(f"{atlas['sources']} have another digest")
    return faults


def main(arguments):
    if not arguments:
        faults = vectors()
        print("\n".join(faults) or "every vector is as it should be")
        return bool(faults)
    key = None
    if arguments[0] == "--key":
        with open(arguments[1], "rb") as file:
            key = file.read()
        arguments = arguments[2:]
    files = []
    for name in arguments:
        with open(name, "rb") as file:
            files.append((name, file.read()))
    try:
        print(json.dumps(verify(files, key), indent=2))
        return 0
    except Fault as fault:
        print(fault.args[0], file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
