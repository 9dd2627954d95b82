"""What each key does, for people who ask."""
from __future__ import annotations

HELP = """\
↑ ↓, Tab   move in a list; to the next list
Enter      all about it: tasks, tries, times, outputs
r          run the flow now, after its parameters
c          cancel the run
p, g       pause the run; go on with it
t          run it again: what was not done, or from the task on
a          answer the task that asks: approve, or refuse
e          let the schedule start the flow, or not any more
o          the output on the whole screen; / searches there
d          colours: the terminal's, dark, light
q          quit; what runs goes on

Keys act on what is under the cursor. What is wanted is done by the \
scheduler or hub that runs here; without one, it is queued.

✓ done  ● running  ○ queued  ◐ waiting  ? asks  ‖ paused  ✗ failed
– skipped, blocked, cancelled"""
