"""Database backends of Django in which those who want to write stand in line."""
