"""Which command or option was meant."""

from __future__ import annotations

import difflib
import re

import click

# What people type elsewhere: the words, an option that the command has where that is meant (none: any command), what to type here.
ELSEWHERE: tuple[tuple[str, str, str], ...] = (
    ("model method recommender algorithm algo name", "--explainer", "Methods are named with --explainer or --baseline."),
    ("gpu cuda accelerator", "--device", "That is --device cuda."),
    ("cpu", "--device", "That is --device cpu."),
    ("lr learning-rate batch-size batch bs dim hidden dropout layers optimizer", "--set", "Keys of a method: --set KEY=VALUE."),
    ("top topk top-k n num number count", "-k", "That is -k."),
    ("sep separator delimiter", "--columns", "The delimiter is found: comma, tab, semicolon or bar."),
    ("encoding charset", "--columns", "UTF-8 and UTF-16 are read; iconv -f cp1252 -t utf-8 converts others."),
    ("run runs input file files reviews", "", "Files and folders are given without an option."),
    ("explanation explain reasons reason why", "--explain", "That is --explain."),
)


def did_you_mean(error: click.UsageError) -> str:
    """ "Did you mean train?" where the word is near a command or an option, "" otherwise."""
    context = error.ctx
    if context is None:
        return ""
    if isinstance(error, click.NoSuchOption):
        return _option(error.option_name, context)
    said = error.format_message()
    word = re.match(r"No such command '(.*?)'\.", said)
    if not word or "Did you mean" in said or not isinstance(context.command, click.Group):
        return ""
    return _near(word[1], context.command.list_commands(context))


def _option(typed: str, context: click.Context) -> str:
    """Without the dashes, which make all options alike: click's own answer to --model is --help."""
    known = {
        name for param in context.command.get_params(context) for name in (*param.opts, *param.secondary_opts) if name[:1] == "-"
    }
    word = typed.lstrip("-").lower().replace("_", "-")
    for words, option, advice in ELSEWHERE:
        if word in words.split() and (option in known or not option):
            return advice
    spelt = {name.lstrip("-"): name for name in sorted(known) if name.startswith("--")}
    return _near(word, spelt, spelt)


def _near(word: str, known: list[str] | dict[str, str], spelt: dict[str, str] | None = None) -> str:
    near = difflib.get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f"Did you mean {' or '.join((spelt or {}).get(one, one) for one in near)}?" if near else ""
