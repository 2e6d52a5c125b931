"""How far a name reaches is judged here, word by word: what fits depends on the words that led up to it."""

from enum import IntEnum

from chatmarket.privacy.once import once
from chatmarket.privacy.reading import Reading, Word
from chatmarket.privacy.wordlists import LONG, LONGEST_NAME, Vocabulary

# "María del Carmen de la Fuente García-Lorca" has seven words; more are a list of other things.
LONGEST = 8
# A message of so many words in capitals only, or mostly with a first capital, says nothing by its capitals.
TELLING = 4
# So few capitals are an acronym, and nobody's name.
SHORTEST_SHOUTED = 4


_STARTING = ".!?\n:;"


class Cue(IntEnum):
    """What led up to a word, from nothing at all to a form's "Name:"."""

    NONE = 0
    WEAK = 1  # "I'm", "soy": mostly not a name
    KIN = 2  # "the patient"
    OWN = 3  # "my brother", "someone called": somebody, of whom people tell the name
    TITLE = 4  # "Mrs"
    STRONG = 5  # "my name is"
    LABEL = 6  # "Name:"
    CLOSING = 7  # "Regards,"
    AFTER = 8  # "... here": the name stands before it, and begins the clause
    ACT = 9  # "... signed for it": the name stands before it
    LETTER = 10  # "with a": a letter of the name, which stands before or behind
    RESUMED = 11  # "..., he": the name stands before the comma


class People:
    """The words of one message with what its language knows of them."""

    def __init__(self, reading: Reading, vocabulary: Vocabulary) -> None:
        self.words: list[Word] = reading.words
        self.language = vocabulary
        self.folded, self._original = reading.bones.folded, reading.bones.original
        apostrophes = b"'" in reading.bones.scan
        self.texts = [self._bare(word[2]) if apostrophes and "'" in word[2] else word[2] for word in self.words]
        self._taken = bytearray(len(self.folded) if reading.taken else 0)
        for start, end, _ in reading.taken:
            self._taken[start:end] = b"\1" * (end - start)

    def _bare(self, text: str) -> str:
        """Without a possessive's ending."""
        for ending in self.language.lists["possessives"]:
            if text.endswith(ending):
                return text[: -len(ending)]
        return text

    def is_taken(self, i: int) -> bool:
        """Whether it is part of something that was found before: the name in an address is no name."""
        return bool(self._taken) and any(self._taken[self.words[i].start : self.words[i].end])

    @once
    def telling(self) -> bool:
        """Whether capitals tell anything here: not in a message that is shouted, or Written Like A Headline."""
        if not any(letter.islower() for letter in self._original):
            return len(self.words) < TELLING
        large = [i for i, word in enumerate(self.words) if word.capital]
        if len(large) < TELLING or len(large) * 3 < len(self.words) * 2:
            return True
        # Words of the language with capitals make the headline; a list of names is none.
        plain = sum(not self.known(i) and self.is_word(i) and not self.starts(i) for i in large)
        return plain < TELLING - 1

    def big(self, i: int, cue: Cue = Cue.NONE) -> bool:
        """Whether the word is written with a capital that tells something; after a sure cue every capital does."""
        return self.words[i].capital and (cue >= Cue.TITLE or self.telling)

    def is_acronym(self, i: int) -> bool:
        """Whether it is written like KFC, among words that are not."""
        return self.words[i].shouted and len(self.texts[i]) < SHORTEST_SHOUTED and self.telling

    def known(self, i: int) -> bool:
        """Whether it is in the lists of names, whole or in a part: garcia-lopez."""
        text, names = self.texts[i], self.language.names
        return text in names or ("-" in text and any(part in names for part in text.split("-")))

    def sure(self, i: int) -> bool:
        """Whether it is a name before anything else."""
        text, sure = self.texts[i], self.language.sure
        return text in sure or ("-" in text and any(part in sure for part in text.split("-")))

    def is_word(self, i: int) -> bool:
        """Whether it is something else before it is a name."""
        text = self.texts[i]
        if "'" in text and text.rpartition("'")[2] in self.language.lists["contractions"]:
            return True
        if len(text) > LONGEST_NAME and self.words[i].capital and not self.starts(i):
            return False  # the lists have no such long words, and few are written large
        if ("-" in text or "'" in text) and not self.language.is_word(text):
            return all(self.language.is_word(part) for part in text.replace("'", "-").split("-") if part)
        return self.language.is_word(text)

    def strange(self, i: int) -> bool:
        """Whether it is written large inside a sentence, and no word of the language."""
        strange = self.big(i) and not self.is_taken(i) and not self.words[i].shouted and len(self.texts[i]) > 2
        return strange and not self.is_word(i) and self.texts[i] not in self.language.never

    def joined(self, i: int, cue: Cue = Cue.NONE) -> bool:
        """Whether nothing but a space, or the dot of an initial, parts this word from the next."""
        gap = self.gap(i)
        if gap == " ":
            return True
        if not gap.strip():
            return "\n" not in gap and len(gap) <= 2
        if gap[0] == "." and not gap[1:].strip():
            return len(self.texts[i]) == 1 or self.texts[i] in self.language.lists["titles"]
        return cue is Cue.LABEL and gap.strip() in (",", "-") and "\n" not in gap

    def gap(self, i: int) -> str:
        """What stands between this word and the next."""
        after = self.words[i + 1].start if i + 1 < len(self.words) else len(self.folded)
        return self.folded[self.words[i].end : after]

    def end(self, i: int) -> int:
        """Where the word ends in the skeleton, without a possessive's ending."""
        return self.words[i].end - len(self.words[i].text) + len(self.texts[i])

    def closed(self, i: int) -> bool:
        """Whether a clause may end behind the word: at a stop, the end, or before a word that goes on otherwise."""
        return (
            i + 1 >= len(self.words)
            or bool(self.gap(i).strip())
            or "\n" in self.gap(i)
            or self.texts[i] != self.words[i].text
            or self.texts[i + 1] in self.language.lists["behind"]
            or self.texts[i + 1][0].isdigit()
        )

    def acts(self, i: int) -> bool:
        """Whether what people do follows: "rob paid", "dawn has the key"."""
        lists = self.language.lists
        if i + 1 >= len(self.words) or not self.joined(i):
            return False
        return any(self.texts[i + 1] in lists[name] for name in ("doings", "finites", "adverbs"))

    def is_body(self, i: int) -> bool:
        """Whether what follows makes the word a place or a firm: "Wilson Street"."""
        return i + 1 < len(self.words) and self.joined(i) and self.texts[i + 1] in self.language.lists["bodies"]

    def starts(self, i: int) -> bool:
        """Whether a clause starts with the word."""
        if i == 0:
            return True
        gap = self.gap(i - 1)
        return gap != " " and any(sign in gap for sign in _STARTING)

    def reach(self, i: int, cue: Cue, given: int = 0) -> int:
        """The index behind the name that starts with word `i`; `i` itself when none does. `given` words are sure."""
        at, last = i + given, min(len(self.words), i + LONGEST)
        while at < last and (at == i or self.joined(at - 1, cue)):
            if self.fits(at, at == i, cue):
                at += 1
                continue
            behind = self._behind_particles(at, cue) if at > i or cue >= Cue.TITLE else at
            if behind == at or behind >= last:
                break
            if not self.fits(behind, at == i, cue) and not (at > i and cue >= Cue.TITLE and self._ends(behind)):
                break
            at = behind + 1
        return at

    def _behind_particles(self, i: int, cue: Cue) -> int:
        """The word behind "de la", if something may follow it there."""
        particles, at = self.language.lists["particles"], i
        while at + 1 < len(self.words) and at < i + 3 and self.texts[at] in particles and self.joined(at, cue):
            at += 1
        return at

    def _ends(self, i: int) -> bool:
        """Whether nothing follows a word: "me llamo Juan de la Torre" ends with any word there is."""
        return self.texts[i].isalpha() and len(self.texts[i]) > 2 and self.gap(i) != " " and not self.is_taken(i)

    def fits(self, i: int, first: bool, cue: Cue) -> bool:
        """Whether the word may be the first of a name, or go on with one."""
        text, language = self.texts[i], self.language
        if self.is_taken(i):
            return False
        if not (text.isalpha() or text.replace("'", "").replace("-", "").isalpha()):
            return False
        if len(text) == 1 and text.isascii():
            return self._is_initial(i, first) or (first and cue >= Cue.TITLE and self._goes_on(i, cue))
        if text in language.never:
            return self._fits_though(i, first, cue)
        return self._fits_large(i, first, cue) if self.big(i, cue) else self._fits_small(i, first, cue)

    def _is_initial(self, i: int, first: bool) -> bool:
        """J. of "J. Q. Public", and the second letter of Spanish "M.ª"."""
        if not first and self.words[i - 1].end + 1 == self.words[i].start and len(self.texts[i - 1]) == 1:
            return True
        dotted = self.gap(i).startswith(".")
        return self.words[i].capital and (dotted or (not first and self.texts[i] not in self.language.never))

    def _goes_on(self, i: int, cue: Cue) -> bool:
        """Whether a surname follows an initial without its dot: "Mrs P Okonkwo"."""
        behind = i + 1
        return (
            behind < len(self.words)
            and self.joined(i)
            and len(self.texts[behind]) > 1
            and self.fits(behind, False, cue)
        )

    def _fits_though(self, i: int, first: bool, cue: Cue) -> bool:
        """Whether a word that is hardly ever part of a name is one: "my name is Will", "Nombre: Noemí del Río"."""
        text, lists = self.texts[i], self.language.lists
        if not self.big(i, cue):
            # "im will, will smith"
            return first and cue > Cue.NONE and text in self.language.firsts and bool(self.gap(i).strip())
        if text in lists["bodies"] and text not in lists["stop"]:
            return cue is Cue.LABEL or (cue >= Cue.KIN and text in self.language.names)
        if not first and cue >= Cue.STRONG and not self.words[i].shouted and self.gap(i) != " ":
            return True  # "my name is Nguyen Van An": the last word, large like those before it
        return first and cue >= Cue.TITLE and text in self.language.firsts

    def _fits_large(self, i: int, first: bool, cue: Cue) -> bool:
        if not self.is_word(i):
            # "I'm ADHD": an unknown word in capitals is a name only where a name must stand.
            return cue >= Cue.TITLE or self.known(i) or not self.words[i].shouted or not first
        text = self.texts[i]
        if self.known(i):
            if not first or cue > Cue.WEAK:
                return True
            # "I'm Austin", but "soy Valencia" and "I'm Early" are no names.
            return text not in self.language.seldom and (
                text in self.language.firsts or text not in self.language.places
            )
        if cue >= Cue.TITLE:
            return True
        if first and cue is Cue.OWN:
            # "my partner Col": after whom they are, nothing else in a sentence is written large.
            return text not in self.language.places and not self.is_body(i) and not self.is_acronym(i)
        # "Jane Doe": a word may be a surname that the lists lack.
        return not first and text not in self.language.places and (cue > Cue.NONE or self._ends_name(i))

    def _ends_name(self, i: int) -> bool:
        return self.closed(i) and self.sure(i - 1)

    def _ends_unknown(self, i: int) -> bool:
        """Whether a clause ends with an unknown word, or with it and another: "soy wang wei"."""
        if self.closed(i):
            return True
        behind = i + 1
        if not self.joined(i) or not self.closed(behind):
            return False
        if len(self.texts[behind]) == 1:
            return self.texts[behind].isalpha()  # "thandi m speaking"
        strange = len(self.texts[behind]) > 2 and not self.is_word(behind)
        return strange and self.texts[behind] not in self.language.never

    def _is_surname(self, i: int) -> bool:
        """Whether an unknown word ends a clause behind a first name: "jordi goikoetxea"."""
        return (
            len(self.texts[i]) >= LONG
            and self.closed(i)
            and self.sure(i - 1)
            and self.texts[i - 1] in self.language.firsts
        )

    def _fits_small(self, i: int, first: bool, cue: Cue) -> bool:
        text, language = self.texts[i], self.language
        if self.sure(i):
            return True
        if not self.is_word(i):
            # Typing errors look like rare names: "im intrested in". After a sure cue there are few of them.
            if cue >= Cue.TITLE or not text.isascii() or (cue is Cue.OWN and first and len(text) >= SHORTEST_SHOUTED):
                return True
            if cue in (Cue.KIN, Cue.OWN) and len(text) >= SHORTEST_SHOUTED and self.acts(i):
                return True
            return self._ends_unknown(i) if cue > Cue.NONE else not first and self._is_surname(i)
        if not self.known(i):
            return False
        if not first:
            return self.closed(i) or (i + 1 < len(self.words) and self.sure(i + 1))
        if cue >= Cue.TITLE:
            return text not in language.seldom or self.closed(i)
        if cue is Cue.NONE or text not in language.firsts:
            return False
        if cue is Cue.OWN and not self.closed(i) and self.joined(i) and self.texts[i + 1] in language.firsts:
            return self.closed(i + 1)  # "mi esposa luz marina"
        return text not in language.seldom and (self.closed(i) or (cue is Cue.OWN and self.acts(i)))
