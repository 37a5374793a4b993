"""A person in a video: landmarks, choice of the subject, image orientation, head and trunk, and their uncertainty."""
