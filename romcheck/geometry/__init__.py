"""Cameras, rigid poses and rotations: geometry without pictures or people."""
