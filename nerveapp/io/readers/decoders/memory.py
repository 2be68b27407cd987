"""How much memory a decoder's process may have, and how much it ever had."""

from __future__ import annotations

from pathlib import Path


def limit_memory(size: int) -> None:
    """Let this process have so many bytes of address space and leave no core dump, where the system can do that."""
    try:
        import resource  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
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
