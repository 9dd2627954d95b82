from __future__ import annotations

import random
import time
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haulier.core.drawing.layout import Picture, laid_out
from haulier.core.drawing.mermaid import mermaid
from haulier.core.drawing.svg import path, svg
from haulier.core.drawing.terminal import Line, Piece, columns, drawn, text
from haulier.model.graph import Graph, Node, Phase
from haulier.model.task import TaskState

WEATHER = """
get_lax_obs ─┐
             │
get_sfo_obs ─┼─→ aggregate_data → generate_synopsis
             │
get_nyc_obs ─┘
"""
DIAMOND = """
   ┌─→ b ─┐
a ─┤      ├─→ d
   └─→ c ─┘
"""
LONG_LINE = """
   ┌─→ b → c ─┐
a ─┴──────────┴─→ d
"""


def graph(**needs: str) -> Graph:
    return Graph("flow", tuple(Node(id, needs=tuple(words.split())) for id, words in needs.items()))


def weather() -> Graph:
    return graph(get_lax_obs="", get_sfo_obs="", get_nyc_obs="", aggregate_data="get_lax_obs get_sfo_obs get_nyc_obs",
                 generate_synopsis="aggregate_data")


def scattered(count: int, layers: int, needs: int, *, far: bool = False, seed: int = 1) -> Graph:
    """Each task needs some of the layer before it, or of all before it."""
    chance, per = random.Random(seed), count // layers
    nodes = []
    for at in range(count):
        begin = at // per * per
        pool = range(0 if far else max(0, begin - per), begin)
        nodes.append(Node(f"t{at}", needs=tuple(f"t{one}" for one in chance.sample(pool, min(needs, len(pool))))))
    return Graph("flow", tuple(nodes))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 14))
    nodes = []
    for at in range(count):
        needs = draw(st.sets(st.integers(0, at - 1), max_size=4)) if at else set()
        nodes.append(Node(f"t{at}", needs=tuple(f"t{one}" for one in sorted(needs))))
    return Graph("flow", tuple(draw(st.permutations(nodes))))


def check(graph: Graph, picture: Picture) -> None:
    boxes = {box.id: box for box in picture.boxes}
    assert list(boxes) == [node.id for node in graph.nodes]
    for box in picture.boxes:
        assert box.x >= 0 and box.x + box.w <= picture.width and box.y >= 0 and box.y + box.h <= picture.height
    for one, other in combinations(picture.boxes, 2):
        assert (one.x + one.w <= other.x or other.x + other.w <= one.x
                or one.y + one.h <= other.y or other.y + other.h <= one.y), (one, other)
    wanted = {(need, node.id) for node in graph.nodes for need in node.needs}
    assert {(edge.start, edge.end) for edge in picture.edges} == wanted
    for edge in picture.edges:
        start, end = boxes[edge.start], boxes[edge.end]
        assert start.layer < end.layer
        assert edge.points[0] == (start.x + start.w, start.y + start.h // 2)
        assert edge.points[-1] == (end.x, end.y + end.h // 2)
        for (x, y), (to, down) in pairwise(edge.points):
            assert (x == to) != (y == down) and to >= x and 0 <= down <= picture.height
            for box in picture.boxes:
                if edge.through and box not in (start, end):
                    assert not (x < box.x + box.w and box.x < to and box.y < y < box.y + box.h), (edge, box)
                    assert not (x == to and box.x < x < box.x + box.w), (edge, box)


@given(graphs())
@settings(max_examples=60, deadline=None)
def test_boxes_are_apart_and_lines_go_between_them(graph: Graph) -> None:
    picture = laid_out(graph)
    check(graph, picture)
    assert picture == laid_out(graph)


def test_a_task_is_right_of_all_that_it_needs_and_no_further_than_it_must_be() -> None:
    boxes = {box.id: box for box in laid_out(graph(d="a c", a="", b="a", c="b", e="")).boxes}
    assert {id: box.layer for id, box in boxes.items()} == {"a": 0, "b": 1, "c": 2, "d": 3, "e": 0}


def test_the_geometry_is_that_of_the_page() -> None:
    boxes = laid_out(weather()).boxes
    assert [(box.x, box.y, box.w, box.h) for box in boxes] == [
        (16, 8, 188, 62), (16, 96, 188, 62), (16, 184, 188, 62), (244, 96, 188, 62), (472, 96, 188, 62)]


def test_lines_that_need_not_cross_do_not() -> None:
    picture = laid_out(graph(a="", b="", c="", x="c", y="b", z="a"))
    assert all(len(edge.points) == 2 for edge in picture.edges)


def test_lines_of_different_tasks_have_upright_pieces_of_their_own() -> None:
    picture = laid_out(graph(a="", b="", x="a b", y="b"))
    uprights = {edge.points[1][0] for edge in picture.edges if len(edge.points) > 2 and edge.start == "a"}
    assert not uprights & {edge.points[1][0] for edge in picture.edges if len(edge.points) > 2 and edge.start == "b"}


@pytest.mark.parametrize("many", [scattered(1000, 20, 2), scattered(1000, 20, 3, far=True), scattered(1000, 1000, 1)],
                         ids=["layers", "far", "chain"])
def test_a_thousand_tasks(many: Graph) -> None:
    began = time.process_time()
    picture = laid_out(many)
    assert time.process_time() - began < 5     # 0.15 s on a quiet machine
    assert len({(box.x, box.y) for box in picture.boxes}) == 1000


def test_so_many_long_lines_that_some_go_behind_the_boxes() -> None:
    nodes = [Node(f"t{at}", needs=(f"t{at - 1}",) if at else ()) for at in range(300)]
    picture = laid_out(Graph("flow", (*nodes, Node("end", needs=tuple(node.id for node in nodes)))))
    behind = [edge for edge in picture.edges if not edge.through]
    assert 0 < len(behind) < 300
    assert all(edge.end == "end" for edge in behind)


def test_an_empty_flow_and_one_task() -> None:
    assert laid_out(Graph("flow", ())).boxes == ()
    assert drawn(Graph("flow", ())) == []
    assert text(drawn(graph(a=""))) == "a\n"
    ElementTree.fromstring(svg(Graph("flow", ())))


@pytest.mark.parametrize(("flow", "picture"), [
    (weather(), WEATHER), (graph(a="", b="a", c="a", d="b c"), DIAMOND),
    (graph(a="", b="a", c="b", d="a c"), LONG_LINE)], ids=["weather", "diamond", "long line"])
def test_terminal(flow: Graph, picture: str) -> None:
    assert "\n" + text(drawn(flow)) == picture


def test_terminal_with_states() -> None:
    states = {"get_lax_obs": TaskState.DONE, "get_sfo_obs": TaskState.FAILED, "aggregate_data": TaskState.BLOCKED}
    lines = drawn(weather(), states)
    assert text(lines) == """\
✓ get_lax_obs ─┐
               │
✗ get_sfo_obs ─┼─→ ⊘ aggregate_data → ○ generate_synopsis
               │
○ get_nyc_obs ─┘
"""
    tasks = {piece.task: (piece.text, piece.colour) for line in lines for piece in line if piece.task}
    assert tasks["get_sfo_obs"] == ("✗ get_sfo_obs", "red")
    assert tasks["get_lax_obs"][1] == "green"
    assert set(tasks) == {node.id for node in weather().nodes}


@given(graphs(), st.integers(20, 100))
@settings(max_examples=60, deadline=None)
def test_terminal_names_each_task_once_and_keeps_to_the_width(graph: Graph, width: int) -> None:
    lines = drawn(graph, width=width)
    assert sorted(piece.task for line in lines for piece in line if piece.task) == sorted(
        node.id for node in graph.nodes)
    if width >= 40:     # names and indents of the list have room
        assert all(columns("".join(piece.text for piece in line)) <= width for line in lines)


def test_a_list_where_there_is_no_room() -> None:
    assert text(drawn(weather(), width=40)) == """\
get_lax_obs
get_sfo_obs
get_nyc_obs
  aggregate_data  ← get_lax_obs, get_sf…
    generate_synopsis  ← aggregate_data
"""


def test_wide_characters_take_two_columns() -> None:
    drawing = text(drawn(Graph("flow", (Node("日本"), Node("abcd"), Node("end", needs=("日本", "abcd")))))).splitlines()
    assert drawing[0] == "日本 ─┐" and drawing[-1] == "abcd ─┘"


def test_what_comes_after_has_a_caption() -> None:
    flow = Graph("flow", (Node("a"), Node("mail", phase=Phase.ON_FAILURE), Node("tell", phase=Phase.ON_SUCCESS)))
    assert text(drawn(flow)) == "a\n\nif all went well:\ntell\n\nif a task failed:\nmail\n"
    assert [caption.text for caption in laid_out(flow).captions] == ["if all went well", "if a task failed"]
    assert 'subgraph on_failure["if a task failed"]' in mermaid(flow)


def test_control_characters_do_not_reach_the_terminal() -> None:
    def said(lines: list[Line]) -> str:
        return "".join(piece.text for line in lines for piece in line)
    assert said(drawn(Graph("flow", (Node("a\x1b[2Jb"),)))) == "a\\x1b[2Jb"
    assert said([(Piece("x"),)]) == "x"


def test_svg_stands_alone_and_is_escaped() -> None:
    flow = Graph("flow", (Node("<a&b>", description='"x" <script>'), Node("b", needs=("<a&b>",))), title="<T> & 'x'\n")
    drawing = svg(flow, {"<a&b>": TaskState.DONE, "b": TaskState.RUNNING})
    root = ElementTree.fromstring(drawing)
    words = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert words == ["<a&b>", "Done", "b", "Running"]
    assert root.attrib["aria-label"] == "<T> & 'x'\\n"
    assert not [element for element in root.iter() if element.tag.endswith(("script", "image", "foreignObject"))]
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme:dark" in drawing and 'class="edge live"' in drawing


def test_svg_clips_names_and_keeps_them_as_titles() -> None:
    name = "fetch_the_observations_of_the_station"
    root = ElementTree.fromstring(svg(Graph("flow", (Node(name),))))
    assert [element.text for element in root.iter() if element.get("class") == "name"] == ["fetch_the_observ…"]
    assert f"{name}: script" in [element.text for element in root.iter() if element.tag.endswith("}title")]


def test_corners_are_round() -> None:
    assert path(((204, 39), (224, 39), (224, 127), (244, 127))) == (
        "M204 39L214 39Q224 39 224 49L224 121Q224 127 230 127L237 127")
    assert path(((10, 5), (60, 5))) == "M10 5L53 5"


def test_mermaid() -> None:
    flow = Graph("flow", (Node("end"), Node('a "b" #1 <x>', needs=("end",))))
    assert mermaid(flow, {"end": TaskState.DONE}).splitlines()[:4] == [
        "flowchart LR", '    t1["end"]', '    t2["a #34;b#34; #35;1 #60;x#62;"]', "    t1 --> t2"]
    assert "class t1 ok" in mermaid(flow, {"end": TaskState.DONE})
