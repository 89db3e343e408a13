"""Ways to reach people: web hooks and e-mail."""
