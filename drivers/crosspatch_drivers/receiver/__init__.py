"""Satellite receivers: NMEA 0183 on a serial port, and gpsd; where the box itself is."""
