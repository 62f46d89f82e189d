"""A second reader of geofeeds, from the text of RFC 8805: lines of a prefix, a country, a region, a city and a postal code."""

import csv
import ipaddress
import re

from places import DIVIDED, TERRITORIES, UNKNOWN, region, unmapped

HEADERS = {"network", "ip_prefix", "prefix", "cidr", "subnet", "netblock", "ip_range", "range", "ip", "ip_network"}


# Names of territories in English, by the country that they are listed under in ISO 3166-2.
NAMES = {
    "CN": ["hong kong", "macao", "macau", "taiwan"], "US": ["puerto rico", "guam", "american samoa", "virgin islands"],
    "FR": ["martinique", "guadeloupe", "mayotte"], "NL": ["aruba", "sint maarten"], "NO": ["svalbard"], "FI": ["aland"],
}


def lines(content):
    text = content.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    for line in re.split(r"\r\n|\r|\n", text):
        # Files that were joined have the mark where one began.
        line = line.removeprefix("\xef\xbb\xbf").lstrip(" \t\f\v")
        # Section 2.1: what follows a `#` is a comment.
        line = line.partition("#")[0]
        if line.strip():
            yield line


def fields(line):
    outside = re.sub(r'"[^"]*"', "", line)
    separator = next((byte for byte in outside if byte in ",;\t"), ",")
    return [field.strip() for field in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]


def answers(country, subdivision, city):
    """What a row may be read as: one region or nothing, or several where the RFC's text leaves the choice."""
    place = region(country) if "-" not in country else None
    if place is None:
        return {UNKNOWN}
    # `CN` with Hong Kong as its city is no evidence of the country, whatever the region is.
    is_elsewhere = any(name in city.casefold() for name in NAMES.get(place, ())) or f"{place}-{city.upper()}" in TERRITORIES
    code = region(subdivision) if "-" in subdivision else None
    if is_elsewhere and code is not None and code.startswith(place):
        return {UNKNOWN}
    if code is not None and (subdivision[:2].upper() == place or code == place):
        # A code of three letters of a territory, such as CN-HKG, is none of ISO 3166-2.
        return {code, UNKNOWN} if place in DIVIDED and len(subdivision) == 6 else {code}
    if place not in DIVIDED:
        return {place}
    if TERRITORIES.get(f"{place}-{subdivision.upper()}"):
        return {TERRITORIES[f"{place}-{subdivision.upper()}"]}
    # So is `CN` with Hong Kong as its region.
    if is_elsewhere or any(name in subdivision.casefold() for name in NAMES[place]):
        return {UNKNOWN}
    # A row may say more than its country, of which names in other languages are known.
    return {place, UNKNOWN} if subdivision or city else {place}


def read(content, is_tolerant=False):
    """The rows of a feed. Raises `ValueError` for what the RFC does not allow, or leaves the line out."""
    rows, header = [], None
    for number, line in enumerate(lines(content)):
        try:
            prefix, country, subdivision, city = (fields(line) + [""] * 3)[:4]
            if number == 0 and prefix.lower() in HEADERS:
                header = prefix
            if prefix == header:
                continue
            network = ipaddress.ip_network(prefix)
            rows.append((*unmapped(network[0], network[-1]), answers(country, subdivision, city)))
        except (ValueError, csv.Error):
            if not is_tolerant:
                raise
    return rows


def made(random):
    """A feed of nested prefixes, as operators write them, with what makes one hard to read."""
    made, known = [], {}
    for _ in range(random.randint(1, 12)):
        prefix = random.choice(["203.0.113.{}/{}", "203.0.113.{}/{}", "198.51.100.{}/{}", "2001:db8::{:x}/{}", "::ffff:1.2.3.{}/{}"])
        width = 32 if ":" not in prefix else 128
        length = width - random.choice([0, 1, 2, 4, 6, 7, 8])
        network = prefix.format(random.randrange(256) & ~((1 << (width - length)) - 1), length)
        country = random.choice(["CN", "cn", "HK", "US", "FR", "DE", "GB", "ZZ", "EU", "UK", "", "XK", "XX", "QM", "NO"])
        within = [f"{country}-{code}" for code in ("GD", "CA", "971", "21", "HK", "HKG", "PR")] if len(country) == 2 else []
        subdivision = random.choice(["", "", "HK", "PR", "Hong Kong", "Bavaria", *within, *within, *within])
        if country == "HK" and random.random() < 0.3:
            subdivision = "CN-HK"
        city = random.choice(["", "", "Town", "Hong Kong", "Macau", '"A, B"', '"say ""x"""', "S\xe3o Paulo", "Guam", "American Samoa", "Hong Kong SAR", "HK", "PR"])
        # Two lines that place one prefix differently are refused: few files have some.
        country, subdivision, city = known.setdefault(network, (country, subdivision, city)) if random.random() < 0.98 else ("US", "", "")
        network = network.removesuffix(f"/{width}") if random.random() < 0.5 else network
        row = [network, country, subdivision, city, random.choice(["", "94103"])]
        separator = ";" if random.random() < 0.02 else ","
        line = random.choice(["", "", "", " "]) + separator.join(row[:random.choice([5, 5, 5, 4])])
        made.append(line + random.choice(["", "", "", " # comment", " "]))
        made.extend(random.choice([[], [], [], ["# a comment"], [""], [made[-1]]]))
    if random.random() < 0.1:
        made.insert(0, "ip_prefix,alpha2code,region,city,postal_code")
    end = random.choice(["\n", "\n", "\r\n", "\r"])
    return random.choice(["", "", "", "\ufeff"]).encode() + (end.join(made) + end).encode("latin-1")
