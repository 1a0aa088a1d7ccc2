"""The English words of all statements and sentences. Another language is another class with these methods."""

from __future__ import annotations

from collections.abc import Sequence

from .scale import Scale, is_whole
from .types import Change, Named, Quote

MOST_CHANGES = 3  # features of a change that are named


class English:
    """Templates. Titles come as they are to be shown; features as `Named`, because words, attributes and liked items are spoken of
    differently. What is told of many is put together (wording.py): so titles stand in what is said as they come, and so do names of
    features in `because` and `condition`; `reason` and `because` have the title once."""

    no_title = "this item"
    no_clear_reason = "Nothing that you have written about is a clear reason for it."
    no_reason_known = "Nothing that we know of you is a clear reason for it."
    other_no_title = "the one that comes next"
    place_no_title = "the last one in your list"
    another_item = "another item"
    named_no_title = "the other one"

    def called(self, kind: str, name: str) -> str:
        """A "user" or an "item" by its id: "item 23" where that is digits alone, which read as an amount ("If 23 had ...")."""
        return f"{kind} {name}" if name.isdecimal() else name

    # what was checked of a pair; no verb has a title for its subject: nobody knows whether it is of one thing or of several

    def contrast(self, front: str, back: str) -> str:
        return f"We rank {front} above {back} for you."

    def reason(self, feature: Named, front: str) -> str:
        if feature.kind == "attribute":
            return f"You like {feature.text}, which speaks for {front}."
        if feature.kind == "history":
            return f"You liked {feature.text}, which speaks for {front}."
        which = "that" if it(feature) == "it" else "those"
        return f"You care about the {feature.name}, and there is praise for {which} of {front}."

    def size(self, feature: Named, k: int, n: int, praised: bool) -> str:
        return start(self.share(feature, k, n, praised)) + "."

    def quote(self, quote: Quote, title: str | None, of_this: bool) -> str:
        if not quote.own:
            return f"One review says: “{tidy(quote.sentence)}”"
        return f"You wrote{'' if of_this else f' of {title or self.another_item}'}: “{tidy(quote.sentence)}”"

    def written(self, feature: Named, sentence: str) -> str:
        """A sentence that a method wrote: no review says it in these words, so it is no quote."""
        return f"In our words, of the {feature.name}: {tidy(sentence)}"

    def flip(self, condition: str, front: str, back: str) -> str:
        return f"{condition}, {back} would rank above {front}."

    def replacement(self, condition: str, front: str, back: str, first: bool) -> str:
        return f"{condition}, {back} would be first." if first else f"{condition}, {back} would take the place of {front}."

    def leaving(self, condition: str, front: str, k: int) -> str:
        return f"{condition}, {front} would not be among your first {k}."

    # parts

    def share(self, feature: Named, k: int, n: int, praised: bool) -> str:
        """ "14 of 16 reviews with an opinion on the sound praise it". Reviews that only name it are not counted, so none is said
        to "mention" it."""
        one, many = ("praises", "praise") if praised else ("complains about", "complain about")
        of, them = f"with an opinion on the {feature.name}", it(feature)
        if n == 1:
            return f"the one review {of} {one} {them}"
        if k == n:
            return f"{'both' if n == 2 else f'all {n}'} reviews {of} {many} {them}"
        return f"{k} of {n} reviews {of} {one if k == 1 else many} {them}"

    def share_too(self, feature: Named, k: int, n: int) -> str:
        """The same after another of its kind."""
        of = f"with one on the {feature.name}"
        if n == 1:
            return f"the one {of} does too"
        if k == n:
            return f"{'both' if n == 2 else f'all {n}'} {of} do too"
        return f"{k} of {n} {of} {'does' if k == 1 else 'do'} too"

    def cares(self, features: Sequence[Named]) -> str:
        """ "you care about the sound and the price", "you liked Alien" """
        verbs = (("word", "you care about", "the "), ("attribute", "you like", ""), ("history", "you liked", ""))
        parts = []
        for kind, verb, article in verbs:
            names = [article + f.text for f in features if f.kind == kind]
            if names:
                parts.append(f"{verb} {listed(names)}")
        return listed(parts)

    def condition(self, change: Sequence[Change], side: str, front: str) -> str:
        """ "If you had not liked Alien, had liked Horror less often and had written nothing about price";
        of values it matters which way they go and whether they are 0, not how far."""
        if side == "item":
            parts = [f"the {c.feature.text} of {front} were {'worse' if c.after < c.before else 'better'}" for c in change]
            return "If " + listed(self._counted(parts))
        named, more = change[:MOST_CHANGES], len(change) - MOST_CHANGES
        parts = [f"had {self._other(c)}" for c in named if c.feature.kind != "word"]
        words = [c for c in named if c.feature.kind == "word"]
        if words:
            rest = [f"something else about {number(more, 'more feature')}"] if more > 0 else []
            parts.append("had written " + listed(self._written(words) + rest))
        elif more > 0:
            parts.append(f"{number(more, 'more thing')} {'was' if more == 1 else 'were'} otherwise")
        return "If you " + listed(parts)

    def _written(self, change: Sequence[Change]) -> list[str]:
        amounts: dict[str, list[str]] = {}
        for c in change:
            amounts.setdefault(self._amount(c), []).append(c.feature.text)
        return [f"{amount}{listed(names)}" for amount, names in amounts.items()]

    def _other(self, change: Change) -> str:
        """What would have been otherwise of a liked item, or of an attribute."""
        name, less = change.feature.text, change.after < change.before
        if change.feature.kind == "history":
            return f"not liked {name}" if change.after == 0 else f"liked {name}{' less' if less else ''}"
        if less:
            return f"never liked {name}" if change.after == 0 else f"liked {name} less often"
        return f"liked {name}" if change.before == 0 else f"liked {name} more often"

    def _counted(self, parts: list[str]) -> list[str]:
        more = len(parts) - MOST_CHANGES
        return parts[:MOST_CHANGES] + ([f"{number(more, 'more feature')} changed"] if more > 0 else [])

    def _amount(self, change: Change) -> str:
        if change.after < change.before:
            return "nothing about " if change.after == 0 else "less about "
        return "about " if change.before == 0 else "more about "

    # the customer's sentences

    def because(self, front: str, back: str | None, features: Sequence[Named]) -> str:
        return f"We suggest {self._order(front, back)} because {self.cares(features)}."

    def _order(self, front: str, back: str | None) -> str:
        return f"{front} before {back}" if back else front

    def shares(self, sizes: Sequence[tuple[Named, int, int]]) -> str:
        """How many reviews praise what was named, one or two features."""
        first = self.share(*sizes[0], praised=True)
        return start(listed([first, *(self.share_too(*size) for size in sizes[1:])], comma=True)) + "."

    def without_reason(self, front: str, back: str | None) -> str:
        return f"We suggest {self._order(front, back)}".removesuffix(".") + ("" if (back or front).endswith("…") else ".")

    def nothing_to_say(self, front: str, words_alone: bool = True) -> str:
        return f"We found no reason for {front} in what {'you have written' if words_alone else 'we know of you'}."

    def cold(self, front: str, words_alone: bool = True) -> str:
        if not words_alone:
            return f"We know nothing of what you like yet, so we cannot say why we suggest {front}."
        return f"You have not written about any feature yet, so we cannot say why we suggest {front}."

    # of a whole list

    def list_because(self, features: Sequence[Named], n: int) -> str:
        return f"We suggest {'this' if n == 1 else f'these {n}'} because {self.cares(features)}."

    def list_change(self, condition: str, others: int, n: int) -> str:
        if others == n:
            return f"{condition}, {'it' if n == 1 else f'all {n}'} would be {'another' if n == 1 else 'others'}."
        return f"{condition}, {others} of the {n} would be {'another' if others == 1 else 'others'}."

    def list_without_reason(self) -> str:
        return "Nothing that we know of you is a clear reason for this list."

    # the analyst's

    def meaning(self, value: float, scale: Scale, kind: str = "word") -> str:
        """What a value of f_u on this scale stands for, of a feature of this kind."""
        if kind == "history":
            return "liked" if value > 0 else "not liked"
        count, more = scale.times(value, kind)
        if kind == "attribute":
            return self._liked(count, more)
        if count == 0:
            return "not written about"
        if more:
            return f"written about {count:.0f} times or more"
        if not is_whole(count):
            return f"as if written about {count:.1f} times"
        return f"written about {('once', 'twice')[round(count) - 1] if count < 2.5 else f'{count:.0f} times'}"

    def _liked(self, count: float, more: bool) -> str:
        """Of an attribute, how many liked items have it."""
        if more:
            return f"{count:.0f} liked items or more have it"
        shown = f"{count:.0f}" if is_whole(count) else f"as if {count:.1f}"
        return "no liked item has it" if count == 0 else f"{shown} liked item{' has' if shown == '1' else 's have'} it"

    def span(self, change: Change, side: str, scale: Scale) -> str:
        """ "price 2.85 → 0.00 (written about once → not written about)", "Alien were not liked" """
        if change.feature.kind == "history" and side != "item":
            return f"{change.feature.text} {self._were(change)}"
        values = f"{change.feature.name} {change.before:.2f} → {change.after:.2f}"
        if side == "item":
            return values
        now, then = (self.meaning(value, scale, change.feature.kind) for value in (change.before, change.after))
        return f"{values} ({now} → {then})"

    def _were(self, change: Change) -> str:
        """Of a liked item: it is liked or not, and an amount of it says nothing."""
        if change.after == 0:
            return "were not liked"
        return "were liked" if change.before == 0 else f"were liked {'less' if change.after < change.before else 'more'}"

    def spans(self, change: Sequence[Change], side: str, scale: Scale) -> str:
        more = len(change) - MOST_CHANGES
        parts = [self.span(c, side, scale) for c in change[:MOST_CHANGES]]
        return listed(parts + ([f"{number(more, 'more feature')} changed"] if more > 0 else []))


ENGLISH = English()


def listed(words: Sequence[str], comma: bool = False) -> str:
    """ "a", "a and b", "a, b and c"; comma: sentences are joined, so a comma stands before "and" too."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])}{',' if comma else ''} and {words[-1]}"


def number(count: int, noun: str) -> str:
    """ "1 review", "2,490 reviews"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def it(feature: Named) -> str:
    """The pronoun of a feature's name: "them" for a plural."""
    last = feature.name.split()[-1] if feature.name.split() else ""
    return "them" if last.endswith("s") and not last.endswith(("ss", "us", "is")) and len(last) > 3 else "it"


def start(text: str) -> str:
    """With a capital."""
    return text[:1].upper() + text[1:]


def tidy(sentence: str) -> str:
    """The spaces that taking a text apart leaves before an apostrophe are taken out."""
    return sentence.replace(" 's ", "'s ").removesuffix(" 's")
