"""The line between pyexplain and the plugins of other packages, where both sides are held to their word.

A guarded class is the plugin's own with its public methods watched: it cannot end the program, it gets copies or read-only arrays,
and what it hands back is looked at. What breaks a promise is a PluginError with the names of package and plugin. An ordinary
exception of a plugin passes as it is: its traceback names the plugin (see registry.culprit).
"""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .errors import DataError, PluginError
from .given import WATCHES
from .offered import ours

METHODS = {
    "recommender": ("prepare", "fit", "scores", "state", "load_state", "attention", "item_attention", "user_side"),
    "explainer": ("fit", "weigh", "explain", "explain_users", "explain_lists", "state", "load_state"),
    "reader": ("detect", "detect_columns", "lacks", "read", "read_mentions", "read_dataset", "read_items", "write", "write_parts"),
    "metric": ("values", "summary", "measure"),
}
GIVES = {  # what is looked at when it comes back, by a function of promised.py
    "state": "of_state",
    "detect": "of_answer",
    "detect_columns": "of_answer",
    "read": "of_reviews",
    "read_items": "of_items",
    "read_mentions": "of_mentions",
    "read_dataset": "of_dataset",
    "summary": "of_summary",
}
RAISE = dis.opmap["RAISE_VARARGS"]


@dataclass(frozen=True)
class Watch:
    """Whose plugin it is, for messages."""

    package: str
    plugin: str

    def error(self, what: str, hint: str = "This is a bug in that package.") -> PluginError:
        """What is raised for a broken promise."""
        where = f"plugin {self.plugin} of {self.package}"
        return PluginError(what, where=where, hint=hint, package=self.package, plugin=self.plugin)

    @contextmanager
    def over(self, call: str) -> Iterator[None]:
        """Nothing but an Exception, or a signal to us, gets out of this block."""
        try:
            yield
        except TypeError as error:
            if _never_entered(error):
                raise self.error(str(error), "It is called with the arguments of the method of its base class.") from error
            raise
        except Exception:
            raise
        except BaseException as error:
            if isinstance(error, SystemExit) or raised_on_purpose(error):
                raise self.error(f"{call} tried to end the program ({type(error).__name__}: {error})") from error
            raise


def guarded_class(cls: type[Any], kind: str, package: str, plugin: str) -> type[Any]:
    """A subclass of the plugin's class of the same name, watched."""
    watch = Watch(package, plugin)
    body: dict[str, Any] = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    for name in METHODS[kind]:
        method = getattr(cls, name, None)
        if callable(method) and not (kind == "metric" and ours(method.__module__)):  # what is inherited is compared by identity
            body[name] = _watched(method, watch, f"{cls.__name__}.{name}()", _around(kind, name))
    make: Any = type(cls)  # ABCMeta, or whatever the plugin took
    made: type[Any] = make(cls.__name__, (cls,), body)
    return made


def _watched(method: Callable[..., Any], watch: Watch, call: str, around: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def run(self: Any, *arguments: Any, **named: Any) -> Any:
        with watch.over(call):
            return around(watch, call, functools.partial(method, self), self, *arguments, **named)

    setattr(run, WATCHES, method)
    return run


def _around(kind: str, name: str) -> Callable[..., Any]:
    """What is done around a call of a method: see the functions below."""
    if name == "explain":
        return _explain
    if name in ("explain_users", "explain_lists"):
        return _explain_users
    if name in ("fit", "prepare"):
        return _fit
    if name in ("scores", "attention", "item_attention"):
        return _scores
    if name in ("read", "read_items"):
        return functools.partial(_read, name)
    if name == "values":
        return _values
    return functools.partial(_plainly, name)


def _plainly(name: str, watch: Watch, call: str, act: Callable[..., Any], self: Any, *arguments: Any, **named: Any) -> Any:
    """What comes back is looked at, where the contract says what it is."""
    return _looked_at(name, watch, call, act(*arguments, **named))


def _looked_at(name: str, watch: Watch, call: str, found: Any) -> Any:
    from . import promised  # late, as below: commands that meet no such plugin start without pandas and torch

    if name in GIVES and (said := getattr(promised, GIVES[name])(found)):
        raise watch.error(f"{call} gave {said}")
    return found


def _read(name: str, watch: Watch, call: str, act: Callable[..., Any], self: Any, *arguments: Any, **named: Any) -> Iterator[Any]:
    """A generator runs when it is asked, not when it is made; each chunk is looked at."""

    def chunks() -> Iterator[Any]:
        with watch.over(call):
            found = act(*arguments, **named)
            if not isinstance(found, Iterable):
                raise watch.error(f"{call} gave {type(found).__name__}, expected chunks one after another")
            for chunk in found:
                yield _looked_at(name, watch, call, chunk)

    return chunks()


def _fit(watch: Watch, call: str, act: Callable[..., Any], self: Any, *arguments: Any, **named: Any) -> Any:
    """The data set is the same afterwards, and what comes back is a history."""
    from .data.types import Dataset

    data = next((a for a in (*arguments, *named.values()) if isinstance(a, Dataset)), None)
    with _unchanged(watch, call, data, whole=True):
        found = act(*arguments, **named)
    if call.endswith(".fit()") and found is not None and not _is_history(found):
        hint = "Expected: a list with a dict of numbers an epoch; it may be empty."
        raise watch.error(f"{call} gave no history, but {found!r:.60}", hint)
    return found


@contextmanager
def _unchanged(watch: Watch, call: str, data: Any, whole: bool = False) -> Iterator[None]:
    """What the block wrote into the data set is named, also where it ended with an error."""
    from .handed import HandedData

    handed = None if data is None else HandedData(data, whole)
    try:
        yield
    finally:
        if handed is not None and (change := handed.change()):
            raise watch.error(f"{call} changed {change} that it was handed")


def _is_history(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(entry, dict) for entry in found)


def _scores(watch: Watch, call: str, act: Callable[..., Any], self: Any, *arguments: Any, **named: Any) -> Any:
    """One finite number a pair (a row, for attention); what was handed in is the same afterwards."""
    import torch

    from . import promised
    from .handed import HandedTensors

    tensors = [a for a in (*arguments, *named.values()) if isinstance(a, torch.Tensor)]
    handed, n = HandedTensors(tensors), len(tensors[0]) if tensors else 0
    found = act(*arguments, **named)
    if handed.changed():
        raise watch.error(f"{call} wrote into the tensors that it was handed")
    if said := promised.of_scores(found, n, 1 if call.endswith(".scores()") else 2):
        raise watch.error(f"{call} was asked about {n} pairs and gave {said}")
    if not torch.compiler.is_compiling() and not _all_finite(found):
        raise watch.error(f"{call} gave NaN or infinity")
    return found


def _all_finite(found: Any) -> bool:
    import torch

    try:
        return bool(torch.isfinite(found.detach()).all())
    except RuntimeError:  # inside torch.func, where nothing can be asked of a value
        return True


def _values(watch: Watch, call: str, act: Callable[..., Any], self: Any, given: Any) -> Any:
    """Values of known users within the range of the metric; what it was given to measure is the same afterwards."""
    from . import promised
    from .handed import as_text

    with _unchanged(watch, call, given.data):
        before = as_text(given.said)
        found = _made(watch, call, act, given)
        if as_text(given.said) != before:
            raise watch.error(f"{call} changed what is said, which it was handed")
    if said := promised.of_values(found, given.data, self.range):
        raise watch.error(f"{call} gave {said}")
    return found


def _explain(watch: Watch, call: str, act: Callable[..., Any], self: Any, pairs: Any, against: Any = None) -> Any:
    """The pairs are copies, and explanations of these very pairs come back."""
    with _unchanged(watch, call, getattr(self, "data", None)):
        found = _made(watch, call, act, pairs.copy(), None if against is None else against.copy())
    return _judged(watch, call, found, pairs[:, 0], pairs[:, 1], against, self.data)


def _explain_users(watch: Watch, call: str, act: Callable[..., Any], self: Any, users: Any, *length: Any) -> Any:
    import numpy as np

    with _unchanged(watch, call, getattr(self, "data", None)):
        found = _made(watch, call, act, users.copy(), *length)
    return _judged(watch, call, found, users, np.full(len(users), -1), None, self.data)


def _made(watch: Watch, call: str, act: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except DataError as error:  # explanations and values check themselves when they are made, and the plugin made them
        raise watch.error(f"{call}: {error.what}") from error


def _judged(watch: Watch, call: str, found: Any, users: Any, items: Any, against: Any, data: Any) -> Any:
    from .explainers.checking import complaint

    if said := complaint(found, users, items, against, data):
        raise watch.error(f"{call} gave {said}")
    return found


def _never_entered(error: TypeError) -> bool:
    """Whether the call itself failed, for its arguments: the last frame is the one here that called, none of the plugin."""
    last = _last(error)
    return last is not None and last.tb_frame.f_globals.get("__name__") == __name__


def _last(error: BaseException) -> TracebackType | None:
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last


def raised_on_purpose(error: BaseException) -> bool:
    """Whether a `raise` outside of pyexplain made it; a signal arrives anywhere, or in a handler of ours."""
    last = _last(error)
    if last is None:
        return False
    return not ours(str(last.tb_frame.f_globals.get("__name__", ""))) and last.tb_frame.f_code.co_code[last.tb_lasti] == RAISE
