"""The parameters of a flow as arguments of a script, `--name=value`, or variables of its environment."""
from __future__ import annotations

from collections.abc import Iterator

from ...model.graph import Graph, Kind, Param
from ...model.words import plain
from ..template import as_text
from .quoting import here, quoted
from .runtime import PARAMETERS
from .words import Untold, is_key, is_variable

OF_SHELLS = frozenset(("PATH", "HOME", "USER", "LOGNAME", "SHELL", "PWD", "OLDPWD", "LANG", "TERM", "HOSTNAME", "MAIL",
                       "TMPDIR", "UID", "EUID", "PPID", "RANDOM", "SECONDS", "LINENO", "IFS"))
"""Set everywhere, so never meant for a flow."""
JSON = (Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN, Kind.LIST, Kind.MAPPING)


def params_lines(graph: Graph) -> Iterator[str]:
    """The part of the script that knows what was given, and refuses what is wrong."""
    for param in graph.params:
        if not is_key(param.name):
            raise Untold(f"a parameter called {param.name}")
    yield f"haulier_help() {{\n  cat {here(_help(graph))}}}"
    if not graph.params and not graph.takes_any:
        yield 'case ${1-} in -h | --help) haulier_help; exit 0 ;; esac'
        yield '(($# == 0)) || haulier_wrong "it takes no arguments: $*"'
        return
    yield "declare -A haulier_params=()"
    yield f"haulier_names=({' '.join(param.name for param in graph.params)})"
    yield "haulier_given=()"
    yield f'haulier_plain="{" ".join(param.name for param in graph.params if param.kind in JSON)}"   # JSON as they are'
    yield PARAMETERS.rstrip()
    for param in graph.params:
        if param.default is not None:
            yield f"haulier_params[{param.name}]={quoted(as_text(param.default))}"
        if is_variable(param.name) and param.name not in OF_SHELLS:
            yield f"[[ -z ${{{param.name}+x}} ]] || haulier_params[{param.name}]=${param.name}"
    yield from _arguments(graph)
    for param in graph.params:
        yield from _checks(param)


def _arguments(graph: Graph) -> Iterator[str]:
    known = " | ".join(f"--{param.name}=*" for param in graph.params)
    if graph.takes_any:
        known = "--[A-Za-z_]*=*"
    yield ('for _argument; do\n  case $_argument in\n    -h | --help) haulier_help; exit 0 ;;\n'
           f'    {known}) haulier_take "$_argument" ;;\n'
           '    *) haulier_wrong "$_argument is not known; see --help" ;;\n  esac\ndone')
    if graph.takes_any:
        yield ('for _argument in ${haulier_names[@]+"${haulier_names[@]}"}; do\n'
               '  [[ $_argument =~ ^[A-Za-z_][A-Za-z0-9_.-]*$ ]] || haulier_wrong "--$_argument: no such name can be"\n'
               "done")


def _checks(param: Param) -> Iterator[str]:
    name = param.name
    if param.required:
        yield f'[[ -n ${{haulier_params[{name}]+x}} ]] || haulier_wrong "--{name}=… is needed"'
    if param.kind is not Kind.TEXT:
        yield f"haulier_check {name} {param.kind}"
    if param.choices and param.kind is Kind.LIST:
        raise Untold(f"the choices of the parameter {name}, which is a list")
    if param.choices:
        yield f"haulier_choose {name} {' '.join(quoted(as_text(one)) for one in param.choices)}"


def _help(graph: Graph) -> str:
    lines = [plain(graph.title or graph.flow), *([plain(graph.description)] if graph.description else [])]
    if graph.params or graph.takes_any:
        lines += ["", "Arguments; those that could be variables are also taken from the environment:"]
    for param in graph.params:
        more = [plain(param.description), "needed" if param.required else "",
                f"default: {plain(as_text(param.default))}" if param.default is not None else "",
                f"one of: {plain(', '.join(map(as_text, param.choices)))}" if param.choices else ""]
        lines.append(f"  --{param.name}={param.kind}  {'; '.join(filter(None, more))}".rstrip())
    if graph.takes_any:
        lines.append("  --name=value  anything else that a task may know")
    return "\n".join(lines)
