"""The measurements: `make bench` prints figures and asserts nothing about the clock."""
