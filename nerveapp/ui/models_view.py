"""The Models page: every model with its card, report and origin; what is in use; models in and out."""

from __future__ import annotations

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.model import ModelCard, Score
from nerveapp.domain.promotion import Role
from nerveapp.errors import NerveAppError
from nerveapp.io.model_store import FolderModelStore
from nerveapp.io.model_zip import pack_model
from nerveapp.ports import AnnotationStore, ModelRegistry
from nerveapp.ui.plain_text import plain
from nerveapp.ui.promotion_view import show_promotion
from nerveapp.ui.report_view import show_report
from nerveapp.ui.shell import show_error

SHOWN = "model-shown"


def show_models(models: FolderModelStore, store: AnnotationStore, registry: ModelRegistry) -> None:
    """Draw the page."""
    names = models.names()
    used = {role: bootstrap.model_in_use(role) for role in Role}
    _overview([models.card(name) for name in names], used)
    if names:
        if st.session_state.get(SHOWN) not in names:
            st.session_state[SHOWN] = used[Role.MEDIAN_WRIST] if used[Role.MEDIAN_WRIST] in names else names[0]
        name = st.selectbox("Model", names, key=SHOWN, format_func=lambda one: f"{one}: {models.card(one).title}")
        _card(models, models.card(name))
        show_report(models, store, registry, name)
        show_promotion(models, store, registry, name)
    _upload()


def _overview(cards: list[ModelCard], used: dict[Role, str]) -> None:
    rows = []
    for card in cards:
        best = card.scores[0] if card.scores else None
        rows.append(
            {
                "model": card.name,
                "in use for": ", ".join(role.words for role, name in used.items() if name == card.name) or "–",
                "Dice": "never scored" if best is None else f"{best.dice_mean:.3f} ± {best.dice_sd:.3f}",
                "on": "–" if best is None else f"{best.n} images of {best.groups}",
                "kept apart": "–" if best is None else best.split.partition(";")[0],  # the card below has the rest
                "learnt from": ", ".join(f"{data.images} {data.name}" for data in card.trained_on),
                "weights under": card.licence,
            }
        )
    st.dataframe(rows, hide_index=True)


def _card(models: FolderModelStore, card: ModelCard) -> None:
    st.write(plain(card.remark))
    for data in card.trained_on:
        st.caption(
            f"Trained on {data.images} images of {data.groups} groups: "
            + plain(f"{data.name}, {data.licence}, {data.source}")
        )
    if card.scores:
        st.table([_row(score) for score in card.scores])
    else:
        st.warning("It was never scored on people it had not seen.", icon=":material/help:")
    looks = " · looks twice: the whole frame, then close up" if card.refinement else ""
    st.caption(f"{plain(card.name)}{looks} · weights under {plain(card.licence)} · sha256 {plain(card.sha256)}")
    if card.refinement is not None:
        files = ", ".join(f"{plain(one.name)}.safetensors {plain(one.sha256)}" for one in card.networks)
        st.caption(f"This sha256 is of the hashes of its two files, one after the other: {files}")
    with st.popover("Card and file", icon=":material/download:"):
        st.json({"settings": card.recipe, "versions": dict(card.versions), "held out": card.held_out}, expanded=1)
        st.download_button(
            "Download the model (ZIP: safetensors and card)",
            lambda: pack_model(models, card.name),
            f"{card.name}.zip",
            on_click="ignore",
            key="download-model",
        )


def _row(score: Score) -> dict[str, str | int]:
    low, high = score.dice_ci95
    return {
        "images from": plain(score.dataset),
        "kept apart by": plain(score.split),
        "computed by": plain(score.engine),
        "images": score.n,
        "people or subjects": score.groups,
        "Dice mean ± SD": f"{score.dice_mean:.3f} ± {score.dice_sd:.3f}",
        "95 % interval": f"{low:.3f}–{high:.3f}",
        "IoU mean ± SD": f"{score.iou_mean:.3f} ± {score.iou_sd:.3f}",
        "HD95 median": "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px",
        "area error": "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}",
        "missed (Dice < 0.5)": score.missed,
    }


def _upload() -> None:
    st.subheader("Bring a model", anchor=False)
    upload = st.file_uploader("A model's ZIP, as it is downloaded above", type="zip", key="model-upload")
    if upload is not None and st.button("Check and add it", icon=":material/upload:", key="model-add"):
        try:
            with st.spinner("Building the network from its card and weights"):
                card = bootstrap.import_model(upload.getvalue())
        except NerveAppError as error:
            show_error(error)
            return
        st.success(f"{plain(card.name)} is here.", icon=":material/check:")
