"""The ward's pages: they read the clock, call one action or selector, and show words."""
