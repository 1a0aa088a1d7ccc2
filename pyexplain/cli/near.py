"""Which command was meant."""

from __future__ import annotations

import difflib
import re

import click


def did_you_mean(error: click.UsageError) -> str:
    """ "Did you mean train?" where the word is near a command, "" otherwise. Options are answered by click itself."""
    context = error.ctx
    said = error.format_message()
    word = re.match(r"No such command '(.*?)'\.", said)
    if not word or "Did you mean" in said or context is None or not isinstance(context.command, click.Group):
        return ""
    near = difflib.get_close_matches(word[1], context.command.list_commands(context), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join(near)}?" if near else ""
