# SPDX-License-Identifier: MIT
"""What the engines do at the borders of a frame."""


def mirrored(frames, multiple):
    """`frames`, (N, C, H, W) of NumPy or PyTorch, mirrored right and down up to a multiple of `multiple`, at least 8."""
    sides = [-(-max(side, 8) // multiple) * multiple for side in frames.shape[2:]]
    rows, columns = ([period[i % len(period)] for i in range(to)] for side, to in zip(frames.shape[2:], sides)
                     for period in [[*range(side), *range(side - 2, 0, -1)]])
    return frames[:, :, rows][:, :, :, columns]
