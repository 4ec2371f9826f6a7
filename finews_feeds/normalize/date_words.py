"""The words that dates are written with: months, days of the week, fillers, names of time zones; folded, unaccented."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import timedelta

#: English, German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish, Russian, Ukrainian, Czech and
#: Turkish, with the cases that dates take.
_MONTHS = (
    "january januar janner janvier enero janeiro gennaio januari styczen stycznia январь января січень січня "
    "leden ledna ocak",
    "february februar feber fevrier febrero fevereiro febbraio februari luty lutego февраль февраля лютий "
    "лютого unor unora subat",
    "march märz maerz mars marzo março maart marzec marca март марта березень березня brezen brezna mart",
    "april avril abril aprile kwiecien kwietnia апрель апреля квітень квітня duben dubna nisan",
    "may mai mayo maio maggio mei maj maja май мая травень травня kveten kvetna mayis mayıs",
    "june juni juin junio junho giugno czerwiec czerwca июнь июня червень червня cerven cervna haziran",
    "july juli juillet julio julho luglio lipiec lipca июль июля липень липня cervenec cervence temmuz",
    "august août agosto augustus augusti sierpien sierpnia август августа серпень серпня srpen srpna agustos",
    "september septembre septiembre setiembre setembro settembre wrzesien wrzesnia сентябрь сентября вересень "
    "вересня zari eylul",
    "october oktober octobre octubre outubro ottobre pazdziernik pazdziernika октябрь октября жовтень жовтня "
    "rijen rijna ekim",
    "november novembre noviembre novembro listopad listopada ноябрь ноября листопад листопада kasim kasım",
    "december dezember decembre diciembre dezembro dicembre desember grudzien grudnia декабрь декабря грудень "
    "грудня prosinec prosince aralik aralık",
)
#: Finnish months may not be cut short: "mar" of marraskuu would be March.
_WHOLE_MONTHS = (
    "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesakuu heinakuu elokuu syyskuu lokakuu marraskuu joulukuu"
)
_WEEKDAYS = (
    "monday montag lundi lunes lunedi segunda maandag mandag poniedzialek понедельник понеділок pondeli "
    "maanantai pazartesi tuesday dienstag mardi martes martedi terca dinsdag tirsdag tisdag wtorek вторник "
    "вівторок utery tiistai sali wednesday mittwoch mercredi miercoles mercoledi quarta woensdag onsdag sroda "
    "среда середа streda keskiviikko carsamba thursday donnerstag jeudi jueves giovedi quinta donderdag "
    "torsdag czwartek четверг четвер ctvrtek torstai persembe friday freitag vendredi viernes venerdi sexta "
    "vrijdag fredag piatek пятница п'ятниця patek perjantai cuma saturday samstag sonnabend samedi sabado "
    "sabato zaterdag lordag lørdag sobota суббота субота lauantai cumartesi sunday sonntag dimanche domingo "
    "domenica zondag sondag søndag niedziela воскресенье неділя nedele sunnuntai pazar feira pn pt nd пн вт ср "
    "чт пт сб вс нд ct"
)
_FILLERS = (
    "a à as à às alle om um uhr at on of de del den der di le el il la klo kl v в о r г год года р року the "
    "and e d do h hrs uur st nd rd th er ta ora ore heures heure min published updated"
)
_ZONES = {
    "z ut utc gmt wet": 0,
    "bst cet mez wat west": 1,
    "cest mesz eet cat sast": 2,
    "eest msk trt eat": 3,
    "pkt": 5,
    "ict wib": 7,
    "awst hkt myt pht sgt": 8,
    "jst kst": 9,
    "acst": 9.5,
    "aest": 10,
    "acdt": 10.5,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "ndt": -2.5,
    "adt art brt": -3,
    "nst": -3.5,
    "edt": -4,
    "est cdt": -5,
    "cst mdt": -6,
    "mst pdt": -7,
    "pst akdt": -8,
    "akst": -9,
    "hst": -10,
}


def folded(text: str) -> str:
    """The text in the one spelling that the tables have: compatibility forms, case and accents folded away."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", plain)


def _words(names: str | Iterable[str]) -> list[str]:
    return [folded(name) for name in (names if isinstance(names, str) else " ".join(names)).split()]


def _months() -> dict[str, int]:
    """Every name, and of most every beginning of three letters or more that means one month and no other."""
    found: dict[str, set[int]] = {}
    for number, names in enumerate(_MONTHS, 1):
        for name in _words(names):
            for length in range(3, len(name)):
                found.setdefault(name[:length], set()).add(number)
    months = {name: min(numbers) for name, numbers in found.items() if len(numbers) == 1}
    for number, name in enumerate(_words(_WHOLE_MONTHS), 1):
        months |= {name: number, name + "ta": number}
    return months | {name: number for number, names in enumerate(_MONTHS, 1) for name in _words(names)}


MONTHS = _months()
#: The whole names and their beginnings of two letters or more.
WEEKDAYS = frozenset(name[:length] for name in _words(_WEEKDAYS) for length in range(2, len(name) + 1))
FILLERS = frozenset(_words(_FILLERS))
ZONES = {name: timedelta(hours=hours) for names, hours in _ZONES.items() for name in names.split()}
