// Keeps the activations' memory from frame to frame.
//
// The default allocator maps large blocks afresh each time: at 256x256 a frame of resnet_9blocks took 74,000
// page faults, a tenth of its time. Blocks of the worker's large tensors are kept here instead, in 2 MiB
// pages.
#pragma once

namespace cut::device {

// While one lives, large CPU tensors made on its thread come from kept blocks. Other threads, and other users
// of LibTorch in the process, are served by the default allocator as ever. Not nested.
class KeepBlocks {
 public:
  KeepBlocks();
  ~KeepBlocks();
  KeepBlocks(const KeepBlocks&) = delete;
  KeepBlocks& operator=(const KeepBlocks&) = delete;
};

// Gives back the blocks that no tensor uses: when a session goes, or another size begins.
void releaseKeptBlocks();

}  // namespace cut::device
