"""Channels are tried from the command line."""
from __future__ import annotations

from acceptance.conftest import Program
from haulier.testing.servers.receiver import Receiver


def test_each_channel_is_tried(haulier: Program) -> None:
    haulier("init", "work")
    settings = haulier.at / "work" / "haulier.yaml"
    assert "no channels" in haulier("alerts", "test", "-w", "work").out
    with Receiver() as receiver:
        settings.write_text(f"alerts:\n  ops: {{ type: webhook, url: '{receiver.url}' }}\n"
                            f"  shut: {{ type: webhook, url: '{receiver.url}' }}\n")
        receiver.answers = [(200, {}), (403, {})]
        done = haulier("alerts", "test", "-w", "work", "--json", code=1)
        assert [(one["name"], one["ok"]) for one in done.of("alert")] == [("ops", True), ("shut", False)]
        assert "answered 403" in done.of("alert")[1]["error"]
        assert "ops: sent" in haulier("alerts", "test", "ops", "-w", "work").out
        assert [post.said["kind"] for post in receiver.posts] == ["test"] * 3
        assert "opss" in haulier("alerts", "test", "opss", "-w", "work", code=2).err
        settings.write_text("alerts:\n  ops: { type: webhook, url: 'nowhere' }\n")
        assert "not an address" in haulier("validate", "work", code=2).out
