"""Whatever form a network declares: its own decoder's scores, the steps of plain torch for every kind of term, whatever the number
of threads; and a network of somebody else's that declares it gets the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import pyexplain as px
from pyexplain.ops import RowAdam
from pyexplain.ops.group_sums import Added, run_group_sums
from pyexplain.ops.groups import group_rows
from pyexplain.ops.products import matrix_product
from pyexplain.recommenders import attended_training, spread
from pyexplain.recommenders.attended_encodings import FILLED, Encodings, by_row, filled_up, sparse_rows
from pyexplain.recommenders.attended_product import AttendedProduct
from pyexplain.recommenders.attended_training import AttendedInputs
from pyexplain.recommenders.engine import TorchEngine
from pyexplain.recommenders.feature_product import ProductScores
from pyexplain.recommenders.forms import DECLARATIONS, HeadInputs, declared
from pyexplain.recommenders.fused import FusedEngine
from pyexplain.recommenders.joined_embeddings import JoinedEmbeddings
from pyexplain.recommenders.joined_training import JoinedInputs
from pyexplain.recommenders.model import NetworkModel
from pyexplain.recommenders.objective import Objective, Term
from pyexplain.recommenders.optimizers import load_states, states
from pyexplain.recommenders.product_training import ProductInputs
from pyexplain.recommenders.spread import Spread
from pyexplain.registry import load_registry

from ..worlds import small_world

DATA = small_world()
KINDS = {
    "eq. (5)": ("vbpr", {}),
    "identities": ("ncf", {"factors": 9}),
    "identities, no product": ("ncf", {"factors": 0}),
    "attention": ("nar", {}),
    "attention to the mentioned": ("nar", {"attend": "mentioned"}),
}
READS = [name for name, (method, _) in KINDS.items() if method != "ncf"]


def model_of(kind: str, **keys: Any) -> tuple[NetworkModel, px.recommenders.TrainingConfig]:
    method, own = KINDS[kind]
    cls = load_registry(strict=True).get("recommender", method)
    made = cls(cls.Config(dim=7, hidden=5, **{"dropout": 0.0, **own, **keys}))
    made.prepare(DATA, px.RunOptions(seed=2))
    return made.model, made.config


def pairs() -> tuple[Tensor, Tensor]:
    users, items = np.divmod(np.arange(DATA.n_users * DATA.n_items), DATA.n_items)
    return torch.from_numpy(users), torch.from_numpy(items)


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_those_of_the_decoder_in_every_way_they_are_asked_for(kind: str) -> None:
    model, _ = model_of(kind, dropout=0.5)
    assert isinstance(model.form, JoinedEmbeddings if kind.startswith("identities") else ProductScores)
    users, items = pairs()
    network: Any = model.network.eval()
    with torch.no_grad():
        of_items = network.encode_items(items, model.item_rows.select(items))
        of_users = network.encode_users(users, model.user_rows.select(users))
        wanted = network.decode(users, items, of_users, of_items, None)
        torch.testing.assert_close(model.scores(users, items, None, None), wanted, rtol=1e-5, atol=1e-5)
        everyone = torch.arange(DATA.n_users)
        found = model.catalogue_scores(everyone, None)
        assert found is not None
        torch.testing.assert_close(found.flatten(), wanted, rtol=1e-5, atol=1e-5)
        changed = model.user_rows.dense(DATA.n_features)[users] * 2
        wanted = network.decode(users, items, network.encode_users(users, changed), of_items, None)
        torch.testing.assert_close(model.scores(users, items, changed, None), wanted, rtol=1e-5, atol=1e-5)


class Changed(Objective):
    """The batch, once more with a dense change along the gradient, and once more with features of somebody else."""

    def __init__(self, model: NetworkModel) -> None:
        self.rows = model.user_rows

    def terms(self, batch: Term, user_gradient: Callable[[], Tensor]) -> Iterator[Term]:
        yield batch
        yield Term(batch.users, batch.preferred, batch.other, delta=user_gradient() * 40, weight=0.5)
        yield Term(batch.users, batch.other, batch.preferred, user_rows=self.rows.select(batch.preferred % 9), weight=0.25)


def steps(engine: Any, objective: Objective, n: int = 12) -> list[float]:
    losses = []
    for number in range(n):
        rng, generator = np.random.default_rng(number), torch.Generator().manual_seed(number)
        columns = (rng.integers(0, DATA.n_users, 24), rng.integers(0, 9, 24), rng.integers(9, DATA.n_items, 24))
        losses.append(engine.step(Term(*map(torch.from_numpy, columns)), objective, generator))
    engine.flush()
    return losses


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("keys", [{}, {"dropout": 0.4, "weight_decay": 0.1}], ids=["plain", "dropout and weight decay"])
def test_terms_with_changed_features_take_the_steps_of_plain_torch(kind: str, keys: dict[str, float]) -> None:
    found = []
    for fused in (False, True):
        model, config = model_of(kind, **keys)
        plain = TorchEngine(model.network, model.user_rows, model.item_rows, model.n_features, config)
        engine = model._engine(config) if fused else plain
        assert isinstance(engine, FusedEngine) == fused
        found.append((steps(engine, Changed(model)), model.state()))
    (wanted, of_torch), (losses, of_fused) = found
    np.testing.assert_allclose(losses, wanted, rtol=2e-5)
    for name, value in of_torch.items():
        if name != "head.b2":  # its gradient is zero but for rounding: it cancels in every difference of scores
            torch.testing.assert_close(of_fused[name], value, rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_training_goes_on_from_its_state_and_does_not_depend_on_threads(kind: str) -> None:
    before, found = torch.get_num_threads(), []
    for threads in (1, 2, 4):
        torch.set_num_threads(threads)
        model, config = model_of(kind, dropout=0.5)
        engine = model._engine(config)
        steps(engine, Objective(), 5)
        other, _ = model_of(kind, dropout=0.5)
        other.load_state(model.state())
        resumed = other._engine(config)
        resumed.load_state({name: value.clone() for name, value in engine.state().items()})
        assert steps(engine, Objective(), 5) == steps(resumed, Objective(), 5)
        assert all(torch.equal(model.state()[name], other.state()[name]) for name in model.state())
        found.append(model.state())
    torch.set_num_threads(before)
    for other in found[1:]:
        for name in other.keys() - {"head.b2"}:  # operators give the same bits, torch's own products need not
            value = other[name]
            torch.testing.assert_close(value, found[0][name], rtol=1e-4, atol=1e-5)


def test_identities_have_no_gradient_in_features_and_no_user_side() -> None:
    model, config = model_of("identities")
    with pytest.raises(TypeError, match="no gradient in the features"):
        steps(model._engine(config), Changed(model), 1)
    with pytest.raises(px.UsageError, match="linear in f_u"):
        model.user_side(*(numbers[:3] for numbers in pairs()))


@pytest.mark.parametrize(("kind", "cls"), [("eq. (5)", ProductInputs), ("identities", JoinedInputs), ("attention", AttendedInputs)])
def test_numbers_out_of_range_and_states_of_others_are_refused(kind: str, cls: type[HeadInputs]) -> None:
    model, config = model_of(kind)
    engine = model._engine(config)
    assert isinstance(engine, FusedEngine)
    assert isinstance(engine.inputs, cls)
    users = torch.tensor([0, DATA.n_users])
    with pytest.raises(IndexError, match=f"users: wanted numbers in 0..{DATA.n_users - 1}"):
        engine.step(Term(users, users * 0, users * 0 + 1), Objective(), torch.Generator())
    with pytest.raises(KeyError):
        engine.load_state({})


def test_tables_that_do_not_fit_are_refused_by_name() -> None:
    model, config = model_of("attention")
    form: Any = model.form
    with pytest.raises(ValueError, match=r"user_attention: wanted shape \[7, 7\], got \[6, 7\]"):
        replace(form, user_attention=form.user_attention[:6]).inputs(model.user_rows, model.item_rows, config)
    model, config = model_of("identities")
    form = model.form
    with pytest.raises(ValueError, match=r"item_factors: wanted shape"):
        replace(form, item_factors=form.item_factors[:, :8].contiguous()).inputs(model.user_rows, model.item_rows, config)


def test_states_of_several_tables_by_name() -> None:
    one, other = ({"a": RowAdam(torch.ones(3, 2)), "b": RowAdam(torch.ones(1, 4))} for _ in range(2))
    for name, optimizer in one.items():
        optimizer.step(torch.full(optimizer.table.shape, 0.5))
        assert f"{name}.m" in states(one)
    load_states(other, states(one))
    assert all(torch.equal(other[name].m, one[name].m) and other[name].steps == 1 for name in one)


def test_the_entries_that_are_not_0_and_sums_by_row() -> None:
    rows = sparse_rows(torch.tensor([[0.0, 2.0, 0.0], [0.0, 0.0, 0.0], [1.0, 0.0, 3.0]]))
    assert [part.tolist() for part in rows] == [[0, 1, 1, 3], [1, 0, 2], [2.0, 1.0, 3.0]]
    numbers, values = torch.tensor([4, 1, 4]), torch.tensor([[1.0], [2.0], [4.0]])
    nothing = group_rows(numbers, 5)
    found = by_row(Encodings(numbers, None, nothing, numbers, values), values, torch.zeros(5, 1))
    assert (found.rows.tolist(), found.values.tolist()) == ([1, 4], [[2.0], [5.0]])


def test_groups_are_filled_up_by_groups_of_nobody() -> None:
    few = group_rows(torch.tensor([4, 1, 4]), 5)
    full = filled_up(few)
    assert (len(full.rows), full.rows[2:].unique().tolist(), full.starts[2:].unique().tolist()) == (FILLED, [4], [3])
    assert torch.equal(run_group_sums(Added(torch.eye(3)), full)[:2], run_group_sums(Added(torch.eye(3)), few))
    assert not run_group_sums(Added(torch.eye(3)), full)[2:].any()
    assert filled_up(full) is full
    assert len(filled_up(group_rows(torch.zeros(0, dtype=torch.int64), 5)).rows) == 0


@pytest.mark.parametrize("kind", READS[1:])
def test_products_are_of_few_numbers_of_rows(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a batch happens to hold: the library that multiplies prepares itself for each."""
    seen = set[int]()

    def product(a: Tensor, b: Tensor, *more: Any) -> Tensor:
        seen.update((*a.shape, b.shape[1]))
        return matrix_product(a, b, *more)

    monkeypatch.setattr(attended_training, "matrix_product", product)
    monkeypatch.setattr(spread, "matrix_product", product)
    model, config = model_of(kind)
    steps(model._engine(config), Objective())
    assert seen <= {7, DATA.n_features, FILLED, 2 * FILLED}


class Renamed(nn.Module):
    """A network of somebody else's that computes what another does under names of its own, and declares as much."""

    def __init__(self, of: nn.Module, declaration: str) -> None:
        super().__init__()
        self.of = of
        assert declaration in DECLARATIONS

    def encode_users(self, users: Tensor, rows: Any) -> Tensor:
        return self.of.encode_users(users, rows)  # type: ignore[operator,no-any-return]

    def encode_items(self, items: Tensor, rows: Any) -> Tensor:
        return self.of.encode_items(items, rows)  # type: ignore[operator,no-any-return]

    def decode(self, *arguments: Any) -> Tensor:
        return self.of.decode(*arguments)  # type: ignore[operator,no-any-return]


class Joined(Renamed):
    def joined_embeddings(self) -> JoinedEmbeddings:
        return self.of.joined_embeddings()  # type: ignore[operator,no-any-return]


class Attended(Renamed):
    def attended_product(self) -> AttendedProduct:
        return self.of.attended_product()  # type: ignore[operator,no-any-return]


class Twice(Attended):
    """Scores otherwise, and so has no form."""

    def decode(self, *arguments: Any) -> Tensor:
        return 2 * super().decode(*arguments)


@pytest.mark.parametrize(("kind", "cls"), [("identities", Joined), ("attention", Attended)])
def test_who_declares_the_form_takes_the_same_steps(kind: str, cls: type[Renamed]) -> None:
    states = []
    for own in (False, True):
        model, config = model_of(kind)
        name = "joined_embeddings" if cls is Joined else "attended_product"
        outer = NetworkModel(cls(model.network, name), DATA, "cpu") if own else model
        engine = outer._engine(config)
        assert isinstance(engine, FusedEngine)
        steps(engine, Objective())
        states.append(model.state())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_who_scores_otherwise_has_no_form() -> None:
    model, config = model_of("attention")
    twice = Twice(model.network, "attended_product")
    assert declared(twice) is None
    assert isinstance(NetworkModel(twice, DATA, "cpu")._engine(config), TorchEngine)


def test_attention_spread_over_all_features_in_parts() -> None:
    """More rows than are taken at a time, twice, the second time fewer: what was kept is written over."""
    g, made = torch.Generator().manual_seed(0), Spread(torch.zeros(0))
    words = torch.randn(30, 6, generator=g)
    for n in (600, 20):
        queries = torch.randn(n, 6, generator=g)
        torch.testing.assert_close(made.forward(queries, words), torch.softmax(queries @ words.T, dim=1))
