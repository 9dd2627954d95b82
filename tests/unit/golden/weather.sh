#!/usr/bin/env bash
# Weather: Observations of three stations, and what they mean
# Made by `haulier export bash`; run it with bash 4 or newer. --help says which arguments it takes.
# Its tasks run one after the other, each after those that it needs. When one fails that may not fail, the script
# stops: nothing that comes after it is begun, not even what does not need it. Exit status: 0 done, 1 a task failed,
# 2 an argument is wrong. What it says goes to stderr, what the tasks say to where they say it.
#
# Texts are quoted as they are meant, functions of tasks are called by their names, what they export is for them alone,
# and the states of tasks are kept whether anything asks for them or not:
# shellcheck disable=SC1003,SC1010,SC1110,SC1111,SC1112,SC2016,SC2030,SC2031,SC2034,SC2088,SC2317,SC2329
set -euo pipefail
set -m          # each task is a process group of its own, so that all of it can be ended

haulier_say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*" >&2; }
haulier_wrong() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }
haulier_help() {
  cat <<'END_OF_FILE'
Weather
Observations of three stations, and what they mean

Arguments; those that could be variables are also taken from the environment:
  --date=date  of the observations; needed
END_OF_FILE
}
declare -A haulier_params=()
haulier_names=(date)
haulier_given=()
haulier_plain=""   # JSON as they are
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
    list) _like='^[[:space:]]*\[.*\][[:space:]]*$' ;;
    mapping) _like='^[[:space:]]*[{].*[}][[:space:]]*$' ;;
  esac
  [[ $_value =~ $_like ]] || haulier_wrong "--$1: \"$_value\" is not of type $2"
}
haulier_choose() {      # NAME CHOICES...
  local _name=$1 _one
  [[ -n ${haulier_params[$1]+x} ]] || return 0
  shift
  for _one; do [[ ${haulier_params[$_name]} != "$_one" ]] || return 0; done
  haulier_wrong "--$_name: \"${haulier_params[$_name]}\" is none of: $*"
}
haulier_json() {        # a text as JSON
  local _text=${1//\\/\\\\} _at _hex _one
  _text=${_text//\"/\\\"}
  for ((_at = 1; _at < 32; _at++)); do
    printf -v _hex '%02x' "$_at"
    printf -v _one '%b' "\\x$_hex"
    _text=${_text//"$_one"/\\u00$_hex}
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
[[ -z ${date+x} ]] || haulier_params[date]=$date
for _argument; do
  case $_argument in
    -h | --help) haulier_help; exit 0 ;;
    --date=*) haulier_take "$_argument" ;;
    *) haulier_wrong "$_argument is not known; see --help" ;;
  esac
done
[[ -n ${haulier_params[date]+x} ]] || haulier_wrong "--date=… is needed"
haulier_check date date
haulier_work=$(mktemp -d "${TMPDIR:-/tmp}/haulier.XXXXXXXX")
haulier_child=''
mkdir "$haulier_work/tmp" "$haulier_work/outputs" "$haulier_work/tasks"
haulier_remove() {      # also folders of tasks that nobody may write to
  rm -rf -- "$haulier_work" 2>/dev/null || { chmod -R u+rwx -- "$haulier_work"; rm -rf -- "$haulier_work"; } || :
}
haulier_tidy() {
  local _code=$?
  if ((_code)); then haulier_say "kept: $haulier_work"; else haulier_remove; fi
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
export HAULIER_FLOW=weather_observations_flow HAULIER_PARAMS={}
HAULIER_RUN=${HAULIER_RUN:-$$}
HAULIER_SLOT=${HAULIER_SLOT:-$(date -u +%Y-%m-%dT%H:%M:%SZ)}
HAULIER_DATE=${HAULIER_DATE:-$(TZ=UTC date +%Y-%m-%d)}
export HAULIER_RUN HAULIER_SLOT HAULIER_DATE
haulier_export
declare -A haulier_states=()
haulier_states[get_lax_obs]=queued
haulier_states[get_sfo_obs]=queued
haulier_states[get_nyc_obs]=queued
haulier_states[aggregate_data]=queued
haulier_states[generate_synopsis]=queued
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
haulier_output() {      # TASK NAME: what a task wrote to the file of HAULIER_OUTPUT as name=value
  local _line _found='' _known=''
  [[ -e $haulier_work/outputs/task-$1 ]] || : >"$haulier_work/outputs/task-$1"
  while IFS= read -r _line || [[ -n $_line ]]; do
    _line=${_line%$'\r'}
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
task_get_lax_obs() {
  # observations of LAX
  (
    export UNITS='si units'
    exec python3 /flows/tasks/get_lax_obs.py --station KLAX
  ) </dev/null &
  haulier_ends 0
}
task_get_sfo_obs() {
  # observations of SFO
  (
    export UNITS='si units'
    exec python3 /flows/tasks/get_sfo_obs.py --station KSFO
  ) </dev/null &
  haulier_ends 0
}
task_get_nyc_obs() {
  # observations of NYC
  (
    export UNITS='si units'
    exec python3 /flows/tasks/get_nyc_obs.py --station KNYC
  ) </dev/null &
  haulier_ends 0
}
task_aggregate_data() {
  local _1
  _1=$(haulier_output get_lax_obs file) || return
  (
    exec python3 /flows/tasks/aggregate_data.py --date="${haulier_params[date]}" "$_1"
  ) </dev/null &
  haulier_ends 0
}
task_generate_synopsis() {
  (
    exec timeout -k 10 90 python3 /flows/tasks/generate_synopsis.py $'it\'s "done"\n$(date)'
  ) </dev/null &
  haulier_ends 0
}
haulier_main() {
  haulier_task get_lax_obs must-not 1 '' task_get_lax_obs || return
  haulier_task get_sfo_obs must-not 1 '' task_get_sfo_obs || return
  haulier_task get_nyc_obs must-not 1 '' task_get_nyc_obs || return
  haulier_task aggregate_data must-not 3 '5 10' task_aggregate_data || return
  haulier_task generate_synopsis must-not 1 '' task_generate_synopsis || return
}
haulier_code=0
haulier_main || haulier_code=1
if ((haulier_code)); then haulier_say "flow $HAULIER_FLOW: failed"; else haulier_say "flow $HAULIER_FLOW: done"; fi
exit "$haulier_code"
