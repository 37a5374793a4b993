"""Checking romcheck against printed markers worn on head and chest."""
