"""English words by which a sentence shows whether it can be quoted as praise. In other languages none is found: quotes are then
judged by their form alone."""

from __future__ import annotations

from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


# What is wished for, asked, or said under a condition is not so; the rules of extraction miss some of it.
UNREAL = words("if unless would could should might wish wished hope hoping hopefully maybe perhaps probably wonder whether")
# By these a sentence may turn round, or speak of something else than the item.
TURNS = words(
    "not no never nor neither without nothing none hardly barely cannot but however although though except despite while yet "
    "unfortunately than instead too less worse unlike other otherwise only almost"
)
# Opinions that say how much or compare: whether they praise depends on the rest of the sentence.
WEAK = words(
    "little small big high low higher lower long longer short shorter heavy heavier light lighter hard top full true extra free "
    "like well recommend portable professional dynamic better cheaper bigger smaller other similar different"
)
# No sentence ends with one of these.
OPEN = words("and or but the a an of with to for in on at from by as is are was were it's i my your its their very so that which")
# What every item is: a reason that says little to a customer.
GENERIC = words(
    "product products item items thing things purchase device unit brand model buy order stuff gadget deal job phone "
    "packaging packing package shipping delivery"  # what every order has
)
SAME_START = 5
# Verbs that join a feature to what is said of it.
LINKS = words("is are was were 's be sounds sound looks look feels feel seems seem works work has")
# Where one of these stands between a feature and an opinion, the opinion may be of something else.
APART = words(
    ", . ! ; : ( ) and or it they he she i you we this that these those which who with for of on in from to by as when because so"
)
# What may follow a feature that stands by itself; anything else may be the noun that it only describes ("great guitar cable").
FOLLOWS = (
    APART | LINKS | words("very too also overall so far all here there yet again up out about than at over after before even every")
)


@lru_cache(maxsize=65_536)
def is_vague(name: str, title: str) -> bool:
    """Whether a feature's name says nothing of an item of this title: every item is or has it, or the title says it already."""
    last = name.lower().split()[-1].removesuffix("s")
    titled = {word.removesuffix("s") for word in title.lower().split()}
    return name.lower() in GENERIC or last in titled or any(_akin(last, word) for word in titled)


def _akin(one: str, other: str) -> bool:
    """Whether two words begin alike for SAME_START letters: the charging of a charger."""
    return len(one) >= SAME_START and one[:SAME_START] == other[:SAME_START]
