"""What the model is told, one file a step."""

from graph.prompts.loader import load_messages, load_prompt, prompt_hashes

__all__ = ["load_messages", "load_prompt", "prompt_hashes"]
