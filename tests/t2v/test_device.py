"""Threads: as many as have a processor each."""

import os
from dataclasses import replace

import pytest
import torch

from t2v.__main__ import make_parser
from t2v.system.threads import ROUNDS_WITH_FEWER, Threads, crowding, fit_threads, one_thread, processors
from t2v.training.loop import train


@pytest.fixture(autouse=True)
def threads_as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_threads_keep_to_a_containers_quota(tmp_path):
    everything = processors()
    quota = tmp_path / "cpu.max"
    for written, cores in (("max 100000", everything), ("100000 100000", 1), ("50000 100000", 1)):
        quota.write_text(written)
        assert processors(quota) == cores
    fit_threads(quota)
    assert torch.get_num_threads() == 1


def test_a_busy_machine_is_told_of(monkeypatch):
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 9.0, 9.0))
    assert crowding() is None
    monkeypatch.setattr(os, "getloadavg", lambda: (processors() * 3.0, 0.0, 0.0))
    assert f"of {processors()} processors busy" in crowding()


def test_one_thread_works_alone_and_the_others_come_back():
    torch.set_num_threads(2)
    shown = one_thread()(torch.get_num_threads)()
    assert (shown, torch.get_num_threads()) == (1, 2)
    with pytest.raises(RuntimeError), one_thread():
        raise RuntimeError
    assert torch.get_num_threads() == 2


@pytest.fixture
def threads():
    """Three threads of a training on processors, and what is said of them."""
    torch.set_num_threads(3)
    lines = []
    return Threads(lines.append), lines


def adjusted(threads: Threads, *, processors_had: float) -> int:
    threads.clock_seconds, threads.processor_seconds = 4.0, 4.0 * processors_had
    threads.adjust()
    threads.clock_seconds = threads.processor_seconds = 0.0
    with threads:
        return torch.get_num_threads()


def test_threads_without_a_processor_rest_and_are_tried_again(threads):
    threads, lines = threads
    assert adjusted(threads, processors_had=2.9) == 3 and not lines
    assert adjusted(threads, processors_had=2.2) == 2
    assert lines == ["processors for 2.2 threads, other programs have the rest: on with 2"]
    assert adjusted(threads, processors_had=0.4) == 1
    rounds = [adjusted(threads, processors_had=1.0) for _ in range(ROUNDS_WITH_FEWER)]
    assert rounds == [1] * (ROUNDS_WITH_FEWER - 1) + [3]
    assert lines[-1] == "trying all 3 threads again"


def test_a_training_adapts_its_threads_only_when_told_to(tiny_config, tmp_path):
    assert train(replace(tiny_config, steps=1), tmp_path / "run", device="cpu", adapt_threads=True) == "finished"
    words = ["train", "--preset", "lesson", "--out", "run"]
    assert not make_parser().parse_args(words).adapt_threads
    assert make_parser().parse_args([*words, "--adapt-threads"]).adapt_threads


def test_outside_of_steps_the_number_of_threads_is_as_before(threads):
    threads, _ = threads
    adjusted(threads, processors_had=1.0)
    torch.set_num_threads(2)
    with threads:
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2


def test_time_between_steps_does_not_count():
    ticks = iter(range(0, 100, 10))
    threads = Threads(print, clock=lambda: next(ticks), processor_clock=lambda: 0.0, adjust_every_seconds=100.0)
    with threads:  # from 0 to 10
        pass
    next(ticks)
    with threads:  # from 30 to 40
        pass
    assert threads.clock_seconds == 20
