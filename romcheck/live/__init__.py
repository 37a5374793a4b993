"""The live check: the current state of the person, whether the picture is good enough, and the next instruction."""
