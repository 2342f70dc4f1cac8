"""The command `tsuzuki`: people and scripts come in by the terminal."""
