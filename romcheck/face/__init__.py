"""From pictures to orientations: landmarks, lens, head and trunk as rigid bodies."""
