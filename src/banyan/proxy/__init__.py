"""House one: the OpenAI-compatible gateway, with models, embeddings and the indexed collections."""
