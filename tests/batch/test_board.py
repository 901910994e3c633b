"""How a batch reports: bars, JSON lines, or errors only."""

from __future__ import annotations

import json

import pytest

from pipeline.batch.board import Bars, Lines, Quiet, Whole


def test_bars_and_messages_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    board = Bars()
    first, second = board.recording(), board.recording()
    for number, face in enumerate((first, second)):
        face.start(f"P0{number}", ["ingest", "diarise"])
        face.stage("ingest")
        face.update(0.5, "half")
    board.whole(Whole(1, 1, 2, 3, 5400.0))
    first.finish()
    second.message("[bold] is no style of ours", "warning")
    board.whole(Whole(2, 1, 1, 3, None))
    board.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert "[bold] is no style of ours" in err


def test_the_bar_of_the_whole_says_what_is_left() -> None:
    board = Bars()
    board.whole(Whole(1, 1, 2, 3, 5400.0))
    (task,) = board._inner._bar.tasks
    assert (task.completed, task.total) == (2, 7)
    assert task.fields["detail"] == "1 of 7 done, 1 failed, about 1 h 30 min left"
    board.whole(Whole(7, 0, 0, 0, None))
    assert task.fields["detail"] == "7 of 7 done"
    assert task.completed == 7
    board.finish()
    assert board._inner._bar.tasks == []


def test_json_lines_are_written_when_a_number_changes(capsys: pytest.CaptureFixture[str]) -> None:
    board = Lines()
    for left in (None, 60.4, 59.0):
        board.whole(Whole(0, 0, 1, 1, left))
    board.whole(Whole(1, 0, 1, 0, 30.2))
    events = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(e["event"], e["done"], e["waiting"], e["seconds_left"]) for e in events] == [
        ("batch", 0, 1, None), ("batch", 1, 0, 30),
    ]  # fmt: skip


def test_two_recordings_do_not_mix_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    board = Lines()
    first, second = board.recording(), board.recording()
    first.start("P01", ["ingest"])
    second.start("P02", ["ingest"])
    first.stage("ingest")
    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (last["recording"], last["stage"]) == ("P01", "ingest")


def test_quiet_says_errors_only(capsys: pytest.CaptureFixture[str]) -> None:
    board = Quiet()
    board.whole(Whole(1, 0, 1, 0, None))
    board.recording().start("P01", ["ingest"])
    board.message("so far so good")
    board.message("that went wrong", "error")
    board.finish()
    assert capsys.readouterr().err == "that went wrong\n"
