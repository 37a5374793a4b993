"""Cameras, rigid poses and rotations: the geometry that knows neither pictures nor people."""
