"""Bytes and text <-> messages.  Pure: values in, values out."""
