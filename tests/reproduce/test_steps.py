"""The time that is left, and the line that a finished run is told in."""

from pyexplain.reproduce.steps import Clock, Step, sentence


def test_the_rest_takes_what_the_same_methods_took() -> None:
    times = iter([0, 0, 10, 10, 14, 14, 26])
    clock = Clock(["slow", "fast", "slow", "other"], lambda: next(times))
    assert clock.left == 0
    clock.start()
    assert clock.stop("slow") == 10
    assert clock.left == 10 + 10 + 10, "nothing else is known of the others"
    clock.start()
    clock.stop("fast")
    assert clock.left == 10 + 7
    clock.start()
    clock.stop("slow", counts=False)
    assert clock.left == 7


def test_a_line_says_figures_time_and_failures() -> None:
    step = Step("CAR", 3, 2, 9, 61.04, 5400.0, {"ndcg@10": (0.2, 0.25), "mrr@10": (None, 0.1)})
    assert sentence(step) == "[2 of 9] CAR, seed 3: ndcg@10 0.2500 (paper 0.2000), mrr@10 0.1000; 61.0 s; about 1 h 30 min left"
    assert sentence(Step("CAR", 0, 9, 9, 0.0, 0.0)) == "[9 of 9] CAR, seed 0: kept from before"
    assert sentence(Step("CAR", 0, 1, 2, 3.0, 4.0, failure="no such thing")) == "[1 of 2] CAR, seed 0: failed: no such thing"
    assert sentence(Step("CAR", 0, 1, 2, 3.0, 300.0)).endswith("3.0 s; about 5 min left")
