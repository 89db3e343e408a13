"""One vector store per file."""
