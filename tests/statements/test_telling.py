"""What is told of many questions at once is what is told of each, letter by letter."""

from __future__ import annotations

import json
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pyexplain as px
from pyexplain.answers import answer
from pyexplain.data.demo import write_demo
from pyexplain.explainers import Sentence
from pyexplain.preparation.prepare import prepare
from pyexplain.preparation.settings import PrepareOptions
from pyexplain.registry import load_registry
from pyexplain.statements import wording
from pyexplain.statements.facts import Facts
from pyexplain.statements.pieces import Known, Pieces
from pyexplain.statements.say import chosen_reasons, say
from pyexplain.statements.telling import Teller
from pyexplain.statements.told_changes import distinct_rows
from pyexplain.statements.told_pairs import Pairs
from pyexplain.statements.told_reasons import ToldReasons, numbered_texts
from pyexplain.statements.told_sentences import chosen_cells
from pyexplain.statements.types import QUOTES, REGISTERS


@pytest.fixture(scope="module", params=["cnr", "cer", "hybrid"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> px.Run:
    """Of words alone, changes of items, and of attributes and history too."""
    folder, registry = tmp_path_factory.mktemp("told"), load_registry(strict=True)
    reviews = write_demo(folder, users=60, items=30, features=12)
    data = prepare([reviews], PrepareOptions("demo", items=(folder / "items.jsonl",)), registry)
    return px.train(data, explainer=request.param, registry=registry, dim=8, epochs=6)


def asked(run: px.Run, k: int) -> Facts:
    """Of the first four items of every user; of lists of k."""
    users = np.arange(run.data.n_users)
    shown, _ = run.order.best(users, 4)
    row, place = np.nonzero(shown >= 0)
    return answer(run.checker, run.explainer(), np.stack([users[row], shown[row, place]], axis=1), None, k).facts


def told(teller: Teller, facts: Facts, rows: Any = None) -> tuple[list[str], list[str]]:
    said, checked = teller.told(facts, range(len(facts.questions)) if rows is None else rows)
    return said.to_pylist(), checked.to_pylist()


def each_by_itself(facts: Facts, quotes: Any, register: Any) -> tuple[list[str], list[str]]:
    found = [facts.statements(row, quotes) for row in range(len(facts.questions))]
    said = [say(one, facts.asked(row), quotes) for row, one in enumerate(found)]
    return said, [json.dumps([s.to_dict(register) for s in one], ensure_ascii=False) for one in found]


@pytest.mark.parametrize("k", [2, 10])
def test_as_each_is_told_by_itself(run: px.Run, k: int) -> None:
    facts = asked(run, k)
    assert facts.questions.why_not.any() == (k == 2)
    for quotes in QUOTES:
        for register in REGISTERS:
            said, checked = told(Teller(run.checker, quotes, register), facts)
            assert (said, checked) == each_by_itself(facts, quotes, register)
            assert any('"kind": "evidence"' in one for one in checked) == (quotes != "none")


def test_it_is_the_same_when_it_is_told_again_and_when_little_is_kept(run: px.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    facts, teller = asked(run, 10), Teller(run.checker)
    first = told(teller, facts)
    assert told(teller, facts) == first
    monkeypatch.setattr(wording, "MOST_TEXTS", 3)
    assert told(Teller(run.checker), facts) == first


def test_the_smaller_the_memory_the_fewer_texts_are_kept(run: px.Run) -> None:
    facts, small = asked(run, 10), copy(run.checker)
    small.max_memory = wording.SHARE * wording.BYTES * 3
    tellers = Teller(run.checker), Teller(small)
    assert told(tellers[0], facts) == told(tellers[1], facts)
    kept = [max(len(part) for part in vars(teller.wording).values() if isinstance(part, Known)) for teller in tellers]
    assert kept[1] <= 3 < kept[0]


def test_some_are_told_in_the_order_in_which_they_are_asked_for(run: px.Run) -> None:
    facts, teller = asked(run, 10), Teller(run.checker)
    said, checked = told(teller, facts, [5, 0])
    both = told(teller, facts, range(6))
    assert (said, checked) == tuple([part[5], part[0]] for part in both)


def test_sentences_of_the_method_are_told_too(run: px.Run) -> None:
    facts = asked(run, 10)
    names, index = run.data.features, run.checker.index
    texts = [Sentence(int(f), f"The {names[int(f)]} is {index.opinion(n)}.") for n, f in enumerate(index.features[:400].tolist())]
    facts = replace(facts, sentences=tuple(tuple(texts[row::7]) if row % 2 else () for row in range(len(facts.questions))))
    said, checked = told(Teller(run.checker), facts)
    assert (said, checked) == each_by_itself(facts, "all", "analyst")
    assert any('"kind": "sentence"' in one for one in checked)
    assert any("In our words" in one for one in said)


def test_nothing_is_told_of_nothing(run: px.Run) -> None:
    assert told(Teller(run.checker), asked(run, 10), []) == ([], [])


def test_the_reasons_that_are_told_are_those_of_say(run: px.Run) -> None:
    facts = asked(run, 10)
    rows = np.flatnonzero(facts.above & ~facts.cold)
    pairs = Pairs(Teller(run.checker).wording, facts, rows, np.arange(len(rows)), Pieces(), len(rows))
    reasons = ToldReasons(pairs)
    reasons.lay()
    told = [[run.data.features[int(reasons.feature[cell])] for cell in cells if cell >= 0] for cells in chosen_cells(reasons).T]
    usual = ((facts.statements(int(row)), facts.asked(int(row))) for row in rows)
    assert told == [[s.feature.name for s in chosen_reasons(found, of.front or "", of.people) if s.feature] for found, of in usual]
    assert {len(one) for one in told} >= {1, 2}


def test_what_is_the_same_is_numbered() -> None:
    rows, which = distinct_rows(np.array([[1, 2], [0, 9], [1, 2], [9, 0]]))
    assert rows[which].tolist() == [[1, 2], [0, 9], [1, 2], [9, 0]]
    assert len(rows) == 3
    names, numbers = numbered_texts(["b", "a", "b"], np.array([2, 1, 0, 0]))
    assert (names, numbers.tolist()) == (["b", "a"], [0, 1, 0, 0])
