"""The small signs in a picture: what a task does, and how far it is. Strokes in a square of 16."""
from __future__ import annotations

KINDS = {
    "script": '<rect x="1.75" y="2.75" width="12.5" height="10.5" rx="1.5"/><path d="m4.5 6 2 2-2 2M8.25 10.25h3"/>',
    "python": '<path d="M6 3 1.75 8 6 13M10 3l4.25 5L10 13"/>',
    "transfer": '<path d="M2 5.5h11M10 2.5l3 3-3 3M14 10.5H3M6 13.5l-3-3 3-3"/>',
    "http": '<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c2.2 2 2.2 10 0 12M8 2C5.8 4 5.8 12 8 14"/>',
    "wait": '<path d="M4 2h8M4 14h8M5 2v2.5L8 8l3-3.5V2M5 14v-2.5L8 8l3 3.5V14"/>',
    "approve": '<path d="M8 1.75 13.25 3.75v4c0 3.25-2.25 5.5-5.25 6.5-3-1-5.25-3.25-5.25-6.5v-4z"/>'
               '<circle cx="8" cy="6.5" r="1.5"/><path d="M5.6 10.6c.5-1.4 1.3-2 2.4-2s1.9.6 2.4 2"/>',
    "flow": '<circle cx="3.5" cy="8" r="1.75"/><circle cx="12.5" cy="3.75" r="1.75"/>'
            '<circle cx="12.5" cy="12.25" r="1.75"/>'
            '<path d="M5.25 8h1.5c1.5 0 1-4.25 4-4.25M6.75 8c1.5 0 1 4.25 4 4.25"/>',
}
OTHER = '<path d="M8 2 13.5 5v6L8 14l-5.5-3V5z"/>'
STATES = {
    "queued": '<circle cx="8" cy="8" r="6" stroke-dasharray="2.2 2.1"/>',
    "running": '<path d="M8 2a6 6 0 1 1-5.2 3"/><path d="M8 5v3l2 1.5"/>',
    "waiting": '<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.3 1.5"/>',
    "done": '<circle cx="8" cy="8" r="6"/><path d="M5.25 8.25 7.2 10.2l3.6-4.3"/>',
    "failed": '<path d="M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5z"/><path d="M6 6l4 4m0-4-4 4"/>',
    "skipped": '<circle cx="8" cy="8" r="6"/><path d="M5.5 5.9 7.8 8l-2.3 2.1M10.2 5.9v4.2"/>',
    "blocked": '<path d="M8 2.25 14.25 13.25H1.75zM8 6.5v3.25M8 11.5h.01"/>',
    "cancelled": '<circle cx="8" cy="8" r="6"/><path d="M4 12 12 4"/>',
}
