"""How far a file is, told by the thread that writes it and read by the one that reports it."""

from dataclasses import dataclass


class LostExport(Exception):
    """Somebody canceled it, or another worker has it."""


@dataclass(slots=True)
class Progress:
    rows: int = 0
    bytes: int = 0
    is_lost: bool = False

    def at(self, rows: int, size: int) -> None:
        """Raises LostExport."""
        self.rows, self.bytes = rows, size
        if self.is_lost:
            raise LostExport
