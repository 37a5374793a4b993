"""Following a rigid body by its image features, and watching the pictures it is seen in; no face is known here."""
