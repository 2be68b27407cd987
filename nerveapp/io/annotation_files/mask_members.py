"""Which pictures of a ZIP are masks, and which are what the masks were drawn on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from nerveapp.io.annotation_files.still_names import FOLDERS_OF_IMAGES, FOLDERS_OF_MASKS, without_affixes
from nerveapp.io.annotation_files.zip_files import Member
from nerveapp.io.mask_decoding import is_picture

_OF_INSTANCES = "segmentationobject"
"""Pascal VOC's second folder: the same shapes again, a colour for each."""

_JPEG_MAGIC = b"\xff\xd8\xff"


def masks_among(members: Sequence[Member]) -> list[Member]:
    """Choose the masks: those in a folder for masks, or else all pictures that are not plainly the images.

    Images are those in a folder for images, JPEGs beside other pictures, and pictures whose name another one bears with
    "_mask" or the like added.
    """
    heads = {member.name: head for member in members if is_picture(head := member.head())}
    pictures = [member for member in members if member.name in heads]
    folders = {member.name: {part.casefold() for part in PurePosixPath(member.name).parts[:-1]} for member in pictures}
    inside = [member for member in pictures if folders[member.name] & FOLDERS_OF_MASKS]
    if inside:
        return inside
    outside = [member for member in pictures if not folders[member.name] & (FOLDERS_OF_IMAGES | {_OF_INSTANCES})]
    drawn = [member for member in outside if not heads[member.name].startswith(_JPEG_MAGIC)] or outside
    bare = {plain for member in drawn for plain in without_affixes(_stem(member))}
    return [member for member in drawn if _stem(member) not in bare]


def _stem(member: Member) -> str:
    return PurePosixPath(member.name).stem.casefold()
