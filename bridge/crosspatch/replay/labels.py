"""Words on a map that do not cover each other: each takes the first free place beside its point, or none."""

from html import escape

LETTER, LINE = 6.4, 13.0
"""Width of a letter at most and height of a line, in units of the map, for the page's style."""

GAP = 9.0
"""Between a point and its words."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Labels:
    """The words of one map."""

    def __init__(self, width: float, height: float) -> None:
        """Nothing is written yet."""
        self._width, self._height = width, height
        self._taken: list[Box] = []

    def keep_clear(self, x: float, y: float, radius: float) -> None:
        """A mark is there."""
        self._taken.append((x - radius, y - radius, x + radius, y + radius))

    def put(self, x: float, y: float, text: str, kind: str = "") -> str:
        """The words as SVG, to the right of the point, to its left, below or above it; empty where there is no room."""
        wide = LETTER * len(text)
        sides = [(x + GAP, y - LINE / 2), (x - GAP - wide, y - LINE / 2)]
        for away in (1.0, 2.0, 3.0):
            sides += [
                (left, y + offset)
                for offset in (away * LINE - LINE / 2, -away * LINE - LINE / 2)
                for left in (x + GAP, x - GAP - wide, x - wide / 2)
            ]
        for left, top in sides:
            box = (left, top, left + wide, top + LINE)
            if self._fits(box):
                self._taken.append(box)
                mark = f' class="{kind}"' if kind else ""
                return f'<text{mark} x="{left:.1f}" y="{top + LINE - 3:.1f}">{escape(text)}</text>'
        return ""

    def _fits(self, box: Box) -> bool:
        left, top, right, bottom = box
        if left < 2 or top < 2 or right > self._width - 2 or bottom > self._height - 2:
            return False
        return all(right <= a or left >= c or bottom <= b or top >= d for a, b, c, d in self._taken)
