"""Streets are read here, from the word that names their kind: their name, the house number, and what follows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from chatmarket.privacy.grammar import (
    COUNTED,
    DIRECTION,
    IN_STREETS,
    LEADING,
    MARKER,
    NUMBER,
    NUMBERED,
    ORDINAL,
    PARTICLE,
    PLACE,
    PLAIN,
    SIDE,
    SLASHED,
    STOP,
    STREET,
    SURE,
    UNIT,
    WORDED,
    Grammar,
    Phrases,
)
from chatmarket.privacy.lines import Line, cut

# Words of a street's name, of a town's, and of all that follows a house number. They also bound the work for a word.
MOST_NAME = 7
MOST_TOWN = 4
MOST_TAIL = 18
WIDEST_GAP = 6
# A house number so long is hardly ever anything else when a street follows: "the 100 metre run" is counted, "9 park".
LONG_HOUSE = 3


@dataclass(frozen=True, slots=True)
class Tail:
    """What follows a house number or street: up to word `end`. `telling` when it holds a postcode, state or door."""

    end: int
    telling: bool


class Streets:
    """A line read with a grammar. What it finds are pairs of words, the first and the one behind the last."""

    def __init__(self, line: Line, grammar: Grammar, postcodes: dict[int, int]) -> None:
        self.line = line
        self.words = line.words
        self.grammar = grammar
        self.postcodes = postcodes  # by their first word, how many words they have
        self.roles = [grammar.roles.get(word, 0) for word in line.words]

    def read(self) -> Iterator[tuple[int, int]]:
        """Every street of the line that is believed."""
        for k, role in enumerate(self.roles):
            if role & (STREET | NUMBERED | LEADING):
                found = self._street(k, role)
                if found is not None:
                    yield found

    def _street(self, k: int, role: int) -> tuple[int, int] | None:
        if self.grammar.word_before:
            return self._named_behind(k, role) if self._is_kind(k, role) else None
        found = self._numbered(k) if role & NUMBERED else None
        if found is None and role & STREET:
            found = self._named_before(k, role)
        if found is None and role & LEADING:
            found = self._led(k)
        return found

    def _is_kind(self, k: int, role: int) -> bool:
        if role & SLASHED and not role & (SURE | PLAIN):
            return (
                k + 1 < len(self.words)
                and self.line.gap(k + 1).startswith(("/", "./", ". /"))
                or (self.line.gap(k + 1) == ". " and self.line.capital(k) and self.line.capital(k + 1))
            )
        return True

    # calle Mayor, 14

    def _named_behind(self, k: int, role: int) -> tuple[int, int] | None:
        name_end, house = self.name_behind(k + 1)
        content = [n for n in range(k + 1, name_end) if not self.roles[n] & PARTICLE]
        if not content:
            return None
        large = self._large(content) and any(len(self.words[n]) > 2 for n in content)
        believed = role & SURE or (
            role & SLASHED and "/" in self.line.gap(k + 1) and (large or " " in self.line.gap(k + 1))
        )
        if house is not None:
            tail = self.tail(house, lower=not large)
            marked = "#" in self.line.gap(house - 1) or self.roles[house - 2] & MARKER
            believed = believed and (marked or not self._digits(content))
            if (
                believed
                or large
                or tail.telling
                or self.led_to(k)
                or (self._bare(k, tail.end) and not self.words[content[0]].isdigit())
            ):
                return k, tail.end
            return None
        chained = (
            large and name_end < len(self.words) and self.roles[name_end] & STREET and "," in self.line.gap(name_end)
        )
        lower_led = chained or self.led_to(k) and not self._digits(content)
        if not ((believed and large and not self._digits(content)) or lower_led):
            return None
        end = content[-1] + 1
        return k, self.tail(end, lower=not large).end if large else end

    def name_behind(self, first: int) -> tuple[int, int | None]:
        """Where the name that begins at word `first` ends, and where the house number does."""
        line, named = self.line, 0
        last = min(len(self.words), first + MOST_NAME + 1)
        for k in range(first, last):
            role = self.roles[k]
            if k > first and (line.ends(k) or "\n" in line.gap(k)):
                return k, None
            house = self._house_behind(k, named)
            if house is not None:
                return k, house
            if k > first and ("," in line.gap(k) or (line.dotted(k) and not self._short(k - 1))):
                return k, None
            lettered = len(self.words[k]) == 1 and k > first and line.house(k - 1)  # "transversal 39 a"
            if (
                role & STOP
                and not lettered
                and not (role & (IN_STREETS | PARTICLE) or (line.capital(k) and named))
                and k < len(self.words)
            ):
                return k, None
            if self.counted(k) or (line.house(k) and k > first and self.roles[k - 1] & PARTICLE and not self._of(k)):
                return k, None
            named += not role & PARTICLE
        return last, None

    def _house_behind(self, k: int, named: int) -> int | None:
        """Behind the house number that begins at word k, if one does."""
        words, line = self.words, self.line
        if words[k] == "s" and words[k + 1 : k + 2] == ["n"] and named and "/" in line.gap(k + 1):
            return k + 2
        if self.roles[k] & MARKER and line.house(k + 1) and named and not line.ends(k + 1):
            return k + 2
        if not named or self.counted(k) or "(" in line.gap(k):
            return None
        if line.house(k) and "#" in line.gap(k):
            return k + 1
        after_particle = self.roles[k - 1] & PARTICLE and "," not in line.gap(k)
        if line.house(k) and not after_particle and not self._of(k):
            return k + 1
        end = self._spelled(k)
        return end if end > k and not after_particle and not self._of(end - 1) else None

    def _of(self, k: int) -> bool:
        """Whether "de" follows a number, as in "9 de Julio": then it belongs to a name."""
        k += 1
        return (
            k + 1 < len(self.words)
            and bool(self.roles[k] & PARTICLE)
            and self.line.gap(k) == " "
            and len(self.words[k]) > 1
        )

    def _spelled(self, k: int) -> int:
        """Behind the number words that begin at word k: "treinta y cinco"."""
        end = k
        while end < len(self.words) and end < k + MOST_NAME:
            role = self.roles[end]
            joins = role & PARTICLE and end > k and end + 1 < len(self.words) and self.roles[end + 1] & NUMBER
            if not (role & NUMBER or joins) or (end > k and self.line.gap(end) not in (" ", "-")):
                break
            end += 1
        return k if end > k and self.counted(end - 1) else end

    # 742 Evergreen Terrace

    def _named_before(self, k: int, role: int) -> tuple[int, int] | None:
        line, house, named = self.line, None, []
        for n in range(k - 1, max(-1, k - MOST_NAME - 2), -1):
            here, gap = self.roles[n], line.gap(n + 1)
            if line.ends(n + 1) or len(gap) > WIDEST_GAP or (line.dotted(n + 1) and not self._short(n)):
                break
            is_number = line.house(n) or (here & NUMBER and named)
            if is_number and named:
                house = n
                break
            if "," in gap or line.house(n) or (here & STOP and not here & (IN_STREETS | PARTICLE)):
                break
            named.append(n)
        # "17 The Crescent" is named by nothing but its particle.
        content = [n for n in named if not self.roles[n] & PARTICLE] or named
        if house is None or not content:
            return self._without_house(k, role, content)
        return self._believed(k, role, house, content)

    def _believed(self, k: int, role: int, house: int, content: list[int]) -> tuple[int, int] | None:
        start = self._number_start(house)
        large = self._large(content)
        if self.counted(house) and not (large and role & SURE):
            return None
        tail = self.tail(self._after_kind(k), lower=not large)
        long = len(cut(self.words[house])[0]) >= LONG_HOUSE or cut(self.words[house])[1] != ""
        sure = role & SURE and (long or large or self.line.house(house) or house > start)
        closed = long or tail.end > k + 1 or not self.names(k + 1) or self.line.capital(k + 1)
        plain = (large and self.line.capital(k) and closed) or (long and self.line.house(house) and len(content) < 4)
        if sure or plain or tail.telling or self.led_to(start) or self._bare(start, tail.end):
            return self._units_before(start), tail.end
        return None

    def _without_house(self, k: int, role: int, content: list[int]) -> tuple[int, int] | None:
        """A street without a number: after a cue, or with a postcode or state behind it."""
        large = [n for n in content if self.line.capital(n)]
        if not large or not role & SURE or len(large) < len(content):
            return None
        start = min(large)
        tail = self.tail(self._after_kind(k), lower=False)
        if not tail.telling:
            return (start, tail.end) if self.led_to(start) else None
        # "Rose Cottage, Mill Lane": the house has a name for its number.
        first = start
        while (
            first and start - first < MOST_TOWN and self.line.gap(first) in (" ", ", ") and self.line.capital(first - 1)
        ):
            if self.roles[first - 1] & STOP:
                break
            first -= 1
        return first, tail.end

    def _after_kind(self, k: int) -> int:
        """Behind the kind of street at word k: "Avenue of the Americas", "St NW", "Road"."""
        end = k + 1
        if self.words[end : end + 1] == ["of"]:
            inner = end + 1
            while inner < len(self.words) and self.roles[inner] & PARTICLE:
                inner += 1
            if inner < len(self.words) and self.line.capital(inner):
                return inner + 1
        return end

    def _number_start(self, k: int) -> int:
        """Where the number begins whose last word is k: "forty two", "545 e 15", "12-14", "no. 7"."""
        while k and self.line.gap(k) in (" ", "-", "/", ". ", "/ ", " - ", ", "):
            before = self.roles[k - 1]
            if k > 1 and len(self.words[k - 1]) == 1 and self.line.gap(k - 1) == " " and self.line.house(k - 2):
                k -= 2
                continue
            spelled = before & NUMBER and self.roles[k] & NUMBER
            digits = self.line.house(k - 1) and not before & STOP
            if not (spelled or digits or (before & MARKER and not before & NUMBER)):
                break
            k -= 1
        return k

    def _units_before(self, start: int) -> int:
        """ "Flat 4, 22 Baker Street": what stands within the house, before its number."""
        if start and self.roles[start - 1] & UNIT:
            return start - 1
        for back in (2, 3):
            if start >= back and self.roles[start - back] & UNIT and not self.line.ends(start):
                value = self.words[start - back + 1]
                if value[0].isdigit() or len(value) == 1:
                    return start - back
        return start

    def _numbered(self, k: int) -> tuple[int, int] | None:
        """4512 US Highway 61: a house number, at most three words, the kind, a number or letter."""
        line = self.line
        if k + 1 >= len(self.words) or not (line.house(k + 1) or len(self.words[k + 1]) == 1) or line.gap(k + 1) != " ":
            return None
        for n in range(k - 1, max(-1, k - 4), -1):
            if line.house(n) and len(cut(self.words[n])[0]) > 1 and not self.counted(n):
                tail = self.tail(k + 2, lower=not line.capital(k))
                return self._units_before(n), tail.end
            if (self.roles[n] & STOP and not self.roles[n] & IN_STREETS) or line.ends(n + 1):
                return None
        return None

    def _led(self, k: int) -> tuple[int, int] | None:
        """1200 Avenue of the Americas, 400 Calle Real: a house number, the kind, the name in large letters."""
        if not k or not self.line.house(k - 1) or not self.line.gap(k).isspace():
            return None
        end, large = k + 1, 0
        while (
            end < len(self.words) and end < k + MOST_NAME and not self.line.ends(end) and "," not in self.line.gap(end)
        ):
            if self.line.capital(end):
                large = end + 1
            elif not self.roles[end] & PARTICLE:
                break
            end += 1
        return (self._units_before(k - 1), self.tail(large, lower=False).end) if large else None

    # What both have

    def tail(self, first: int, lower: bool) -> Tail:
        """What of an address follows from word `first` on: doors, floors, towns, states, postcodes."""
        end, telling, towns, k = first, False, 0, first
        while (
            k < min(len(self.words), first + MOST_TAIL)
            and not self.line.ends(k)
            and len(self.line.gap(k)) <= WIDEST_GAP
        ):
            fixed = self._fixed(k, lower, towns)
            if fixed > k:
                telling = (
                    telling or self.roles[k] & (UNIT | PLACE) > 0 or k in self.postcodes or bool(self._place(k, lower))
                )
                end = k = fixed
                continue
            town = self._town(k, lower) if towns < MOST_TOWN else k
            if town == k:
                break
            towns += 1
            end = k = town
        return Tail(end, telling)

    def _fixed(self, k: int, lower: bool, towns: int) -> int:
        """Behind the part of an address at word k that is no town, or k."""
        role = self.roles[k]
        at = k + phrase_at(self.words, k, self.grammar.postcode_cues)
        if at == k and len(self.words[k]) == 1 and k + 1 < len(self.words) and self.line.gap(k + 1) == "-":
            at += 1  # E-28013
        for n in (k, at):
            if n in self.postcodes:
                return n + self.postcodes[n]
        if role & UNIT:
            end = self._unit(k)
            if end > k:
                return end
        if not towns:
            end = self._door(k)
            if end > k:
                return end
        if (
            role & DIRECTION
            and not towns
            and not (role & STOP)
            and len(self.words[k]) <= 2
            and "," not in self.line.gap(k)
        ):
            return k + 1
        return self._place(k, lower)

    def _unit(self, k: int) -> int:
        """Behind "apt 5", "suite B", "piso 3º", "bajo": a unit's word and what it is numbered by."""
        end = k + 1
        while end < len(self.words) and self.roles[end] & MARKER and not self.line.ends(end):
            end += 1
        if end < len(self.words) and not self.line.ends(end) and len(self.line.gap(end)) <= 3:
            value = self.words[end]
            if (
                self.line.house(end)
                or self.line.ordinal(end)
                or len(value) == 1
                or self.roles[end] & (ORDINAL | NUMBER | SIDE)
            ):
                return end + 1 if not self.counted(end) else k
        if end == k + 1 and end < len(self.words) and self.line.gap(end) in (" ", ". "):
            if self.roles[end] & (STREET | UNIT) or (self.line.capital(end) and not self.roles[end] & STOP):
                return end
        return k + 1 if self.roles[k] & SIDE or (self.grammar.number_after and self.line.capital(k)) else k

    def _door(self, k: int) -> int:
        """Behind a floor or door without its word: ", 3º izq", "4ºD", "- 2 B", "#5", "tercero b"."""
        line, role, word = self.line, self.roles[k], self.words[k]
        if line.dotted(k) and not line.ends(k + 1) and line.gap(k + 1).isspace() and not self._doorlike(k + 1):
            return k  # "... 5. 3 of them"
        if role & MARKER and line.house(k + 1):
            return k + 2
        if line.house(k) and not self.counted(k):
            near = self.grammar.number_after or "#" in line.gap(k) or line.gap(k) == "-" or line.gap(k) == "/"
            return k + 1 if near and (len(cut(word)[0]) < 5) else k
        if not self.grammar.number_after:
            return k + 1 if line.ordinal(k) and self.roles[k + 1 : k + 2] and self.roles[k + 1] & UNIT else k
        if role & (SIDE | ORDINAL):
            return k + 1
        if role & NUMBER and (line.ends(k + 1) or self.roles[k + 1] & (NUMBER | ORDINAL | UNIT)) and not role & STOP:
            return k + 1
        if role & DIRECTION and (line.ends(k + 1) or "," in line.gap(k + 1)):
            return k + 1
        if len(word) == 1 and word.isalpha():
            raised = line.gap(k) == "." and line.house(k - 1)  # "6.º"
            alone = (
                raised
                or line.ends(k + 1)
                or not line.gap(k + 1).isspace()
                or line.house(k + 1)
                or self.roles[k + 1] & UNIT
            )
            return k + 1 if line.capital(k) or alone or not role & (STOP | PARTICLE) else k
        return k

    def _place(self, k: int, lower: bool) -> int:
        """Behind the state or country at word k, or k."""
        named = phrase_at(self.words, k, self.grammar.places)
        if named:
            return k + named
        role = self.roles[k]
        if role & PLACE or role & WORDED:
            shouted = self.line.capital(k) and self.line.bones.original[:1] != ""
            if (
                (k + 1) in self.postcodes
                or (shouted and (role & PLACE or "," in self.line.gap(k)))
                or (lower and role & PLACE)
            ):
                return k + 1
        return k

    def _town(self, k: int, lower: bool) -> int:
        """Behind the town's word at word k and the particles before it, or k."""
        line, n = self.line, k
        if line.dotted(k) and not self._announced(k) and not self.roles[k - 1] & STREET:
            return k
        while n < len(self.words) and n < k + 3 and self.roles[n] & PARTICLE and n > k - 1:
            n += 1
        if n >= len(self.words) or (n > k and line.ends(n)):
            return k
        role, word = self.roles[n], self.words[n]
        if not word.isalpha() or (len(word) < 3 and not line.capital(n)):
            return k
        if line.capital(n):
            return n + 1 if not role & STOP or role & IN_STREETS or word in ("new",) else k
        return n + 1 if lower and n == k and not role & (STOP | COUNTED | STREET & SURE) else k

    def _announced(self, k: int) -> bool:
        """Whether a postcode or state follows within four words from k: then a full stop before k ends nothing."""
        return any(n in self.postcodes or self.roles[n] & PLACE for n in range(k, min(k + 5, len(self.words))))

    def before_place(self, k: int) -> int | None:
        """Where a town begins that a state parts from the postcode at word k: "Springfield, IL 62701"."""
        state = next((k - n for n in (1, 2) if k >= n and self._is_place(k - n, k)), None)
        if state is None or self.line.ends(k):
            return None
        first = state
        for n in range(state - 1, max(-1, state - 1 - MOST_TOWN), -1):
            large = self.line.capital(n)
            wide = n + 1 < state and not self.line.gap(n + 1).isspace()
            if (
                wide
                or self.line.ends(n + 1)
                or not self.words[n].isalpha()
                or not (large or self.line.capital(state) is False)
            ):
                break
            if self.roles[n] & STOP and not (large and self.roles[n] & IN_STREETS):
                break
            first = n
        return first if first < state or self.line.capital(state) else None

    def _is_place(self, k: int, end: int) -> bool:
        if end - k > 1:
            return phrase_at(self.words, k, self.grammar.places) == end - k
        role = self.roles[k]
        return bool(
            role & PLACE
            or (role & WORDED and self.line.capital(k))
            or phrase_at(self.words, k, self.grammar.places) == 1
        )

    def parted_by_comma(self, k: int) -> bool:
        """Whether a comma and a large word follow a number: "4, Piazza della Repubblica"."""
        return k < len(self.words) and self.line.gap(k) == ", " and self.line.capital(k)

    def is_town(self, k: int, dotted: bool) -> bool:
        """Whether word k begins a town's name, large, in the phrase of the word before it."""
        if (
            k >= len(self.words)
            or self.line.ends(k)
            or (self.line.dotted(k) and not dotted)
            or len(self.line.gap(k)) > 3
        ):
            return False
        large = self.line.capital(k) and self.words[k].isalpha() and len(self.words[k]) > 1
        return (
            large
            and not self.roles[k] & (COUNTED | NUMBER)
            and not (self.roles[k] & STOP and not self.roles[k] & PARTICLE)
        )

    def before_postcode(self, k: int) -> int | None:
        """Where an address begins whose street has no word for its kind: "Teseo, 5 3-N. 29010 Málaga"."""
        n, numbers = k - 1, 0
        while n >= 0 and k - n <= MOST_TOWN + 2 and not self.line.ends(n + 1) and self._doorlike(n):
            numbers += self.words[n][0].isdigit() or self.words[n] == "s"
            n -= 1
        first = None
        while (
            n >= 0 and numbers and k - n <= 2 * MOST_NAME and not self.line.ends(n + 1) and not self.line.dotted(n + 1)
        ):
            large = self.line.capital(n)
            if first is not None and "," in self.line.gap(n + 1):
                break
            if not large and not self.roles[n] & PARTICLE:
                break
            first = n if large else first
            n -= 1
        return first

    def _doorlike(self, n: int) -> bool:
        role, word = self.roles[n], self.words[n]
        if len(word) == 1 and role & STOP and not self.line.capital(n):
            return False
        return self.line.house(n) or len(word) == 1 or bool(role & (ORDINAL | SIDE | UNIT | MARKER))

    def filler(self, k: int) -> bool:
        """Whether word k may stand between a cue and what it leads up to: "is", "en la", "number"."""
        role = self.roles[k]
        return (
            bool(role & (STOP | PARTICLE | MARKER))
            and not role & SURE
            and not (role & PARTICLE and self.line.capital(k))
        )

    def names(self, k: int) -> bool:
        """Whether word k may be part of a street's name that is known by a cue."""
        if k >= len(self.words):
            return False
        role = self.roles[k]
        parted = self.line.ends(k) or not self.line.gap(k).isspace() or not self.words[k].isalpha()
        return not parted and (not role & STOP or bool(role & IN_STREETS))

    def led_to(self, k: int) -> bool:
        """Whether a cue stands before word k: "vivo en la ...", "my address is: ..."."""
        for back in range(4):
            end = k - back
            if end <= 0 or (back and not self.roles[end] & (STOP | PARTICLE | MARKER)):
                return False
            for length in (1, 2, 3, 4):
                first = end - length
                if first >= 0 and tuple(self.words[first:end]) in self.grammar.cues.get(self.words[first], ()):
                    return not (first and self.words[first - 1] in self.grammar.not_after)
        return False

    def _bare(self, first: int, end: int) -> bool:
        """Whether the line has hardly anything else: a message that is an address."""
        return (
            all(self.roles[k] & (STOP | PARTICLE) for k in (*range(first), *range(end, len(self.words))))
            if first < 6 and len(self.words) - end < 6
            else False
        )

    def counted(self, k: int) -> bool:
        """Whether word k is a number of things: "3 hours", "20 miles"."""
        after, unit = k + 1, cut(self.words[k])[1]
        if len(unit) > 1 and self.roles[k] == 0 and self.grammar.roles.get(unit, 0) & COUNTED:
            return True  # "4pm", "20km"
        return (
            after < len(self.words)
            and bool(self.roles[after] & COUNTED)
            and (self.words[k][0].isdigit() or bool(self.roles[k] & NUMBER))
            and self.line.gap(after) in (" ", "-", "")
        )

    def _short(self, k: int) -> bool:
        """Whether word k may be an abbreviation, so that the full stop behind it ends no sentence."""
        return len(self.words[k]) <= 4 and not self.words[k].isdigit()

    def _large(self, content: list[int]) -> bool:
        return all(self.line.capital(k) or self.words[k][0].isdigit() for k in content) and not self._digits(content)

    def _digits(self, content: list[int]) -> bool:
        return all(self.words[k].isdigit() for k in content)


def phrase_at(words: list[str], k: int, phrases: Phrases) -> int:
    """How many words of the line from k on are one of the phrases; 0 when none is."""
    for phrase in phrases.get(words[k], ()):
        if tuple(words[k : k + len(phrase)]) == phrase:
            return len(phrase)
    return 0
