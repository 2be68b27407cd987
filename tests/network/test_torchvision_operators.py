import subprocess
import sys

import pytest


def fresh(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120)


def test_the_network_library_imports_once_operators_are_declared() -> None:
    done = fresh(
        "from nerveapp.network.torchvision_operators import declare_missing_operators as declare\n"
        "first = declare()\n"
        "assert declare() == first, 'calling again is harmless'\n"
        "import segmentation_models_pytorch, torch\n"
        "assert hasattr(torch.ops.torchvision, 'nms')\n"
    )
    assert done.returncode == 0, done.stderr


def test_without_the_declaration_it_depends_on_the_build() -> None:
    """The trap this module exists for: where it does not spring, the module declares nothing."""
    bare = fresh("import torchvision")
    declared = fresh(
        "from nerveapp.network.torchvision_operators import declare_missing_operators as declare; print(declare())"
    )
    if bare.returncode == 0:
        assert declared.stdout.strip() == "False"
    else:
        assert "torchvision::nms" in bare.stderr
        assert declared.stdout.strip() == "True"


@pytest.mark.parametrize(
    "module",
    [
        "nerveapp.workflows.analysing.analyse",
        "nerveapp.cli.app",
        "nerveapp.ui.page.session_state",
        "nerveapp.io.export",
    ],
)
def test_torch_is_not_imported_before_it_is_needed(module: str) -> None:
    done = fresh(f"import sys, {module}\nassert 'torch' not in sys.modules")
    assert done.returncode == 0, done.stderr
