"""COCO JSON: outlines along the edges of their pixels, or as run lengths where they have holes; both are exact."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from nerveapp import NOTICE
from nerveapp.domain.annotation import ClipRecord
from nerveapp.domain.outline_files import Known, Preview
from nerveapp.domain.segmentation import Mask
from nerveapp.errors import AnnotationError
from nerveapp.io.annotation_files.coco_runs import mask_of, runs_of
from nerveapp.io.annotation_files.frames import Exported, Versions, check_chosen, frame_names
from nerveapp.io.annotation_files.gathering import Gathering
from nerveapp.io.annotation_files.json_values import ShapeError, numbers, objects, whole
from nerveapp.io.annotation_files.labels import check_one_nerve, is_nerve, unknown_label
from nerveapp.io.annotation_files.pixel_edges import Corners, trace
from nerveapp.io.annotation_files.placing import Named, of_this_clip, place, tell_other_number
from nerveapp.io.annotation_files.raster import checked_points, fill_loops

_CATEGORY = 1
_SHOWN_VIDEOS = 6


def export_coco(frames: Sequence[Exported], versions: Versions) -> bytes:
    """Write COCO JSON of one clip or several.

    An outline is a polygon for each part of it, which pycocotools fills to the very mask, and no crowd: whoever scores
    or learns from COCO passes crowds over. One with a hole is run lengths, which the format allows to crowds alone.

    An image without annotation carries `no_nerve`: COCO alone cannot tell it from one that nobody looked at.

    Raises
    ------
    AnnotationError
        If nothing is chosen, or a frame twice.
    """
    check_chosen(frames)
    names = frame_names(frames, "{clip}_frame_{frame:06d}.png")
    content = {
        "info": {
            "description": f"Nerves in ultrasound, outlined in NerveApp. {NOTICE}",
            "versions": dict(versions),
        },
        "images": [_image(at, shown, name) for at, (shown, name) in enumerate(zip(frames, names, strict=True), 1)],
        "annotations": [_annotation(at, shown) for at, shown in enumerate(frames, 1) if not shown.annotation.no_nerve],
        "categories": [{"id": _CATEGORY, "name": "nerve", "supercategory": "anatomy"}],
    }
    return json.dumps(content, ensure_ascii=False).encode()


def _image(at: int, shown: Exported, name: str) -> dict[str, object]:
    clip = shown.clip
    place = {"id": at, "file_name": name, "width": clip.width, "height": clip.height}
    return {**place, "frame": shown.frame, "clip_sha256": clip.sha256, "no_nerve": shown.annotation.no_nerve}


def _annotation(at: int, shown: Exported) -> dict[str, object]:
    mask = shown.annotation.mask.unpack()
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return {
        "id": at,
        "image_id": at,
        "category_id": _CATEGORY,
        **_segmentation(mask),
        "area": int(mask.sum()),
        "bbox": [left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top],
        "rater": shown.annotation.rater,
        "state": shown.annotation.state,
        "source": shown.annotation.source,
        "made_at": shown.annotation.made_at.isoformat(),
    }


def _segmentation(mask: Mask) -> dict[str, object]:
    loops = trace(mask)
    if any(_turns_left(loop) for loop in loops):
        return {"segmentation": {"size": list(mask.shape), "counts": runs_of(mask)}, "iscrowd": 1}
    return {"segmentation": [loop.ravel().tolist() for loop in loops], "iscrowd": 0}


def _turns_left(loop: Corners) -> bool:
    """Whether a loop goes around a hole: the inside of a mask lies on its right hand."""
    x, y = loop.astype(np.int64).T
    return bool(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0)


def is_coco(content: Mapping[str, object]) -> bool:
    """Tell whether parsed JSON is COCO."""
    return "images" in content and "annotations" in content


def preview_coco(content: Mapping[str, object], clip: ClipRecord, known: Known) -> Preview:
    """Read run lengths and polygons. Images of other clips are passed over where the file names the clips.

    An image is of the frame whose name its `file_name` is. For a clip without names it is the image's `frame` (this
    app's), its `frame_id` (COCO-VID's), or the digits at the end of its `file_name`, counted from 0.

    Raises
    ------
    AnnotationError
        If the JSON has another shape, or all images are of other clips or none of its videos is the clip.
    """
    found = Gathering(clip, known)
    images = objects(content.get("images"), "images")
    own = [image for image in images if image.get("clip_sha256", clip.sha256) == clip.sha256]
    if images and not own:
        raise AnnotationError("The images in the file are all of other clips.", "Open the clip that they belong to.")
    found.is_ours = all("clip_sha256" in image for image in own)
    own = _of_video(found, own, content)
    unnamed = [image for image in own if "clip_sha256" not in image]
    if unnamed:
        named = [Named("", (str(image.get("file_name", "")),)) for image in unnamed]
        anothers = {id(image) for image, mine in zip(unnamed, of_this_clip(found, named), strict=True) if not mine}
        own = [image for image in own if id(image) not in anothers]
    others = {_key(image.get("id")) for image in images} - {_key(image.get("id")) for image in own}
    frames = _frames(found, own)
    labels = _labels(content)
    annotations = _without_crowds(found, objects(content.get("annotations"), "annotations"), labels)
    drawn = [item for item in annotations if _key(item.get("image_id")) in frames]
    check_one_nerve((str(labels.get(_key(item.get("category_id")))) for item in drawn), clip)
    labelled: defaultdict[int, list[str]] = defaultdict(list)
    for at, item in enumerate(annotations, 1):
        image, where = _key(item.get("image_id")), f"Annotation {at}"
        label = labels.get(_key(item.get("category_id")))
        if image in others:
            continue
        if image not in frames:
            found.problem(f"{where} belongs to no image of the file that could be taken.")
        elif not is_nerve(str(label), clip):
            found.problem(unknown_label(label, where, clip))
        else:
            _add(found, frames[image], item.get("segmentation"), where)
            labelled[frames[image]].append(str(label))
    found.check_sides(labelled)
    return found.preview()


def _labels(content: Mapping[str, object]) -> dict[str, object]:
    used = {_key(one.get("category_id")) for one in objects(content.get("annotations"), "annotations")}
    labels: dict[str, object] = {}
    for item in objects(content.get("categories", []), "categories"):
        key, name = _key(item.get("id")), item.get("name")
        if key in used and str(labels.setdefault(key, name)).casefold() != str(name).casefold():
            raise AnnotationError(
                f"The file gives the category {key} two names, {labels[key]} and {name}.",
                "Give each category an id of its own.",
            )
    return labels


def _without_crowds(
    found: Gathering, annotations: Sequence[dict[str, object]], labels: Mapping[str, object]
) -> list[dict[str, object]]:
    """Leave out groups ("crowds") beside single outlines of the nerve in an image, as whoever scores COCO does.

    Alone they stay: this app and others write an outline with a hole as one.
    """
    single = {
        _key(one.get("image_id"))
        for one in annotations
        if not one.get("iscrowd") and is_nerve(str(labels.get(_key(one.get("category_id")))), found.clip)
    }
    kept = [one for one in annotations if not one.get("iscrowd") or _key(one.get("image_id")) not in single]
    if len(kept) < len(annotations):
        found.remark(f"Groups (iscrowd) beside single outlines were left out: {len(annotations) - len(kept)}.")
    return kept


def _of_video(
    found: Gathering, images: Sequence[dict[str, object]], content: Mapping[str, object]
) -> list[dict[str, object]]:
    """Keep the images of the clip's own video, where the file holds several videos (COCO-VID)."""
    names = {_key(one.get("id")): str(one.get("name", "")) for one in objects(content.get("videos", []), "videos")}
    stem = _stem(found.known.clip_name)
    if len({_key(image.get("video_id")) for image in images}) < 2 or not names:
        if stem and len(names) == 1 and _stem(*names.values()) != stem:
            found.remark(f"The file's video is called {next(iter(names.values()))[:60]}, otherwise than the clip.")
        return list(images)
    fitting = {key for key, name in names.items() if stem and _stem(name) == stem}
    if len(fitting) != 1:
        listed = ", ".join(list(names.values())[:_SHOWN_VIDEOS])
        raise AnnotationError(
            f"The file holds {len(names)} videos ({listed}), and not one of them alone is called like the clip.",
            "Name the clip as the file calls it, or export its video by itself.",
        )
    return [image for image in images if _key(image.get("video_id")) in fitting]


def _stem(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).stem.casefold()


def _key(identifier: object) -> str:
    # JSON values may be lists and objects, which no dictionary takes as keys; some programs write whole numbers as 1.0.
    return repr(int(identifier) if isinstance(identifier, float) and identifier.is_integer() else identifier)


def _frames(found: Gathering, images: Sequence[Mapping[str, object]]) -> dict[str, int]:
    """Map the images' ids to frames, and take the frames that are said to show no nerve."""
    frames: dict[str, int] = {}
    for at, (image, frame) in enumerate(zip(images, _placed(found, images), strict=True), 1):
        where = f"Image {at}"
        size = (whole(image.get("width", found.clip.width)), whole(image.get("height", found.clip.height)))
        if frame is None or not found.fits(size[0] or 0, size[1] or 0, where):
            continue
        key = _key(image.get("id"))
        if frame in frames.values() or key in frames:
            found.problem(f"{where} gives frame {frame} a second time.")
            continue
        frames[key] = frame
        if image.get("no_nerve") is True:
            found.add(frame, np.zeros((found.clip.height, found.clip.width), np.bool_), where, empty_is_meant=True)
    return frames


def _placed(found: Gathering, images: Sequence[Mapping[str, object]]) -> list[int | None]:
    """Give the frame of each image: the one this app wrote, or the one it bears the name or the number of."""
    frames: list[int | None] = [None] * len(images)
    named: dict[int, Named] = {}
    for at, image in enumerate(images):
        where, name = f"Image {at + 1}", str(image.get("file_name", ""))
        is_ours = "clip_sha256" in image
        if "frame" in image and (is_ours or not name or not found.clip.names):
            frame = whole(image["frame"])
            frames[at] = frame if found.has_frame(frame, where) else None
            if not is_ours and frame is not None:
                tell_other_number(found, Named(where, (name,)), frame)
        else:
            named[at] = Named(where, (name,), whole(image.get("frame_id")))
    for at, frame in zip(named, place(found, list(named.values())), strict=True):
        frames[at] = frame
    return frames


def _add(found: Gathering, frame: int, segmentation: object, where: str) -> None:
    try:
        found.add(frame, _mask(segmentation, found), where, unite=True)
    except ShapeError as error:
        found.problem(f"{where} {error}.")


def _mask(segmentation: object, found: Gathering) -> Mask:
    height, width = found.clip.height, found.clip.width
    if isinstance(segmentation, dict):
        if segmentation.get("size") != [height, width]:
            raise ShapeError(f"is not of the clip's size, {height} rows and {width} columns")
        return mask_of(segmentation.get("counts"), height, width)
    if not isinstance(segmentation, list) or not segmentation:
        raise ShapeError("has no outline")
    mask = np.zeros((height, width), np.bool_)
    for polygon in segmentation:
        values = numbers(polygon)
        if len(values) % 2:
            raise ShapeError("has a polygon with an odd count of numbers")
        mask |= fill_loops([checked_points(np.array(values))], height, width)
    if not mask.any():
        raise ShapeError("lies outside of the frame or encloses no pixel")
    return mask
