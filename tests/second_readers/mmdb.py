"""The Python reader of MaxMind DBs by MaxMind, and databases for it, which a writer of a page makes."""

import ipaddress
import itertools
import struct

import maxminddb
from maxminddb.reader import Reader
from places import DIVIDED, UNKNOWN, beside, is_special, region

PATHS = ["country.iso_code", "country_code", ""]
FLAGS = ["is_anonymous_proxy", "is_satellite_provider", "is_satellite", "is_anycast"]
NOT_SET = ["", "0", "-", "f", "false", "n", "no", "none", "null"]
ALWAYS = ["1.0.0.1", "203.0.113.1", "203.0.113.200", "223.255.255.255", "::203.0.113.1", "2001:db8::1", "2001:0:cb00:7101::1",
          "2002:cb00:7101::1", "64:ff9b::203.0.113.1", "a000::1"]


class Database:
    """A database as the second reader has it. Raises what the reader raises."""

    def __init__(self, path, country):
        # The one in Python: that in C has another decoder and does not show the tree.
        self.reader = Reader(path, maxminddb.MODE_MEMORY)
        self.country = country.split(".") if country else []

    def addresses(self):
        """Addresses at the ends of the first networks, and some that are asked about anyway."""
        asked = [ipaddress.ip_address(address) for address in ALWAYS]
        try:
            for network, _ in itertools.islice(self.reader, 12):
                asked += beside(network[0], network[-1])
        except (maxminddb.InvalidDatabaseError, ValueError, RecursionError, UnicodeDecodeError, TypeError):
            pass
        return asked

    def locate(self, address):
        """What may be read there. Raises what the reader raises."""
        metadata = self.reader.metadata()
        if is_special(address) or address.version == 6 and metadata.ip_version == 4:
            return {UNKNOWN}
        record = self.reader.get(address)
        depth, is_alias = self.path(address)
        if metadata.ip_version == 6:
            # IPv4 is under `::/96` alone: not elsewhere, where other paths lead to it, and nothing wider speaks for it.
            if is_alias or address.version == 4 and depth < 96 or address.version == 6 and int(address) < 1 << 32 and depth >= 96:
                return {UNKNOWN}
        return self.answers(record)

    def path(self, address):
        """How deep the leaf of an address lies, and whether the path leads through the node of IPv4 where IPv4 is not."""
        reader, bits = self.reader, 128 if self.reader.metadata().ip_version == 6 else 32
        nodes, ipv4 = reader.metadata().node_count, reader._ipv4_start
        node, depth, is_alias = 0, 0, False
        while node < nodes and depth < bits:
            node = reader._read_node(node, int(address) >> (bits - 1 - depth) & 1)
            depth += 1
            is_alias |= node == ipv4 < nodes and bits == 128 and int(address) >> (bits - depth) != 0
        return depth, is_alias

    def answers(self, record):
        value = record
        for key in self.country:
            value = value.get(key) if isinstance(value, dict) else None
        if not isinstance(value, str):
            return {UNKNOWN}
        place = region(value.partition("#")[0].strip())
        if place is None or self.country and self.is_flagged(record):
            return {UNKNOWN}
        # What is said beside the country may be that it is a territory of its own.
        says_more = self.country and any(key in record for key in ("subdivisions", "region_code", "region", "state1", "city"))
        return {place, UNKNOWN} if place in DIVIDED and says_more or len(value) > 2 else {place}

    @staticmethod
    def is_flagged(record):
        def is_set(value):
            return value.strip().lower() not in NOT_SET if isinstance(value, str) else isinstance(value, (bool, int, float)) and value != 0
        traits = record.get("traits")
        return any(is_set(of.get(flag)) for of in (record, traits if isinstance(traits, dict) else {}) for flag in FLAGS)


class Writer:
    """Writes a database: nodes, whose sides are numbers of nodes, `None`, or `("data", offset)`, and the data."""

    def __init__(self, ip_version, record_size):
        self.ip_version, self.record_size = ip_version, record_size
        self.bits = 128 if ip_version == 6 else 32
        self.nodes, self.data, self.texts = [[None, None]], bytearray(), {}

    def add(self, value):
        """Adds a record. A text that was written before is a pointer to it, as writers have it."""
        encoded = self.encode(value)
        at = len(self.data)
        self.data += encoded
        return ("data", at)

    def encode(self, value):
        if isinstance(value, str):
            if value in self.texts:
                at = self.texts[value]
                return bytes([0x20 | at >> 8, at & 255]) if at < 2048 else bytes([0x38]) + struct.pack("!I", at)
            text = value.encode()
            if len(self.data) < 2048 and len(text) > 1:
                self.texts[value] = len(self.data)
                self.data += control(2, len(text)) + text
                return self.encode(value)
            return control(2, len(text)) + text
        if isinstance(value, bool):
            return control(14, int(value))
        if isinstance(value, int):
            number = value.to_bytes((value.bit_length() + 7) // 8, "big")
            return control(6 if len(number) <= 4 else 9, len(number)) + number
        if isinstance(value, float):
            return control(3, 8) + struct.pack("!d", value)
        if isinstance(value, list):
            return control(11, len(value)) + b"".join([self.encode(each) for each in value])
        # Or a tuple of pairs, in which a key may be there twice.
        pairs = value.items() if isinstance(value, dict) else value
        return control(7, len(pairs)) + b"".join([self.encode(key) + self.encode(each) for key, each in pairs])

    def insert(self, first, length, target):
        """Leads a network to its target, through leaves that are wider, which are split."""
        node = 0
        for depth in range(length):
            side = first >> (self.bits - 1 - depth) & 1
            if depth == length - 1:
                self.nodes[node][side] = target
                return
            below = self.nodes[node][side]
            if not isinstance(below, int):
                self.nodes.append([below, below])
                below = self.nodes[node][side] = len(self.nodes) - 1
            node = below

    def node(self, first, length):
        node = 0
        for depth in range(length):
            node = self.nodes[node][first >> (self.bits - 1 - depth) & 1]
            if not isinstance(node, int):
                return None
        return node

    def bytes(self):
        count, size = len(self.nodes), self.record_size
        tree = bytearray()
        for sides in self.nodes:
            left, right = [count if side is None else side if isinstance(side, int) else count + 16 + side[1] for side in sides]
            if size == 28:
                both = (left >> 24) << 4 | right >> 24
                tree += (left & 0xFFFFFF).to_bytes(3, "big") + bytes([both]) + (right & 0xFFFFFF).to_bytes(3, "big")
            else:
                tree += left.to_bytes(size // 8, "big") + right.to_bytes(size // 8, "big")
        def small(number):
            return control(5, 2) + struct.pack("!H", number)
        metadata = {
            "binary_format_major_version": small(2), "binary_format_minor_version": small(0),
            "build_epoch": control(9, 8) + struct.pack("!Q", 1591228800), "database_type": "Test", "description": {"en": "Test"},
            "ip_version": small(self.ip_version), "languages": ["en"], "node_count": control(6, 4) + struct.pack("!I", count),
            "record_size": small(size),
        }
        return bytes(tree) + bytes(16) + bytes(self.data) + b"\xab\xcd\xefMaxMind.com" + Writer(4, 24).plain(metadata)

    def plain(self, value):
        """A value without pointers, in which bytes are a number that is encoded."""
        if isinstance(value, dict):
            return control(7, len(value)) + b"".join([self.plain(key) + self.plain(each) for key, each in value.items()])
        if isinstance(value, list):
            return control(11, len(value)) + b"".join([self.plain(each) for each in value])
        return control(2, len(value)) + value.encode() if isinstance(value, str) else value


def control(kind, size):
    """The control bytes of a value."""
    if size >= 285:
        size, more = 30, struct.pack("!H", size - 285)
    elif size >= 29:
        size, more = 29, bytes([size - 29])
    else:
        more = b""
    return (bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])) + more


def record(random, country):
    """A record of a layout, with what else records have."""
    code = random.choice(["CN", "CN", "HK", "US", "DE", "FR", "cn", " US ", "ZZ", "EU", "", "XK", "CN-GD", "T1", "GB # comment"])
    if not country:
        return code
    found = {"country": {"iso_code": code, "names": {"en": "Name" * random.randint(1, 90)}}} if country == PATHS[0] else {country: code}
    for key, value in [
        ("registered_country", {"iso_code": "US"}), ("continent", {"code": "AS"}), ("location", {"latitude": 1.5, "radius": 7}),
        ("city", {"names": {"en": "Town"}}), ("city", "Hong Kong"), ("region", "Guangdong"), ("subdivisions", [{"iso_code": "HK"}]),
        ("traits", {random.choice(FLAGS): random.choice([True, True, False, 1, 0, "1", "false", 1.0])}),
        (random.choice(FLAGS), random.choice([True, False, 1, "no", 0.0, 2.5])), ("asn", 1 << 40),
    ]:
        if random.random() < 0.08:
            found[key] = value
    if random.random() < 0.05:
        found.pop(country.partition(".")[0])
    pairs = list(found.items())
    if found and random.random() < 0.02:
        pairs.append((random.choice(list(found)), random.choice(["US", {"iso_code": "US"}])))
    random.shuffle(pairs)
    return tuple(pairs)


def made(random):
    """A database of nested networks in both families, with aliases of IPv4, and the path of its country."""
    country = random.choice(PATHS)
    writer = Writer(random.choice([4, 6, 6]), random.choice([24, 28, 32]))
    records = [writer.add(record(random, country)) for _ in range(random.randint(1, 6))]
    networks = []
    for _ in range(random.randint(1, 10)):
        v4 = random.choice(["203.0.113.0", "203.0.113.128", "198.51.100.0", "1.0.0.0", "223.255.255.255"])
        first, length = int(ipaddress.ip_address(v4)), random.choice([1, 8, 16, 24, 25, 30, 32])
        offset = 96 if writer.ip_version == 6 else 0
        if writer.ip_version == 6 and random.random() < 0.4:
            first = int(ipaddress.ip_address(random.choice(["2001:db8::", "2001:db8:8000::", "::", "64:ff9b::", "2000::", "::ffff:1.0.0.0"])))
            length, offset = random.choice([3, 16, 32, 33, 64, 95, 96, 97, 104, 128]), 0
        networks.append((first, length + offset))
    for first, length in sorted(networks, key=lambda network: network[1]):
        writer.insert(first, length, random.choice([*records, *records, None]))
    if writer.ip_version == 6:
        ipv4 = writer.node(0, 96)
        for network in ("2002::/16", "2001::/32", "::ffff:0:0/96", "64:ff9b::/96", "a000::/8"):
            if ipv4 and random.random() < 0.3:
                alias = ipaddress.ip_network(network)
                writer.insert(int(alias[0]), alias.prefixlen, ipv4)
    return writer.bytes(), country
