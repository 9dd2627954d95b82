"""What runs on the server: one POSIX shell and these functions, which use coreutils or busybox.

The shell obeys a line only if it begins with a key made for this connection. So bytes of a file that are
left over after some failure can never be taken for a command: the shell ends instead.
"""
from __future__ import annotations

BOOT = """exec sh -c 'read -r K; while read -r k L; do [ "$k" = "$K" ] || exit 1; eval "$L"; done'"""
"""The command line, fit for any login shell. `read` takes no byte more than its line, as `sh -s` may."""

NEWLINE = rb"""LC_ALL=C; export LC_ALL; unset CDPATH; exec 3>&1; N=$(printf '\nx'); N=${N%x}"""

NEEDED = frozenset(("stat", "cat", "chmod", "cp", "dd", "find", "mkdir", "mv", "rm", "touch"))
"""`stat` with `-c`, which POSIX does not have; without `scp`, `sha256sum`, `ln` or `head` we manage."""

FUNCTIONS = r"""
say() { printf '%s %s %s%s\n' "$K" "$1" "$2" "$K"; }
tell() { o=$("$@" 2>&1 </dev/null); say $? "$o"; }
about() { tell stat -L -c '%f %s %Y' "$1"; }
is_there() { [ -e "$1" ] || [ -h "$1" ]; }
room() { [ -d "$1" ] || o=$(mkdir -p "$1" 2>&1 </dev/null); }
ready() { room "$2" && { ! is_there "$1" || o=$(rm -f "$1" 2>&1 </dev/null); }; }
drop() { grab "$1" >/dev/null 2>&1; }
is_open() {
  if [ -d "$1" ]; then o=': Is a directory'; false
  elif ! [ -f "$1" ]; then o=$(stat -L -c %f "$1" 2>&1 </dev/null) && o=': not a regular file'; false
  else [ -r "$1" ] || { o=': Permission denied'; false; }; fi
}
put() {
  if { true >>"$1"; } 2>/dev/null; then o=$(grab "$2" 2>&1 >>"$1")
  else o=$({ true >>"$1"; } 2>&1); drop "$2"; false; fi
}
meta() {
  if [ "$3" ]; then o=$(chmod "$3" "$1" 2>&1 </dev/null) || return; fi
  if [ "$2" ]; then o=$(TZ=UTC0 touch -c -t "$2" "$1" 2>&1 </dev/null); fi
}
small() {
  if ready "$1" "$2"; then put "$1" "$3" && meta "$1" "$4" "$5"; else drop "$3"; false; fi
  say $? "$o"
}
begin() {
  if [ "$3" = 0 ]; then ready "$1" "$2" && o=$({ true >"$1"; } 2>&1); say $? "$o"; return; fi
  s=$(stat -c %s "$1" 2>/dev/null </dev/null) || s=-1
  if [ "$s" -lt "$3" ]; then say 1 ': No such file or directory'
  else tell dd if=/dev/null of="$1" bs=1 count=0 seek="$3"; fi
}
is_long() {
  s=$(stat -c %s "$1" 2>&1 </dev/null)
  [ "$s" = "$2" ] || { o=": has $s bytes"; false; }
}
piece() { if is_long "$1" "$2"; then put "$1" "$3"; else drop "$3"; false; fi; say $? "$o"; }
finish() { is_long "$1" "$2" && meta "$1" "$3" "$4"; say $? "$o"; }
touched() { if [ -e "$1" ]; then meta "$1" "$2" ''; say $? "$o"; else about "$1"; fi; }
lay() {
  if o=$(ln "$1" "$2" 2>&1 </dev/null); then o=$(rm -f "$1" 2>&1 </dev/null)
  elif ! is_there "$2" && (set -C; true >"$2") 2>/dev/null; then
    o=$(mv -f "$1" "$2" 2>&1 </dev/null) || { rm -f "$2"; false; }
  else ! is_there "$2" || o=': File exists'; false; fi
}
move() {
  i=$(stat -L -c '%f %s %Y' "$1" 2>&1 </dev/null); s=$?
  if [ -d "$1" ] || [ -d "$2" ]; then o=': Is a directory'; false
  elif ! is_there "$1"; then o=$i; false
  elif ! room "$3"; then false
  elif [ "$4" ]; then o=$(mv -f "$1" "$2" 2>&1 </dev/null)
  else lay "$1" "$2"; fi && say $s "$i" || say 1 "$o"
}
remove() {
  if [ -d "$1" ] && ! [ -h "$1" ]; then say 1 ': Is a directory'
  elif is_there "$1"; then tell rm -f "$1"
  else o=$(stat "$1" 2>&1 </dev/null); say 1 "$o"; fi
}
copy() { if is_open "$1" && room "$3"; then tell cp -p "$1" "$2"; else say 1 "$o"; fi; }
sum() { if is_open "$1"; then o=$(sha256sum <"$1" 2>&1); say $? "$o"; else say 1 "$o"; fi; }
fetch() { if is_open "$1"; then grab "$2" <"$1" 2>/dev/null; about "$1"; else say 1 "$o"; fi; }
range() {
  if is_open "$1"; then o=$(dd if="$1" bs=65536 skip="$2" count="$3" 2>&1 >&3 </dev/null); say $? "$o"
  else say 1 "$o"; fi
}
sink() {
  if ready "$1" "$2"; then scp $3 -t "$1" 2>/dev/null; say $? ''
  else printf '\1%s\n' "$o"; say 1 "$o"; fi
}
give() { scp -f "$1" 2>/dev/null; say $? ''; }
list() {
  for d; do
    shift
    if [ -r "$d/." ] && [ -x "$d/." ]; then set -- "$@" "$d/."
    elif o=$(stat -L -c %f "$d" 2>&1 </dev/null); then ! [ -d "$d" ] || printf '! 0 0 %s/.//\n' "$d"
    else case $o in *denied) printf '! 0 0 %s/.//\n' "$d";; esac; fi
  done
  o=
  [ $# = 0 ] || o=$(find "$@" ! -name . -prune -exec stat -c '%f %s %Y %n//' {} + 2>&1 >&3 </dev/null)
  say 0 "$o"
}
hello() {
  o=
  stat -c %s . >/dev/null 2>&1 </dev/null && o="$o stat"
  for p in cat chmod cp dd find mkdir mv rm touch scp sha256sum; do
    if command -v "$p" >/dev/null; then o="$o $p"; fi
  done
  if [ "$(printf abcd | { dd bs=2 count=1 iflag=fullblock >/dev/null 2>&1; cat; })" = cd ]; then
    grab() { [ "$1" = 0 ] || dd bs="$1" count=1 iflag=fullblock; }
  elif [ "$(printf abcd | { head -c 2 >/dev/null 2>&1; cat; })" = cd ]; then
    grab() { head -c "$1" | spill; }
  else grab() { [ "$1" = 0 ] || dd ibs=1 obs=4096 count="$1" 2>/dev/null | spill; }; fi
  spill() { cat; s=$?; cat >/dev/null; return $s; }
  say 0 "$o"
}
hello
"""
"""Each command says once how it went, and leaves what it has to say in `o` on the way there.

`grab N` takes exactly N bytes of the input, whatever becomes of them: what follows them are commands.
`ready` removes an older draft, which a process of a lost connection may still be writing to.
`is_long` notices others who write to a draft. `move` looks before it moves, as somebody may take the
file away at once. `lay` is `mv` that replaces nothing: by a hard link, or
where there are none by creating the name first, which only one can do.
"""


def quoted(word: bytes) -> bytes:
    """One word for the shell, on one line, of which nothing is interpreted."""
    return b"'" + word.replace(b"'", rb"'\''").replace(b"\n", b"'\"$N\"'") + b"'"
