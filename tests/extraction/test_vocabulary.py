"""What becomes a feature: planted corpora in which idioms, times, persons and types are judged often; names of one thing."""

from __future__ import annotations

import pytest

from pyexplain.extraction.english import english
from pyexplain.extraction.extract import Extractor
from pyexplain.extraction.language import Language
from pyexplain.extraction.learn import learn_lexicon
from pyexplain.extraction.lexicon import ExtractOptions, Lexicon
from pyexplain.extraction.synonyms import by_letters, by_table
from pyexplain.extraction.vocabulary import singular

from .test_extraction import found, learned, reviews

# Things said of features, so that the corpus is one of full sentences.
PLAIN = [
    (f"{lead} {part} {verb} {how}.", stars)
    for part in ("sound", "zipper", "strap", "hinge")
    for lead, verb in (("The", "is"), ("Its", "seems"), ("I think the", "was"))
    for how, stars in (("great", 5), ("awful", 1))
]  # fmt: skip


def vocabulary(*said: tuple[str, float], **options: object) -> dict[str, tuple[str, ...]]:
    """name -> its forms, learned from these sentences among plain ones."""
    return {feature.name: feature.forms for feature in learned(*PLAIN, *said, times=8, **options).features}


@pytest.mark.parametrize(
    ("noun", "said"),
    [
        (
            "frobnitz",
            ["It was a great {}.", "What a great {}!", "This is a lovely {} for anyone.", "A good {} it is."],
        ),  # like "deal"
        ("gorp", ["I wish you great {} with it.", "Good {} and good riddance.", "It takes nice {} to do it.", "Great {}."]),
        ("duty", ["It is a heavy {} thing.", "Heavy {} stuff.", "A heavy {} thing it was.", "I like heavy {} things."]),
        ("thumbs", ["My {} hurt, bad.", "It is great for my {}.", "It fits my small {}.", "I love it for my {}."]),
        ("padded", ["It was well {} and soft.", "A nicely {} one.", "They came well {}.", "Good {} ones."]),
        ("zorgon", ["I use it with my great Zorgon and it is fine.", "The great Zorgon is here.", "The good Zorgon is a hit."]),
    ],
)
def test_words_that_are_used_in_expressions_alone_are_no_features(noun: str, said: list[str]) -> None:
    assert noun not in english().generic
    sentences = [(sentence.format(noun), 5.0) for sentence in said * 3]
    features = vocabulary(*sentences)
    assert not any(noun in forms for forms in features.values())
    assert {"sound", "zipper", "strap", "hinge"} <= features.keys()
    assert noun in vocabulary(*sentences, keep=(noun,)) or noun in ("padded", "thumbs")  # who wants it has it, if it is judged


def test_the_same_words_are_features_where_things_are_said_of_them() -> None:
    said = [(f"The {noun} is {how}.", stars) for noun in ("frobnitz", "gorp") for how, stars in (("great", 5), ("bad", 1))]
    assert {"frobnitz", "gorp"} <= vocabulary(*said).keys()


@pytest.mark.parametrize(
    "noun", ["deal", "luck", "penny", "morning", "christmas", "daughter", "friends", "amount", "fact", "product"]
)
def test_general_nouns_are_no_features(noun: str) -> None:
    said = [(f"A great {noun}, a good {noun}.", 5), (f"I love the {noun}.", 5), (f"It was a bad {noun}.", 1)]
    lexicon = learned(*PLAIN, *said, times=8)
    assert noun not in {form for feature in lexicon.features for form in feature.forms}
    assert lexicon.left_out[noun] in english().generic
    kept = learned(*PLAIN, *said, times=8, keep=(noun,))
    assert noun in {form for feature in kept.features for form in feature.forms}


def test_what_is_said_of_a_word_that_is_left_out_is_said_of_nothing_else() -> None:
    lexicon = learned(*PLAIN, ("A great deal.", 5), ("A bad deal.", 1), times=8)
    assert found(lexicon, "I got a great deal with the sound.") == []
    assert found(lexicon, "The sound is great.") == [("sound", "great", 1.0)]


def items(*said: tuple[str, str, float], times: int = 8) -> Lexicon:
    """Learned from (item, text, stars), each by so many people."""
    frame = reviews(*((text, stars) for _, text, stars in said), times=times).frame
    frame["item"] = [item for item, _, _ in said for _ in range(times)]
    return learn_lexicon([type(reviews(("", 1.0)))(frame)], ExtractOptions(min_pair=1))


def test_product_types_are_told_from_qualities() -> None:
    said = [
        (f"{kind}{n}", f"{sentence}", stars)
        for kind, other in (("pedal", "guitar"), ("guitar", "pedal"))
        for n in range(4)
        for sentence, stars in (
            (f"This {kind} is great.", 5.0),
            (f"I love this {kind} and my old {other} too.", 5.0),
            ("The sound is great.", 5.0),
            ("The sound is awful.", 1.0),
            ("The price is fair, at this price it is great.", 4.0),
            (f"These {kind}s are awful.", 1.0),
        )
        if "old" not in sentence or n == 0
    ]
    lexicon = items(*said)
    kinds = {feature.name: feature.product for feature in lexicon.features}
    assert kinds == {"pedal": True, "guitar": True, "sound": False, "price": False} | {k: v for k, v in kinds.items() if " " in k}
    assert Lexicon.from_json(lexicon.to_json()).to_json() == lexicon.to_json()


def test_files_of_lexicons_that_know_no_products_are_read() -> None:
    content = learned(*PLAIN, times=8).to_json()
    del content["left_out"]
    for feature in content["features"]:
        del feature["product"]
    for part in ("generic", "aspects", "synonyms", "spellings", "participles", "definite", "indefinite"):
        del content["language"][part]
    old = Lexicon.from_json(content)
    assert not any(feature.product for feature in old.features)
    assert Extractor(old).mentions_of("The sound is great.")[0][:3] == ("sound", "great", 1.0)


def test_names_of_one_thing_by_the_table_and_by_their_letters() -> None:
    language = english()
    assert by_table(["price", "sound", "cost"], language) == [("price", "cost")]
    names = ["colour", "color", "battery life", "batterylife", "string", "sting", "case", "base", "hour", "for", "noise", "nose"]
    assert {frozenset(pair) for pair in by_letters(names, language)} == {
        frozenset({"color", "colour"}), frozenset({"battery life", "batterylife"}),
    }  # fmt: skip


SYNONYMS = [
    (f"The {name} is {how}.", stars)
    for name in ("price", "cost", "colour", "color", "battery life", "batterylife")
    for how, stars in (("great", 5), ("bad", 1))
]


def test_synonyms_are_merged_and_can_be_left_apart() -> None:
    features = vocabulary(*SYNONYMS)
    groups = {frozenset(forms) for forms in features.values()}
    assert {frozenset({"price", "cost"}), frozenset({"colour", "color"}), frozenset({"battery life", "batterylife"})} <= groups
    apart = vocabulary(*SYNONYMS, merge_synonyms=False)
    assert {"price", "cost", "colour", "color", "battery life", "batterylife"} <= apart.keys()
    own = vocabulary(*SYNONYMS, merge=(("cost", "hinge"),))
    assert set(own["cost"]) == {"cost", "hinge"}  # what a person merged is not merged any further
    assert "price" in own


# Company: what stands beside a microphone never stands beside a tuner.
COMPANY = {
    "microphone": ("condenser", "picks", "voice", "clearly", "vocal", "booth"),
    "string": ("nickel", "breaks", "pitch", "wound", "guitar", "tension"),
    "sting": ("bee", "hurts", "skin", "painful", "summer", "garden"),
    "fret": ("amp", "drives", "cabinet", "tubes", "loud", "stack"),
    "fretboard": ("angled", "holds", "pegs", "maple", "logo", "tuners"),
}


def said_of(word: str, company: tuple[str, ...]) -> list[tuple[str, str, float]]:
    return [
        (f"{company[0]}{n}", text, stars)
        for n in range(3)
        for beside in company
        for text, stars in ((f"The {word} for {beside} is great.", 5.0), (f"The {word} is awful.", 1.0))
    ]


def test_short_forms_are_merged_by_their_company_and_lookalikes_are_not() -> None:
    said = [entry for word, company in COMPANY.items() for entry in said_of(word, company)]
    said += said_of("mic", COMPANY["microphone"])
    forms = {form: feature.name for feature in items(*said).features for form in feature.forms}
    assert forms["mic"] == forms["microphone"]
    assert len({forms["string"], forms["sting"], forms["fret"], forms["fretboard"]}) == 4


def test_a_plural_is_taken_back_to_the_word_that_is_there() -> None:
    language = english()
    for plural, single in (
        ("movies", "movie"),
        ("boxes", "box"),
        ("batteries", "battery"),
        ("straps", "strap"),
        ("glasses", "glass"),
    ):
        assert singular(plural, language, {single}) == single
    assert singular("bass", language, {"bas"}) is None


def test_a_language_says_what_it_wants() -> None:
    assert Language.from_json({"opinions": {}, "generic": {"time": ["tag"]}, "synonyms": [["preis", "kosten"]]}).generic == {
        "time": frozenset({"tag"})
    }
