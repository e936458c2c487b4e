"""Words on the map never cover each other or a mark, and stay on it."""

import re

from hypothesis import given
from hypothesis import strategies as st

from crosspatch.replay.labels import LETTER, LINE, Labels

POINTS = st.lists(
    st.tuples(st.floats(0, 400), st.floats(0, 300), st.text("abc ", min_size=1, max_size=20)), max_size=30
)


def box(svg: str) -> tuple[float, float, float, float]:
    found = re.search(r'x="([-\d.]+)" y="([-\d.]+)">(.*)</text>', svg)
    assert found is not None
    left, top = float(found[1]), float(found[2]) - LINE + 3
    return left, top, left + LETTER * len(found[3]), top + LINE


@given(POINTS)
def test_words_cover_neither_each_other_nor_marks_nor_the_edge(points) -> None:
    labels = Labels(400, 300)
    for x, y, _ in points:
        labels.keep_clear(x, y, 6)
    boxes = [box(svg) for x, y, text in points if (svg := labels.put(x, y, text))]
    boxes += [(x - 6, y - 6, x + 6, y + 6) for x, y, _ in points]
    written = len(boxes) - len(points)
    for number, (left, top, right, bottom) in enumerate(boxes[:written]):
        assert left >= 1.9
        assert right <= 398.1
        assert top >= 1.9
        assert bottom <= 298.1
        for other in boxes[number + 1 :]:
            aside = right <= other[0] + 0.2 or left >= other[2] - 0.2
            assert aside or bottom <= other[1] + 0.2 or top >= other[3] - 0.2


def test_words_go_to_the_left_where_the_right_is_full_and_nowhere_where_all_is() -> None:
    labels = Labels(200, 40)
    first, second = labels.put(100, 20, "first one"), labels.put(100, 20, "second on")
    assert box(first)[0] > 100
    assert box(second)[2] < 100
    assert [labels.put(100, 20, "x" * 40) for _ in range(3)] == ["", "", ""]


def test_words_are_text_and_no_markup() -> None:
    assert "&lt;b&gt;" in Labels(400, 300).put(100, 100, "<b>")
