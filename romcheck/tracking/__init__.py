"""Tracking of a rigid body by its image features, and checks of the pictures it is seen in; independent of faces."""
