"""The picture of a backward walk."""

from figures.messages import Walk, messages_figure
from matplotlib.figure import Figure

RIGHT = {"a": 4.0, "b": 2.0, "c": 1.0}
GOOD = Walk("good", [("c", "b", "+1"), ("c", "b", "+1"), ("b", "a", "+2"), ("b", "a", "+2")], RIGHT)
EARLY = Walk("early", [("c", "b", "+1"), ("b", "a", "+1"), ("b", "a", "+1"), ("c", "b", "+1")], RIGHT | {"a": 2.0})


def said(figure: Figure, panel: int) -> list[str]:
    return [text.get_text() for text in figure.axes[panel].texts]


def test_messages_are_numbered_in_the_order_in_which_they_were_sent() -> None:
    figure = messages_figure(["a", "b", "c"], [GOOD, EARLY], RIGHT)
    assert [axes.get_title() for axes in figure.axes] == ["good", "early"]
    assert {"1.  +1", "2.  +1", "3.  +2", "4.  +2"} <= set(said(figure, 0))
    places = {text.get_text(): text.get_position()[0] for text in figure.axes[1].texts}
    assert places["1.  +1"] == places["4.  +1"]
    assert places["2.  +1"] == places["3.  +1"] < places["1.  +1"]


def test_a_wrong_gradient_is_marked_in_words_and_a_right_one_is_not() -> None:
    figure = messages_figure(["a", "b", "c"], [GOOD, EARLY], RIGHT)
    assert {"grad 4", "grad 2", "grad 1"} <= set(said(figure, 0))
    assert not [text for text in said(figure, 0) if "should be" in text]
    assert [text for text in said(figure, 1) if "should be" in text] == ["grad 2\nshould be 4"]


def test_no_two_messages_lie_on_each_other() -> None:
    many = Walk("many", [("b", "a", f"+{i}") for i in range(4)], RIGHT)
    places = [
        t.get_position() for t in messages_figure(["a", "b", "c"], [many], RIGHT).axes[0].texts if "+" in t.get_text()
    ]
    assert len(set(places)) == 4
