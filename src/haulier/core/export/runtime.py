"""What every script has in it: saying things, parameters, tries, outputs, tidying up."""
from __future__ import annotations

BEGINNING = """\
set -euo pipefail
set -m          # each task is a process group of its own, so that all of it can be ended

haulier_say() { printf '%s %s\\n' "$(date +%H:%M:%S)" "$*" >&2; }
haulier_wrong() { printf '%s: %s\\n' "${0##*/}" "$*" >&2; exit 2; }
"""

PARAMETERS = """\
haulier_take() {        # one argument of the command line
  local _name=${1%%=*}
  _name=${_name#--}
  [[ -n ${haulier_params[$_name]+x} || " ${haulier_names[*]-} " == *" $_name "* ]] || haulier_names+=("$_name")
  haulier_params[$_name]=${1#*=}
}
haulier_check() {       # NAME KIND: whether a parameter is what it should be
  local _value=${haulier_params[$1]-} _like
  [[ -n ${haulier_params[$1]+x} ]] || return 0
  case $2 in
    integer) _like='^-?[0-9]+$' ;;
    number) _like='^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$' ;;
    boolean) _like='^(true|false)$' ;;
    date) _like='^[0-9]{4}-[0-9]{2}-[0-9]{2}$' ;;
    list) _like='^[[:space:]]*\\[.*\\][[:space:]]*$' ;;
    mapping) _like='^[[:space:]]*[{].*[}][[:space:]]*$' ;;
  esac
  [[ $_value =~ $_like ]] || haulier_wrong "--$1: \\"$_value\\" is not of type $2"
}
haulier_choose() {      # NAME CHOICES...
  local _name=$1 _one
  [[ -n ${haulier_params[$1]+x} ]] || return 0
  shift
  for _one; do [[ ${haulier_params[$_name]} != "$_one" ]] || return 0; done
  haulier_wrong "--$_name: \\"${haulier_params[$_name]}\\" is none of: $*"
}
haulier_json() {        # a text as JSON
  local _text=${1//\\\\/\\\\\\\\} _at _hex _one
  _text=${_text//\\"/\\\\\\"}
  for ((_at = 1; _at < 32; _at++)); do
    printf -v _hex '%02x' "$_at"
    printf -v _one '%b' "\\\\x$_hex"
    _text=${_text//"$_one"/\\\\u00$_hex}
  done
  printf '"%s"' "$_text"
}
haulier_export() {      # all parameters, for the tasks; what is set already stays
  local _name _value _all=''
  for _name in ${haulier_names[@]+"${haulier_names[@]}"}; do
    [[ -n ${haulier_params[$_name]+x} ]] || continue
    _value=${haulier_params[$_name]}
    haulier_given+=("--$_name=$_value")
    if [[ $_name =~ ^[A-Za-z_][A-Za-z0-9_]*$ && -z ${!_name+x} ]]; then export "$_name=$_value"; fi
    [[ " $haulier_plain " == *" $_name "* ]] || _value=$(haulier_json "$_value")
    _all+="${_all:+, }$(haulier_json "$_name"): $_value"
  done
  HAULIER_PARAMS="{$_all}"
}
"""

FOLDER = """\
haulier_work=$(mktemp -d "${TMPDIR:-/tmp}/haulier.XXXXXXXX")
haulier_child=''
mkdir "$haulier_work/tmp" "$haulier_work/outputs" "$haulier_work/tasks"
haulier_remove() {      # also folders of tasks that nobody may write to
  rm -rf -- "$haulier_work" 2>/dev/null || { chmod -R u+rwx -- "$haulier_work"; rm -rf -- "$haulier_work"; } || :
}
haulier_tidy() {
  local _code=$?
  @KEEP@
}
haulier_stop() {        # by a signal: what runs is ended first
  trap '' INT TERM HUP
  if [[ -n $haulier_child ]]; then
    kill -- "-$haulier_child" 2>/dev/null || :
    for _ in {1..50}; do kill -0 -- "-$haulier_child" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- "-$haulier_child" 2>/dev/null || :
  fi
  exit "$1"
}
trap haulier_tidy EXIT
trap 'haulier_stop 130' INT
trap 'haulier_stop 143' TERM HUP

export TMP_DIR=$haulier_work/tmp
"""
REMOVES = "haulier_remove"
KEEPS = 'haulier_say "kept: $haulier_work"'
KEEP = {"never": REMOVES, "always": KEEPS, "on_failure": f"if ((_code)); then {KEEPS}; else {REMOVES}; fi"}

TASKS = """\
haulier_ends() {        # CODES...: waits for the program that was just started
  local _code=0 _one
  haulier_child=$!
  wait "$haulier_child" || _code=$?
  haulier_child=''
  for _one; do ((_code != _one)) || return 0; done
  return "$((_code ? _code : 1))"
}
haulier_task() {        # NAME ALLOWED-TO-FAIL TRIES PAUSES FUNCTION
  local _name=$1 _id=${1%%[[]*} _tries=$3 _try=1 _code
  local -a _pauses
  read -ra _pauses <<<"$4"
  while :; do
    haulier_say "task $_name: running$( ((_tries == 1)) || printf ', try %s of %s' "$_try" "$_tries")"
    export HAULIER_TASK=$_name HAULIER_TRY=$_try HAULIER_OUTPUT=$haulier_work/outputs/task-$_name
    rm -f -- "$HAULIER_OUTPUT"
    haulier_states[$_id]='running'
    _code=0
    "$5" || _code=$?
    if ((_code == 0)); then
      haulier_states[$_id]='done'
      haulier_say "task $_name: done"
      return 0
    fi
    ((_try < _tries)) || break
    haulier_say "task $_name: failed with status $_code, again in ${_pauses[0]} s"
    sleep "${_pauses[0]}" &
    haulier_ends 0
    if ((${#_pauses[@]} > 1)); then _pauses=("${_pauses[@]:1}"); fi
    _try=$((_try + 1))
  done
  haulier_states[$_id]='failed'
  haulier_say "task $_name: failed with status $_code"
  [[ $2 == may-fail ]]
}
"""

OUTPUTS = """\
haulier_output() {      # TASK NAME: what a task wrote to the file of HAULIER_OUTPUT as name=value
  local _line _found='' _known=''
  [[ -e $haulier_work/outputs/task-$1 ]] || : >"$haulier_work/outputs/task-$1"
  while IFS= read -r _line || [[ -n $_line ]]; do
    _line=${_line%$'\\r'}
    _line=${_line#"${_line%%[![:space:]]*}"}
    if [[ -z $_known && $_line == '{'* ]]; then
      haulier_say "task $1 wrote its outputs as JSON, which this script cannot read; write name=value"
      return 1
    fi
    [[ -z $_line ]] || _known=${_known:-other}
    if [[ $_line == "$2="* ]]; then _found=${_line#*=} _known=yes; fi
  done <"$haulier_work/outputs/task-$1"
  [[ $_known == yes ]] || { haulier_say "task $1 wrote no output $2"; return 1; }
  printf '%s' "$_found"
}
"""

FETCH = """\
haulier_fetch() {       # EXPECTED FILE CURL-ARGUMENTS...
  local _expected=$1 _file=$2 _status
  shift 2
  _status=$(curl --silent --show-error --globoff --create-dirs --output "$_file" \\
    --write-out '%{http_code}' "$@") || exit
  printf 'status=%s\\npath=%s\\n' "$_status" "$_file" >"$HAULIER_OUTPUT"
  [[ " $_expected " == *" $_status "* || ($_expected == 2xx && $_status == 2??) ]] && exit
  haulier_say "task $HAULIER_TASK: the answer has status $_status, expected: $_expected"
  exit 1
}
"""

END = """\
haulier_code=0
haulier_main || haulier_code=1
@AFTER@
if ((haulier_code)); then haulier_say "flow $HAULIER_FLOW: failed"; else haulier_say "flow $HAULIER_FLOW: done"; fi
exit "$haulier_code"
"""
