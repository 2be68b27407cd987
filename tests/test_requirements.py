"""What is installed is what was tested: every package in a locked version, every file by its hash."""

import json
import re
import shutil
import subprocess

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from nerveapp import bootstrap

ROOT = bootstrap.REPOSITORY
TORCH = "requirements-torch.txt"
LISTS = {"requirements.txt": "requirements.lock"} | {
    f"requirements-{kind}.txt": f"requirements-{kind}.lock" for kind in ("dev", "ray", "s3")
}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def lines_of(name: str) -> list[str]:
    """What pip reads of a file: without comments, one requirement or option a line."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return [line for raw in text.splitlines() if (line := re.sub(r"(^|\s)#.*", "", raw).strip())]


def versions_in(name: str) -> dict[str, str]:
    """Pinned versions by name, those of the files that it includes too."""
    found: dict[str, str] = {}
    for line in lines_of(name):
        if line.startswith("-r "):
            found |= versions_in(line.removeprefix("-r ").strip())
            continue
        requirement = Requirement(line.split("--hash")[0])
        (pin,) = requirement.specifier
        assert pin.operator == "==", f"{name}: {line[:60]}"
        found[canonicalize_name(requirement.name)] = pin.version
    return found


@pytest.mark.parametrize("lock", LISTS.values())
def test_everything_in_a_lock_has_hashes_and_nothing_says_where_to_fetch_it(lock: str) -> None:
    locked = [line for line in lines_of(lock) if not line.startswith("-r ")]
    assert len(locked) > 10
    for line in locked:
        requirement, *hashes = re.split(r"\s+(?=--hash)", line)
        assert hashes, requirement
        assert all(HASH.fullmatch(one) for one in hashes), requirement
        assert "/" not in requirement, requirement
        assert "@" not in requirement, requirement
    assert not re.search(r"://|--(index|extra-index|find-links|trusted)", (ROOT / lock).read_text())


@pytest.mark.parametrize(("direct", "lock"), LISTS.items())
def test_every_direct_package_is_locked_in_the_version_that_is_asked_for(direct: str, lock: str) -> None:
    locked = versions_in(lock) | versions_in(TORCH)
    asked = versions_in(direct)
    assert asked
    assert {name: locked.get(name) for name in asked} == asked, "run: make lock"


def test_only_torch_and_what_its_builds_need_is_held_without_a_hash() -> None:
    names = versions_in(TORCH)
    assert "torch" in names
    assert all(re.fullmatch(r"torch|triton|(cuda|nvidia)-.*", name) for name in names)
    for lock in LISTS.values():
        assert not names.keys() & versions_in(lock).keys()


def test_the_locks_agree_on_what_they_share() -> None:
    dev, ray = versions_in("requirements-dev.lock"), versions_in("requirements-ray.lock")
    shared = dev.keys() & ray.keys()
    assert len(shared) > 80
    assert {name: dev[name] for name in shared} == {name: ray[name] for name in shared}


def test_every_package_of_the_javascript_linter_has_a_hash_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    own = packages.pop("")
    assert own["devDependencies"] == json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert packages
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


@pytest.mark.skipif(shutil.which("make") is None, reason="no make here")
def test_make_installs_from_the_locks_by_their_hashes() -> None:
    for target, lock in (("run", "requirements.lock"), ("test", "requirements-dev.lock")):
        steps = subprocess.run(
            ["make", "-n", "-B", target], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        assert f"--require-hashes --no-deps -r {lock}" in steps
