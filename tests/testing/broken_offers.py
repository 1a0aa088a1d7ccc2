"""Recommenders that give what need not be given: one that is right, and those that break one promise each."""

from __future__ import annotations

from copy import copy

import torch

from pyexplain.recommenders.lifted import Lifted

from .broken_recommenders import Sound, Trained


def dense(rows):
    """[n, P] of sparse rows."""
    found = torch.zeros(rows.n_rows, rows.n_columns)
    found[rows.row_indices(), rows.indices] = rows.values
    return found


class Giving(Sound):
    """Sound, with everything that is asked where it is given. The score is linear in f_u, so a bound can be the rise itself."""

    name = "giving"

    def scores_in(self, cells, users, user_features):
        owner = cells.row_indices()
        return self.scores(users[owner], cells.indices, dense(user_features)[owner])

    def rise(self, change):
        return (dense(change) * self.weight) @ self.f_i.T

    def most_lifted(self, users, change):
        return Lifted.of(self.rise(change).clamp(min=0))

    def lifted_closely(self, users, change):
        return self.rise(change)

    def with_users(self, data):
        other = copy(self)
        other.f_u = torch.from_numpy(data.user_features.dense())
        return other

    with_values = with_users


class CellsOfTheData(Giving):
    """Looks at what users care about in the data, not at the rows."""

    def scores_in(self, cells, users, user_features):
        return self.scores(users[cells.row_indices()], cells.indices)


class CellsOnce(Giving):
    """Answers for the first set of cells, whatever is asked next."""

    def scores_at(self, users, user_features):
        known = []

        def scores(cells):
            known.append(self.scores_in(cells, users, user_features))
            return known[0]

        return scores


class LiftedByHalf(Giving):
    def most_lifted(self, users, change):
        return self.rise(change) / 2


class LiftedByLoss(Giving):
    """Forgets that a feature that the user does not have may come."""

    def most_lifted(self, users, change):
        rows = dense(change)
        return Lifted.of(((rows * (self.f_u[users] > 0)) * self.weight) @ self.f_i.T)


class LiftedOfNaN(Giving):
    def most_lifted(self, users, change):
        return self.rise(change) * torch.nan


class LiftedShort(Giving):
    def most_lifted(self, users, change):
        return self.rise(change).max(dim=1).values


class LiftedAndKept(Giving):
    """Writes the change into the model that it asks."""

    def most_lifted(self, users, change):
        self.bias += 0.1
        return super().most_lifted(users, change)


class CloseInTurn(Giving):
    """Right of as many rows as were asked about first."""

    def lifted_closely(self, users, change):
        self.first = getattr(self, "first", self.rise(change))
        return self.first[: len(users)]


class SameUsers(Giving):
    def with_users(self, data):
        super().with_users(data)
        return self


class TakesOver(Giving):
    """What it gives is right, and it has become that itself."""

    def with_users(self, data):
        self.f_u = torch.from_numpy(data.user_features.dense())
        return self


class OldValues(Giving):
    def with_values(self, data):
        return copy(self)


class KeepsValues(Giving):
    def with_values(self, data):
        found = super().with_values(data)
        self.f_u = found.f_u
        return found


class WrongWidth(Trained):
    def latent_width(self):
        return 3


BROKEN = {
    "scores_in_cells_are_the_scores": CellsOfTheData,
    "most_lifted_bounds_the_scores": LiftedByHalf,
    "lifted_closely_bounds_the_scores": CloseInTurn,
    "with_users_gives_their_scores": SameUsers,
    "with_values_gives_their_scores": OldValues,
}
MORE = [  # other ways to break one of them: the check, and what it says
    ("scores_in_cells_are_the_scores", CellsOnce, r"scores_at\(\): shape"),
    ("most_lifted_bounds_the_scores", LiftedByLoss, r"most_lifted\(\): a score rises by .* at \(\d+, \d+\), where at most"),
    ("most_lifted_bounds_the_scores", LiftedOfNaN, "where at most nan was said"),
    ("most_lifted_bounds_the_scores", LiftedShort, r"gave shape \(40,\), expected \(40, 23\)"),
    ("most_lifted_bounds_the_scores", LiftedAndKept, r"most_lifted\(\) changed what scores\(\) gives"),
    ("with_users_gives_their_scores", TakesOver, r"with_users\(\) changed what scores\(\) gives"),
    ("with_values_gives_their_scores", KeepsValues, r"with_values\(\) changed what scores\(\) gives"),
    ("linear_user_side_gives_the_scores", WrongWidth, r"latent_width\(\) is 3, user_side\(\) has "),
]
