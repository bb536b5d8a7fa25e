# SPDX-License-Identifier: MIT
"""The ResNet generator of CUT as a Python user of PyTorch writes it: plain modules, one per layer.

Parameter names are those of the published checkpoints, so their weights load unchanged. This is what the
benchmark compares with; nothing here is tuned but the doubling."""

import torch
from torch import nn
from torch.nn import functional


def blur_filter(taps, channels, gain=1.0):
    line = torch.tensor(taps)
    square = line[:, None] * line[None, :]
    return (square / square.sum() * gain)[None, None].repeat(channels, 1, 1, 1)


class Downsample(nn.Module):
    """Blur [1, 2, 1] and every second pixel (Zhang 2019)."""

    def __init__(self, channels):
        super().__init__()
        self.channels = channels
        self.pad = nn.ReflectionPad2d(1)
        self.register_buffer("filt", blur_filter([1.0, 2.0, 1.0], channels))

    def forward(self, x):
        return functional.conv2d(self.pad(x), self.filt, stride=2, groups=self.channels)


class Upsample(nn.Module):
    """Twice the size, bilinearly. The reference's transposed blur [1, 3, 3, 1] of replicated borders gives the same numbers;
    none of the peers is slower this way, and OpenVINO's int8 is twice as fast and runs with AVX2 alone."""

    def __init__(self, channels):
        super().__init__()
        self.register_buffer("filt", blur_filter([1.0, 3.0, 3.0, 1.0], channels, gain=4.0))  # which checkpoints have

    def forward(self, x):
        return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


class ResnetBlock(nn.Module):
    def __init__(self, channels, norm, bias):
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), norm(channels), nn.ReLU(True),
            nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3, bias=bias), norm(channels))

    def forward(self, x):
        return x + self.conv_block(x)


class Generator(nn.Module):
    """With instance norms, whose convolutions have a bias; or without any norm, where only the last one has."""

    def __init__(self, blocks=9, ngf=64, inputs=3, outputs=3, with_norm=True):
        super().__init__()
        norm, bias = (nn.InstanceNorm2d, True) if with_norm else (lambda channels: nn.Identity(), False)
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(inputs, ngf, 7, bias=bias), norm(ngf), nn.ReLU(True)]
        channels = ngf
        for _ in range(2):
            layers += [nn.Conv2d(channels, 2 * channels, 3, padding=1, bias=bias), norm(2 * channels),
                       nn.ReLU(True), Downsample(2 * channels)]
            channels *= 2
        layers += [ResnetBlock(channels, norm, bias) for _ in range(blocks)]
        for _ in range(2):
            layers += [Upsample(channels), nn.Conv2d(channels, channels // 2, 3, padding=1, bias=bias),
                       norm(channels // 2), nn.ReLU(True)]
            channels //= 2
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(ngf, outputs, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x)


def load_weights(path):
    """The tensors of a state_dict (.pth) or of a cuttranslate model (.pt), without their 'module.'."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    weights = content.get("state_dict", content)
    return {name.removeprefix("module."): tensor for name, tensor in weights.items()}


def load_generator(path):
    """A generator in evaluation mode with the weights of an antialiased resnet_Nblocks."""
    weights = load_weights(path)
    first, last = weights["model.1.weight"], [t for n, t in weights.items() if n.endswith(".weight")][-1]
    blocks = len({name.split(".")[1] for name in weights if ".conv_block." in name})
    net = Generator(blocks, first.shape[0], first.shape[1], last.shape[0], "model.1.bias" in weights)
    missing, unexpected = net.load_state_dict(weights, strict=False)
    if unexpected or any(not name.endswith(".filt") for name in missing):
        raise SystemExit(f"{path} does not hold an antialiased resnet generator with instance norm or none: "
                         f"missing {missing}, unexpected {unexpected}")
    return net.eval()
