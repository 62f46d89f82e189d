import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from ipaddress import IPv4Address, IPv6Address
from types import GenericAlias
from typing import Any, Generic, Literal, Protocol, Self, SupportsIndex, TypeAlias, TypeVar, final, overload

__all__ = [
    "Atlas",
    "Backtest",
    "Batch",
    "Bundle",
    "BundleError",
    "Change",
    "Decision",
    "Decisions",
    "Error",
    "Explanation",
    "Ledger",
    "LivePolicy",
    "PartialReport",
    "Policy",
    "Sweep",
    "WideningError",
    "_open_atlas",
    "_open_bundle",
    "_open_policy",
    "_spec",
    "__version__",
]

__version__: str

_Address: TypeAlias = str | bytes | IPv4Address | IPv6Address
_At: TypeAlias = datetime | int
_Day: TypeAlias = str | date
_Path: TypeAlias = str | os.PathLike[str]
_Kind: TypeAlias = Literal["allow", "block-participant", "keep-meeting"]
_HostAccount: TypeAlias = Literal["unaffected", "under-domestic-order"]
_K = TypeVar("_K", bound=Hashable)

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...

class _ArrowStream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...

_Texts: TypeAlias = str | _ArrowArray | _ArrowStream | Iterable[str | None]
_Addresses: TypeAlias = _ArrowArray | _ArrowStream | Iterable[_Address | None]
_Times: TypeAlias = _At | _ArrowArray | _ArrowStream | Iterable[_At | None]

class Error(ValueError): ...

class BundleError(Error):
    reason: str

class WideningError(Error):
    change: Change

@final
class Atlas:
    def __new__(cls, sources: _Path | Iterable[_Path], min_sources: int = 1, exclude: _Path | Iterable[_Path] | None = None) -> Self: ...
    def locate(self, address: _Address) -> str: ...
    @property
    def digest(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Bundle:
    @staticmethod
    def open(
        path: _Path,
        *,
        origin: str,
        keys: Iterable[Mapping[str, str]],
        threshold: dict[str, int] | None = None,
        minimum_version: int = 1,
        newer_than: int | None = None,
        digest: str | None = None,
        at: _At | None = None,
        max_size: int | None = None,
    ) -> Bundle: ...
    @staticmethod
    def from_bytes(
        data: bytes,
        *,
        origin: str,
        keys: Iterable[Mapping[str, str]],
        threshold: dict[str, int] | None = None,
        minimum_version: int = 1,
        newer_than: int | None = None,
        digest: str | None = None,
        at: _At | None = None,
        max_size: int | None = None,
    ) -> Bundle: ...
    @property
    def policy(self) -> Policy: ...
    @property
    def origin(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def issued(self) -> datetime: ...
    @property
    def expires(self) -> datetime: ...
    @property
    def before(self) -> str | None: ...
    @property
    def acknowledged_from(self) -> int | None: ...
    @property
    def digest(self) -> str: ...
    @property
    def signed(self) -> dict[str, int]: ...
    @property
    def cautions(self) -> list[str]: ...
    def to_bytes(self) -> bytes: ...
    def checks(self) -> dict[str, Any]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class Decision:
    @property
    def kind(self) -> _Kind: ...
    @property
    def admits(self) -> bool: ...
    @property
    def orders(self) -> list[str]: ...
    @property
    def host_account(self) -> _HostAccount: ...
    @property
    def domestic_order(self) -> str | None: ...
    def notice(self, languages: str = "en") -> str | None: ...
    def http_refusal(self, languages: str = "en", blocked_by: str = "") -> tuple[int, list[tuple[str, str]], str] | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Explanation:
    def to_dict(self) -> dict[str, Any]: ...
    @property
    def decision(self) -> Decision: ...

@final
class Decisions(Sequence[_Kind]):
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: SupportsIndex, /) -> _Kind: ...
    @overload
    def __getitem__(self, index: slice, /) -> list[_Kind]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def to_list(self) -> list[_Kind]: ...
    @property
    def blocked(self) -> list[int]: ...
    @property
    def unasked(self) -> list[int]: ...
    @property
    def domestic(self) -> list[int]: ...
    @property
    def unread_regions(self) -> int: ...
    @property
    def unread_accounts(self) -> int: ...
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...

@final
class Batch:
    def __len__(self) -> int: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def orders(self) -> list[list[str]]: ...
    @property
    def regions(self) -> list[str | None]: ...
    @property
    def whys(self) -> list[str | None]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __arrow_c_array__(self, requested_schema: Any = None) -> tuple[Any, Any]: ...

@final
class Sweep(Generic[_K]):
    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    @property
    def to_remove(self) -> list[_K]: ...
    @property
    def staying(self) -> list[_K]: ...
    @property
    def unasked(self) -> list[_K]: ...
    @property
    def decisions(self) -> dict[_K, Decision]: ...

@final
class Backtest:
    def __new__(cls, in_force: Policy, proposed: Policy) -> Backtest: ...
    def add(
        self, meeting: str | None, address: _Address | None, host_region: str | None, account: str | None, at: _At | None
    ) -> None: ...
    def add_batch(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        at: _Times,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
    ) -> None: ...
    def merge(self, other: Backtest) -> None: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(data: bytes) -> Backtest: ...
    def markdown(self, threshold: int = 10) -> str: ...
    def csv(self, threshold: int = 10) -> str: ...
    def json(self, threshold: int = 10) -> str: ...

@final
class Change:
    @property
    def is_empty(self) -> bool: ...
    @property
    def widens(self) -> bool: ...
    @property
    def releases(self) -> bool: ...
    def acknowledgement(self) -> str: ...
    def to_dict(self) -> dict[str, Any]: ...

@final
class Policy:
    @staticmethod
    def open(path: _Path, atlas: Atlas, requirements: str | None = None) -> Policy: ...
    @staticmethod
    def from_toml(text: str, atlas: Atlas, requirements: str | None = None) -> Policy: ...
    @staticmethod
    def from_bundle(
        path: _Path,
        *,
        origin: str,
        keys: Iterable[Mapping[str, str]],
        threshold: dict[str, int] | None = None,
        minimum_version: int = 1,
        newer_than: int | None = None,
        digest: str | None = None,
        at: _At | None = None,
        max_size: int | None = None,
    ) -> Policy: ...
    def decide(
        self, meeting: str, address: _Address, host_region: str | None = None, account: str | None = None, at: _At | None = None
    ) -> Decision: ...
    def explain(
        self, meeting: str, address: _Address, host_region: str | None = None, account: str | None = None, at: _At | None = None
    ) -> Explanation: ...
    @overload
    def decide_many(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
        at: _Times | None = None,
        *,
        full: Literal[False] = False,
    ) -> Decisions: ...
    @overload
    def decide_many(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
        at: _Times | None = None,
        *,
        full: Literal[True],
    ) -> Batch: ...
    @overload
    def decide_many(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
        at: _Times | None = None,
        *,
        full: bool,
    ) -> Decisions | Batch: ...
    def sweep(
        self,
        meeting: str,
        host_region: str | None,
        participants: Mapping[_K, _Address | None],
        account: str | None = None,
        at: _At | None = None,
    ) -> Sweep[_K]: ...
    def change_to(self, other: Policy) -> Change: ...
    def locate(self, address: _Address) -> str: ...
    @property
    def atlas(self) -> Atlas: ...
    @property
    def digest(self) -> str: ...
    @property
    def meetings(self) -> list[str]: ...
    @property
    def warnings(self) -> list[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]: ...

@final
class LivePolicy:
    def __new__(cls, policy: Policy) -> Self: ...
    @property
    def policy(self) -> Policy: ...
    def reload(self, path: _Path, unless_wider: bool = True, atlas: Atlas | None = None) -> Change: ...
    def replace(self, policy: Policy, unless_wider: bool = True) -> Change: ...
    def decide(
        self, meeting: str, address: _Address, host_region: str | None = None, account: str | None = None, at: _At | None = None
    ) -> Decision: ...
    def explain(
        self, meeting: str, address: _Address, host_region: str | None = None, account: str | None = None, at: _At | None = None
    ) -> Explanation: ...
    @overload
    def decide_many(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
        at: _Times | None = None,
        *,
        full: Literal[False] = False,
    ) -> Decisions: ...
    @overload
    def decide_many(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
        at: _Times | None = None,
        *,
        full: Literal[True],
    ) -> Batch: ...
    @overload
    def decide_many(
        self,
        meetings: _Texts,
        addresses: _Addresses,
        host_regions: _Texts | None = None,
        accounts: _Texts | None = None,
        at: _Times | None = None,
        *,
        full: bool,
    ) -> Decisions | Batch: ...
    def sweep(
        self,
        meeting: str,
        host_region: str | None,
        participants: Mapping[_K, _Address | None],
        account: str | None = None,
        at: _At | None = None,
    ) -> Sweep[_K]: ...

@final
class Ledger:
    def __new__(cls, path: _Path, key: bytes) -> Self: ...
    @overload
    def record(self, of: Decision | Explanation, /) -> int: ...
    @overload
    def record(
        self,
        of: Policy | LivePolicy,
        meeting: str,
        address: _Address,
        host_region: str | None = None,
        account: str | None = None,
        at: _At | None = None,
    ) -> int: ...
    def unrecorded(self, decisions: int) -> int: ...
    def pad(self) -> int: ...
    def sync(self) -> None: ...
    def rotate(self, path: _Path) -> None: ...
    @property
    def head(self) -> str: ...
    @property
    def public_head(self) -> str | None: ...
    @property
    def torn(self) -> str | None: ...
    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(self, *exception: object) -> None: ...

@final
class PartialReport:
    @staticmethod
    def from_lines(
        lines: Iterable[str | bytes],
        from_: _Day,
        until: _Day,
        *,
        name: str = "lines",
        heads: Sequence[str] = ...,
        finer_than_days_reveals_more: bool = False,
    ) -> PartialReport: ...
    @staticmethod
    def from_ledger(
        path: _Path, from_: _Day, until: _Day, *, heads: Sequence[str] = ..., finer_than_days_reveals_more: bool = False
    ) -> PartialReport: ...
    @staticmethod
    def merge(partials: Iterable[PartialReport]) -> PartialReport: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(data: bytes) -> PartialReport: ...
    def report(
        self,
        orders: _Path,
        format: Literal["markdown", "csv", "json"] = "markdown",
        *,
        threshold: int = 10,
        after: str | None = None,
        heads: Sequence[str] = ...,
        allow_gaps: bool = False,
        finer_than_days_reveals_more: bool = False,
    ) -> str: ...
    @property
    def parts(self) -> list[tuple[str, int, int]]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Any, tuple[bytes]]: ...

def _open_atlas(sources: list[str], min_sources: int, exclude: list[str], digest: str) -> Atlas: ...
def _open_bundle(path: str | None, data: bytes | None, checks: dict[str, Any], part: str | None) -> Any: ...
def _open_policy(path: str | None, text: str | None, atlas: Atlas, requirements: str | None, digest: str) -> Policy: ...
def _spec(
    toml: str,
    sources: list[str],
    min_sources: int,
    meeting: str,
    address: _Address,
    host_region: str | None,
    account: str | None = None,
    at: _At | None = None,
) -> tuple[_Kind, list[str], str | None]: ...
