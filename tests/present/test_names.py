"""What items are called: titles for people, ids where they are typed or where no title is known."""

from __future__ import annotations

from pyexplain.data.vocabulary import Vocabulary
from pyexplain.present.names import title_or_none, titled, titled_id

ITEMS = Vocabulary(["a", "b\x1b", "same"], "item", ["Norvik headphones " * 5, "", "same"])
PLAIN = Vocabulary(["a"], "item")


def test_titles_are_cut_and_ids_stand_in() -> None:
    assert titled(ITEMS, "a") == "Norvik headphones Norvik headphones Norvik headphones…"
    assert titled(ITEMS, "b\x1b") == "b "
    assert titled(PLAIN, "a") == "a"


def test_the_id_stands_beside_a_title_alone() -> None:
    assert titled_id(ITEMS, "a").endswith("… (a)")
    assert titled_id(ITEMS, "b\x1b") == "b "
    assert titled_id(ITEMS, "same") == "same (same)"
    assert titled_id(PLAIN, "a") == "a"


def test_documents_have_the_whole_title_or_none() -> None:
    assert title_or_none(ITEMS, "a") == ("Norvik headphones " * 5).strip()
    assert title_or_none(ITEMS, "b\x1b") is None
    assert title_or_none(PLAIN, "a") is None
