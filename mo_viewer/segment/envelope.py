"""The smooth body that a cloud of fragments hints at.

Edges of fragments are true edges, but those of fragments that lie deeper draw a surface in between the outer ones.
Where the surface is patchy the body is taken to be bounded by the smooth envelope of the outermost edges. In slices so
thick that fragments run into each other no such envelope is taken; that it may be a cloud is told all the same.
"""

import numpy as np

from mo_viewer.segment.edge import Field
from mo_viewer.segment.mesh import Mesh, solution
from mo_viewer.segment.shell import STIFFNESS, directions, interpolated, middle, ramp
from mo_viewer.volume.arrays import FloatArray

NEAR_MM, BELOW_MM, LEAST_MEAN_HU = 3.0, np.arange(-0.5, 3.0 + 1e-9, 0.5), 20.0
MOST_SAMPLES = 400
ALONG_MM, PATCHY_FROM, PATCHY_RANGE = (1.0, 1.6, 2.5), (0.36, 0.29, 0.25), 0.07
"""By the SD of the blur along the stack: shells with gaps lie below, clouds of fragments above (our own choice, from
phantoms of both; blur evens out what is brightest)."""
UNEVEN_FROM, UNEVEN_TO = 0.024, 0.034
"""Shells are smoother than this roughness, most clouds rougher: for an uneven surface the limit is a range lower."""
ROUGH_FROM, ROUGH_TO = 0.034, 0.042
"""Fragments on a smooth body lie below; those of a mass with outliers lie above, and say nothing of what bounds it."""
ROUGH_DOUBT, ROUGH_BLUR_MM = (0.038, 0.048), 2.0
"""Up to here fragments may still be those of a body that no envelope was taken of; more where blur is wider."""
THICK_FROM_MM, THICK_TO_MM = 1.8, 2.4
OUTER_SHARE, FITS = 0.97, 6


def patchiness(mesh: Mesh, field: Field) -> float:
    """Return the variation (SD / mean, averaged over the surface) of what is brightest below points within 3 mm."""
    from scipy.spatial import cKDTree

    points = mesh.vertices[:, None, :] - BELOW_MM[None, :, None] * mesh.normals()[:, None, :]
    brightest = field.at(points, field.hu).max(axis=1) - field.background_hu
    some = mesh.vertices[:: max(1, len(mesh.vertices) // MOST_SAMPLES)]
    near = cKDTree(mesh.vertices).query_ball_point(some, NEAR_MM)
    around = [brightest[one] for one in near]
    return float(np.mean([one.std() / max(float(one.mean()), LEAST_MEAN_HU) for one in around]))


def enveloped(mesh: Mesh, field: Field) -> tuple[Mesh, float]:
    """Return the mesh widened to the smooth envelope of its outermost points, and how far it is a cloud (0 to 1).

    Nothing is widened where the surface is not patchy or no smooth sheet round a middle, nor in thick slices; in
    between, weights are continuous. How far it is a cloud tells how little is known of what bounds it: all the doubt is
    there from the middle of the way on, where either may be true.
    """
    along = 0.0 if field.blur is None else float(np.sqrt(field.blur.variance_mm2[0]))
    least = float(np.interp(along, ALONG_MM, PATCHY_FROM))
    varies = patchiness(mesh, field)
    if varies <= least - PATCHY_RANGE:
        return mesh, 0.0
    centre = middle(mesh.vertices)
    offset = mesh.vertices - centre
    length = np.linalg.norm(offset, axis=1)
    radius, roughness = _envelope(offset, length)
    least -= PATCHY_RANGE * ramp(roughness, UNEVEN_FROM, UNEVEN_TO)
    patchy = ramp(varies, least, least + PATCHY_RANGE)
    widen = patchy * (1.0 - ramp(roughness, ROUGH_FROM, ROUGH_TO)) * (1.0 - ramp(along, THICK_FROM_MM, THICK_TO_MM))
    low, high = (limit * max(1.0, along / ROUGH_BLUR_MM) for limit in ROUGH_DOUBT)
    beyond = widen * np.maximum(interpolated(offset, radius) - length, 0.0)
    wider = mesh.moved(mesh.vertices + (beyond / np.maximum(length, 1e-6))[:, None] * offset)
    return wider, min(1.0, 2.0 * patchy) * (1.0 - ramp(roughness, low, high))


def _envelope(offset: FloatArray, length: FloatArray) -> tuple[FloatArray, float]:
    """Radius of the smooth envelope in every direction of a fine sphere, and how rough the points are about it.

    An expectile: points outside weigh 0.97, those inside 0.03.
    """
    from scipy import sparse
    from scipy.spatial import cKDTree

    sphere = directions()
    which = np.asarray(cKDTree(sphere.vertices).query(offset / np.maximum(length, 1e-6)[:, None])[1])
    outer = np.zeros(len(sphere.vertices))
    np.maximum.at(outer, which, length)
    seen = outer > 0
    bending = STIFFNESS * (sphere.laplacian.T @ sphere.laplacian)
    wanted = np.where(seen, outer, np.median(outer[seen]))
    weight = np.where(seen, 1.0, 0.0)
    roughness = 0.0
    for fit in range(FITS):
        system = sparse.diags(weight + 1e-6) + bending
        radius = solution(system, (weight + 1e-6) * wanted)
        if fit == 0:
            roughness = float(np.sqrt(np.mean(((outer - radius) / radius)[seen] ** 2)))
        weight = np.where(seen, np.where(outer > radius, OUTER_SHARE, 1.0 - OUTER_SHARE), 0.0)
    return radius, roughness
