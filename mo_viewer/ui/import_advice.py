"""What can be done about a file that was refused or a series that came with a remark, by the contract's codes."""

REFUSED = {
    "not_dicom": "Nothing: this is some other file. If it should be an image, export it again as DICOM.",
    "damaged": "Copy the file again from its source; if it stays damaged, ask for the study to be sent again.",
    "truncated": "The file ends too early. Copy it again, or export the study again.",
    "no_pixels": "The file holds no image data. Ask for the study with its images, not only the headers.",
    "no_rows": "The image has no size. Ask the sender to export the study again.",
    "unsupported_syntax": "Export the study uncompressed (Explicit VR Little Endian), then open that.",
    "too_large": "Export fewer images at once, or the series without reconstruction in one file.",
    "missing_file": "The disc's directory names a file that is not there. Copy the whole disc, then open that folder.",
    "encrypted": "Open it again and give its password, or unpack it with its password and open the folder.",
    "unsafe_archive": "Unpack the archive yourself if you trust its sender, then open the folder.",
}
REMARKED = {
    "missing_slices": "Look for the missing images at the sender; volumes across the gap are marked as uncertain.",
    "uneven_spacing": "Nothing: every slice keeps its true position.",
    "gantry_tilt": "Nothing: distances and volumes follow the tilt.",
    "duplicate_position": "Check whether two phases were sent as one series.",
    "split": "Nothing: the parts are listed as series of their own.",
    "mixed_orientation": "Nothing: each direction is a series of its own.",
    "phases": "Choose the phase to read; each is a series of its own.",
    "no_rescale": "Do not read density from it: its values are not HU.",
    "no_spacing": "Do not measure lengths in it, or calibrate it first.",
    "no_frame_of_reference": "It cannot be linked with other series by position.",
    "lossy": "Prefer the uncompressed original for density.",
    "second_decoder": "Prefer the uncompressed original if there is one.",
    "incomplete": "Ask for the missing images before measuring.",
    "cone_beam": "Do not compare its density with other studies.",
    "over_budget": "Read it slice by slice, or close other studies.",
    "duplicate_files": "Nothing: each image is used once.",
}
OTHERWISE = "Ask the sender to export the study again; if it stays, report it with the copied text."


def refused_advice(code: str) -> str:
    """Return what to do about a refused file."""
    return REFUSED.get(code, OTHERWISE)


def remark_advice(code: str) -> str:
    """Return what to do about a remark; empty where there is nothing to do and nothing to know."""
    return REMARKED.get(code, "")
