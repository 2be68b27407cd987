"""A clip that another process decodes."""

from __future__ import annotations

import ctypes
import json
import math
import mmap
import tempfile
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from nerveapp.domain.clip import ClipInfo, Frame, Image
from nerveapp.io.readers.decoders.memory import MEMORY_PREFIX, SHARED_BYTES, memory_folder
from nerveapp.io.readers.decoders.messages import BrokenMessageError, Message, error_of, info_of
from nerveapp.io.readers.decoders.pool import Decoder, DecoderEndedError, DecoderPool
from nerveapp.io.readers.limits import ReadLimits
from nerveapp.io.readers.streamed import stopped_after

_OPEN_S, _OPEN_S_PER_MB = 120.0, 0.5
_FRAME_S = 60.0
_CLOSE_S = 10.0
_FEWEST_SLOTS, _MOST_SLOTS = 3, 16
_SPARE_SLOTS = 2  # the decoder always has these to go on with


class IsolatedClip:
    """A clip decoded in a process of its own (the `Clip` protocol).

    Parameters
    ----------
    paths : sequence of Path
    name : str or None
    limits : ReadLimits
    pool : DecoderPool

    Raises
    ------
    ClipError
        If it cannot be read, or its decoder ends.
    """

    def __init__(self, paths: Sequence[Path], name: str | None, limits: ReadLimits, pool: DecoderPool) -> None:
        self._pool = pool
        sizes = [_size(path) for path in paths]
        self._open_s = _OPEN_S + _OPEN_S_PER_MB * sum(size for size, _ in sizes) / (1 << 20)
        request = {"paths": [str(path.absolute()) for path in paths], "name": name, "limits": asdict(limits)}
        self._request: Message = {**request, "key": json.dumps([request, sizes])}
        self._truncation: str | None = None
        with pool.lent() as decoder:
            self._decoder = weakref.ref(decoder)
            self._info = self._opened(decoder, {})

    @property
    def info(self) -> ClipInfo:
        """What is known of the clip."""
        return self._info

    @property
    def truncation(self) -> str | None:
        """After `frames` has been exhausted: why decoding ended early, in words, or None if it was complete."""
        return self._truncation

    def frames(self) -> Iterator[Frame]:
        """Decode the frames in presentation order.

        Yields
        ------
        Frame
            Its pixels lie in memory shared with the decoder, as long as anything refers to them.

        Raises
        ------
        ClipError
            If not a single frame can be decoded.
        """
        self._truncation = None
        count = 0
        try:
            for frame in self._streamed():
                yield frame
                count += 1
        except DecoderEndedError as error:
            if count == 0:
                raise
            self._truncation = stopped_after(count, self._info, error.message)

    def _streamed(self) -> Iterator[Frame]:
        slots = _Slots(self._info)
        with self._pool.lent(self._decoder()) as decoder, slots.file() as memory:
            self._decoder = weakref.ref(decoder)
            self._opened(decoder, {"memory": str(memory), "slot_bytes": slots.size})
            _checked(decoder.answer(_CLOSE_S), "mapped")
            with suppress(PermissionError):  # Windows keeps a file that is in use
                memory.unlink(missing_ok=True)
            try:
                _offer(decoder, range(slots.count))
                index = 0
                while "slot" in (message := decoder.answer(_FRAME_S)):
                    yield Frame(index, float(message["time_s"]), slots.image(message))
                    index += 1
                    _offer(decoder, slots.freed())
                if "error" in message:
                    raise error_of(message["error"])
                self._truncation = _checked(message, "end")["end"]
            finally:
                _close(decoder)

    def _opened(self, decoder: Decoder, more: Message) -> ClipInfo:
        decoder.ask({**self._request, **more})
        message = decoder.answer(self._open_s)
        if "error" in message:
            raise error_of(message["error"])
        try:
            return info_of(_checked(message, "info")["info"])
        except BrokenMessageError as error:
            raise _NOT_ITSELF from error


_NOT_ITSELF = DecoderEndedError("The decoder failed on this file.", "Export the file again.")


def _checked(message: Message, part: str) -> Message:
    if part not in message:
        raise _NOT_ITSELF
    return message


def _offer(decoder: Decoder, free: Iterable[int]) -> None:
    """Find which slots can be written to; one that has ended meanwhile may have written frames that are still read."""
    with suppress(DecoderEndedError):
        for slot in free:
            decoder.ask({"slot": slot})


def _close(decoder: Decoder) -> None:
    """Have a stream ended and wait until it is; a decoder that does not answer is ended, with no word to anybody."""
    try:
        decoder.ask({"slot": None})
        while "closed" not in (message := decoder.answer(_CLOSE_S)):
            pass
        decoder.peak_bytes = int(message.get("peak_bytes", 0))
    except DecoderEndedError:
        decoder.end()


def _size(path: Path) -> tuple[int, int]:
    """Give a file's size in bytes and when it was written; zeros where it is none."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


class _Slots:
    """Memory that the decoder writes frames into; a slot is free again when nothing refers to its frame any more.

    Parameters
    ----------
    info : ClipInfo
    """

    def __init__(self, info: ClipInfo) -> None:
        self.size = info.width * info.height * 3
        self.count = min(max(SHARED_BYTES // self.size, _FEWEST_SLOTS), _MOST_SLOTS)
        self._freed: deque[int] = deque()
        self._in_use = 0
        self._memory: mmap.mmap | None = None

    @contextmanager
    def file(self) -> Iterator[Path]:
        """Make the memory, and give the name under which the decoder finds it until that is removed."""
        with tempfile.NamedTemporaryFile(prefix=MEMORY_PREFIX, dir=memory_folder(), delete=False) as file:
            path = Path(file.name)
            try:
                file.truncate(self.size * self.count)
                self._memory = mmap.mmap(file.fileno(), self.size * self.count)
                yield path
            finally:
                with suppress(PermissionError):
                    path.unlink(missing_ok=True)

    def image(self, message: Message) -> Image:
        """Give the frame that a message tells of, where it lies, or a copy where too few slots would be left."""
        slot, shape = int(message["slot"]), tuple(int(n) for n in message["shape"])
        size = math.prod(shape)
        if self._memory is None or not 0 <= slot < self.count or not 0 < size <= self.size:
            raise _NOT_ITSELF
        buffer = (ctypes.c_ubyte * size).from_buffer(self._memory, slot * self.size)
        lying: Image = np.ctypeslib.as_array(buffer).reshape(shape)
        if self._in_use + _SPARE_SLOTS >= self.count:
            self._freed.append(slot)
            return lying.copy()
        self._in_use += 1
        weakref.finalize(buffer, self._free, slot).atexit = False
        return lying

    def _free(self, slot: int) -> None:
        # Called wherever the last reference goes, in any thread: the stream itself tells the decoder.
        self._in_use -= 1
        self._freed.append(slot)

    def freed(self) -> Iterator[int]:
        """Give the slots that became free since it was last asked."""
        while self._freed:
            yield self._freed.popleft()
