"""Codes of places and special-purpose addresses, from ISO 3166 (by pycountry) and the IANA registries, for the second readers."""

import ipaddress
import re

import pycountry

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

# Assigned codes, Kosovo's, and those that ISO 3166-1 leaves to its users. `XX` and `ZZ` mean that no place is known.
COUNTRIES = {country.alpha_2 for country in pycountry.countries} | {"XK", "AA"}
COUNTRIES |= {"Q" + letter for letter in LETTERS[12:]} | {"X" + letter for letter in LETTERS}
COUNTRIES -= {"XX", "ZZ"}

# Subdivisions of ISO 3166-2 that are countries of ISO 3166-1.
TERRITORIES = {"CN-91": "HK", "CN-92": "MO", "CN-71": "TW", "NO-21": "SJ", "NO-22": "SJ", "FI-01": "AX"}
TERRITORIES |= {f"CN-{code}": code for code in ("HK", "MO", "TW")}
TERRITORIES |= {f"FR-{code}": code for code in "GP MQ GF RE YT BL MF NC PF PM TF WF".split()}
TERRITORIES |= dict(zip(("FR-971", "FR-972", "FR-973", "FR-974", "FR-976"), ("GP", "MQ", "GF", "RE", "YT")))
TERRITORIES |= {f"US-{code}": code for code in "AS GU MP PR UM VI".split()}
TERRITORIES |= {f"NL-{code}": code for code in "AW CW SX".split()} | {f"NL-BQ{n}": "BQ" for n in (1, 2, 3)}

# Countries with such territories, which a name or a code of three letters beside the country may mean.
DIVIDED = {code[:2] for code in TERRITORIES}

SPECIAL = [ipaddress.ip_network(network) for network in (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 "
    "240.0.0.0/4 ::/128 ::1/128 64:ff9b:1::/48 100::/64 fc00::/7 fe80::/10 ff00::/8"
).split()]
MAPPED = ipaddress.ip_network("::ffff:0:0/96")

UNKNOWN = "unknown"
CONTESTED = "contested"


def region(text):
    """The region of a code, or `None` for one of no place."""
    code = text.upper()
    if not re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", code) or code[:2] not in COUNTRIES:
        return None
    return TERRITORIES.get(code, code)


def is_special(address):
    return any(address.version == network.version and address in network for network in SPECIAL)


def unmapped(first, last):
    """A range within `::ffff:0:0/96` as the IPv4 range that it is."""
    if first.version == 6 and first in MAPPED and last in MAPPED:
        return first.ipv4_mapped, last.ipv4_mapped
    return first, last


def narrowest(rows, address):
    """What the narrowest rows that hold an address say. A row is its first and last address, and the set of what it may be read as."""
    holding = [(int(last) - int(first), said) for first, last, said in rows if first.version == address.version and first <= address <= last]
    if not holding or is_special(address):
        return {UNKNOWN}
    width = min(width for width, _ in holding)
    tied = [said for of, said in holding if of == width]
    if all(said == tied[0] for said in tied):
        return tied[0]
    return {CONTESTED} if all(len(said) == 1 for said in tied) else set.union({CONTESTED}, *tied)


def beside(first, last):
    """The ends of a range and the addresses next to them, without IPv4-mapped ones, which are IPv4 whatever a file says."""
    numbers = {int(first), int(last), int(first) - 1, int(last) + 1}
    kind = type(first)
    addresses = [kind(number) for number in sorted(numbers) if 0 <= number < 1 << first.max_prefixlen]
    return [address for address in addresses if address.version == 4 or address not in MAPPED]
