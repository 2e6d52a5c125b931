"""What surrounds a street is read here: cues before it; doors, towns, states and postcodes behind it."""

from dataclasses import dataclass

from chatmarket.privacy.finders.grammar import (
    COUNTED,
    DIRECTION,
    IN_STREETS,
    MARKER,
    NUMBER,
    ORDINAL,
    PARTICLE,
    PLACE,
    SIDE,
    SLASHED,
    STOP,
    STREET,
    SURE,
    UNIT,
    WORDED,
    Grammar,
    phrase_at,
)
from chatmarket.privacy.finders.lines import Line, cut
from chatmarket.privacy.wordlists import Vocabulary

# Words of a town's name, and of all that follows a house number. They also bound the work done for one street.
MOST_TOWN = 4
MOST_TAIL = 18
WIDEST_GAP = 6
SHORTEST_STRANGE = 4
LONGEST_CUE = 4
LONGEST_DOOR = 4
# Digits of the postcodes of the world, where a state or town stands right before.
LENGTHS_ABROAD = range(4, 8)
# A message is nothing but an address when so few ordinary words stand on either side.
MOST_BESIDE = 6


@dataclass(frozen=True, slots=True)
class Tail:
    """What follows a house number or street: up to word `end`. `telling` when it holds a postcode, state or door."""

    end: int
    telling: bool


class Reader:
    """A line in the light of a grammar. `postcodes` are those that may be one, by their first word: how many words."""

    def __init__(
        self, line: Line, grammar: Grammar, postcodes: dict[int, int], language: Vocabulary | None = None
    ) -> None:
        self.language = language  # of the chat, where it is the grammar's
        self.line = line
        self.words = line.words
        self.grammar = grammar
        self.postcodes = postcodes
        roles = grammar.roles
        self.roles = [roles.get(word, 0) for word in line.words]
        self.shouted = line.bones.original.isupper()

    # Behind

    def tail(self, first: int, lower: bool) -> Tail:
        """What of an address follows from word `first` on; with `lower` its towns need no large letters."""
        line, k, telling, towns, run = self.line, first, False, 0, 0
        last = min(line.count, first + MOST_TAIL)
        while k < last and not line.ends(k) and len(line.gaps[k]) <= WIDEST_GAP:
            if self.roles[k] & SLASHED and line.gaps[k + 1].startswith("/"):
                break  # another street: "..., C/ Mayor"
            fixed = self._fixed(k, lower, towns)
            if fixed > k:
                telling = telling or bool(self.roles[k] & (UNIT | PLACE)) or fixed - 1 in self.postcodes
                telling = telling or k in self.postcodes or self._place(k, lower) > k
                k, run = fixed, 0
                continue
            town = self._town(k, lower) if run < MOST_TOWN else k
            if town == k:
                break
            towns, run, k = towns + 1, run + 1, town
        return Tail(k, telling)

    def _fixed(self, k: int, lower: bool, towns: int) -> int:
        """Behind the part of an address at word k that is no town, or k."""
        for n in (k, self._before_postcode_sign(k)):
            if n in self.postcodes:
                return n + self.postcodes[n]
        role = self.roles[k]
        if role & SURE and self.line.house(k + 1) and self.line.gaps[k + 1] == " ":
            return k + 2  # "..., Calle 2"
        if self.words[k].isdigit() and len(self.words[k]) in LENGTHS_ABROAD and self._is_code(k, lower, towns):
            return k + 1
        end = self._unit(k) if role & UNIT else k
        if end == k and not towns:
            end = self._door(k)
        if end > k:
            return end
        if (
            role & DIRECTION
            and not towns
            and not role & STOP
            and len(self.words[k]) <= 2
            and "," not in self.line.gaps[k]
        ):
            return k + 1
        return self._place(k, lower or towns > 0)

    def _is_code(self, k: int, lower: bool, towns: int) -> bool:
        """Whether the digits of word k are a postcode: "NSW 2000", "delhi 110001", "Casa 85, 135633, Bolívar"."""
        if self.roles[k - 1] & PLACE or (self.roles[k - 1] & WORDED and self.line.capital(k - 1)):
            return True
        beside = towns or "," in self.line.gaps[k] or "\n" in self.line.gaps[k] or self.grammar.number_after
        alone = not self.named(k + 1) or self.line.capital(k + 1) or (lower and towns > 0)
        return bool(beside) and alone and not self.counted(k)

    def _before_postcode_sign(self, k: int) -> int:
        """Behind what may announce a postcode at word k: "CP 28013", "E-28013"."""
        if len(self.words[k]) == 1 and self.line.gaps[k + 1] == "-":
            return k + 1
        return k + phrase_at(self.words, k, self.grammar.postcode_cues)

    def _unit(self, k: int) -> int:
        """Behind "apt 5", "suite B", "piso 3º", "bajo": a unit's word and what it is numbered by."""
        line, end = self.line, k + 1
        while self.roles[end] & MARKER and end < k + 3 and not line.ends(end):
            end += 1
        value, role = self.words[end], self.roles[end]
        if not line.ends(end) and len(line.gaps[end]) <= 3:
            numbered = line.house(end) or line.ordinal(end) or len(value) == 1
            if numbered or role & (ORDINAL | NUMBER | SIDE):
                return k if self.counted(end) else end + 1
            if end == k + 1 and (role & (STREET | UNIT) or (line.capital(end) and not role & STOP)):
                return end  # "edificio Cantabria"
        return k + 1 if self.roles[k] & SIDE or (self.grammar.number_after and line.capital(k)) else k

    def _door(self, k: int) -> int:
        """Behind a floor or door without its word: ", 3º izq", "4ºD", "- 2 B", "#5", "tercero b"."""
        line, role, gap = self.line, self.roles[k], self.line.gaps[k]
        if line.dotted(k) and not line.ends(k + 1) and line.gaps[k + 1].isspace() and not self.doorlike(k + 1):
            return k  # "... 5. 3 of them"
        if role & MARKER and line.house(k + 1):
            return k + 2
        if (line.ordinal(k) or role & ORDINAL) and self.roles[k + 1] & UNIT and not self.grammar.number_after:
            return k + 2  # "3rd floor"
        if line.house(k) and not self.counted(k):
            near = self.grammar.number_after or "#" in gap or gap in ("-", "/")
            return k + 1 if near and len(cut(self.words[k])[0]) <= LONGEST_DOOR else k
        if not self.grammar.number_after:
            return k
        if role & (SIDE | ORDINAL) or (role & DIRECTION and line.capital(k)) or self._lettered(k):
            return k + 1
        closed = line.ends(k + 1) or self.roles[k + 1] & (NUMBER | ORDINAL | UNIT) or "," in line.gaps[k + 1]
        return k + 1 if role & (NUMBER | DIRECTION) and closed and not role & STOP else k

    def _lettered(self, k: int) -> bool:
        """Whether word k is a door's letter and no word of one letter: "2 B", "5.º A"."""
        line, word = self.line, self.words[k]
        if len(word) != 1 or not word.isalpha():
            return False
        if line.capital(k) or not self.roles[k] & (STOP | PARTICLE):
            return True
        raised = line.gaps[k] == "." and line.house(k - 1)  # "6.º"
        return raised or not line.gaps[k + 1].isspace() or line.house(k + 1) or bool(self.roles[k + 1] & UNIT)

    def _place(self, k: int, lower: bool) -> int:
        """Behind the state or country at word k, or k."""
        named = phrase_at(self.words, k, self.grammar.places)
        if named or not self.roles[k] & (PLACE | WORDED):
            return k + named
        sure = self.roles[k] & PLACE and (lower or self.line.capital(k))
        beside = self.line.capital(k) and "," in self.line.gaps[k]
        return k + 1 if k + 1 in self.postcodes or sure or beside else k

    def _town(self, k: int, lower: bool) -> int:
        """Behind the town's word at word k and a particle or two before it, or k."""
        line, n = self.line, k
        if (
            line.dotted(k)
            and not self._announced(k)
            and not self._lined(k, lower)
            and not (self.roles[k - 1] & STREET and self.short(k - 1) and len(self.words[k - 1]) > 1)
        ):
            return k
        while n < k + 3 and self.roles[n] & PARTICLE and not line.ends(n + 1):
            n += 1
        role, word = self.roles[n], self.words[n]
        if not word.isalpha() or role & SURE or (n > k and line.ends(n)):
            return k
        if line.capital(n):
            return k if role & STOP and not role & IN_STREETS else n + 1
        closing = n == k or line.ends(n + 1) or line.dotted(n + 1)
        announced = self._announced(n + 1)
        ordinary = role & COUNTED or (role & STOP and not (role & IN_STREETS and announced))
        return n + 1 if ((lower and closing) or announced) and len(word) > 2 and not ordinary else k

    def _lined(self, k: int, lower: bool) -> bool:
        """Whether word k begins a line of its own with nothing in it but a town: large words and numbers.

        Where all is small, so is a town; then its line must be short.
        """
        line, n = self.line, k
        if "\n" not in line.gaps[k]:
            return False
        longest = k + (MOST_TOWN if lower else 2 * MOST_TOWN)
        while n < min(longest, line.count) and (n == k or "\n" not in line.gaps[n]):
            small = self.roles[n] & PARTICLE or self.words[n].isdigit()
            if not small and (
                not (lower or line.capital(n)) or (self.roles[n] & STOP and not self.roles[n] & IN_STREETS)
            ):
                return False
            n += 1
            if line.ends(n) and n < line.count:
                return False
        return n >= line.count or "\n" in line.gaps[n]

    def _announced(self, k: int) -> bool:
        """Whether a postcode or state follows within four words from k: then a full stop before k ends nothing."""
        places = self.grammar.places
        return any(
            n in self.postcodes
            or self.roles[n] & PLACE
            or (self.roles[n] & WORDED and self.line.capital(n) and "," in self.line.gaps[n])
            or phrase_at(self.words, n, places)
            for n in range(k, min(k + 5, self.line.count))
        )

    # Before

    def led_to(self, k: int) -> bool:
        """Whether a cue stands before word k: "vivo en la ...", "my address is: ..."."""
        for end in range(k, max(0, k - LONGEST_CUE), -1):
            if end < k and not self.roles[end] & (STOP | PARTICLE | MARKER):
                return False
            for first in range(end - 1, max(-1, end - 1 - LONGEST_CUE), -1):
                if tuple(self.words[first:end]) in self.grammar.cues.get(self.words[first], ()):
                    return not (first and self.words[first - 1] in self.grammar.not_after)
        return False

    def filler(self, k: int) -> bool:
        """Whether word k may stand between a cue and what it leads up to: "is", "en la", "number"."""
        role = self.roles[k]
        small = role & PARTICLE and not self.line.capital(k)
        return not role & SURE and bool(small or (role & (STOP | MARKER) and not role & PARTICLE))

    # Within

    def counted(self, k: int) -> bool:
        """Whether word k is a number of things: "3 hours", "20 miles", "4pm"."""
        unit = cut(self.words[k])[1]
        if len(unit) > 1 and self.words[k] != unit and self.grammar.roles.get(unit, 0) & COUNTED:
            return True
        number = self.words[k][:1].isdigit() or self.roles[k] & NUMBER
        return bool(self.roles[k + 1] & COUNTED and number) and self.line.gaps[k + 1] in (" ", "-", "")

    def doorlike(self, k: int) -> bool:
        """Whether word k may be a part of a house number with floor and door."""
        role, word = self.roles[k], self.words[k]
        if len(word) == 1:
            return not role & STOP or self.line.capital(k)
        return self.line.house(k) or bool(role & (ORDINAL | SIDE | UNIT | MARKER))

    def short(self, k: int) -> bool:
        """Whether word k may be an abbreviation, so that the full stop behind it ends no sentence."""
        return len(self.words[k]) <= 4 and not self.words[k].isdigit()

    def plain(self, k: int) -> bool:
        """Whether word k is a word of the chat's language."""
        return self.language is not None and self.language.is_word(self.words[k])

    def famous(self, k: int) -> bool:
        """Whether word k is a place that everybody knows."""
        return self.language is not None and self.words[k] in self.language.places

    def unknown(self, k: int) -> bool:
        """Whether word k is none of the language's, as the names of places are that no list has."""
        word, language = self.words[k], self.language
        fits = len(word) >= SHORTEST_STRANGE and word.isalpha() and not self.roles[k]
        return fits and language is not None and not language.is_word(word)

    def named(self, k: int) -> bool:
        """Whether word k continues a name without anything between."""
        role = self.roles[k]
        alone = k >= self.line.count or not self.line.gaps[k].isspace() or not self.words[k].isalpha()
        return not alone and not role & UNIT and (not role & STOP or bool(role & IN_STREETS))

    def large(self, content: list[int]) -> bool:
        """Whether all words of a name are written large, numbers aside."""
        capital = self.line.capital
        return all(capital(k) or self.words[k][0].isdigit() for k in content) and not self.digits(content)

    def digits(self, content: list[int]) -> bool:
        return all(self.words[k].isdigit() for k in content)

    def bare(self, first: int, end: int) -> bool:
        """Whether a message has hardly anything else than the words `first` up to `end`."""
        count = self.line.count
        if first >= MOST_BESIDE or count - end >= MOST_BESIDE:
            return False
        return all(self.roles[k] & (STOP | PARTICLE) for k in (*range(first), *range(end, count)))
