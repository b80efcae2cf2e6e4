"""Turns → a stand-alone question → `Corpus.ask`. Rules, no language model.

A follow-up is completed from the turns before in four ways, tried in this order:

- a bare question word ("And when?", "Why?", "How many?") is put before the rest of the last
  question: "Where did Tillerson speak?" → "When did Tillerson speak?";
- a bare new topic ("What about 2014?", "and the troops?", "And in Syria?") takes the place of
  its like in the last question;
- a pronoun ("he", "her", "it", "their", "there") is replaced by what was last spoken of and may
  be meant: a person for "he", something else for "it", several for "they";
- "that" after a verb of saying is replaced by the last answer, in quotation marks.

A question that stands alone is never changed: a pronoun whose antecedent may be in the question
itself stays, and so does one for which nothing fits.

Limits. There is no knowledge of the world: "he" takes the last thing named that is not known to
be something else, whether man or woman. Names are told by their capitals, so a conversation all
in small letters is hardly rewritten. Only the last three turns are looked at. "The former",
"the other one", "the second" and ellipsis beyond a question word are not understood. Verbs are
brought to their base form by rule and a short list, so a rewritten question may sound stiff.
The rewritten question is always shown, so that a wrong guess can be seen. English only.

May import: corpus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Unpack

from askcorpus.types import Answer, Narrowing

MEMORY = 3
"""Turns looked back at: what was named earlier is no longer what a pronoun means."""

LONGEST_ANSWER = 12
"""Words of an answer that may be put into a question; longer ones drown its other words."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation and its answer.

    Attributes:
        question: As it was typed.
        asked: The stand-alone question that was answered.
        rewritten: True when `asked` is not what was typed.
    """

    question: str
    asked: str
    rewritten: bool
    answer: Answer


class _Asks(Protocol):
    def ask(
        self,
        question: str,
        k: int | None = None,
        **narrowing: Unpack[Narrowing],
    ) -> Answer: ...


class Conversation:
    """Questions and answers in order; each question may lean on the ones before."""

    def __init__(self, corpus: _Asks, turns: Iterable[Turn] = ()) -> None:
        """Take up a conversation over a corpus, from its start or after some turns."""
        self._corpus = corpus
        self._turns = list(turns)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns so far, oldest first."""
        return tuple(self._turns)

    def ask(
        self,
        question: str,
        k: int | None = None,
        **narrowing: Unpack[Narrowing],
    ) -> Turn:
        """Answer a question, completed from the turns before where it needs them.

        Args:
            question: As typed; it may lean on the turns before.
            k: Passages read.
            **narrowing: Which articles are read; see `Filters`.

        Raises:
            UsageError: The question or a filter makes no sense; no turn is added.
        """
        asked = stand_alone(question, self._turns)
        answer = self._corpus.ask(asked, k, **narrowing)
        turn = Turn(question, asked, rewritten=asked != question, answer=answer)
        self._turns.append(turn)
        return turn


def stand_alone(question: str, turns: Sequence[Turn]) -> str:
    """Complete a follow-up question from the turns before; other questions come back as typed."""
    if not turns:
        return question
    text = " ".join(question.split())
    changed = (
        _with_question_word(text, turns[-1])
        or _with_topic(text, turns[-1])
        or _with_antecedents(text, turns[-MEMORY:])
    )
    return changed or question


# --- words ------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BE = _words("is are was were am")
_DO = _words("do does did")
_AUXILIARIES = _BE | _DO | _words("has have had can could will would shall should may might must")
_PREPOSITIONS = _words(
    "about above across after against along among around at before behind between by during for"
    " from in into near of off on onto over since through to toward towards under until up upon"
    " with within without"
)
_DETERMINERS = _words("the a an this that these those his her its their my your our")
_SAY = _words(
    "say says said tell tells told claim claims claimed state states stated announce announced"
    " argue argued warn warned demand demanded"
)
_SPEAKING = _SAY | _words(
    "think thinks thought want wants wanted plan plans planned promise promised believe believes"
    " believed hope hopes hoped visit visited meet met marry married resign resigned die died"
)
_GROUP_WORDS = _words(
    "group groups party militia militias army armies force forces league company university"
    " ministry council committee agency press coalition government parliament movement"
    " organization organisation front brigade brigades units"
)
_TITLES = _words(
    "mr mrs ms miss dr sir sheikh ayatollah president minister secretary general king queen"
    " prince princess senator judge pope lord lady colonel captain ambassador commander"
)
_PLURALS = _words("people men women children police troops")
_IRREGULAR = dict(
    pair.split(":")
    for pair in _words(
        "became:become began:begin broke:break brought:bring built:build bought:buy caught:catch"
        " chose:choose came:come drove:drive fell:fall fought:fight found:find flew:fly"
        " gave:give went:go grew:grow heard:hear held:hold kept:keep knew:know led:lead"
        " left:leave lost:lose made:make meant:mean met:meet paid:pay ran:run said:say saw:see"
        " sold:sell sent:send shot:shoot spoke:speak spent:spend stood:stand took:take"
        " taught:teach told:tell thought:think threw:throw understood:understand won:win"
        " wrote:write has:have had:have hit:hit put:put cut:cut set:set quit:quit"
    )
)
# The commonest verbs a plain "the + noun" must not swallow.
_VERBS = _words(
    "take takes happen happens begin begins end ends start starts lead leads say says want wants"
    " fight fights cost costs leave leaves come comes go goes make makes mean means be been being"
    " do done have had get gets give gives win wins lose loses call calls live lives work works"
) | frozenset(_IRREGULAR)

_NAME_PART = r"(?:(?:al|el|ad|as|ar|an|at|ash|bin|ben|ibn|abu|de|da|di|del|van|von|der)[- ]){0,2}"
_CAPITAL = rf"{_NAME_PART}[^\W\d_a-z][\w'’.&-]*\w|{_NAME_PART}[^\W\d_a-z]"
_NAME = re.compile(rf"(?<![\w'’-])(?:{_CAPITAL})(?:(?: | of | of the | and the )(?:{_CAPITAL}))*")
_QUOTED = re.compile(r"[“\"][^”\"]+[”\"]|‘[^’]+’(?!\w)")
_WH = _words("who whom whose what which when where why how")

Kind = Literal["person", "place", "thing", "plural", "unknown"]


@dataclass(frozen=True, slots=True)
class _Entity:
    """Something that was spoken of, and what it may be."""

    text: str
    kind: Kind


# --- the last question, taken apart -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    """A question in parts: `How many` + `US troops` + `are` + `in Iraq`.

    Attributes:
        word: The question word, `how many` and the like included, in small letters.
        noun: What is counted or chosen (`US troops`); empty for plain question words.
        auxiliary: Empty when the question word is the subject of a full verb.
        rest: What follows, without the question mark.
    """

    word: str
    noun: str
    auxiliary: str
    rest: str


_WORD = re.compile(
    r"(?:and |but |so |then )?"
    r"((?:(?:in|at|on|since|from|to|by|for|with|until|of) )?"
    r"(?:how (?:many|much|long|old|often|far|big|large|tall|soon)|who else|what else|who|whom"
    r"|whose|what|which|when|where|why|how))\b ?",
    re.IGNORECASE,
)
_COUNTING = ("how many", "how much", "what", "which", "whose")


def _shape(question: str) -> _Shape | None:
    """Take a question apart; None if it does not begin with a question word."""
    match = _WORD.match(question)
    if match is None:
        return None
    word = match[1].lower()
    tokens = question[match.end() :].rstrip(" ?!.").split()
    noun: list[str] = []
    if word.endswith(_COUNTING):
        noun = _counted(tokens)
    tokens = tokens[len(noun) :]
    auxiliary = tokens[0].lower() if tokens and tokens[0].lower() in _AUXILIARIES else ""
    rest = " ".join(tokens[1:] if auxiliary else tokens)
    return _Shape(word, " ".join(noun), auxiliary, rest)


def _counted(tokens: Sequence[str]) -> list[str]:
    """Give the words before the auxiliary or the first word that looks like a verb."""
    for place, token in enumerate(tokens[:5]):
        low = token.lower()
        if low in _AUXILIARIES or (place and (_is_verb(low) or low in _PREPOSITIONS)):
            return list(tokens[:place])
        if not place and _is_verb(low):
            return []
    return list(tokens[:1])


def _is_verb(word: str) -> bool:
    return word in _VERBS or word in _SPEAKING or (word.endswith("ed") and len(word) > 4)


# Ends of stems that had an `e` before `-ed`: invad-, accus-, charg-, rul-, nam-, fir-.
_LOST_E = re.compile(
    r"(?:at|[^s]s|[aeiourn]c|z|v|u|[lrd]g|[ai]ng|[^aeiou][aiu]r|[^aeiou][aiou]d|[bcdfgkpt]l"
    r"|[^aeiou][ai][mkp]|[^aeiou]ul)$"
)
# Ends that the third person lengthens or replaces.
_THIRD_PERSON = (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"))


def _base(verb: str) -> tuple[str, str]:
    """Give the auxiliary and base form of a finite verb: `led` → `did`, `lead`."""
    if verb in _IRREGULAR:
        return ("does" if verb == "has" else "did"), _IRREGULAR[verb]
    if verb.endswith("ed"):
        return "did", _base_of_past(verb[:-2])
    for ending, base in _THIRD_PERSON:
        if verb.endswith(ending):
            return "does", verb.removesuffix(ending) + base
    if verb.endswith("s") and not verb.endswith("ss"):
        return "does", verb[:-1]
    return "do", verb


def _base_of_past(stem: str) -> str:
    """Give the base form of a regular past without its `-ed`."""
    if stem.endswith("i"):
        return stem[:-1] + "y"
    if len(stem) > 2 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    return stem + "e" if _LOST_E.search(stem) else stem


# --- "And when?" ------------------------------------------------------------------------------

_BARE = re.compile(
    r"(?:(?:and|but|so|ok|okay|then)[, ]+)?"
    r"((?:(?:in|at|on|since|from|to|by|for|with|until|of) )?"
    r"(?:(?:how many|how much|what|which|whose) (?!else)[a-z]+"
    r"|how (?:many|much|long|old|often|far|big|large"
    r"|tall|soon)|who else|what else|where else|who|whom|what|which|when|where|why|how))"
    r"(?: exactly| then| (?:did|does|do|will) (?:that|this|it) (?:happen|occur|take place)"
    r"| (?:is|was) (?:that|this))?"
    r"\s*[?!.]*",
    re.IGNORECASE,
)
_NOT_BARE = re.compile(
    r"(?:what|which|who) (?:happened|changed|matters|remains|now|next)\b", re.IGNORECASE
)


def _with_question_word(text: str, last: Turn) -> str | None:
    """Put a bare question word before the rest of the last question."""
    match = _BARE.fullmatch(text)
    if match is None or _NOT_BARE.match(match[1]):
        return None
    shape = _shape(last.asked)
    if shape is None:
        return None
    word = " ".join(match[1].split())
    if word.lower() == shape.word and not shape.noun:
        return None
    return _capital(f"{_ask_again(word, shape, last.answer)}?")


def _ask_again(word: str, shape: _Shape, answer: Answer) -> str:
    """Give the last question with another question word, without its mark."""
    person = _subject(shape, answer)
    if word.lower() in {"how old", "how tall"} and person:
        return f"{word} is {person}"
    if word.lower() in {"how many", "how much"}:
        return _ask_count(word, shape)
    if word.lower().endswith(" else"):
        return _joined(word, shape.noun, shape.auxiliary, shape.rest)
    if not shape.auxiliary:
        return _ask_of_verb(word, shape, answer)
    again = _ask_of_action if shape.auxiliary in _DO else _ask_of_state
    return again(word, shape, answer)


def _ask_count(word: str, shape: _Shape) -> str:
    """Move the last plural noun of the question behind `How many`."""
    if shape.noun:
        return _joined(word, shape.noun, shape.auxiliary, shape.rest)
    found = [noun for noun in _plurals(shape.rest) if noun]
    if not found:
        return _joined(word, shape.auxiliary, shape.rest)
    noun = found[0] if shape.rest.startswith(found[0]) else found[-1]
    rest = " ".join(shape.rest.replace(noun, "", 1).split())
    rest = re.sub(r"^(?:the|these|those)\b ?|(?: the| these| those)$", "", rest)
    if not rest and shape.auxiliary in _BE:
        rest = "there"
    return _joined(word, noun, shape.auxiliary, rest)


def _ask_of_verb(word: str, shape: _Shape, answer: Answer) -> str:
    """`Who visited Iraq` → `When did Trump visit Iraq`, with the answer as subject."""
    verb, _, rest = shape.rest.partition(" ")
    auxiliary, base = _base(verb.lower())
    subject = shape.noun or _short_answer(answer) or "anyone"
    if word.lower() in {"who", "what"}:
        return _joined(word, shape.rest)
    return _joined(word, auxiliary, subject, base, rest)


def _ask_of_action(word: str, shape: _Shape, answer: Answer) -> str:
    """`What does he want` → `Why does he want US troops to leave`: the gap takes the answer."""
    rest = shape.rest
    if shape.noun:
        return _joined(word, shape.auxiliary, rest, shape.noun)
    if shape.word in {"what", "who", "whom"} and word.lower() not in {"who", "what"}:
        rest = _fill(rest, answer)
    return _joined(word, shape.auxiliary, rest)


def _fill(rest: str, answer: Answer) -> str:
    """Put the answer, or `this`, where the asked-for object of a verb is missing."""
    tokens = rest.split()
    for place, token in enumerate(tokens):
        following = tokens[place + 1 : place + 2]
        if token in _SAY and (not following or following[0] in _PREPOSITIONS):
            return " ".join([*tokens[: place + 1], "this", *tokens[place + 1 :]])
    open_end = bool(tokens) and not any(token in _PREPOSITIONS for token in tokens)
    return _joined(rest, _short_answer(answer) if open_end else "")


def _ask_of_state(word: str, shape: _Shape, answer: Answer) -> str:
    """Ask again after `is`, `will`, `has`: the subject is the answer, the noun or in the rest."""
    if _begins_with_subject(shape):
        return _joined(word, shape.auxiliary, shape.rest)
    if word.lower() in {"who", "what"}:
        return _joined(word, shape.auxiliary, shape.rest)
    subject = shape.noun or _short_answer(answer) or "anyone"
    return _joined(word, shape.auxiliary, subject, shape.rest)


def _begins_with_subject(shape: _Shape) -> bool:
    """Say whether the rest names the subject: `Where was she born`, not `Who was killed`."""
    if shape.word in {"when", "where", "why", "how"} or shape.word.startswith(("how l", "how o")):
        return True
    if shape.noun:
        return False
    first = shape.rest.split(" ", 1)[0]
    if shape.auxiliary in _BE:
        return bool(_NAME.fullmatch(shape.rest))
    return first.lower() in _DETERMINERS or bool(_NAME.match(first))


def _subject(shape: _Shape, answer: Answer) -> str:
    """Give the person a question is about: its name, or its answer."""
    names = _NAME.findall(shape.rest)
    if shape.word in {"who", "whom"} and not (
        shape.auxiliary in _BE and _NAME.fullmatch(shape.rest)
    ):
        return _name_in_answer(answer)
    return names[0] if names else _name_in_answer(answer)


def _name_in_answer(answer: Answer) -> str:
    text = _short_answer(answer)
    return text if text and _NAME.fullmatch(text) else ""


def _short_answer(answer: Answer) -> str:
    """Give the answer's words, or nothing if it is missing or too long for a question."""
    text = " ".join((answer.text or "").split()).rstrip(" .,;:")
    return text if len(text.split()) <= LONGEST_ANSWER else ""


# --- "What about 2014?" -----------------------------------------------------------------------

_TOPIC = re.compile(
    r"(?:(?:and |but |so )?(?:what|how) about|and|but)[, ]+(?P<topic>.+?)\s*[?!.]*", re.IGNORECASE
)
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
_DATE = re.compile(
    rf"(?:(?P<preposition>in|on|since|during|before|after|by|until) )?"
    rf"(?P<date>(?:(?:early|late|mid) )?(?:\d{{1,2}} )?"
    rf"(?:(?:{_MONTH})\b(?: \d{{1,2}},?)?(?: \d{{4}})?|\b[12]\d{{3}}\b))"
)
_PHRASE = re.compile(rf"({'|'.join(sorted(_PREPOSITIONS))}) (.+)")
_DEFINITE = re.compile(r"\b(?:the|these|those) (?:[a-z'’-]+ ?){1,3}")


def _with_topic(text: str, last: Turn) -> str | None:
    """Put a bare new topic in the place of its like in the last question."""
    match = _TOPIC.fullmatch(text)
    if match is None or _is_clause(match["topic"]):
        return None
    topic = match["topic"]
    if _PRONOUN.search(topic):
        return None
    question = last.asked.rstrip(" ?!.")
    for replace in (_replace_date, _replace_phrase, _replace_noun, _replace_name):
        changed = replace(question, topic)
        if changed is not None:
            return f"{changed}?" if changed != question else None
    return None


def _is_clause(topic: str) -> bool:
    """Say whether words after `and` are a question of their own."""
    first = topic.split(" ", 1)[0].lower()
    return first in _WH or first in _AUXILIARIES or _WORD.match(topic) is not None


def _replace_date(question: str, topic: str) -> str | None:
    asked = _DATE.fullmatch(topic)
    if asked is None:
        return None
    old = _DATE.search(_masked(question))
    if old is None:
        return f"{question} {asked['preposition'] or 'in'} {asked['date']}"
    new = f"{asked['preposition'] or old['preposition'] or 'in'} {asked['date']}"
    return question[: old.start()] + new + question[old.end() :]


def _replace_phrase(question: str, topic: str) -> str | None:
    """`and in Syria`: the phrase with the same preposition gives way, or is added."""
    asked = _PHRASE.fullmatch(topic)
    if asked is None:
        return None
    old = re.search(rf"\b{asked[1].lower()} ", _masked(question))
    if old is None:
        return f"{question} {topic}"
    tail = question[old.end() :]
    kept = re.search(rf" (?:{'|'.join(sorted(_PREPOSITIONS - {'of'}))}) ", tail)
    return question[: old.start()] + topic + (tail[kept.start() :] if kept else "")


def _replace_noun(question: str, topic: str) -> str | None:
    """`and the troops`: a like phrase gives way; without one, the last name."""
    if _NAME.search(topic):
        return None
    for old in reversed(list(_DEFINITE.finditer(_masked(question)))):
        phrase = _noun_phrase(old[0])
        if phrase:
            return question[: old.start()] + topic + question[old.start() + len(phrase) :]
    return _replace_name(question, topic)


def _replace_name(question: str, topic: str) -> str | None:
    names = list(_names(question))
    if not names:
        return None
    old = names[-1]
    new = re.sub(r"['’]s$", "", topic)
    return question[: old.start()] + new + question[old.end() :]


# --- pronouns ---------------------------------------------------------------------------------

_PRONOUN = re.compile(
    r"\b(?:he|she|him|his|hers|her|himself|herself|it|its|itself|they|them|their|theirs|there)\b"
    r"(?!['’-]\w*-)",
    re.IGNORECASE,
)
_FITS: dict[str, tuple[Kind, ...]] = {
    "he": ("person", "unknown"),
    "it": ("thing", "place", "unknown"),
    "they": ("plural", "thing", "unknown", "person"),
    "there": ("place",),
}
_FAMILY = {
    "he": "he", "him": "he", "his": "he", "she": "he", "her": "he", "hers": "he",
    "it": "it", "its": "it", "they": "they", "them": "they", "their": "they", "theirs": "they",
    "there": "there",
}  # fmt: skip
_POSSESSIVE = _words("his hers its their theirs")
_EMPTY_IT = re.compile(
    r"\bit (?:true|possible|likely|legal|known|clear|certain|necessary|important|right|wrong)\b"
    r"|\bit (?:takes?|took|rain|rains|rained|snow|seem|seems|appear|appears)\b"
    r"|\b(?:time|day|date|weather|year) (?:is|was) it\b"
    r"|\b(?:is|was) it that\b|\bit (?:is|was) (?:said|believed|thought|reported|claimed)\b",
    re.IGNORECASE,
)
_EMPTY_THERE = re.compile(
    rf"\b(?:{'|'.join(sorted(_AUXILIARIES))}|be|been) there\b"
    r"|\bthere (?:is|are|was|were|will|has|have)\b",
    re.IGNORECASE,
)


def _with_antecedents(text: str, turns: Sequence[Turn]) -> str | None:
    """Replace each pronoun whose antecedent is in the turns before; None if there is none."""
    body = _LEAD.sub("", text)
    masked = _masked(body)
    known = list(_entities(turns))
    used: dict[str, str] = {}
    pieces: list[str] = []
    done = 0
    for match in _PRONOUN.finditer(masked):
        new = _antecedent(match, masked, known, used)
        if new is not None:
            pieces += [body[done : match.start()], new]
            done = match.end()
    changed = "".join([*pieces, body[done:]])
    changed = _with_quote(changed, turns[-1].answer)
    return _capital(changed) if changed != body else None


_LEAD = re.compile(r"^(?:and|but|so|ok|okay|then|also)[, ]+(?=\w)", re.IGNORECASE)
_SAID_THAT = re.compile(
    rf"\b({'|'.join(sorted(_SAY))}) (?:that|this|so)(?=\s*[?!.]*$)", re.IGNORECASE
)


def _with_quote(text: str, answer: Answer) -> str:
    """`Who said that?` → `Who said “must go home”?`.

    An answer that the question already names is who said it, not what was said.
    """
    quote = _short_answer(answer).strip('“”"')
    if not quote or quote.casefold() in text.casefold():
        return text
    return _SAID_THAT.sub(lambda said: f"{said[1]} “{quote}”", text)


def _antecedent(
    match: re.Match[str], text: str, known: Sequence[_Entity], used: dict[str, str]
) -> str | None:
    """Give what a pronoun stands for, in the form it needs there; None to leave it."""
    pronoun = match[0].lower()
    family = _FAMILY.get(pronoun)
    if family is None or _is_empty(match, text):
        return None
    possessive = _is_possessive(match, text)
    if family not in used:
        if _bound_inside(match, text, possessive=possessive):
            return None
        found = _best(family, known, set(used.values()), text)
        if found is None:
            return None
        used[family] = found
    name = used[family]
    if possessive:
        return name + ("’" if name.endswith("s") else "’s")
    return f"in {name}" if family == "there" else name


def _best(family: str, known: Sequence[_Entity], taken: set[str], question: str) -> str | None:
    """Give the first entity of the best-fitting kind that the question does not name itself."""
    for kind in _FITS[family]:
        for entity in known:
            if entity.kind == kind and entity.text not in taken and entity.text not in question:
                return entity.text
    return None


def _is_empty(match: re.Match[str], text: str) -> bool:
    """Say whether an `it` or `there` stands for nothing: `Is it true that …`, `Are there …`."""
    empty = _EMPTY_THERE if match[0].lower() == "there" else _EMPTY_IT
    return any(
        found.start() <= match.start() < found.end() for found in empty.finditer(text)
    ) and not (
        match[0].lower() == "there"
        and _ends_question(match, text)
        and "how many" not in text.lower()
    )


def _ends_question(match: re.Match[str], text: str) -> bool:
    return not text[match.end() :].strip(" ?!.")


def _is_possessive(match: re.Match[str], text: str) -> bool:
    """Say whether a pronoun owns the word after it; `her` alone can be either."""
    pronoun = match[0].lower()
    if pronoun != "her":
        return pronoun in _POSSESSIVE
    following = text[match.end() :].strip(" ?!.").split(" ")[0].lower()
    return bool(following) and following not in _PREPOSITIONS | _AUXILIARIES | _DETERMINERS


_OBJECTS = _words("him them")


def _bound_inside(match: re.Match[str], text: str, *, possessive: bool) -> bool:
    """Say whether a noun before the pronoun, in the question itself, may be what it means.

    An object cannot mean the subject of its own clause (`What did Trump say about him?`), so it
    looks to the turns before; a possessive or a subject may (`What did Trump say about his …`).
    """
    pronoun = match[0].lower()
    before = text[: match.start()]
    following = text[match.end() :].strip(" ?!.").split(" ")[0].lower()
    is_object = pronoun in _OBJECTS or (
        pronoun in {"it", "her"}
        and not possessive
        and (not following or following in _PREPOSITIONS)
    )
    if is_object or pronoun == "there":
        return False
    return _own_noun(before, several=_FAMILY[pronoun] == "they")


def _own_noun(before: str, *, several: bool) -> bool:
    """Say whether a name or noun phrase stands before a pronoun in its own question.

    Args:
        before: The question up to the pronoun.
        several: The pronoun speaks of several, so that it may mean what is counted.
    """
    if any(_names(before)) or any(map(_noun_phrase, _phrases(before))):
        return True
    shape = _shape(before)
    if shape is None or not shape.noun or not shape.word.endswith(("how many", "which", "whose")):
        return False
    return _is_plural(shape.noun) == several


# --- what was spoken of -----------------------------------------------------------------------


def _entities(turns: Sequence[Turn]) -> Iterator[_Entity]:
    """Give what was spoken of, the latest turn first; in a turn the answer, then the question."""
    for turn in reversed(turns):
        yield from _answer_entities(turn)
        yield from _question_entities(turn.asked)


def _answer_entities(turn: Turn) -> Iterator[_Entity]:
    text = _short_answer(turn.answer)
    shape = _shape(turn.asked)
    word = shape.word if shape else ""
    if text in turn.asked or not _NAME.search(text):
        return
    whole = _NAME.fullmatch(text) is not None
    if word in {"who", "whom"} and whole:
        yield _Entity(text, _kind_of_name(text, "person"))
    elif word.endswith("where"):
        yield _Entity(re.sub(r"^(?:in|at|near|to) ", "", text), "place")
    elif whole and not _DATE.fullmatch(text):
        yield _Entity(text, _kind_of_name(text, "unknown"))
    elif not _DATE.search(text):
        yield from (_Entity(name[0], _kind_in_answer(name, text)) for name in _names(text))


def _kind_in_answer(name: re.Match[str], text: str) -> Kind:
    """Guess what a name inside a longer answer is: after `of the` it is not a person."""
    before = text[: name.start()].split()
    governed = bool(before) and before[-1].lower() in _PREPOSITIONS | _DETERMINERS
    return _kind_of_name(name[0], "thing" if governed else "unknown")


def _question_entities(question: str) -> Iterator[_Entity]:
    """Give titles in quotation marks, counted nouns, names and noun phrases of a question."""
    yield from (_Entity(quoted[0], "thing") for quoted in _QUOTED.finditer(question))
    shape = _shape(question)
    if shape and shape.noun and _is_plural(shape.noun):
        yield _Entity(_noun_phrase(shape.noun) or shape.noun, "plural")
    masked = _masked(question)
    for name in _names(question):
        following = masked[name.end() :].strip(" ?!.").split(" ")[0]
        if _qualifies(following):
            yield _Entity(f"{name[0]} {following}", "plural")
        else:
            yield _Entity(name[0], _kind_in_question(name, masked, shape))
    for phrase in map(_noun_phrase, _phrases(masked)):
        if phrase:
            yield _Entity(phrase, "plural" if _is_plural(phrase) else "thing")


def _kind_in_question(name: re.Match[str], text: str, shape: _Shape | None) -> Kind:
    """Guess what a name is from the words around it."""
    before = text[: name.start()].split()
    after = text[name.end() :].strip(" ?!.").split(" ")[0].lower()
    is_who = shape is not None and shape.word in {"who", "how old", "how tall"}
    if is_who and shape is not None and shape.rest == name[0] and shape.auxiliary in _BE:
        return _kind_of_name(name[0], "person")
    if after in _SPEAKING or after == "born":
        return _kind_of_name(name[0], "person")
    if before and before[-1].lower() in _PLACING:
        return "place"
    if before and before[-1].lower() == "of":
        return "thing"
    if shape is not None and shape.word == "who" and not shape.auxiliary:
        return "thing"
    return _kind_of_name(name[0], "unknown")


_PLACING = _words("in at near from to into")


def _qualifies(following: str) -> bool:
    """Say whether the word after a name is a noun that the name qualifies: `US troops`."""
    return _is_plural(following) and following in _GROUP_WORDS | _PLURALS


def _kind_of_name(name: str, otherwise: Kind) -> Kind:
    words = {word.lower() for word in re.findall(r"\w+", name)}
    if words & _GROUP_WORDS:
        return "thing"
    return "person" if words & _TITLES else otherwise


def _names(text: str) -> Iterator[re.Match[str]]:
    """Give the names in a text, outside quotation marks and but for a leading question word."""
    first = re.match(r"[\w'’]*", text)
    begin = first.end() if first and first[0].lower() in _NOT_NAMES else 0
    for match in _NAME.finditer(_masked(text), begin):
        if match[0].lower() not in _NOT_NAMES and match[0] != "I":
            yield _trimmed(match)


_NOT_NAMES = (
    _WH
    | _AUXILIARIES
    | _PREPOSITIONS
    | _DETERMINERS
    | _words("and but so then name list tell give show describe explain")
)
_OWNER = re.compile(r"(.+?)['’]s?$", re.DOTALL)


def _trimmed(match: re.Match[str]) -> re.Match[str]:
    """Give the match without a possessive ending."""
    owner = _OWNER.fullmatch(match[0])
    if owner is None:
        return match
    trimmed = re.compile(re.escape(owner[1])).match(match.string, match.start())
    return trimmed or match


def _phrases(text: str) -> list[str]:
    return [match[0] for match in _DEFINITE.finditer(text)]


def _noun_phrase(phrase: str) -> str:
    """Cut `the vote take place` down to `the vote`; empty if no noun is left."""
    kept: list[str] = []
    for place, word in enumerate(phrase.split()):
        stops = word in _PREPOSITIONS or word in _AUXILIARIES or _is_verb(word) or word == "and"
        if place and stops:
            break
        kept.append(word)
    return " ".join(kept) if len(kept) > 1 else ""


def _is_plural(phrase: str) -> bool:
    last = phrase.rpartition(" ")[2].lower()
    return last in _PLURALS or (
        last.endswith("s") and not last.endswith(("ss", "us", "is", "'s", "’s"))
    )


def _plurals(text: str) -> list[str]:
    """Give plural nouns with the capitalised word before: `US troops`, `soldiers`."""
    found = re.findall(r"(?:[A-Z][\w-]* )?[a-z-]+", _masked(text))
    return [
        noun for noun in found
        if _is_plural(noun) and not _is_verb(noun.split()[-1]) and noun not in _NOT_NAMES
    ]  # fmt: skip


def _masked(text: str) -> str:
    """Blank out what stands in quotation marks, keeping every offset."""
    return _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
