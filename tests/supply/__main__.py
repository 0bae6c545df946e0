"""``python -m tests.supply``: writes sbom.cdx.json (CycloneDX 1.6) and LICENCES.md; exit 1 when one is not allowed.

Made from the lock file and from what the installed packages say of themselves. The files hold no time and no random
number, so that they change only when what they describe does.
"""

import json
import sys
from typing import Any

from tests.supply.bill import LICENCES, ROOT, SBOM, Part, fonts, is_allowed, parts, required


def sbom(found: list[Part], version: str) -> dict[str, Any]:
    """Return the bill of materials as CycloneDX JSON."""
    own = f"mo-viewer@{version}"
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{part.name}@{part.version}",
            "name": part.name,
            "version": part.version,
            "purl": f"pkg:pypi/{part.name}@{part.version}",
            "licenses": [{"expression": part.licence}]
            if _is_spdx(part.licence)
            else [{"license": {"name": part.licence}}],
        }
        for part in found
    ]
    components += [
        {
            "type": "file",
            "bom-ref": f"font:{name}",
            "name": f"{name} (font)",
            "licenses": [{"license": {"name": licence}}],
        }
        for name, _, licence in fonts()
    ]
    refs = {part.name: f"pkg:pypi/{part.name}@{part.version}" for part in found}
    tree = [
        {"ref": own, "dependsOn": [*sorted(refs[name] for name in required()), *(f"font:{n}" for n, _, _ in fonts())]}
    ]
    tree += [{"ref": refs[part.name], "dependsOn": sorted(refs[name] for name in part.needs)} for part in found]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "mo-viewer",
                "version": version,
                "licenses": [{"license": {"id": "MIT"}}],
            }
        },
        "components": components,
        "dependencies": tree,
    }


def licences(found: list[Part]) -> str:
    """Return the list of licences as a page."""
    lines = ["# Licences of what is installed with MO Viewer", ""]
    lines += [
        "Made by `make sbom` from the lock file (Linux). Where a licence leaves a choice, the allowed one is taken:"
    ]
    lines += [
        "PySide6 is used under the LGPL, as a library that can be exchanged. Nothing here is under the GPL alone.",
        "",
    ]
    lines += ["| part | version | licence |", "|---|---|---|"]
    lines += [f"| {part.name} | {part.version} | {part.licence} |" for part in found]
    lines += [f"| {name} (font) | | {licence}, resources/fonts/{file} |" for name, file, licence in fonts()]
    return "\n".join(lines) + "\n"


def made() -> tuple[str, str, list[Part]]:
    """Return both files as they should be, and the parts."""
    from mo_viewer import __version__

    found = parts()
    return json.dumps(sbom(found, __version__), indent=1) + "\n", licences(found), found


def main() -> int:
    bill, page, found = made()
    SBOM.write_text(bill, "utf-8")
    LICENCES.write_text(page, "utf-8")
    wrong = [part for part in found if not is_allowed(part.licence)]
    for part in wrong:
        sys.stderr.write(f"{part.name} {part.version}: {part.licence or 'no licence said'} is not allowed\n")
    sys.stdout.write(f"{len(found)} packages, {len(wrong)} not allowed; {SBOM.relative_to(ROOT)}, LICENCES.md\n")
    return 1 if wrong else 0


def _is_spdx(licence: str) -> bool:
    return "BSD" not in licence.split()


if __name__ == "__main__":
    sys.exit(main())
