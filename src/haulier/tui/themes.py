"""Colours: those of the terminal itself, or two of our own."""
from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

OWN = Theme(
    name="terminal", primary="ansi_blue", secondary="ansi_cyan", warning="ansi_yellow", error="ansi_red",
    success="ansi_green", accent="ansi_blue", foreground="ansi_default", background="ansi_default",
    surface="ansi_default", panel="ansi_default", boost="ansi_default", ansi=True,
    variables={
        "ansi-background": "ansi_default", "ansi-foreground": "ansi_default", "border-blurred": "ansi_default",
        "input-cursor-background": "ansi_default", "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse", "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_default", "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_default", "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default", "block-cursor-text-style": "reverse",
    })
DARK = Theme(
    name="dark", primary="#7aa2d6", secondary="#6fa8a0", warning="#d9a657", error="#e0787a", success="#86b876",
    accent="#7aa2d6", foreground="#d6d8dc", background="#16181c", surface="#16181c", panel="#22252b", dark=True,
    variables={"block-cursor-background": "#2f4566", "block-cursor-foreground": "#ffffff",
               "block-cursor-text-style": "none"})
LIGHT = Theme(
    name="light", primary="#2f62a3", secondary="#2d7a70", warning="#94610a", error="#b3383c", success="#3b7a2a",
    accent="#2f62a3", foreground="#23262b", background="#fbfaf8", surface="#fbfaf8", panel="#ebe9e4", dark=False,
    variables={"block-cursor-background": "#cfdff2", "block-cursor-foreground": "#10131a",
               "block-cursor-text-style": "none"})


def chosen(environ: Mapping[str, str]) -> str:
    """The theme to begin with: the terminal's own colours, where it is not said otherwise."""
    named = environ.get("HAULIER_COLOURS", "")
    return named if named in (OWN.name, DARK.name, LIGHT.name) else OWN.name
