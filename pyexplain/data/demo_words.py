"""Words of the made-up reviews: a shop for headphones, its features, and what people say of them."""

from __future__ import annotations

# feature -> (what is said when it is good, what is said when it is bad)
FEATURES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "sound": (("clear", "rich", "amazing", "crisp"), ("muddy", "thin", "awful", "harsh")),
    "battery": (("excellent", "reliable", "great"), ("weak", "poor", "unreliable")),
    "comfort": (("superb", "great", "wonderful"), ("poor", "terrible", "lousy")),
    "bass": (("deep", "powerful", "great"), ("weak", "boomy", "disappointing")),
    "price": (("fair", "great", "reasonable"), ("ridiculous", "steep", "unfair")),
    "case": (("sturdy", "nice", "handy"), ("flimsy", "cheap", "useless")),
    "cable": (("sturdy", "durable", "solid"), ("flimsy", "fragile", "bad")),
    "microphone": (("clear", "excellent", "great"), ("terrible", "noisy", "bad")),
    "noise cancelling": (("impressive", "excellent", "effective"), ("weak", "useless", "disappointing")),
    "ear pads": (("soft", "comfortable", "nice"), ("stiff", "sweaty", "uncomfortable")),
    "headband": (("comfortable", "sturdy", "soft"), ("tight", "uncomfortable", "flimsy")),
    "bluetooth": (("stable", "flawless", "reliable"), ("unstable", "unreliable", "terrible")),
    "controls": (("intuitive", "easy", "handy"), ("confusing", "awkward", "annoying")),
    "app": (("useful", "smooth", "nice"), ("buggy", "useless", "annoying")),
    "design": (("beautiful", "elegant", "stylish"), ("ugly", "boring", "clumsy")),
    "weight": (("perfect", "pleasant", "good"), ("annoying", "bad", "unpleasant")),
    "build quality": (("solid", "excellent", "impressive"), ("poor", "shoddy", "disappointing")),
    "charger": (("fast", "handy", "good"), ("slow", "useless", "defective")),
    "volume": (("great", "impressive", "good"), ("disappointing", "poor", "inadequate")),
    "treble": (("crisp", "clear", "lovely"), ("harsh", "shrill", "piercing")),
    "fit": (("perfect", "snug", "comfortable"), ("loose", "bad", "awkward")),
    "manual": (("helpful", "clear", "good"), ("useless", "confusing", "awful")),
    "packaging": (("nice", "elegant", "good"), ("wasteful", "cheap", "awful")),
    "customer service": (("friendly", "helpful", "excellent"), ("rude", "useless", "horrible")),
    "delivery": (("fast", "prompt", "great"), ("slow", "late", "horrible")),
    "latency": (("excellent", "impressive", "good"), ("horrible", "annoying", "bad")),
    "range": (("impressive", "excellent", "great"), ("poor", "disappointing", "terrible")),
    "color": (("lovely", "beautiful", "nice"), ("ugly", "dull", "boring")),
    "hinge": (("sturdy", "solid", "smooth"), ("fragile", "flimsy", "squeaky")),
    "buttons": (("responsive", "handy", "nice"), ("unresponsive", "awkward", "stiff")),
    "touch panel": (("responsive", "smooth", "intuitive"), ("unresponsive", "annoying", "clumsy")),
    "soundstage": (("wide", "impressive", "lovely"), ("narrow", "disappointing", "dull")),
    "voice assistant": (("useful", "helpful", "smooth"), ("useless", "annoying", "slow")),
    "warranty": (("generous", "great", "fair"), ("useless", "unfair", "terrible")),
    "adapter": (("handy", "useful", "solid"), ("defective", "useless", "flimsy")),
    "isolation": (("impressive", "excellent", "effective"), ("poor", "weak", "bad")),
    "equalizer": (("useful", "intuitive", "great"), ("confusing", "useless", "buggy")),
    "firmware": (("stable", "reliable", "smooth"), ("buggy", "unstable", "awful")),
    "wireless range": (("excellent", "great", "impressive"), ("poor", "terrible", "weak")),
    "travel pouch": (("handy", "nice", "sturdy"), ("cheap", "flimsy", "useless")),
    "stand": (("sturdy", "stable", "elegant"), ("wobbly", "unstable", "ugly")),
    "grille": (("sturdy", "elegant", "nice"), ("cheap", "fragile", "ugly")),
    "remote": (("handy", "responsive", "useful"), ("unresponsive", "useless", "awkward")),
    "display": (("sharp", "bright", "clear"), ("dim", "blurry", "useless")),
    "power button": (("responsive", "handy", "solid"), ("awkward", "stiff", "unresponsive")),
    "vocals": (("clear", "lovely", "rich"), ("muffled", "thin", "harsh")),
    "pairing": (("easy", "smooth", "quick"), ("frustrating", "slow", "confusing")),
    "portability": (("great", "excellent", "good"), ("poor", "bad", "terrible")),
}

PLURAL = frozenset({"ear pads", "controls", "buttons", "vocals"})

# {f} the feature, {o} an opinion word of the side that is meant, {is}, {was}, {seems} the verb that goes with the feature
PLAIN = (
    "The {f} {is} {o}.",
    "{O} {f}.",
    "I think the {f} {is} really {o}.",
    "I have to mention the {o} {f}.",
    "You get {a}{o} {f}.",
    "For me the {f} {was} very {o}.",
    "The {f} {seems} {o} to me.",
    "Also, the {f} {is} quite {o}.",
)
# {n} an opinion word of the other side: the sentence turns it round
NEGATED = ("The {f} {is} not {n} at all.", "The {f} {is}n't {n}.", "I would not call the {f} {n}.", "The {f} {was} never {n}.")
# two features; {g}, {p} and {is2} are the second, its opinion and its verb
BOTH = ("The {f} {is} {o} and the {g} {is2} {p}.", "{O} {f}, {p} {g}.", "The {f} {is} {o}, and I find the {g} {p} too.")
MIXED = (
    "The {f} {is} {o}, but the {g} {is2} {p}.",
    "{O} {f}, but the {g} {is2} {p}.",
    "Although the {f} {is} {o}, the {g} {is2} {p}.",
)
CHATTER = (
    "I bought this for my brother.",
    "It came on a Tuesday.",
    "I use it every day on the train.",
    "This is my second one.",
    "My old one broke after three years.",
    "We took it on a trip to the coast.",
    "I read many reviews before I ordered it.",
    "Time will tell.",
    "I listen for about two hours a day.",
    "My daughter borrowed it last week.",
)
# a feature is named, and nothing is said of it
NEUTRAL = (
    "I asked the seller about the {f}.",
    "Does anyone know more about the {f}?",
    "The box says something about the {f}.",
    "My brother wanted to know about the {f}.",
)
SUMMARIES = {1: "Sent it back", 2: "Expected more", 3: "It is okay", 4: "Happy with it", 5: "Would buy again"}
