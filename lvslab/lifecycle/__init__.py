"""A lab's life: up, down, reset, and what can be said of it in between."""
