"""Texts that others wrote, made fit to be shown: nothing in them is obeyed by what shows them."""

from __future__ import annotations


def visible(text: str) -> str:
    """Return text in which what no terminal should obey stands as a replacement character.

    Names, references and licences were written by others: control sequences and marks that turn
    the direction of writing are among what they may hold.
    """
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
