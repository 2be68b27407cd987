"""A mask out of a picture: what a viewer shows as one shape on a background, or the labels that this app documents.

- 0 (or black, or transparent) is background. One other value or colour is the nerve, whichever it is.
- Labels are 1, nerve, and 2, vessel; 255 is nerve where there is neither: beside them it marks what is to be ignored in
  some sets, and is refused. A palette's indices count as labels where they are 0, 1 and 2.
- A value from 3 to 31 is a label that is not known here, and no brightness: it is refused.
- Soft edges, of masks that were resized or stored as JPEG, are cut at half of the brightest value, with a remark.
- Black on white is a mask of most of the frame, about which its readers ask, unless an inverting look-up table
  (ImageJ's) made it so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nerveapp.domain.segmentation import Mask
from nerveapp.io.mask_decoding import MaskError, Plane, ShownPicture, decode, decode_stack

__all__ = ["LARGE", "Colour", "MaskError", "MaskPicture", "read_class", "read_mask", "read_stack"]

Colour = tuple[int, int, int]
"""Red, green and blue."""

NERVE, VESSEL, NERVE_ALONE = 1, 2, 255
LARGE = 0.5
"""A nerve that covers more of the frame than this is asked about."""

_DARKEST = 32  # smaller values are labels: no viewer shows them
_SHOWN = 6
_FEWEST_SHADES = 5  # of soft edges; fewer are labels
_WIDEST_EDGE = 5  # px
_MOST_EDGE = 2  # times the inside: of small nerves the edge is large
_EXPECTED = "a mask holds 0 outside and one value inside, or the labels 1 (nerve) and 2 (vessel)"


@dataclass(frozen=True, slots=True)
class MaskPicture:
    """What a picture says of one frame.

    Parameters
    ----------
    nerve : ndarray of bool, (H, W)
    vessel : ndarray of bool, (H, W), or None
        None where nobody traced vessels.
    value : str
        How the nerve is marked, where that is not documented. "" else.
    remark : str
        How it was read, in words that follow its name, where that is not plain; "" else.
    """

    nerve: Mask
    vessel: Mask | None = None
    value: str = ""
    remark: str = ""

    @property
    def mark(self) -> str:
        """How the nerve is marked, on which all masks of a set must agree; "" where there is none, or it is soft."""
        return "" if self.remark or not self.nerve.any() else self.value or "the value 255 or 1"


def read_mask(data: bytes) -> MaskPicture:
    """Read a mask from the bytes of a picture; check its size before, with `mask_decoding.size_of`.

    Raises
    ------
    MaskError
        If it is damaged, or nothing says which of its values is the nerve; the values are named.
    """
    return _read(decode(data))


def read_stack(data: bytes, count: int) -> Iterator[MaskPicture]:
    """Read the masks that are the first pages of a TIFF, as `read_mask` reads one."""
    return map(_read, decode_stack(data, count))


def _read(shown: ShownPicture) -> MaskPicture:
    if shown.alpha is not None and (shown.alpha != shown.alpha.flat[0]).any():
        return _by_opacity(shown, shown.alpha)
    if shown.alpha is not None and not shown.alpha.any():
        raise MaskError("is transparent throughout")
    return _by_values(shown.values, shown.labels, inverts=shown.inverts)


def read_class(
    data: bytes, value: int, colour: Colour | None, *, others: Collection[tuple[int, Colour | None]]
) -> Mask:
    """Read from a picture the pixels of a class whose value, and perhaps whose colour, is known.

    Parameters
    ----------
    data : bytes
        Of the picture; check its size before, with `mask_decoding.size_of`.
    value : int
        The class's number: what a grey picture holds, or the index into a palette.
    colour : (int, int, int) or None
        Its RGB colour, which goes before numbers in a picture of known colours; None where none is known.
    others : collection of (int, colour)
        Those of the other classes. Greys among the colours tell a picture of colours from one of numbers.

    Returns
    -------
    ndarray of bool, (H, W)

    Raises
    ------
    MaskError
        If it is damaged, coloured without a palette where no colours are known, or holds what no class is.
    """
    shown = decode(data)
    coloured = shown.values.ndim == 3 and bool((shown.values != shown.values[..., :1]).any())
    if colour is not None:
        codes = _codes(shown.values if shown.values.ndim == 3 else np.stack([shown.values] * 3, axis=-1))
        known = {_code(one) for one in (colour, *(other for _, other in others if other is not None), (0, 0, 0))}
        strange = set(np.unique(codes).tolist()) - known
        if coloured and strange:
            names = _listed([_hex(one) for one in sorted(strange)])
            raise MaskError(f"holds {names}, which the table beside it does not name")
        if coloured or not strange:
            return np.asarray(codes == _code(colour))
    if coloured and shown.labels is None:
        raise MaskError("is a colour picture, and the table beside it gives no colours")
    grey = shown.values[..., 0] if shown.values.ndim == 3 else shown.values
    numbers = grey if shown.labels is None else shown.labels
    # -1 is what labelme ignores, stored as 255.
    known_values = {0, value, *(NERVE_ALONE if other < 0 else other for other, _ in others)}
    if unnamed := sorted(set(np.unique(numbers).tolist()) - known_values):
        raise MaskError(f"holds {_listed(unnamed)}, which the table beside it does not name")
    return np.asarray(numbers == value)


def _by_values(values: Plane, labels: Plane | None = None, *, inverts: bool = False) -> MaskPicture:
    if labels is not None and _is_documented(labels, values):
        # A palette of two colours is a mask of one shape: that it has no vessel does not say that there is none.
        found = _by_labels(labels)
        return found if (labels == VESSEL).any() else MaskPicture(found.nerve)
    if values.ndim == 3 and (values != values[..., :1]).any():
        return _by_colour(values, labels)
    grey = values[..., 0] if values.ndim == 3 else values
    return _by_inverted(grey) if inverts else _by_grey(grey)


def _is_documented(labels: Plane, values: Plane) -> bool:
    """Tell whether indices into a palette are labels: 0, 1 and 2, and none but 0 is shown black."""
    dark = values == 0 if values.ndim == 2 else ~values.any(axis=-1)
    return set(np.unique(labels).tolist()) in ({0, 1}, {0, 2}, {0, 1, 2}) and not (dark & (labels != 0)).any()


def _by_labels(values: Plane) -> MaskPicture:
    nerve = np.isin(values, (NERVE, NERVE_ALONE))
    # The values 0 and 255 are those of a mask with the nerve alone: vessels were not looked for there.
    # An empty mask tells nothing of vessels either.
    traced = 0 < int(values.max()) < NERVE_ALONE
    return MaskPicture(nerve, np.asarray(values == VESSEL) if traced else None)


def _by_grey(grey: Plane) -> MaskPicture:
    found = np.unique(grey)
    if set(found.tolist()) <= {0, NERVE, VESSEL} or set(found.tolist()) <= {0, NERVE_ALONE}:
        return _by_labels(grey)
    brightest = int(found[-1])
    if len(found) == 1 or (len(found) == 2 and found[0] == 0):
        if brightest < _DARKEST:
            raise MaskError(f"holds the label {brightest}, which is not known; {_EXPECTED}")
        return MaskPicture(np.asarray(grey == brightest), value=f"the value {brightest}")
    if _has_soft_edges(grey, found):
        return MaskPicture(
            np.asarray(grey > brightest / 2), remark=f"has soft edges, which were cut at half of its {brightest}"
        )
    raise MaskError(f"holds the values {_listed(found.tolist())}; {_EXPECTED}")


def _by_inverted(grey: Plane) -> MaskPicture:
    """Read a mask seen through an inverting look-up table: of its two shades the smaller part is the nerve."""
    found = np.unique(grey)
    if len(found) == 1:
        raise MaskError("is of one shade throughout, through an inverting look-up table")
    if len(found) > 2:
        raise MaskError(f"holds the values {_listed(found.tolist())} as shown by its inverting look-up table")
    bright = np.asarray(grey == found[1])
    if bright.mean() <= LARGE:
        return MaskPicture(bright)
    return MaskPicture(~bright, remark="is shown black on white by its inverting look-up table: the black was taken")


def _has_soft_edges(grey: Plane, found: Plane) -> bool:
    """Tell whether the values between dark and bright are no more than thin edges of what is bright."""
    brightest = float(found[-1])
    if brightest < 2 * _DARKEST or len(found) < _FEWEST_SHADES:
        return False
    between = (grey > 0.1 * brightest) & (grey < 0.9 * brightest)
    if between.sum() > _MOST_EDGE * (grey >= 0.9 * brightest).sum():
        return False
    wide = cv2.erode(between.astype(np.uint8), np.ones((_WIDEST_EDGE, _WIDEST_EDGE), np.uint8))
    return not wide.any()


def _by_colour(values: Plane, labels: Plane | None) -> MaskPicture:
    codes = _codes(values)
    background = codes == 0
    if labels is not None and not background.any():
        background = labels == 0
    others = np.unique(codes[~background])
    names = [_hex(code) for code in others.tolist()]
    if len(others) != 1 or not background.any():
        raise MaskError(f"is a colour picture: it holds {_listed(names)}; a mask holds one colour on black")
    brightest = int(values[~background].max())
    if NERVE < brightest < _DARKEST:
        raise MaskError(f"holds the colour {names[0]}, which no viewer shows; {_EXPECTED}")
    return MaskPicture(np.asarray(~background), value=f"the colour {names[0]}")


def _by_opacity(shown: ShownPicture, alpha: Plane) -> MaskPicture:
    """Read a mask with transparent parts: the shape is what is seen, unless black is seen beside it."""
    most = int(alpha.max())
    codes = _codes(shown.values) if shown.values.ndim == 3 else shown.values.astype(np.int64)
    seen = np.unique(codes[alpha >= 0.9 * most])
    if len(seen) > 1:
        hidden = alpha <= most / 2
        covered = hidden if shown.values.ndim == 2 else hidden[..., None]
        return _by_values(np.where(covered, 0, shown.values))
    found = np.unique(alpha)
    if found[0] != 0 or (len(found) > 2 and not _has_soft_edges(alpha, found)):
        raise MaskError(f"has the opacities {_listed(found.tolist())}; a mask is transparent outside")
    remark = "has soft edges, which were cut at half of its opacity" if len(found) > 2 else ""
    return MaskPicture(np.asarray(alpha > most / 2), remark=remark)


def _code(colour: Colour) -> int:
    red, green, blue = colour
    return (red << 32) | (green << 16) | blue


def _codes(values: Plane) -> npt.NDArray[np.int64]:
    wide = values.astype(np.int64)
    return np.asarray((wide[..., 0] << 32) | (wide[..., 1] << 16) | wide[..., 2])


def _hex(code: int) -> str:
    parts = [(code >> shift) & 0xFFFF for shift in (32, 16, 0)]
    return "#" + "".join(f"{part:0{2 if max(parts) < 256 else 4}x}" for part in parts)


def _listed(found: Sequence[object]) -> str:
    return ", ".join(map(str, found[:_SHOWN])) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
