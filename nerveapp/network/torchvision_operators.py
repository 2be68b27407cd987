"""Let torchvision be imported beside a torch it was not compiled for.

The CPU build of torch with the PyPI build of torchvision is a common pair. torchvision's compiled operators then cannot
be loaded, and its import fails while it registers shape functions for operators that do not exist
(pytorch/vision issue 9077). segmentation-models-pytorch imports torchvision through timm but uses neither operator,
so declaring their schemas is enough for the import to succeed.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

_declared: list[torch.library.Library] = []  # a Library takes its declarations along when it is collected


def declare_missing_operators() -> bool:
    """Declare torchvision's `nms` and `qnms` where its compiled operators cannot be loaded.

    Call before the first import of torchvision, timm or segmentation-models-pytorch. Calling again is harmless.

    Returns
    -------
    bool
        True if the schemas are (now or already) declared by this module, False if torchvision's own are loaded.
    """
    if _declared:
        return True
    if _operators_load():
        return False
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS.values():
        library.define(schema)
    _declared.append(library)
    return True


def _operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    compiled = [*Path(spec.origin).parent.glob("_C*.so"), *Path(spec.origin).parent.glob("_C*.pyd")]
    if not compiled:
        return False
    try:
        torch.ops.load_library(str(compiled[0]))
    except OSError:  # a CUDA library it links against is absent
        return False
    return hasattr(torch.ops.torchvision, "nms")
