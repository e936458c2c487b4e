"""The audio engine's process: the tick that joins the pure signal path with the audio ports."""
