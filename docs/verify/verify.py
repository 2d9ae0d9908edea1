"""Computes the root over every entry of a log with pymerkle and compares it with the checkpoint's.

python3 verify.py DIRECTORY
"""

import base64
import pathlib
import sys

from pymerkle import InmemoryTree


def entries(directory, size):
    """Every entry, from its bundle."""
    for first in range(0, size, 256):
        width = min(256, size - first)
        digits = f"{first // 256:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        place = directory / "tile" / "entries"
        for group in groups[:-1]:
            place = place / f"x{group}"
        partial = place / f"{groups[-1]}.p" / str(width)
        is_partial = width < 256 and partial.exists()
        bundle = (partial if is_partial else place / groups[-1]).read_bytes()
        offset = 0
        for index in range(first, first + width):
            end = offset + 2 + int.from_bytes(bundle[offset : offset + 2], "big")
            if offset + 2 > len(bundle) or end > len(bundle):
                sys.exit(f"REFUSED: the bundle ends before entry {index + 1}")
            yield bundle[offset + 2 : end]
            offset = end
        if (is_partial or width == 256) and offset != len(bundle):
            sys.exit(f"REFUSED: something stands behind entry {first + width}")


directory = pathlib.Path(sys.argv[1])
_, size, root = (directory / "checkpoint").read_text("utf-8").split("\n")[:3]
tree = InmemoryTree(algorithm="sha256")
for entry in entries(directory, int(size)):
    tree.append_entry(entry)
found = base64.b64encode(tree.get_root()).decode()
if found != root:
    sys.exit(f"REFUSED: the {size} entries give the root {found}, and {root} was signed")
print(f"the {size} entries give the root that was signed: {root}")
