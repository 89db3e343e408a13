"""Which citations an answer uses."""

from banyan.assistant.domain.citing import cited
from banyan.kernel.messages import Citation


def numbered(index: int) -> Citation:
    return Citation(index, "stats", "mean", f"c{index}", "Mean", (), "", "A mean.", 0, 7, "lesson", "text", 0.5)


def test_citations_that_no_mark_points_at_are_dropped() -> None:
    """Marks with one number and with several count, other brackets do not."""
    offered = [numbered(index) for index in range(1, 6)]
    assert [found.index for found in cited(offered, "So it is [1]. And so [3, 4]; see x[y], [9] and [12345].")] == [
        1,
        3,
        4,
    ]
    assert cited(offered, "No marks.") == ()
