"""House two: the tutor, with courses, learners and their conversations."""
