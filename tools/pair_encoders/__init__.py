"""Small encoders that read two texts together: run on onnxruntime, trained with torch, written in eight bits."""
