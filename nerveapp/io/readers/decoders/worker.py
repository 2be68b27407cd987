"""The process that decodes: `python -m nerveapp.io.readers.decoders.worker`, started and spoken to by the pool."""

from __future__ import annotations

import gc
import logging
import mmap
import os
import queue
import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from nerveapp.domain.clip import Frame
from nerveapp.errors import ClipError
from nerveapp.io.readers.decoders.memory import limit_memory, peak_bytes
from nerveapp.io.readers.decoders.messages import (
    BrokenMessageError,
    Message,
    error_message,
    info_message,
    receive,
    send,
)
from nerveapp.io.readers.in_process import load_readers, open_in_process
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import StreamedClip

_MOST_CLIPS_KNOWN = 8
_COLLECT_EVERY_BYTES = 64 << 20


class Opener(Protocol):
    """What opens clips; see `open_in_process`."""

    def __call__(self, path: Path | Sequence[Path], *, limits: ReadLimits, name: str | None) -> StreamedClip:
        """Open a file, or a selection of stills."""
        ...


class Worker:
    """Serves one request after the other.

    Parameters
    ----------
    commands, answers : binary file
    opener : callable
        Opens a clip in this process.
    """

    def __init__(self, commands: BinaryIO, answers: BinaryIO, opener: Opener) -> None:
        self._commands, self._answers, self._opener = commands, answers, opener
        self._requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._slots: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._uncollected = 0
        self._known: OrderedDict[str, StreamedClip] = OrderedDict()

    def serve(self) -> None:
        """Answer until the other side goes."""
        threading.Thread(target=self._listen, daemon=True).start()
        while True:
            request = self._requests.get()
            try:
                clip = self._open(request)
                send(self._answers, {"info": info_message(clip.info)})
                if request.get("memory"):
                    self._stream(clip, Path(request["memory"]), int(request["slot_bytes"]))
            except ClipError as error:
                send(self._answers, {"error": error_message(error)})

    def _listen(self) -> None:
        """Sort what comes in; when the app is gone, so is this process, whatever a decoder is doing."""
        while True:
            try:
                message = receive(self._commands)
            except BrokenMessageError:
                os._exit(0)
            if "slot" in message:
                self._slots.put(message["slot"])  # None ends the stream
            else:
                self._requests.put(message)

    def _open(self, request: Message) -> StreamedClip:
        """Open a clip, or give it as it was opened before: its range of greys and its hash take a while to find."""
        key = request["key"]
        if key not in self._known:
            paths = [Path(path) for path in request["paths"]]
            limits = ReadLimits(**request["limits"])
            opened = self._opener(paths if len(paths) > 1 else paths[0], limits=limits, name=request["name"])
            self._known[key] = opened
        self._known.move_to_end(key)
        while len(self._known) > _MOST_CLIPS_KNOWN:
            self._known.popitem(last=False)
        return self._known[key]

    def _stream(self, clip: StreamedClip, memory: Path, slot_bytes: int) -> None:
        """Write frames into slots as these are given, until the clip or the wish for more ends."""
        with memory.open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
            send(self._answers, {"mapped": True})
            frames = clip.frames()
            slot = self._slots.get()
            while slot is not None and self._has_sent(frames, shared, slot, slot_bytes, clip):
                slot = self._slots.get()
            frames.close()
        while slot is not None:
            slot = self._slots.get()
        send(self._answers, {"closed": True, "peak_bytes": peak_bytes()})

    def _has_sent(
        self, frames: Generator[Frame], shared: mmap.mmap, slot: int, slot_bytes: int, clip: StreamedClip
    ) -> bool:
        try:
            frame = next(frames, None)
        except ClipError as error:
            send(self._answers, {"error": error_message(error)})
            return False
        if frame is None:
            send(self._answers, {"end": clip.truncation})
            return False
        image = np.ascontiguousarray(frame.image)
        shared[slot * slot_bytes : slot * slot_bytes + image.nbytes] = image.reshape(-1).data
        send(self._answers, {"slot": slot, "shape": image.shape, "time_s": frame.time_s})
        self._uncollected += image.nbytes
        if self._uncollected > _COLLECT_EVERY_BYTES:
            gc.collect()  # what decoders leave may be held by cycles, and is large
            self._uncollected = 0
        return True


def main(arguments: list[str], *, opener: Opener = open_in_process) -> None:
    """Speak through what were standard input and output; whatever else is printed goes to standard error."""
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    limit_memory(int(arguments[0]))
    # What libraries grumble about a damaged file would fill the server's log; the reader says it in words.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    if "warm" in arguments:
        load_readers()
    Worker(commands, answers, opener).serve()


if __name__ == "__main__":
    main(sys.argv[1:])
