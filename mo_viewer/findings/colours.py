"""One colour a lesion, the same in every view, at every date and in every export."""

from mo_viewer.findings.document import Document

LESION_COLOURS = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#cc79a7", "#d55e00", "#0072b2")
"""Okabe and Ito's set, which people with any common colour vision deficiency can tell apart; black left out."""


def lesion_colour(document: Document, tracking_uid: str) -> str:
    """Return the colour (``#rrggbb``) of a lesion: by the order in which the patient's lesions first appear."""
    order: list[str] = []
    for timepoint in document.timepoints:
        order += [lesion.tracking_uid for lesion in timepoint.lesions if lesion.tracking_uid not in order]
    place = order.index(tracking_uid) if tracking_uid in order else len(order)
    return LESION_COLOURS[place % len(LESION_COLOURS)]
