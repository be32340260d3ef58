"""Embedders: text to unit vectors, by a local model or an endpoint; `opening.open_embedder` picks one."""
