"""What each model was trained on and how it did on people it never saw."""

import streamlit as st

from nerveapp import bootstrap
from nerveapp.domain.model import ModelCard, Score
from nerveapp.ui.shell import page


def _row(score: Score) -> dict[str, str | int]:
    low, high = score.dice_ci95
    return {
        "images from": score.dataset,
        "kept apart by": score.split,
        "computed by": score.engine,
        "images": score.n,
        "people or subjects": score.groups,
        "Dice mean ± SD": f"{score.dice_mean:.3f} ± {score.dice_sd:.3f}",
        "95 % interval": f"{low:.3f}–{high:.3f}",
        "IoU mean ± SD": f"{score.iou_mean:.3f} ± {score.iou_sd:.3f}",
        "HD95 median": "–" if score.hd95_px_median is None else f"{score.hd95_px_median:.1f} px",
        "area error": "–" if score.area_error_rel_mean is None else f"{score.area_error_rel_mean:.1%}",
        "missed (Dice < 0.5)": score.missed,
    }


def _show(card: ModelCard) -> None:
    st.subheader(card.title, anchor=False)
    st.write(card.remark)
    for data in card.trained_on:
        st.caption(
            f"Trained on {data.images} images of {data.groups} groups: {data.name}, {data.licence}, {data.source}"
        )
    if card.scores:
        st.table([_row(score) for score in card.scores])
    else:
        st.warning("It was never scored on people it had not seen.", icon=":material/help:")
    looks = " · looks twice: the whole frame, then close up" if card.close_up else ""
    st.caption(f"`{card.name}`{looks} · weights under {card.licence} · sha256 `{card.weights.sha256}`")


with page(__file__, "Models"):
    st.write(
        "Scores are on people never trained on; *out of fold*, each by the one of five trainings of the same recipe "
        "that had not seen them, before the model shown learnt from all. The interval is resampled by person."
    )
    store = bootstrap.model_store()
    for name in store.names():
        _show(store.card(name))
