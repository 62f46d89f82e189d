"""Bundles: what is taken, and what is refused before anything of it is used."""

import pickle
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import CN, HK, US
from tool import GEO, ISSUED, ORDERS, ORIGIN, WITHIN, keygen, make_bundle

import bailiwick
from bailiwick import Bundle, BundleError, Policy

KEYS = ("counsel", "operations", "stranger")


class Series:
    """A series of bundles with its keys."""

    def __init__(self, folder: Path, geo: Path) -> None:
        self.folder, self.geo = folder, geo
        self.vkeys = {name: keygen(folder, name) for name in KEYS}
        self.keys = [{"role": "legal", "vkey": self.vkeys["counsel"]}]

    def make(self, **made: Any) -> Path:
        return make_bundle(self.folder, self.geo, **made)

    def open(self, path: Path, **checks: Any) -> Bundle:
        arguments: dict[str, Any] = {"origin": ORIGIN, "keys": self.keys, "at": WITHIN}
        return Bundle.open(path, **(arguments | checks))


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> Series:
    folder = tmp_path_factory.mktemp("series")
    geo = folder / "geo.csv"
    geo.write_text(GEO)
    return Series(folder, geo)


def test_a_bundle_decides_as_its_orders_do(series: Series) -> None:
    bundle = series.open(series.make())
    assert (bundle.origin, bundle.version, bundle.signed, bundle.cautions) == (ORIGIN, 1, {"legal": 1}, [])
    assert bundle.issued == datetime.fromisoformat(ISSUED) and bundle.expires == datetime(2026, 2, 7, tzinfo=timezone.utc)
    assert (bundle.before, bundle.acknowledged_from) == (None, None)
    orders = Policy.from_toml(ORDERS, bailiwick.Atlas([series.geo]))
    assert bundle.policy == orders and bundle.policy.atlas == orders.atlas
    kinds = [bundle.policy.decide("vigil", address, "US", at=WITHIN).kind for address in (CN, HK, US)]
    assert kinds == ["block-participant", "keep-meeting", "keep-meeting"]


def test_the_policy_of_a_bundle_needs_one_call(series: Series) -> None:
    policy = Policy.from_bundle(series.make(), origin=ORIGIN, keys=series.keys, threshold={"legal": 1}, at=WITHIN)
    assert policy == series.open(series.make()).policy


def test_bytes_that_were_fetched_are_checked_as_a_file_is(series: Series) -> None:
    path = series.make()
    fetched = Bundle.from_bytes(path.read_bytes(), origin=ORIGIN, keys=series.keys, at=WITHIN)
    assert fetched == series.open(path) and hash(fetched) == hash(series.open(path))
    with pytest.raises(BundleError, match="`<bytes>` is refused: the archive is not a bundle") as refused:
        Bundle.from_bytes(b"", origin=ORIGIN, keys=series.keys)
    assert refused.value.reason == "archive"


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"origin": "example.org/tests"}, "origin", "is of `example.org/orders`"),
    ({"minimum_version": 2}, "minimum-version", "lower `minimum_version`"),
    ({"newer_than": 1}, "older-version", "version 1 was taken before"),
    ({"at": datetime(2026, 2, 7, tzinfo=timezone.utc)}, "expired", "publish a new one"),
    ({"max_size": 1000}, "size", "more than 1,000 bytes"),
    ({"digest": "sha256:" + "0" * 64}, "digest", "is expected"),
]


@pytest.mark.parametrize(("checks", "reason", "text"), REFUSED, ids=lambda value: value if isinstance(value, str) else None)
def test_a_bundle_that_fails_a_check_is_refused(series: Series, checks: dict[str, Any], reason: str, text: str) -> None:
    path = series.make()
    with pytest.raises(BundleError, match=text) as refused:
        series.open(path, **checks)
    assert refused.value.reason == reason and str(refused.value).startswith(f"`{path}` is refused: ")


def test_the_digest_is_the_one_that_it_says(series: Series) -> None:
    path = series.make()
    digest = series.open(path).digest
    assert series.open(path, digest=digest).digest == digest


@pytest.mark.parametrize("at", range(0, 5000, 97))
def test_a_byte_that_is_changed_is_noticed(series: Series, at: int) -> None:
    data = bytearray(series.make().read_bytes())
    data[at % len(data)] ^= 1
    with pytest.raises(BundleError):
        Bundle.from_bytes(bytes(data), origin=ORIGIN, keys=series.keys, at=WITHIN)


def test_a_bundle_that_nobody_trusted_signed_is_refused(series: Series) -> None:
    for signers, reason in [((), "signature"), (("stranger",), "threshold")]:
        with pytest.raises(BundleError) as refused:
            series.open(series.make(signers=signers))
        assert refused.value.reason == reason


def test_a_threshold_counts_keys(series: Series) -> None:
    keys = [*series.keys, {"role": "legal", "vkey": series.vkeys["operations"]}]
    both: dict[str, Any] = {"keys": keys, "threshold": {"legal": 2}}
    with pytest.raises(BundleError, match="1 of the 2 keys"):
        series.open(series.make(), **both)
    assert series.open(series.make(signers=("counsel", "operations")), **both).signed == {"legal": 2}


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"keys": []}, "no key is trusted"),
    ({"keys": ["counsel"]}, "`keys` has an item that is not of the form"),
    ({"keys": [{"vkey": "v"}]}, "`keys` has an item that is not of the form"),
    ({"keys": [{"role": "legal", "vkey": "v", "more": "x"}]}, "`keys` has an item that is not of the form"),
    ({"keys": {"role": "legal", "vkey": "v"}}, "`keys` is a single item"),
    ({"keys": [{"role": "legal", "vkey": "v"}]}, "a key of the role `legal`"),
    ({"threshold": {"legal": 2}}, "it has 1 key"),
    ({"threshold": {"legal": 0}}, "is 0"),
    ({"threshold": {"Legal": 1}}, "`Legal`"),
    ({"origin": ""}, "`origin`"),
    ({"digest": "sha256:0"}, "`digest`: "),
]


@pytest.mark.parametrize(("checks", "text"), UNUSABLE, ids=[str(number) for number in range(len(UNUSABLE))])
def test_checks_that_cannot_be_made_are_errors_and_no_refusals(series: Series, checks: dict[str, Any], text: str) -> None:
    with pytest.raises(bailiwick.Error, match=text) as error:
        series.open(series.make(), **checks)
    assert not isinstance(error.value, BundleError)


def test_a_file_that_is_not_there_has_the_cause_of_the_system(series: Series) -> None:
    with pytest.raises(bailiwick.Error, match="none.bundle` cannot be read") as error:
        series.open(series.folder / "none.bundle")
    assert isinstance(error.value.__cause__, FileNotFoundError)


def test_a_bundle_its_policy_and_its_atlas_are_pickled_with_their_checks(series: Series, tmp_path: Path) -> None:
    path = tmp_path / "moved.bundle"
    shutil.copy(series.make(), path)
    bundle = series.open(path)
    fetched = Bundle.from_bytes(path.read_bytes(), origin=ORIGIN, keys=series.keys, at=WITHIN)
    for one in (bundle, fetched):
        assert pickle.loads(pickle.dumps(one)) == one
        assert pickle.loads(pickle.dumps(one.policy)) == bundle.policy
        assert pickle.loads(pickle.dumps(one.policy.atlas)) == bundle.policy.atlas
    kept = [pickle.dumps(one) for one in (bundle, bundle.policy, bundle.policy.atlas)]
    # Another bundle in its place, with all signatures.
    shutil.copy(series.make(version=2), path)
    for pickled in kept:
        with pytest.raises(BundleError, match="its digest is"):
            pickle.loads(pickled)
    with pytest.raises(BundleError, match="its digest is"):
        bundle.to_bytes()
    assert pickle.loads(pickle.dumps(fetched)) == fetched


def test_a_pickled_bundle_is_checked_at_the_instant_of_its_first_check(series: Series) -> None:
    # Its time is over by now, and it was taken before: a process that starts later takes it, too.
    assert pickle.loads(pickle.dumps(series.open(series.make()))).expires < datetime.now(timezone.utc)


def test_the_checks_of_a_bundle_are_arguments(series: Series) -> None:
    bundle = series.open(series.make(), threshold={"legal": 1}, minimum_version=1)
    assert Bundle.from_bytes(bundle.to_bytes(), **bundle.checks()) == bundle
    assert bundle.checks()["digest"] == bundle.digest and bundle.checks()["at"] == WITHIN


def test_what_a_bundle_requires_stays_required(series: Series, tmp_path: Path) -> None:
    """A bundle demands an end of each order in force; orders that are reloaded after it are held to that."""
    live = bailiwick.LivePolicy(series.open(series.make()).policy)
    endless = tmp_path / "endless.toml"
    endless.write_text(ORDERS.replace('expires = "2026-12-31T00:00:00Z"\n', ""))
    for atlas in (None, bailiwick.Atlas([series.geo])):
        with pytest.raises(bailiwick.Error, match="expires"):
            live.reload(endless, atlas=atlas)


def test_a_bundle_that_widens_is_refused_unless_asked_for(series: Series) -> None:
    live = bailiwick.LivePolicy(series.open(series.make()).policy)
    wider = ORDERS.replace('meetings = ["vigil"]', 'meetings = ["vigil", "other"]')
    policy = series.open(series.make(version=2, orders=wider)).policy
    with pytest.raises(bailiwick.WideningError):
        live.replace(policy)
    live.replace(policy, unless_wider=False)
    assert live.decide("other", CN, "US", at=WITHIN).kind == "block-participant"
