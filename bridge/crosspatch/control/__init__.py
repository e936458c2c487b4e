"""The control process: joins the pure heart with radios, engine, MQTT and the outside, and keeps the time."""
