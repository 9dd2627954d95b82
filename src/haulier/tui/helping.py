"""What each key does, for people who ask."""
from __future__ import annotations

HELP = """\
↑ ↓        move in a list            Tab        to the next list
Enter      all about it: tasks, tries, times, outputs
r          run the flow now, after its parameters
c          cancel the run
p, g       pause the run, go on with it
t          run it again: what was not done, or from the task on
a          answer the task that asks: approve, or refuse
e          let the schedule start the flow, or not any more
o          the output on the whole screen; / searches there
d          colours: the terminal's, dark, light
q          quit; what runs goes on

Keys act on what is under the cursor. What is wanted here is done by the scheduler or the hub
that runs in this place: without one, it is queued until one is started.
Times are those of this machine.

✓ done   ● running   ○ queued   ◐ waiting   ? asks   ‖ paused   ✗ failed   – skipped, blocked, cancelled
"""
