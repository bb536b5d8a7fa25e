#!/bin/bash
# SPDX-License-Identifier: MIT
# A shard of torch.distributed.checkpoint (.distcp, PyTorch 2.15.0) is one torch.save archive behind the other, with nothing
# around them. Readers of zip archives each see one tensor of it, and not the same one: where the archives are of the same
# size torch.load gives the first tensor without a word (the offset of the last archive's 64-bit end counts from the
# archive's own start, and so leads to the first one's), elsewhere it says that the archive is corrupted; Python's zipfile
# gives the last one. Whoever looks for weights in such a file must go by the .metadata beside it, or gets one tensor of many.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install torch==2.15.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'EOF'
import sys
import zipfile

import torch
import torch.distributed.checkpoint as checkpoint


def seen(sizes):
    """What torch.load and zipfile make of a shard with tensors of these sizes, filled with 0, 1, ..."""
    folder = "x".join(map(str, sizes))
    checkpoint.save({chr(97 + i): torch.full((n,), float(i)) for i, n in enumerate(sizes)}, checkpoint_id=folder)
    shard = f"{folder}/__0_0.distcp"
    try:
        loaded = torch.load(shard)[0].item()
    except RuntimeError as error:
        loaded = "corrupted" if "archive is corrupted" in str(error) else repr(error)
    last = [info.file_size for info in zipfile.ZipFile(shard).infolist() if "/data/" in info.filename]
    return loaded, last


print("torch", torch.__version__)
same, other = seen((2, 2, 2)), seen((2, 1000, 500))
print("tensors 0, 1, 2 of 2 elements each: torch.load gives tensor", same[0], "- zipfile gives data of", same[1], "bytes")
print("of 2, 1000 and 500 elements: torch.load says", other[0], "- zipfile gives data of", other[1], "bytes")
sys.exit(0 if same == (0.0, [8]) and other == ("corrupted", [2000]) else 1)
EOF
