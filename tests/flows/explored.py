"""What exploring found, kept for every process that tests side by side: it takes seconds a region."""

from __future__ import annotations

import copyreg
import fcntl
import gc
import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from support.read_once import KEPT_IN

from flows.explore import Way


def once(name: str, find: Callable[[], Way]) -> Way:
    """What `find` returns, found by whichever process asks first."""
    folder = os.environ.get(KEPT_IN)
    if folder is None:
        return find()
    kept = Path(folder) / name
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            with kept.open("wb") as file:
                pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
                pickler.dispatch_table = {**copyreg.dispatch_table, MappingProxyType: _pickled}
                pickler.dump(find())
    # Read back by the one who found it, too, so that every process looks at the same.
    return _read(kept)


def _read(kept: Path) -> Way:
    """All of it stays, so the collector need not walk it again and again while it grows, nor later."""
    gc.disable()
    try:
        found: Way = pickle.loads(kept.read_bytes())  # noqa: S301  # written above, in this run's own folder
        gc.freeze()
    finally:
        gc.enable()
    return found


def _pickled(values: Mapping[Any, Any]) -> tuple[Callable[[dict[Any, Any]], Any], tuple[dict[Any, Any]]]:
    return _read_only, (dict(values),)


def _read_only(values: dict[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(values)
