"""Algorithm A1 of Guo and Hall (1989), written down from its conditions on the eight neighbours p1 to p8."""

import numpy as np
import numpy.typing as npt

# Of p1 to p8 in the paper: clockwise, p1 in the north west.
_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def thin(ridges: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Skeleton of what is inside of the outermost rows and columns."""
    skeleton = np.zeros(ridges.shape, np.bool_)
    skeleton[1:-1, 1:-1] = ridges[1:-1, 1:-1]
    iteration = 1
    unchanged = 0
    while unchanged < 2:
        deletable = [(y, x) for y, x in np.argwhere(skeleton) if _may_go(skeleton, int(y), int(x), iteration)]
        for y, x in deletable:
            skeleton[y, x] = False
        unchanged = 0 if deletable else unchanged + 1
        iteration += 1
    return skeleton


def _may_go(skeleton: npt.NDArray[np.bool_], y: int, x: int, iteration: int) -> bool:
    p1, p2, p3, p4, p5, p6, p7, p8 = (bool(skeleton[y + dy, x + dx]) for dy, dx in _NEIGHBOURS)
    c = sum((not a) and (b or d) for a, b, d in ((p2, p3, p4), (p4, p5, p6), (p6, p7, p8), (p8, p1, p2)))
    n1 = (p1 or p2) + (p3 or p4) + (p5 or p6) + (p7 or p8)
    n2 = (p2 or p3) + (p4 or p5) + (p6 or p7) + (p8 or p1)
    if c != 1 or not 2 <= min(n1, n2) <= 3:
        return False
    if iteration % 2 == 1:
        return not ((p6 or p7 or not p1) and p8)
    return not ((p2 or p3 or not p5) and p4)
