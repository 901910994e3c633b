"""What was heard, the sound itself, and a second pair of eyes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.page import listening
from pipeline.page.listening import Heard, Reviewer
from pipeline.page.worktime import WorkTime
from tests.page.worlds import Browser, store
from tests.review.worlds import interview

ONE = "/api/interviews/P03"


@pytest.fixture
def page(tmp_path: Path) -> Browser:
    store(tmp_path / "outputs")
    browser = Browser(tmp_path / "outputs")
    browser.open()
    return browser


@pytest.mark.parametrize(
    ("ranges", "result"),
    [
        ([], ()),
        ([(3, 4), (1, 2)], ((1, 2), (3, 4))),
        ([(1, 2), (2.2, 3)], ((1, 3),)),
        ([(1, 2), (2.3, 3)], ((1, 2), (2.3, 3))),
        ([(1, 9), (2, 3)], ((1, 9),)),
    ],
)
def test_stretches_that_touch_are_one(ranges: list[tuple[float, float]], result: tuple[object, ...]) -> None:
    assert listening.joined(ranges) == result


def test_only_what_is_a_stretch_of_the_recording_counts() -> None:
    nan, inf = float("nan"), float("inf")
    made = listening.within([(-5, 3), (4, 4), (6, 5), (nan, 1), (0, inf), (8, 99), (200, 300)], 10.0)
    assert made == [(0.0, 3), (8, 10.0)]


def test_silence_need_not_be_heard() -> None:
    document = interview()
    spoken = [(w.start or 0.0, w.end or 0.0) for w in document.words]
    assert listening.share(spoken, document) == 1.0
    assert listening.share([], document) == 0.0
    assert 0.3 < (listening.share([(0, (document.duration or 0) / 2)], document) or 0) < 0.7
    assert listening.share([(0, 9)], interview(typed=True)) is None


def test_what_was_played_is_kept_for_whoever_played_it(page: Browser) -> None:
    page.post(f"{ONE}/heard", {"ranges": [[0, 2]], "rate": 1})
    page.post("/api/session", {"who": "JL"})
    page.post(f"{ONE}/heard", {"ranges": [[2, 4], [50, 20]], "rate": 2})
    page.post("/api/session", {"who": "AB"})
    assert page.open()["heard"] == [[0.0, 2.0]]
    again = Browser(page.pages.outputs)
    again.post("/api/session", {"who": "JL"})
    assert again.open()["heard"] == [[0.0, 4.0]]
    assert 0 < again.view["heard_share"] < 1
    assert page.post(f"{ONE}/heard", {"ranges": [[0, 1]] * 1001, "rate": 1}, 400)["code"] == "invalid"


def test_time_away_is_no_work() -> None:
    now = [0.0]
    work = WorkTime(lambda: now[0])
    for now[0] in (0.0, 60.0, 100.0, 1000.0, 1010.0):
        work.seen("P03")
    assert (work.taken("P03"), work.taken("P03")) == (110.0, 0.0)


def test_a_damaged_list_is_named(page: Browser) -> None:
    (page.pages._open("P03").paths.private / "heard.json").write_text("{")
    answer = page.get(ONE, 409)
    assert (answer["code"], "heard" in answer["error"]) == ("input", True)


def test_the_sound_in_parts(page: Browser) -> None:
    whole = page.client.get(f"{ONE}/sound")
    assert (whole.status_code, whole.headers["content-type"], whole.headers["accept-ranges"]) == (
        200,
        "audio/wav",
        "bytes",
    )
    part = page.client.get(f"{ONE}/sound", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert page.client.get(f"{ONE}/sound", headers={"Range": "bytes=999999999-"}).status_code == 416


def test_the_wave_form(page: Browser) -> None:
    found = page.get(f"{ONE}/peaks")
    assert (found["per_second"], len(found["peaks"])) == (20, 600)
    assert 0.25 < max(found["peaks"]) < 0.35


def test_without_its_sound_everything_else_works(page: Browser) -> None:
    page.pages._open("P03").paths.audio.unlink()
    assert page.open()["has_audio"] is False
    for path in ("sound", "sound?copy=silenced", "sound?copy=x", "peaks"):
        assert page.get(f"{ONE}/{path}", 404)["code"] == "no_sound"
    page.edit({"kind": "swap_roles"})


def test_a_sample_is_drawn_by_chance_and_covers_the_share() -> None:
    document = interview().with_(recording=interview().recording.model_copy(update={"duration": 3600.0}))  # type: ignore[union-attr]
    sample = listening.draw(document, 0.1, "JL", 3, seed=1)
    assert sum(b - a for a, b in sample.stretches) == 360
    assert list(sample.stretches) == sorted(sample.stretches)
    assert sample.stretches != listening.draw(document, 0.1, "JL", 3, seed=2).stretches
    assert listening.draw(interview(), 0.01, "", 0).stretches


def test_how_far_a_second_listener_agrees(page: Browser) -> None:
    page.post("/api/session", {"who": "JL"})
    page.edit({"kind": "delete", "first": page.at("um"), "last": page.at("um")})
    assert page.get(f"{ONE}/agreement", 404)["code"] == "no_sample"
    drawn = page.post(f"{ONE}/sample", {"share": 1})["stretches"]
    assert drawn
    assert page.open()["stretches"] == drawn
    words = len(page.words())
    same = page.get(f"{ONE}/agreement")
    assert (same["words"], same["same"], same["word_agreement"], same["kappa"]) == (words, words, 1.0, 1.0)
    page.post("/api/session", {"who": "AB"})
    n = page.at("glad")
    page.edit({"kind": "text", "first": n, "last": n, "text": "sad"})
    page.edit({"kind": "reject", "span": page.span("Eye")})
    page.post(f"{ONE}/heard", {"ranges": [[0, 1000]], "rate": 1})
    other = page.get(f"{ONE}/agreement")
    assert (other["by"], other["listeners"], other["heard_share"]) == ("JL", ["AB"], 1.0)
    assert (other["same"], other["hidden"] - other["hidden_same"]) == (words - 1, 1)
    assert 0.5 < other["kappa"] < 1


def test_a_typed_transcript_has_no_second_listener(tmp_path: Path) -> None:
    store(tmp_path / "outputs", interview(typed=True))
    assert Browser(tmp_path / "outputs").post(f"{ONE}/sample", {"share": 0.1}, 409)["code"] == "no_sound"


def test_initials_given_later_count() -> None:
    heard = Heard(reviewers={"": Reviewer(ranges=((0, 1),)), "JL": Reviewer(ranges=((1, 2),), seconds=5)})
    assert heard.of("JL") == Reviewer(ranges=((0, 2),), seconds=5)
    assert heard.of("AB").ranges == ((0, 1),)
