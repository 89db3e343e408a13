"""What jobs ask of the world, and what a kind of job offers."""
