"""kill -9 while measurements are saved: none is torn, none that was committed is lost."""

import os

import pytest
from killing import kill_while_saving


@pytest.mark.slow("eight times a process that saves is killed, and what it left is read")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a fork of this program")
def test_killed_while_saving(place):
    folder, url = place
    committed, found = kill_while_saving(folder, url or "", 8)
    assert found >= committed > 0
