"""When the landmarks are looked for."""

from __future__ import annotations

import random
import threading
import time

from romcheck.person.attention import Attention
from romcheck.person.settings import PERSON

ATTENTION = PERSON.attention
AGO = ATTENTION.pictures_ago
SURE = [False] * 10 + [True] * 40 + [False] * 3 + [True] * 40


def looked_at(sure: list[bool]) -> list[int]:
    attention, looked = Attention(), []
    for picture, surely in enumerate(sure):
        if attention.wanted(picture, picture / 30):
            looked.append(picture)
        attention.followed(surely)
    return looked


def test_every_picture_is_looked_at_until_the_head_is_surely_followed() -> None:
    assert looked_at([False] * 30) == list(range(30))


def test_a_head_that_is_surely_followed_is_looked_at_a_few_times_a_second() -> None:
    looked = looked_at([True] * 300)
    assert looked[:AGO] == list(range(AGO))
    assert 3 <= (len(looked) - AGO) / (300 / 30) <= 5


def test_doubt_is_acted_on_so_many_pictures_later() -> None:
    looked = looked_at(SURE)
    assert {50 + AGO, 51 + AGO, 52 + AGO} <= set(looked)


def test_how_fast_either_side_works_decides_nothing() -> None:
    def beside_each_other(seed: int) -> list[int]:
        pauses = random.Random(seed)
        attention, looked = Attention(), []
        found = threading.Semaphore(0)

        def look() -> None:
            for picture in range(len(SURE)):
                if pauses.random() < 0.2:
                    time.sleep(0.001)
                if attention.wanted(picture, picture / 30):
                    looked.append(picture)
                found.release()

        looking = threading.Thread(target=look)
        looking.start()
        for surely in SURE:
            found.acquire()
            attention.followed(surely)
        looking.join()
        return looked

    assert beside_each_other(1) == beside_each_other(2) == looked_at(SURE)


def test_nobody_waits_for_a_following_that_has_ended() -> None:
    attention, answers = Attention(), []
    looking = threading.Thread(target=lambda: answers.append(attention.wanted(AGO, 1.0)))
    looking.start()
    attention.end()
    looking.join()
    assert answers == [False]
