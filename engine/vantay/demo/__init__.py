"""What a stranger sees first: a synthetic population, three applicants, and answers in words."""
