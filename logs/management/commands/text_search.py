"""``manage.py text_search on|off|status``: the index behind the filter "words in the text"."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from logs import word_index


class Command(BaseCommand):
    help = (
        "Switches the word index of message texts on or off, or says how it stands. Without it inserts are about twice "
        "as fast, and a search for words reads all messages of its period."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("do", choices=["on", "off", "status"])

    def handle(self, *args: Any, do: str, **options: Any) -> None:
        if do == "on":
            for partition in word_index.switch_on():
                self.stdout.write(f"indexed {partition}")
        elif do == "off":
            word_index.switch_off()
        self.stdout.write(str(word_index.standing()))
