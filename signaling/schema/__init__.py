"""The JSON Schema of the wire messages, generated and committed."""
