"""On what and from what a result was measured."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from vantay.evaluation.machine import describe_machine

FLAGS = (
    "avx2",
    "avx512f",
    "avx512bw",
    "avx512_vpopcntdq",
    "avx512_vnni",
    "avx_vnni",
    "avx512_bf16",
    "amx_int8",
    "aes",
    "vaes",
    "asimd",
    "sve",
)
"""Of all flags, those that decide which instructions the kernels, FAISS and ONNX Runtime use."""

MEASURED_PACKAGES = ("llvmlite", "scipy", "cryptography", "sqlalchemy", "pytest-benchmark")

_CPU_INFO = Path("/proc/cpuinfo")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_CACHE = Path("/sys/devices/system/cpu/cpu0/cache")
_STAT = Path("/proc/stat")
_IDLE, _WAITING, _STOLEN = 3, 4, 7
"""Places in the first line of `/proc/stat`, see proc(5); what follows the last one is in others already."""


@dataclass(frozen=True, slots=True)
class ProcessorTime:
    """Processor time that went by since some moment, in seconds over all processors.

    Attributes
    ----------
    total_s, busy_s : float
        Of the machine: all, and what was not idle.
    own_s : float
        Of this process and of its children that have ended.
    """

    total_s: float
    busy_s: float
    own_s: float


def describe_surroundings() -> dict[str, object]:
    """Describe the machine as it is now.

    Returns
    -------
    dict
        What `describe_machine` tells, and ``flags``, ``n_processors`` (of the machine, whoever may use them),
        ``governor``, ``caches``, ``load_at_start`` and ``kernel``. Nothing tells whose machine it is.
    """
    about = describe_machine()
    packages = about.pop("packages")
    versions = dict(packages) if isinstance(packages, Mapping) else {}
    return about | {
        "n_processors": os.cpu_count(),
        "flags": _flags(),
        "governor": _text_of(_GOVERNOR) or "none",
        "caches": _caches(),
        "kernel": platform.release(),
        "load_at_start": round(os.getloadavg()[0], 2),
        "packages": versions | _versions(),
    }


def is_same_kind(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Tell whether times of two machines compare: the same processor with the same instructions."""
    return kind_of(one) == kind_of(other)


def kind_of(machine: Mapping[str, object]) -> dict[str, object]:
    """Give what times depend on: the processor, its instructions and its caches."""
    return {key: machine.get(key) for key in ("processor", "flags", "caches")}


def read_processor_time() -> ProcessorTime | None:
    """Read the machine's clocks of processor time; None where `/proc/stat` is not."""
    name, *numbers = _text_of(_STAT).partition("\n")[0].split() or [""]
    if name != "cpu" or len(numbers) <= _STOLEN:
        return None
    seconds = [int(number) / os.sysconf("SC_CLK_TCK") for number in numbers[: _STOLEN + 1]]
    busy_s = sum(seconds) - seconds[_IDLE] - seconds[_WAITING]
    return ProcessorTime(sum(seconds), busy_s, sum(os.times()[:4]))


def others_share(before: ProcessorTime | None) -> float | None:
    """Tell which share of the machine's processor time others took: neither ours nor idle.

    Parameters
    ----------
    before : ProcessorTime, optional
        From the start of the run.

    Returns
    -------
    float or None
        From 0 to 1; None where it cannot be known. Time that a hypervisor gave to other machines counts.
    """
    now = read_processor_time()
    if before is None or now is None or now.total_s <= before.total_s:
        return None
    others_s = (now.busy_s - before.busy_s) - (now.own_s - before.own_s)
    return round(min(1.0, max(0.0, others_s / (now.total_s - before.total_s))), 4)


def others_of(before: ProcessorTime | None) -> dict[str, object]:
    """Give what `others_share` tells as part of a machine; nothing where it cannot be known."""
    share = others_share(before)
    return {} if share is None else {"others_share": share}


def _flags() -> list[str]:
    for line in _text_of(_CPU_INFO).splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"flags", "Features"}:
            own = set(value.split())
            return [flag for flag in FLAGS if flag in own]
    return []


def _caches() -> list[str]:
    """Name the caches of the first processor, such as ``L2 Unified 1024K``."""
    return [
        f"L{_text_of(folder / 'level')} {_text_of(folder / 'type')} {_text_of(folder / 'size')}"
        for folder in sorted(_CACHE.glob("index*"))
    ]


def _versions() -> dict[str, str]:
    found = {}
    for name in MEASURED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
