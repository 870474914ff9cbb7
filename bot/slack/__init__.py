"""Slack: one surface, which only translates between Slack and the neutral talk."""
