"""The CUDA side on a machine with a GPU: right against the processor, and how fast. See docs/native.md."""
