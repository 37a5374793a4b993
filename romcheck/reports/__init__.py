"""Output for people: tables, plots and the overlay video."""
