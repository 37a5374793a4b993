"""The web application: its pages, the camera, the server."""
