"""The language of a text is named where it is plain, and left open where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askcorpus.ingest import LANGUAGES, language_of
from askcorpus.ingest.languages import LEAST_CHARACTERS

ONCE = {
    "de": (
        "Die alte Steinbrücke über die Lin wird am dritten März für den Verkehr geschlossen. Jeden "
        "Tag gehen ungefähr viertausend Menschen darüber, und viele von ihnen werden künftig die "
        "Fähre nehmen müssen. Die Bürgermeisterin sagte am Donnerstag vor dem Rat, dass man viel "
        "zu lange gewartet habe und dass die Arbeiten mindestens ein Jahr dauern würden."
    ),
    "en": (
        "The old stone bridge over the Lin will be closed to traffic on the third of March. About "
        "four thousand people cross it every day, and many of them will have to take the ferry "
        "from then on. The mayor told the council on Thursday that they had waited far too long, "
        "and that the work would take at least a year."
    ),
    "fr": (
        "Le vieux pont de pierre sur la Lin sera fermé à la circulation le trois mars prochain. "
        "Environ quatre mille personnes le traversent chaque jour, et beaucoup d'entre elles "
        "devront désormais prendre le bac. La maire a déclaré jeudi devant le conseil que l'on "
        "avait attendu beaucoup trop longtemps et que les travaux dureraient au moins un an."
    ),
    "ru": (
        "Старый каменный мост через Лин будет закрыт для движения третьего марта. Каждый день по "
        "нему проходят около четырёх тысяч человек, и многим из них теперь придётся пользоваться "
        "паромом. Мэр заявила в четверг на заседании совета, что они ждали слишком долго и что "
        "работы займут не меньше года, а возможно, и значительно больше времени."
    ),
}
TEXTS = {code: f"{text} {text}" for code, text in ONCE.items()}


@pytest.mark.parametrize("code", TEXTS)
def test_a_plain_language_is_named(code):
    """By its code, which has an English name, however long the text goes on."""
    assert language_of(TEXTS[code]) == language_of(TEXTS[code] * 10) == code
    assert code in LANGUAGES


def test_little_text_and_a_mixture_are_left_open():
    """A headline tells nothing, and of two languages in turn neither is the article's."""
    assert language_of(TEXTS["en"][: LEAST_CHARACTERS - 1]) is None
    mixed = " ".join(
        f"{a} {b}" for a, b in zip(TEXTS["de"].split(), TEXTS["fr"].split(), strict=False)
    )
    assert language_of(mixed) is None


@given(st.text(min_size=LEAST_CHARACTERS))
def test_no_text_is_too_odd(text):
    """Whatever the characters, a language with a name or none comes back."""
    assert language_of(text) in {None, *LANGUAGES}
