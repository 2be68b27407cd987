"""What import-linter cannot check: app.py, main.py and pages, the size of modules, what the core needs installed."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "nerveapp"
MOST_LINES = 300
ADAPTERS = ("nerveapp.io", "nerveapp.network")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def doors() -> list[Path]:
    pages = [ROOT / "app.py", ROOT / "main.py", *sorted((ROOT / "pages").glob("*.py"))]
    return pages + [path for room in ("ui", "cli") for path in sorted((PACKAGE / room).rglob("*.py"))]


@pytest.mark.parametrize("path", doors(), ids=lambda path: str(path.relative_to(ROOT)))
def test_doors_know_no_adapters(path: Path) -> None:
    known = {name for name in imported(path) if any(name == room or name.startswith(f"{room}.") for room in ADAPTERS)}
    assert not known, "ask bootstrap.application() for it"


def test_modules_are_small() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {name for name, lines in lengths.items() if lines > MOST_LINES} == set()


CORE = """
import importlib, pathlib, sys

BANNED = {"streamlit", "plotly", "torch", "torchvision", "openvino", "sqlalchemy", "alembic", "pydantic"}

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BANNED or name.startswith(("nerveapp.io", "nerveapp.network", "nerveapp.ui")):
            raise ModuleNotFoundError(f"{name} is not for the core", name=name)

sys.meta_path.insert(0, Refuse())
roots = [pathlib.Path("nerveapp", room) for room in ("domain", "analysis", "phantom", "ports", "workflows")]
paths = [path for root in [*roots, pathlib.Path("tests/fakes")] for path in sorted(root.rglob("*.py"))]
for path in paths:
    importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
print(len(paths))
"""


def test_the_core_and_its_stand_ins_need_neither_streamlit_torch_nor_a_database() -> None:
    done = subprocess.run([sys.executable, "-c", CORE], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "workflows").rglob("*.py")), ids=lambda path: path.stem)
def test_tests_of_workflows_run_on_stand_ins(path: Path) -> None:
    banned = ("nerveapp.io", "nerveapp.network", "nerveapp.bootstrap", "streamlit", "torch", "sqlalchemy", "pydantic")
    known = {name for name in imported(path) if any(name == one or name.startswith(f"{one}.") for one in banned)}
    assert not known, "use what stands in for the port, from tests/fakes"


def test_modules_that_docstrings_name_are_there() -> None:
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in PACKAGE.rglob("*.py")
        for name in re.findall(r"`(?:nerveapp\.)?(workflows(?:\.\w+)+)`", path.read_text())
    }
    assert named

    def there(name: str) -> bool:
        whole = PACKAGE.joinpath(*name.split("."))
        module = whole.parent.with_suffix(".py")
        known = module.exists() and re.search(rf"^(?:def|class) {whole.name}\b", module.read_text(), re.MULTILINE)
        return whole.with_suffix(".py").exists() or whole.is_dir() or bool(known)

    assert [(path, name) for path, name in sorted(named) if not there(name)] == []
