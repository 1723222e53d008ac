"""What is answered to a keyword, in the language of whoever wrote it. Pure.

``{name}`` is the name that people know the account by. Each fits one segment with a name of 20 letters, and says what
carriers ask for: who writes, that no more comes, how to get help or out again (CTIA, Short Code Monitoring Handbook).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

STOPPED, STARTED, HELP = "stopped", "started", "help"  # ConsentText.Kind
NAME = "{name}"
FALLBACK = "en"
Texts = Mapping[tuple[str, str], str]  # (language, kind): text

SHIPPED: Mapping[str, Mapping[str, str]] = {
    "en": {
        STOPPED: "{name}: you are unsubscribed and will get no more messages. Reply START to resubscribe.",
        STARTED: "{name}: you are subscribed. Reply HELP for help, STOP to unsubscribe.",
        HELP: "{name}: reply STOP to get no more messages, START to get them again.",
    },
    "fr": {
        STOPPED: "{name}: désabonnement confirmé, plus de message de notre part. Répondez DÉMARRER pour revenir.",
        STARTED: "{name}: abonnement confirmé. Répondez AIDE pour de l'aide, STOP pour vous désabonner.",
        HELP: "{name}: répondez STOP pour ne plus recevoir de messages, DÉMARRER pour en recevoir à nouveau.",
    },
    "es": {
        STOPPED: "{name}: baja confirmada, no le enviaremos nada nuevo. Responda ALTA para volver a recibir mensajes.",
        STARTED: "{name}: alta confirmada. Responda AYUDA para obtener ayuda, BAJA para darse de baja.",
        HELP: "{name}: responda BAJA para dejar de recibir mensajes, ALTA para volver a recibirlos.",
    },
    "de": {
        STOPPED: "{name}: Sie sind abgemeldet und erhalten keine Nachrichten mehr. Mit START wieder anmelden.",
        STARTED: "{name}: Sie sind angemeldet. Antworten Sie HILFE für Hilfe, STOP zum Abmelden.",
        HELP: "{name}: antworten Sie STOP, um keine Nachrichten mehr zu erhalten, START, um sie wieder zu erhalten.",
    },
    "it": {
        STOPPED: "{name}: iscrizione annullata, non riceverai altri messaggi. Rispondi START per iscriverti di nuovo.",
        STARTED: "{name}: iscrizione confermata. Rispondi AIUTO per assistenza, STOP per annullare l'iscrizione.",
        HELP: "{name}: rispondi STOP per non ricevere altri messaggi, START per riceverli di nuovo.",
    },
    "pt": {
        STOPPED: "{name}: cancelamento confirmado, nada mais enviaremos. Responda INICIAR para voltar a receber.",
        STARTED: "{name}: registo confirmado. Responda AJUDA para ajuda, SAIR para cancelar.",
        HELP: "{name}: responda SAIR para deixar de receber mensagens, INICIAR para voltar a receber.",
    },
    "nl": {
        STOPPED: "{name}: u bent afgemeld en ontvangt geen berichten meer. Antwoord START om ze weer te ontvangen.",
        STARTED: "{name}: u bent aangemeld. Antwoord HULP voor hulp, STOP om u af te melden.",
        HELP: "{name}: antwoord STOP om geen berichten meer te ontvangen, START om ze weer te ontvangen.",
    },
    "ru": {
        STOPPED: "{name}: вы отписаны. Вернуться - ответьте СТАРТ",
        STARTED: "{name}: вы подписаны. ПОМОЩЬ - справка, СТОП - отписка",
        HELP: "{name}: СТОП - отписаться, СТАРТ - подписаться снова",
    },
}


def language_of(member: str, keyword: Sequence[str], account: str, own: Texts) -> str:
    """The person's language; else that of the keyword, where it is of one language only; else the account's."""
    spoken = {language for language, _kind in own} | SHIPPED.keys()
    wished = [member, *(keyword if len(keyword) == 1 else ()), account]
    for tag in wished:
        for language in (tag, tag.partition("-")[0].lower()):
            if language in spoken:
                return language
    return FALLBACK


def text_of(kind: str, language: str, *, name: str, own: Texts) -> str:
    """The account's own text, else the shipped one; English where there is none in that language."""
    shipped = SHIPPED.get(language, SHIPPED[FALLBACK])
    return (own.get((language, kind)) or shipped[kind]).replace(NAME, name)
