"""Stand-in for the port of this name."""

from dataclasses import dataclass, field

from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.errors import ModelError
from nerveapp.ports import ModelStore, Proposer, Segmenter
from tests.fakes.segmenter import FakeSegmenter


@dataclass
class FakeSegmenters:
    """Gives the segmenters it was given by the names of their models."""

    kept: dict[str, Segmenter] = field(default_factory=lambda: {"fake": FakeSegmenter()})

    def segmenter(
        self,
        model: str,
        *,
        test_time_flip: bool = False,
        device: DeviceName = DeviceName.AUTO,
        engine: EngineName = EngineName.AUTO,
    ) -> Segmenter:
        if model not in self.kept:
            raise ModelError(f"There is no model called {model}.", "Choose another one.")
        return self.kept[model]

    def of(self, _store: ModelStore) -> "FakeSegmenters":
        return self

    def proposer(self, model: str) -> Proposer:
        found = self.segmenter(model)
        if not isinstance(found, Proposer):
            raise TypeError(f"expected a segmenter that proposes, got {type(found).__name__}")
        return found
