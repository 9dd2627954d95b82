"""A flow as a script of bash that runs where Haulier is not installed."""
from __future__ import annotations

from collections.abc import Callable, Iterator

from ...model.errors import Invalid
from ...model.graph import Graph, Keep, Node, Phase
from ...model.words import plain
from ..graph import ordered
from .command import Command
from .params import params_lines
from .quoting import quoted
from .runtime import BEGINNING, END, FETCH, FOLDER, KEEP, OUTPUTS, TASKS
from .tasks import Written
from .words import Untold, is_key

FUNCTIONS = {Phase.MAIN: "haulier_main", Phase.ON_SUCCESS: "haulier_on_success", Phase.ON_FAILURE: "haulier_on_failure"}
AFTER = {
    Phase.ON_SUCCESS: "if ((haulier_code == 0)); then haulier_on_success || haulier_code=1; fi",
    Phase.ON_FAILURE: "if ((haulier_code)); then haulier_on_failure || :; fi",
}
ABOUT = """\
# Made by `haulier export bash`; run it with bash 4 or newer. --help says which arguments it takes.
# Its tasks run one after the other, each after those that it needs. When one fails that may not fail, the script
# stops: nothing that comes after it is begun, not even what does not need it. Exit status: 0 done, 1 a task failed,
# 2 an argument is wrong. What it says goes to stderr, what the tasks say to where they say it.
#
# Texts are quoted as they are meant, functions of tasks are called by their names, what they export is for them alone,
# and the states of tasks are kept whether anything asks for them or not:
# shellcheck disable=SC1003,SC1010,SC1110,SC1111,SC1112,SC2016,SC2030,SC2031,SC2034,SC2088,SC2317,SC2329
"""


def bash(graph: Graph, prepared: Callable[[Node], Command], *, embed: bool = False, zone: str = "UTC") -> str:
    """The text of the script. Invalid, naming all of it, if something of the flow cannot be said in bash.

    `prepared` gives what a task of type script or python starts. With `embed` the texts in `Command.files` are put
    into the script; else it needs those files. `zone`: whose date it goes by.
    """
    written = Written(graph, prepared, embed)
    untold: list[str] = []
    functions: list[str] = []
    mains: list[str] = []
    for phase in Phase:
        mains += _phase(written, phase, functions, untold)
    head: list[str] = []
    try:
        head = list(params_lines(graph))
    except Untold as error:
        untold.append(str(error))
    if untold:
        raise Invalid(f"{graph.flow} cannot be a bash script, which has no way to say this: {'; '.join(untold)}")
    return "\n".join((*_head(graph), *head, *_frame(graph, written, zone), *functions, *mains, _end(graph)))


def _phase(written: Written, phase: Phase, functions: list[str], untold: list[str]) -> Iterator[str]:
    """The function with the calls of all tasks of a phase."""
    calls: list[str] = []
    nodes = ordered([node for node in written.graph.nodes if node.phase is phase])
    for node in nodes:
        try:
            if not is_key(node.id):
                raise Untold("its name")
            more, lines = written.task(node)
        except (Untold, Invalid) as error:
            untold.append(f"{node.id}: {error}")
        else:
            functions += more
            calls += lines
    if nodes or phase is Phase.MAIN:
        yield "\n".join((f"{FUNCTIONS[phase]}() {{", *(calls or ["  :"]), "}"))


def _head(graph: Graph) -> Iterator[str]:
    title = plain(graph.title or graph.flow)
    yield "#!/usr/bin/env bash"
    yield f"# {title}{f': {plain(graph.description)}' if graph.description else ''}"
    yield (ABOUT + BEGINNING).rstrip()
    if graph.timeout:
        yield ("if [[ -z ${HAULIER_LIMITED-} ]]; then      # the time that all of it may take\n"
               f'  HAULIER_LIMITED=1 exec timeout -k 20 {graph.timeout:g} "$BASH" "${{BASH_SOURCE[0]}}" "$@"\nfi\n'
               "unset HAULIER_LIMITED")


def _frame(graph: Graph, written: Written, zone: str) -> Iterator[str]:
    keep = {Keep.NEVER: "never", Keep.ON_FAILURE: "on_failure", Keep.ALWAYS: "always"}[graph.keep]
    yield FOLDER.replace("@KEEP@", KEEP[keep]).rstrip()
    yield f"export HAULIER_FLOW={quoted(graph.flow)} HAULIER_PARAMS={{}}"
    yield "HAULIER_RUN=${HAULIER_RUN:-$$}"
    yield "HAULIER_SLOT=${HAULIER_SLOT:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}"
    yield f"HAULIER_DATE=${{HAULIER_DATE:-$(TZ={quoted(zone)} date +%Y-%m-%d)}}"
    yield "export HAULIER_RUN HAULIER_SLOT HAULIER_DATE"
    if graph.params or graph.takes_any:
        yield "haulier_export"
    yield "declare -A haulier_states=()"
    yield from (f"haulier_states[{node.id}]=queued" for node in graph.nodes)
    yield TASKS.rstrip()
    if written.uses_outputs:
        yield OUTPUTS.rstrip()
    if any(node.type == "http" for node in graph.nodes):
        yield FETCH.rstrip()
    yield from written.unpacked()


def _end(graph: Graph) -> str:
    after = [line for phase, line in AFTER.items() if any(node.phase is phase for node in graph.nodes)]
    return END.replace("@AFTER@\n", "".join(f"{line}\n" for line in after))
