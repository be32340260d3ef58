"""The one store of passages: Milvus, embedded as a file or as a server."""
