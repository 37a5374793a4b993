"""What a person looks at: tables, plots and the overlay video."""
