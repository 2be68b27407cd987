"""OpenVINO without its telemetry: import it from here, and NNCF after here.

OpenVINO and NNCF tell Google Analytics of each import, conversion and quantisation by way of the package
openvino-telemetry, which comes with them: it looks foreign hosts up and writes a client's number to the home folder.
It has no setting that a program could make; its opt-out is a file in the home folder, written by a command of its own.
Both do without it where it cannot be imported, so here it cannot.
"""

import sys

sys.modules["openvino_telemetry"] = None  # type: ignore[assignment] # Python's own way to say: not to be imported

import openvino  # noqa: E402 - only now

__all__ = ["openvino"]
