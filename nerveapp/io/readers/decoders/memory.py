"""A decoder's memory: how much it may have, how much it ever had, and where it shares frames with the app."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

MEMORY_PREFIX = "nerveapp-frames-"
SHARED_BYTES = 64 << 20
"""Memory that a stream of frames shares, unless three frames need more."""

_LEFT_S = 3600.0


def limit_memory(size: int) -> None:
    """Let this process have so many bytes of address space and leave no core dump, where the system can do that."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    with suppress(ValueError, OSError):  # macOS knows the limit and takes none
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def peak_bytes() -> int:
    """Give the most memory that this process ever had in use, shared memory included; 0 where that is not known."""
    status = Path("/proc/self/status")
    if status.exists():  # what the other way gives starts, on Linux, with the peak of the parent
        lines = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
        return int(lines[0].split()[1]) * 1024 if lines else 0
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def memory_folder() -> str | None:
    """Give a folder that lies in memory, where there is one with room: files there are never written to a disk.

    None leaves the choice to `tempfile`.
    """
    shared = Path("/dev/shm")  # noqa: S108 - names are made by tempfile
    try:
        roomy = shutil.disk_usage(shared).free > 8 * SHARED_BYTES
    except OSError:
        return None
    return str(shared) if roomy and os.access(shared, os.W_OK) else None


def sweep() -> None:
    """Remove what apps that were killed left: a stream's file has its name for a moment only."""
    for path in Path(memory_folder() or tempfile.gettempdir()).glob(f"{MEMORY_PREFIX}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _LEFT_S:
                path.unlink()
