"""Stand-in for the port of this name."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from nerveapp.domain.promotion import Promotion, Role
from nerveapp.ports import AnnotationStore


@dataclass
class FakeModelRegistry:
    """Locks and promotions in memory; knows people by the store of annotations."""

    annotations: AnnotationStore | None = None
    _locked: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _promotions: list[Promotion] = field(default_factory=list)

    def lock(self, annotation_ids: Collection[str], *, now: datetime, by: str = "") -> None:
        people = {one: self._person(one) for one in annotation_ids}  # of one that is unknown none is locked
        for one, person in people.items():
            self._locked.setdefault(one, (now, person))

    def locked(self) -> tuple[str, ...]:
        return tuple(sorted(self._locked, key=lambda one: (self._locked[one][0], one)))

    def locked_people(self) -> tuple[str, ...]:
        return tuple(sorted({person for _, person in self._locked.values()}))

    def promote(self, promotion: Promotion) -> None:
        self._promotions.append(promotion)

    def promotions(self, role: Role) -> tuple[Promotion, ...]:
        return tuple(one for one in self._promotions if one.role is role)

    def _person(self, annotation_id: str) -> str:
        if self.annotations is None:
            return ""
        clip = self.annotations.clip(self.annotations.annotation(annotation_id).clip_sha256)
        return "" if clip is None else clip.person
