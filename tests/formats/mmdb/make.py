#!/usr/bin/env python3
"""Writes the databases of this folder with mmdb_writer, which shares no code with their reader.

    python3 -m venv venv && venv/bin/pip install mmdb_writer==0.2.7
    venv/bin/python tests/formats/mmdb/make.py

Networks and countries are made up.
"""

from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet

HERE = Path(__file__).parent


def write(name, networks, **options):
    writer = MMDBWriter(description=name, languages=["en"], database_type=name, **options)
    for network, record in networks:
        writer.insert_network(IPSet([network]), record)
    writer.to_db_file(str(HERE / f"{name}.mmdb"))


def country(code, **more):
    return {"continent": {"code": "XX"}, "country": {"iso_code": code, "names": {"en": "Name"}}, **more}


def city(code, subdivision):
    return {**country(code), "subdivisions": [{"iso_code": subdivision, "names": {"en": "Name"}}]}


# MaxMind's layout, both families in one tree.
write(
    "country",
    [
        ("198.51.100.0/24", {"registered_country": {"iso_code": "US"}}),
        ("203.0.113.0/24", country("CN", registered_country={"iso_code": "HK"})),
        ("203.0.113.64/26", country("HK", represented_country={"iso_code": "US", "type": "military"})),
        ("192.0.2.0/25", country("EU")),
        ("192.0.2.128/32", country("MO")),
        ("2001:db8::/32", country("CN")),
        ("2001:db8:1::/48", country("TW")),
        ("2c00::/6", country("ZA")),
    ],
    ip_version=6,
    ipv4_compatible=True,
)

# Its City layout: subdivisions within the country, in full, of another country, and none.
write(
    "city",
    [
        ("203.0.113.0/26", city("CN", "GD")),
        ("203.0.113.64/26", city("CN", "CN-HK")),
        ("203.0.113.128/26", city("CN", "US-CA")),
        ("203.0.113.192/27", city("CN", "Guangdong")),
        ("203.0.113.224/27", country("CN")),
        ("2001:db8::/32", city("US", "CA")),
    ],
    ip_version=6,
    ipv4_compatible=True,
)

# A flat layout, IPv4 only.
write(
    "flat",
    [
        ("203.0.113.0/24", {"country_code": "CN", "asn": "AS64496"}),
        ("198.51.100.0/24", {"country_code": "", "asn": "AS64497"}),
        ("192.0.2.0/24", {"country_code": "HK", "asn": "AS64498"}),
    ],
    ip_version=4,
)

# IPv6 only, where the path to `::/96` ends early, in data that another network has, too.
write("wide", [("::/3", country("US")), ("2001:db8::/32", country("US")), ("fc00::/7", country("CN"))], ip_version=6)
