"""A person in a video: landmarks, who is measured, which way up, head, trunk, and how sure all that is."""
