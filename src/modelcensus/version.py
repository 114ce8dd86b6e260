"""The version of the tool, part of every release's name."""

VERSION = "0.1.0"
