"""What the panel says: names of the measurements in reading order, grades and patterns in words."""

SECTIONS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "HOW BIG",
        (
            ("volume", "Volume (filled, half maximum)"),
            ("dense_volume", "Dense part"),
            ("area_mm2", "Area"),
            ("long_axis_mm", "Long axis"),
            ("short_axis_mm", "Short axis"),
            ("max_diameter_mm", "Largest diameter, 3D"),
            ("surface_mm2", "Surface"),
            ("gap_to_bone_mm", "Gap to bone"),
            ("bone_contact_mm2", "Contact with bone"),
        ),
    ),
    (
        "HOW DENSE",
        (
            ("mineral_content", "Mineral content"),
            ("mean_hu", "Mean"),
            ("median_hu", "Median"),
            ("p95_hu", "95th percentile"),
            ("max_hu", "Highest"),
            ("sd_hu", "Standard deviation"),
            ("background_hu", "Muscle around it"),
            ("normalised_density", "Density / own cortex"),
            ("mineralised_fraction", "Mineralised fraction"),
        ),
    ),
    (
        "HOW MATURE",
        (
            ("rim_coverage", "Rim closed"),
            ("rim_minus_core_hu", "Rim - core"),
            ("zonal_index", "Zonal index"),
            ("margin_width_mm", "Margin width"),
        ),
    ),
)

NAMES = {concept: name for _, entries in SECTIONS for concept, name in entries}

GRADES = {
    "1": "no calcification",
    "2": "calcification",
    "2-3": "calcification to immature ossification",
    "3": "immature ossification",
    "3-4": "immature to mature ossification",
    "4": "mature ossification",
    "indeterminate": "cannot be graded",
}

PATTERNS = {
    "outside_in": "Denser at the rim than in the centre.",
    "none": "No zonal pattern.",
    "not_assessable": "The zonal pattern cannot be judged here.",
    "inside_out": "Centre denser than periphery: atypical for myositis ossificans, radiologist review. "
    "Only the dense part can be seen.",
}

NOT_CLAIMED = "Not a diagnosis. The rules are provisional defaults; the absence of a caution is no reassurance."
