"""Galleria: a plugin-based commerce framework for multi-store malls."""
