"""What a stranger sees first: a service of its own on this machine, and officers who use it."""
