"""Processes save while one after another is killed: none lost, none duplicated, none torn."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from tests.io.store.records import CLIP, mask

ROOT = Path(__file__).parents[3]
WRITERS = 4
EACH = 60

WRITER = """
import sys, time
from dataclasses import replace
from nerveapp.io.store.annotations import SqlAnnotationStore
from nerveapp.io.store.connection import open_database
from tests.io.store.records import IMAGE, annotation
url, number, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
done = {line.split()[1] for line in open(log)} if number >= 0 else set()
store = SqlAnnotationStore(open_database(url))
with open(log, "a", buffering=1) as said:
    for frame in range(60):
        identity = f"{number:04d}{frame:028d}"
        if identity in done:
            continue
        # The write is promised before and confirmed after: what was confirmed must be there.
        store.save(annotation(frame=frame, rater=f"R{number}", seed=frame, id=identity), IMAGE)
        said.write(f"saved {identity}\\n")
"""


@pytest.mark.slow
def test_processes_killed_while_saving_lose_nothing_that_was_confirmed(url: str, tmp_path: Path) -> None:
    SqlAnnotationStore(open_database(url)).register(CLIP)
    logs = [tmp_path / f"{number}.log" for number in range(WRITERS)]
    for log in logs:
        log.touch()

    def start(number: int) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-c", WRITER, url, str(number), str(logs[number])], cwd=ROOT)

    chance = random.Random(7)  # noqa: S311 - whom to kill is no secret
    running = {number: start(number) for number in range(WRITERS)}
    killed = 0
    deadline = time.monotonic() + 200
    while running:
        assert time.monotonic() < deadline, "the writers do not come to an end"
        time.sleep(chance.uniform(0.05, 0.5))
        for number, process in list(running.items()):
            if process.poll() == 0:
                del running[number]
        if running and killed < 8:
            number = chance.choice(list(running))
            os.kill(running[number].pid, signal.SIGKILL)
            killed += running[number].wait() == -signal.SIGKILL
            running[number] = start(number)
        for process in running.values():
            assert process.poll() in (None, 0), "a writer failed by itself"
    assert killed >= 3
    found = SqlAnnotationStore(open_database(url)).latest()
    confirmed = {line.split()[1] for log in logs for line in log.read_text().splitlines()}
    identities = [one.id for one in found]
    assert len(identities) == len(set(identities)) == WRITERS * EACH
    assert confirmed <= set(identities)
    assert all(one.mask == mask(one.frame) for one in found), "read back and compared with what was meant"
