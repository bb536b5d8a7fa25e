# SPDX-License-Identifier: MIT
"""pix2pix's and CycleGAN's generators in PyTorch, written down from their papers, with random weights. Submodules stand
where their authors' have them, so that tensors have the names of the files that people hold."""
import torch
from torch import nn


def randomised(network):
    """Activations neither die nor explode, and every tensor, statistics of norms included, does something."""
    torch.manual_seed(7)
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
        elif tensor.dim() == 4:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5)
        elif tensor.is_floating_point():
            tensor.normal_(1 if name.endswith("weight") else 0, 0.2)
    return network


class Generator(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x)


class Level(Generator):
    """A halving, what lies further in, and a doubling. The map that came in is put beside the one that comes out, as Isola
    et al. 2017 (appendix 6.1) draw it."""

    def forward(self, x):
        return torch.cat([x, self.model(x)], 1)


def unet_256(ngf):
    """pix2pix's, with batch norm: eight halvings, of 256 pixels down to one."""
    channels = [ngf * min(2 ** level, 8) for level in range(8)]
    inner = []
    for level in range(7, 0, -1):
        outer, here = channels[level - 1], channels[level]
        back = 2 * here if inner else here  # the innermost level has nothing beside its map
        inner = [Level(nn.Sequential(
            nn.LeakyReLU(0.2), nn.Conv2d(outer, here, 4, 2, 1, bias=False),
            *([nn.BatchNorm2d(here), *inner] if inner else []),
            nn.ReLU(), nn.ConvTranspose2d(back, outer, 4, 2, 1, bias=False), nn.BatchNorm2d(outer),
            *([nn.Dropout(0.5)] if 3 < level < 7 else [])))]
    outermost = nn.Sequential(nn.Conv2d(3, ngf, 4, 2, 1, bias=False), *inner,
                              nn.ReLU(), nn.ConvTranspose2d(2 * ngf, 3, 4, 2, 1), nn.Tanh())
    return randomised(Generator(Generator(outermost)))


class Block(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv_block(x)


def cyclegan_resnet(ngf, blocks, keeps_statistics):
    """c7s1-64, d128, d256, R256 times `blocks`, u128, u64, c7s1-3 for ngf 64 (Zhu et al. 2017, appendix 7.2)."""
    def norm(channels):
        return nn.InstanceNorm2d(channels, affine=False, track_running_stats=keeps_statistics)
    wide = 4 * ngf
    layers = [nn.ReflectionPad2d(3), nn.Conv2d(3, ngf, 7), norm(ngf), nn.ReLU()]
    for channels in (ngf, 2 * ngf):
        layers += [nn.Conv2d(channels, 2 * channels, 3, 2, 1), norm(2 * channels), nn.ReLU()]
    for _ in range(blocks):
        layers.append(Block(nn.ReflectionPad2d(1), nn.Conv2d(wide, wide, 3), norm(wide), nn.ReLU(),
                            nn.ReflectionPad2d(1), nn.Conv2d(wide, wide, 3), norm(wide)))
    for channels in (wide, 2 * ngf):
        layers += [nn.ConvTranspose2d(channels, channels // 2, 3, 2, 1, output_padding=1), norm(channels // 2), nn.ReLU()]
    layers += [nn.ReflectionPad2d(3), nn.Conv2d(ngf, 3, 7), nn.Tanh()]
    return randomised(Generator(nn.Sequential(*layers)))
