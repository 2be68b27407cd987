"""Stand-in for the port of this name."""

from dataclasses import dataclass, field
from datetime import datetime

from nerveapp.domain.norms import Norm, NormTable
from nerveapp.errors import NormsError


@dataclass
class FakeNormStore:
    """Norms in memory, the published ones beside; files are not understood."""

    published: tuple[Norm, ...] = ()
    own: dict[str, tuple[Norm, ...]] = field(default_factory=dict)
    read: tuple[Norm, ...] = ()

    def table(self) -> NormTable:
        return NormTable((*(norm for name in self.sets() for norm in self.own[name]), *self.published))

    def sets(self) -> tuple[str, ...]:
        return tuple(reversed(self.own))

    def put(self, name: str, norms: tuple[Norm, ...], *, by: str, at: datetime) -> None:
        if name in self.own or not norms or not name.replace("-", "").isalnum():
            raise NormsError(f"There is a set {name} already, or it is none.")
        self.own[name] = norms

    def remove(self, name: str) -> None:
        self.own.pop(name, None)

    def read_csv(self, data: bytes) -> tuple[Norm, ...]:
        return self.read

    def as_csv(self, norms: tuple[Norm, ...]) -> bytes:
        return repr(norms).encode()
