"""LangGraph's checkpoints, of whole steps and in time: in one SQLite file, or in Postgres for several machines."""
