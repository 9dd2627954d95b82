"""`haulier why`"""
from __future__ import annotations
import typer
command = typer.Typer(add_completion=False)
@command.command()
def why(path: str) -> None:
    """x"""
