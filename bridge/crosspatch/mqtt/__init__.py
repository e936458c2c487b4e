"""MQTT: what comes in and goes out (pure), the connection that comes back by itself, the embedded broker."""
