"""What pasted bytes, digits and lines of a radio mean, field by field: pure text in, explanations out."""
