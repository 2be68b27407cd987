"""Stand-in for the port of this name."""

from dataclasses import dataclass, field

from nerveapp.domain.computing import DeviceName, EngineName
from nerveapp.errors import ModelError
from nerveapp.ports import ModelStore, Segmenter
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
