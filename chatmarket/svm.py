"""Learns margins between topics with scikit-learn, in a process of its own: `python -m chatmarket.svm`.

Examples come in as JSON, `[[topic, text], ...]`, and go out as `matching.margins` packs them. A process, because it
takes seconds of a core and a library that nobody else needs: whoever serves chats never loads it.
"""

import json
import sys

import numpy
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from matching.margins import FINEST, MOST_WORDS, Margins, phrases, pieces
from matching.topics import words

SEEN_TWICE = 2  # a piece that one example alone has tells nothing that its word does not


def learn(examples: list[tuple[int, str]]) -> Margins:
    """The margins of these examples, of two topics at least."""
    said = [words(text)[:MOST_WORDS] for _, text in examples]
    families = (
        TfidfVectorizer(analyzer=phrases, sublinear_tf=True, dtype=numpy.float32),
        TfidfVectorizer(analyzer=pieces, sublinear_tf=True, dtype=numpy.float32, min_df=SEEN_TWICE),
    )
    machine = LinearSVC(random_state=0).fit(
        hstack([family.fit_transform(said) for family in families]).tocsr(), [topic for topic, _ in examples]
    )
    coefficients, offsets = _of_each(machine)
    scales = numpy.maximum(abs(coefficients).max(axis=1), 1e-9) / FINEST
    whole = numpy.rint(coefficients / scales[:, None]).astype(int).T
    names = [name for family in families for name in family.get_feature_names_out()]
    rarity = [rare for family in families for rare in family.idf_.tolist()]
    return Margins(
        tuple(int(topic) for topic in machine.classes_),
        tuple(scales.tolist()),
        tuple(offsets.tolist()),
        dict(zip(names, rarity, strict=True)),
        dict(zip(names, whole.tolist(), strict=True)),
    )


def _of_each(machine: LinearSVC) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Weights and offset for each topic; of two topics the machine keeps only how the second differs."""
    if len(machine.classes_) > 2:
        return machine.coef_, machine.intercept_
    return numpy.vstack([-machine.coef_, machine.coef_]), numpy.hstack([-machine.intercept_, machine.intercept_])


def main() -> None:
    examples = [(topic, text) for topic, text in json.load(sys.stdin)]
    sys.stdout.buffer.write(learn(examples).packed())


if __name__ == "__main__":
    main()
