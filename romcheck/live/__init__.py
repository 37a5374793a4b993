"""The live check: what is known of the person now, whether the picture is good enough, and what to ask for next."""
