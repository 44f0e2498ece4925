"""Principal components: the directions in which points differ most."""

from dataclasses import dataclass

import numpy as np

COUNT = 2


@dataclass(frozen=True)
class Components:
    """The plane through ``centre`` [inputs] along two orthogonal ``axes`` [2, inputs] of length 1.

    ``shares`` [2] are the fractions of the variance along them. A direction in which nothing differs is 0.
    """

    centre: np.ndarray
    axes: np.ndarray
    shares: np.ndarray

    def coordinates(self, x: np.ndarray) -> np.ndarray:
        """The places [n, 2] of the plane that are closest to points ``x`` [n, inputs]."""
        places: np.ndarray = (x - self.centre) @ self.axes.T
        return places

    def points(self, places: np.ndarray) -> np.ndarray:
        """The points [n, inputs] at ``places`` [n, 2] of the plane."""
        points: np.ndarray = self.centre + places @ self.axes
        return points


def principal_components(x: np.ndarray) -> Components:
    """The two strongest of points ``x`` [n, inputs] (Jolliffe 2002, Principal Component Analysis, chapter 1).

    Each axis points to where its largest coefficient is positive, so that the same points give the same picture.
    """
    x = x.astype(np.float64)
    centre = x.mean(axis=0)
    # The triangle of a QR decomposition has the singular values and right vectors of all points, and few rows.
    _, sizes, vectors = np.linalg.svd(np.linalg.qr(x - centre, mode="r"), full_matrices=False)
    variances = sizes**2
    axes, shares = np.zeros((COUNT, x.shape[1])), np.zeros(COUNT)
    for i in range(min(COUNT, int((sizes > 1e-12 * sizes.max(initial=0.0)).sum()))):
        axes[i] = vectors[i] * np.sign(vectors[i][np.abs(vectors[i]).argmax()])
        shares[i] = variances[i] / variances.sum()
    return Components(centre, axes, shares)
