"""What the panel says: the measurements in reading order, grade and pattern; all in the words of the report."""

from mo_viewer.base.faults import Unreadable
from mo_viewer.report.wording import Wording, bundled_wording, wording

SIZE = "SIZE"
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        SIZE,
        (
            "volume",
            "dense_volume",
            "area_mm2",
            "long_axis_mm",
            "short_axis_mm",
            "max_diameter_mm",
            "surface_mm2",
            "gap_to_bone_mm",
            "bone_contact_mm2",
        ),
    ),
    (
        "DENSITY",
        (
            "mineral_content",
            "mean_hu",
            "median_hu",
            "p95_hu",
            "max_hu",
            "sd_hu",
            "background_hu",
            "normalised_density",
            "mineralised_fraction",
        ),
    ),
    (
        "RIM, CORE AND MARGIN",
        ("rim_coverage", "rim_minus_core_hu", "zonal_index", "margin_width_mm"),
    ),
)


def in_force() -> Wording:
    """Return the department's words, or the program's own where those cannot be read: a panel has to stand."""
    try:
        return wording()
    except Unreadable:
        return bundled_wording()


def graded(value: str, words: Wording) -> str:
    """Return a grade with its scale and meaning: ``Grade 2 of 4 (provisional): calcification``."""
    meaning = words.grade_meanings.get(value, "")
    told = words.grade(value)
    named = f"{told[:1].upper()}{told[1:]} (provisional)"
    return f"{named}: {meaning}" if meaning else named


def pattern_sentence(pattern: str, words: Wording) -> str:
    """Return whether rim or core is denser, in the words of the report."""
    key = f"pattern_{pattern}"
    return f"{words.say('pattern')}: {words.say(key)}." if key in words.texts else ""


NOT_CLAIMED = "Not a diagnosis. The rules are provisional defaults; the absence of a caution is no reassurance."
