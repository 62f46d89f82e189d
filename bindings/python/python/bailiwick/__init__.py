"""Decides, at each join of a meeting, whether a government's order reaches this participant.

An order reaches as far as its issuer's bailiwick, and not one address further. See README.md for how this package is used.
"""

from typing import Literal as _Literal

from ._bailiwick import (
    Atlas,
    Backtest,
    Batch,
    Bundle,
    BundleError,
    Change,
    Decision,
    Decisions,
    Error,
    Explanation,
    Ledger,
    LivePolicy,
    PartialReport,
    Policy,
    Sweep,
    WideningError,
    __version__,
)

DecisionKind = _Literal["allow", "block-participant", "keep-meeting"]
HostAccount = _Literal["unaffected", "under-domestic-order"]

__all__ = [
    "Atlas",
    "Backtest",
    "Batch",
    "Bundle",
    "BundleError",
    "Change",
    "Decision",
    "DecisionKind",
    "Decisions",
    "Error",
    "Explanation",
    "HostAccount",
    "Ledger",
    "LivePolicy",
    "PartialReport",
    "Policy",
    "Sweep",
    "WideningError",
    "__version__",
]
