"""What smells of an opt-out though it holds no keyword: for the desk, where a person decides. Pure.

Rather too much than too little: what is put before a person in vain costs a click, what is not read costs a fine. Only
what everybody says without meaning it ("don't stop", "bus stop") is let pass.
"""

from __future__ import annotations

import re

# Beginnings of words, as folded.
STEMS = (
    "stop", "unsubscri", "unsub", "optout", "optedout", "revok", "desabonn", "desinscri", "abmeld", "abbestell",
    "austrag", "disiscri", "descadastr", "desinscrev", "afmeld", "uitschrijv", "стоп", "отпис", "отпиш", "спам",
    "рассылк", "spam", "harass", "lawyer", "attorney", "solicitor", "gdpr", "tcpa", "rgpd", "dsgvo", "avocat", "abogad",
    "anwalt", "advogad", "avvocat", "advocaat", "адвокат", "юрист", "роскомнадзор", "abmahnung",
)  # fmt: skip

# Words that follow one another; "*" is the rest of a word, "…" up to four words between.
PHRASES = (
    # English
    "opt out", "opt me out", "opting out", "remove me", "remove … number", "take me off", "take … off … list",
    "delete me", "delete … number", "lose … number", "leave me alone", "leave us alone", "go away", "get lost",
    "do not text*", "do not contact*", "do not message*", "do not send*", "dont text*", "dont contact*",
    "dont message*", "dont send*", "dont want … text*", "dont want … message*", "dont want these", "dont want this",
    "not text me", "not contact me", "no more", "no longer want", "not interested", "never text", "quit texting",
    "quit sending", "quit messaging", "cease", "enough", "wrong number", "wrong person", "block you", "blocking you",
    "report you", "reporting you", "reported", "sue you", "suing", "fuck", "fuck off", "piss off", "bugger off",
    "shut up", "tired of", "sick of", "annoying", "cancel … subscription", "cancel … text*", "cancel … message*",
    "end … text*", "end … message*", "who is this", "how did you get my number", "without my consent", "my consent",
    # French
    "nenvoyez plus", "n envoyez plus", "ne menvoyez", "ne m envoyez", "menvoyez plus", "m envoyez plus",
    "ne me contactez", "plus de sms", "plus de message*", "plus de pub*", "ne plus recevoir", "plus recevoir",
    "retirez moi", "retirer … numero", "supprimez … numero", "supprimez moi", "enlevez moi", "laissez moi",
    "foutez moi", "fichez moi", "arretez", "arreter", "arrete", "arret", "ca suffit", "porter plainte", "cnil",
    "mauvais numero", "je ne veux plus", "veux plus", "pas interesse*",
    # Spanish
    "no me envie*", "no envie*", "no me escriba*", "no me mande*", "no mande*", "no quiero", "no me interesa",
    "no mas", "dejen de", "deje de", "deja de", "dejar de", "dejenme en paz", "dejame en paz", "darme de baja",
    "dar de baja", "denme de baja", "dame de baja", "de baja", "borrenme", "borrar … numero", "eliminen … numero",
    "quitenme", "numero equivocado", "basta ya", "basta", "denuncia*",
    # German
    "keine sms", "keine nachricht*", "keine werbung", "keine weiteren", "nicht mehr schreiben", "nicht mehr schicken",
    "nicht mehr erhalten", "nicht mehr", "horen sie auf", "hor auf", "hort auf", "aufhoren", "lassen sie mich",
    "lasst mich", "lass mich in ruhe", "in ruhe", "loschen sie", "meine nummer loschen", "nummer loschen",
    "streichen sie", "kein interesse", "falsche nummer", "mich abmelden", "melden sie mich ab", "mich ab", "verklag*",
    "anzeige",
    # Italian
    "non inviate*", "non inviatemi", "non mandate*", "non mandatemi", "non scrivete*", "non scrivetemi",
    "non contattate*", "non contattatemi", "non voglio", "non sono interessat*", "niente piu", "non piu",
    "smettete", "smettetela", "smettila", "cancellate*", "cancellatemi", "rimuovete*", "rimuovetemi", "toglietemi",
    "lasciatemi in pace", "lasciami in pace", "numero sbagliato", "basta messaggi", "basta sms", "basta", "denuncer*",
    # Portuguese
    "nao envie*", "nao me envie*", "nao mande*", "nao me mande*", "nao quero", "nao me contate*", "nao me escreva*",
    "parem de", "pare de", "parar de", "deixem me", "deixe me em paz", "me deixe em paz", "me remova*", "remova*",
    "me tire*", "tirem … numero", "retire* … numero", "numero errado", "sem interesse", "chega", "me descadastre*",
    "nao tenho interesse",
    # Dutch
    "geen sms", "geen smsjes", "geen berichten", "geen reclame", "niet meer", "laat me met rust", "laat mij met rust",
    "met rust", "verwijder mij", "verwijder me", "verwijder … nummer", "schrijf mij uit", "schrijf me uit",
    "meld me af", "meld mij af", "hou op", "houd op", "ophouden", "geen interesse",
    "verkeerd nummer", "niet geinteresseerd",
    # Russian
    "не пишите", "не пиши", "не присылаите", "не присылать", "не шлите", "не отправляите", "не звоните",
    "не беспокоите", "не надо", "не хочу", "не нужно", "не интересует", "больше не", "хватит", "прекратите",
    "перестаньте", "отстаньте", "отвалите", "оставьте", "удалите", "уберите", "исключите", "жалоб*", "пожалуюсь",
    "в суд", "ошиблись номером", "не тот номер",
)  # fmt: skip

HARMLESS = (
    "dont stop", "never stop", "non stop", "nonstop", "bus stop", "tram stop", "next stop", "stop by", "stopped by",
    "stop at", "stopover", "pit stop", "cant stop", "one stop", "no more questions", "when do you stop",
    "what time do you stop", "not enough", "enough for", "good enough", "no problem", "basta mostrar", "basta con",
)  # fmt: skip
SIGNS = "🛑🚫⛔✋🖕"


def pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    spelled = sorted((spell(phrase) for phrase in phrases), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spelled)})(?!\w)")


def spell(phrase: str) -> str:
    joined = re.escape(phrase).replace(r"\*", r"\w*").replace(r"\ ", " ")
    return joined.replace(" … ", r"(?: \w+){0,4} ")


PHRASE = pattern(PHRASES + tuple(stem + "*" for stem in STEMS))
IDIOM = pattern(HARMLESS)


def smell(text: str, words: list[str]) -> str:
    """What in a text smells of an opt-out, '' where nothing does. ``words`` is the text as folded."""
    if not words:
        return next((sign for sign in SIGNS if sign in text), "")
    found = PHRASE.search(IDIOM.sub(" ", " ".join(words)))
    return found.group() if found else ""
