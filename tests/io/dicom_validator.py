"""David Clunie's dciodvfy, from the development environment or the system."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

_PROGRAM = shutil.which("dciodvfy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}") or "dciodvfy"


def judged(file: Path) -> str:
    """What it says of a DICOM file; the test fails where it ends in an error."""
    done = subprocess.run([_PROGRAM, file], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Error" not in said, said
    return said
