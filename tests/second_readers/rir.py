"""A second reader of the registries' statistics, from the text of the RIR statistics exchange format and the NRO's extension."""

import ipaddress
import re

from places import UNKNOWN, region, unmapped


def read(content, is_tolerant=False):
    """The rows of a file. Raises `ValueError` for what the format does not allow, or leaves the line out."""
    rows = []
    for line in re.split(rb"\r\n|\r|\n", content):
        line = line.removeprefix(b"\xef\xbb\xbf").strip()
        if not line or line.startswith(b"#"):
            continue
        fields = [field.strip().decode("latin-1") for field in line.split(b"|")]
        is_version = len(fields) == 7 and fields[0][:1].isdigit()
        is_summary = len(fields) == 6 and fields[5].lower() == "summary"
        try:
            if not is_version and not is_summary:
                rows += record(*fields)
        except (ValueError, TypeError):
            if not is_tolerant:
                raise
    return rows


def record(_registry, code, kind, start, value, _date, status, *_more):
    """The row of a record; none of one about an autonomous system."""
    if not re.fullmatch("[0-9]+", value) and kind.lower() != "asn":
        raise ValueError(value)
    if kind.lower() == "asn":
        return []
    if kind.lower() == "ipv4":
        first = ipaddress.IPv4Address(start)
        last = first + (int(value) - 1)
    elif kind.lower() == "ipv6":
        network = ipaddress.IPv6Network((start, int(value)))
        first, last = network[0], network[-1]
    else:
        raise ValueError(kind)
    if last < first:
        raise ValueError(value)
    place = region(code.partition("#")[0].strip()) if status.lower() in ("allocated", "assigned") else None
    return [(*unmapped(first, last), {place or UNKNOWN})]


def made(random):
    """Statistics with nested and tied records, of all statuses, with the version line and the sums in most of them."""
    records = []
    for _ in range(random.randint(1, 12)):
        code = random.choice(["CN", "cn", "HK", "US", "JP", "DE", "EU", "AP", "ZZ", "", "XK", "XX"])
        if random.random() < 0.6:
            kind, start, value = "ipv4", f"203.0.{random.choice([112, 113])}.{random.randrange(256)}", random.choice([1, 2, 5, 64, 100, 256])
        elif random.random() < 0.5:
            kind, start, value = random.choice([
                ("ipv6", "2001:db8::", 32), ("ipv6", "2001:db8::", 48), ("ipv6", "2001:db8:0:8000::", 49), ("ipv6", "2000::", 3),
                ("ipv6", "::ffff:1.2.3.0", 120), ("ipv6", "::", 0), ("ipv6", "2001:db8::1", 128), ("ipv6", "fc00::", 7),
            ])
        elif random.random() < 0.5:
            kind, start, value = "asn", random.randrange(70000), random.randrange(1, 9)
        else:
            kind, start, value = random.choice([
                ("ipv4", "0.0.0.0", 1 << 32), ("ipv4", "0.0.0.0", 1), ("ipv4", "255.255.255.255", 1), ("ipv4", "10.0.0.0", 1 << 24),
                ("ipv4", "172.0.0.0", 1 << 24), ("ipv4", "223.255.255.255", random.choice([1, 2, 1 << 29])),
            ])
        status = random.choice(["allocated"] * 4 + ["assigned", "ASSIGNED", "available", "reserved", "legacy"])
        more = random.choice([[], [], ["A91E1062"], ["A91E1062", "e-stats"]])
        records.append("|".join(["apnic", code, kind, str(start), str(value), random.choice(["20110414", ""]), status, *more]))
    lines = records
    if random.random() < 0.8:
        lines = [f"2|apnic|20200604|{len(records)}|19830613|20200603|+1000", f"apnic|*|ipv4|*|{len(records) // 2}|summary", *records]
    end = random.choice(["\n", "\n", "\r\n"])
    return (end.join(lines) + end).encode()
