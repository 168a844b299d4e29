"""Compile worker/parse/data/given_names-ru.tsv: given names with their bearers of either gender.

    pip download --no-deps russiannames==2.0.0
    unzip russiannames-2.0.0-py3-none-any.whl -d russiannames
    python training/russian/build_given_names.py russiannames/russiannames/data/names.parquet [OUT]

Source: the package russiannames 2.0.0, BSD-3-Clause, licence beside the table. Same input, same
bytes. Names in Russian letters with ten bearers or more.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

OUT = Path(__file__).parents[2] / "worker" / "parse" / "data" / "given_names-ru.tsv"
BEARERS_MIN = 10
HEADER = (
    "# From the package russiannames 2.0.0 (PyPI), BSD-3-Clause, Copyright (c) its authors;"
    ' lower case, "ё" as "е".'
)
RUSSIAN = re.compile(r"[а-я]+(?:-[а-я]+)*")


def build(parquet: Path) -> str:
    bearers: dict[str, Counter[str]] = {}
    for row in pq.read_table(parquet, columns=["text", "count", "gender"]).to_pylist():
        name = (row["text"] or "").lower().replace("ё", "е")
        if RUSSIAN.fullmatch(name) and row["gender"] in {"m", "f"}:
            bearers.setdefault(name, Counter())[row["gender"]] += row["count"]
    lines = [
        "# Given names with how often they were seen of men and of women (10 times at least).",
        HEADER,
        *(
            f"{name}\t{counts['m']}\t{counts['f']}"
            for name, counts in sorted(bearers.items())
            if max(counts.values()) >= BEARERS_MIN
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parquet", type=Path)
    parser.add_argument("out", type=Path, nargs="?", default=OUT)
    options = parser.parse_args()
    table = build(options.parquet)
    options.out.write_text(table, encoding="utf-8")
    print(f"{options.out}: {len(table.encode()):,} bytes")


if __name__ == "__main__":
    main()
