"""The keywords that the product knows, by language and family; accounts may put their own in the place of each. Pure.

STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE and OPTOUT are what 47 CFR 64.1200(a)(10) and the carriers (CTIA,
Short Code Monitoring Handbook) ask for; HELP and INFO likewise.
"""

from __future__ import annotations

from collections.abc import Mapping

STOP, START, HELP = "stop", "start", "help"
FAMILIES = (STOP, START, HELP)
Shipped = Mapping[str, Mapping[str, tuple[str, ...]]]

WORDS: Shipped = {
    "en": {
        STOP: (
            "STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "UNSUB", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT",
            "OPT OUT", "REMOVE",
        ),
        START: ("START", "YES", "UNSTOP", "SUBSCRIBE", "OPTIN", "OPT IN"),
        HELP: ("HELP", "INFO"),
    },
    "fr": {
        STOP: (
            "STOP", "ARRET", "ARRÊT", "ARRETER", "ARRÊTER", "ARRETEZ", "DESABONNER", "DÉSABONNER", "DÉSABONNEMENT",
            "DESINSCRIRE", "DÉSINSCRIRE", "DÉSINSCRIPTION", "STOP SMS", "STOP PUB", "ANNULER",
        ),
        START: ("OUI", "DÉMARRER", "REPRENDRE", "RÉABONNER", "INSCRIRE"),
        HELP: ("INFO", "AIDE", "AIDEZ MOI"),
    },
    "es": {
        STOP: (
            "STOP", "BAJA", "ALTO", "PARAR", "DETENER", "CANCELAR", "CANCELAR SUSCRIPCIÓN", "STOP MENSAJES", "ELIMINAR",
        ),
        START: ("SÍ", "ALTA", "INICIAR", "EMPEZAR", "SUSCRIBIR"),
        HELP: ("INFO", "AYUDA", "INFORMACIÓN"),
    },
    "de": {
        STOP: ("STOP", "STOPP", "ABMELDEN", "ABMELDUNG", "ABBESTELLEN", "AUSTRAGEN", "ENDE", "BEENDEN", "KÜNDIGEN"),
        START: ("JA", "STARTEN", "ANMELDEN"),
        HELP: ("INFO", "HILFE"),
    },
    "it": {
        STOP: ("STOP", "BASTA", "FERMA", "ANNULLA", "CANCELLA", "CANCELLAMI", "DISISCRIVI", "DISISCRIVIMI", "RIMUOVI"),
        START: ("SÌ", "INIZIA", "AVVIA", "ISCRIVI", "ISCRIVIMI"),
        HELP: ("INFO", "AIUTO", "INFORMAZIONI"),
    },
    "pt": {
        STOP: ("STOP", "PARAR", "PARE", "SAIR", "CANCELAR", "REMOVER", "DESCADASTRAR", "DESINSCREVER"),
        START: ("SIM", "INICIAR", "COMEÇAR", "INSCREVER"),
        HELP: ("INFO", "AJUDA", "INFORMAÇÃO"),
    },
    "nl": {
        STOP: (
            "STOP", "STOPPEN", "STOPZETTEN", "AFMELDEN", "AFMELDING", "UITSCHRIJVEN", "EINDE", "OPZEGGEN", "ANNULEREN",
        ),
        START: ("JA", "AANMELDEN", "BEGINNEN", "INSCHRIJVEN"),
        HELP: ("INFO", "HULP", "INFORMATIE"),
    },
    "ru": {
        STOP: (
            "STOP", "СТОП", "ОТПИСАТЬСЯ", "ОТПИСКА", "ОТПИШИТЕ", "ОТПИСАТЬ", "ОТМЕНА", "ОТМЕНИТЬ", "ОТКАЗ", "ОТКЛЮЧИТЬ",
        ),
        START: ("ДА", "СТАРТ", "НАЧАТЬ", "ПОДПИСАТЬСЯ", "ПОДПИСКА"),
        HELP: ("INFO", "ПОМОЩЬ", "СПРАВКА", "ИНФО"),
    },
}  # fmt: skip
LANGUAGES = tuple(WORDS)

# An answer to any question: it says something of consent where it stands alone, and only then.
YES = frozenset({"yes", "oui", "si", "ja", "sim", "да"})

# What people write around a keyword. Each is taken off both ends.
POLITE = (
    "please", "pls", "plz", "plse", "thank you", "thank u", "thank you very much", "thanks", "thanks a lot",
    "many thanks", "thx", "ty", "cheers", "hi", "hello", "hey", "dear", "sir", "madam", "ok", "okay", "now",
    "immediately", "kindly", "sorry", "regards", "kind regards",
    "s'il vous plait", "s il vous plait", "s'il te plait", "svp", "stp", "merci", "merci beaucoup", "merci d'avance",
    "bonjour", "bonsoir", "salut", "maintenant", "cordialement",
    "por favor", "gracias", "muchas gracias", "hola", "buenos dias", "buenas tardes", "ahora", "ya", "porfa",
    "bitte", "danke", "danke schon", "dankeschon", "vielen dank", "hallo", "guten tag", "jetzt", "sofort", "mfg",
    "per favore", "per piacere", "grazie", "grazie mille", "ciao", "buongiorno", "subito", "adesso", "cortesemente",
    "obrigado", "obrigada", "muito obrigado", "ola", "bom dia", "agora", "pf", "pfv",
    "alstublieft", "alsjeblieft", "aub", "ajb", "dank u", "dank u wel", "dank je", "dank je wel", "dankjewel",
    "bedankt", "goedendag", "nu", "graag",
    "пожалуиста", "спасибо", "большое спасибо", "здравствуите", "привет", "добрыи день", "сеичас", "прошу",
)  # fmt: skip
