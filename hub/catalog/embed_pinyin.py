# SPDX-License-Identifier: Apache-2.0
"""Write a C table of the pinyin of the unified ideographs U+4E00..U+9FFF, as ICU's Han-Latin has it (uconv).

A character of several readings has its most usual one: people search by what they would type first.
embed_pinyin.py OUT.c"""
import subprocess
import sys

FIRST, LAST = 0x4E00, 0x9FFF


def main():
    characters = "\n".join(chr(code) for code in range(FIRST, LAST + 1))
    done = subprocess.run(["uconv", "-f", "UTF-8", "-t", "UTF-8", "-x", "Han-Latin; Latin-ASCII; Lower"], input=characters,
                          capture_output=True, text=True, encoding="utf-8", check=True)
    spelled = [word if word.isascii() and word.isalpha() else "" for word in done.stdout.split("\n")]
    if len(spelled) != LAST - FIRST + 1:
        sys.exit(f"uconv gave {len(spelled)} lines for {LAST - FIRST + 1} characters")
    syllables = sorted(set(spelled) | {""})
    index = {syllable: at for at, syllable in enumerate(syllables)}
    with open(sys.argv[1], "w", encoding="ascii") as out:
        out.write('#include "catalog/pinyin.h"\n\nconst char *const catalog_syllables[] = {\n')
        out.writelines(f'"{syllable}",\n' for syllable in syllables)
        out.write("};\n\nconst uint16_t catalog_syllable_of[CATALOG_IDEOGRAPHS] = {\n")
        out.writelines(f"{index[word]},\n" for word in spelled)
        out.write("};\n")


main()
