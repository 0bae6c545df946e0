"""The smooth body that a cloud of fragments hints at.

Edges of fragments are true edges, but those of fragments that lie deeper draw a surface in between the outer ones.
Where the surface is patchy the body is taken to be bounded by the smooth envelope of the outermost edges.
"""

import numpy as np

from mo_viewer.segment.edge import Field
from mo_viewer.segment.mesh import Mesh
from mo_viewer.segment.shell import STIFFNESS, directions, interpolated, middle
from mo_viewer.volume.arrays import FloatArray

NEAR_MM, BELOW_MM, LEAST_MEAN_HU = 3.0, np.arange(-0.5, 3.0 + 1e-9, 0.5), 20.0
MOST_SAMPLES = 400
PATCHY_FROM, PATCHY_TO = 0.29, 0.36
"""Shells with gaps lie below, clouds of fragments above (our own choice, from phantoms of both)."""
ROUGH_FROM, ROUGH_TO = 0.034, 0.042
"""Fragments on a smooth body lie below; those of a mass with outliers lie above, and say nothing of what bounds it."""
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
    """Return the mesh widened to the smooth envelope of its outermost points, and how far that was done (0 to 1).

    Nothing is widened where the surface is not patchy or no smooth sheet round a middle; in between, weights are
    continuous.
    """
    patchy = float(np.clip((patchiness(mesh, field) - PATCHY_FROM) / (PATCHY_TO - PATCHY_FROM), 0.0, 1.0))
    if patchy == 0.0:
        return mesh, 0.0
    centre = middle(mesh.vertices)
    offset = mesh.vertices - centre
    length = np.linalg.norm(offset, axis=1)
    radius, roughness = _envelope(offset, length)
    share = patchy * float(np.clip((ROUGH_TO - roughness) / (ROUGH_TO - ROUGH_FROM), 0.0, 1.0))
    beyond = share * np.maximum(interpolated(offset, radius) - length, 0.0)
    return mesh.moved(mesh.vertices + (beyond / np.maximum(length, 1e-6))[:, None] * offset), share


def _envelope(offset: FloatArray, length: FloatArray) -> tuple[FloatArray, float]:
    """Radius of the smooth envelope in every direction of a fine sphere, and how rough the points are about it.

    An expectile: points outside weigh 0.97, those inside 0.03.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu
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
        system = (sparse.diags(weight + 1e-6) + bending).tocsc()
        radius: FloatArray = splu(system).solve((weight + 1e-6) * wanted)
        if fit == 0:
            roughness = float(np.sqrt(np.mean(((outer - radius) / radius)[seen] ** 2)))
        weight = np.where(seen, np.where(outer > radius, OUTER_SHARE, 1.0 - OUTER_SHARE), 0.0)
    return radius, roughness
