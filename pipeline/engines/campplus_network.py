"""The CAM++ network in torch, with the parameter names of the published checkpoint.

Source: H. Wang, S. Zheng, Y. Chen, L. Cheng, Q. Chen, "CAM++: A Fast and Efficient Network for Speaker
Verification Using Context-Aware Masking", Interspeech 2023. Sizes are those of the 3D-Speaker checkpoint
`campplus_cn_en_common.pt` (80 mel bins, 192 dimensions).

This module imports torch; import it inside functions only.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

MEL_BINS = 80
DIMENSIONS = 192
GROWTH = 32
BOTTLENECK = 4 * GROWTH
SEGMENT_FRAMES = 100
"""Frames (after the stride of two) over which the local context of the mask is pooled."""


def _normed(channels: int, *, affine: bool = True, relu: bool = True) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(batchnorm=nn.BatchNorm1d(channels, affine=affine))
    if relu:
        layers["relu"] = nn.ReLU(inplace=True)
    return nn.Sequential(layers)


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut; the stride is over frequency only."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, stride=(stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride != 1:
            convolution = nn.Conv2d(channels, channels, 1, stride=(stride, 1), bias=False)
            self.shortcut = nn.Sequential(convolution, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, bins, frames) -> the same with bins / stride."""
        y = functional.relu(self.bn1(self.conv1(x)))
        return functional.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class FrontEnd(nn.Module):
    """Two-dimensional convolutions that make the network robust against shifts in frequency."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.layer1 = nn.Sequential(ResidualBlock(channels, 2), ResidualBlock(channels, 1))
        self.layer2 = nn.Sequential(ResidualBlock(channels, 2), ResidualBlock(channels, 1))
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=(2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.out_channels = channels * (MEL_BINS // 8)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, bins, frames) -> (batch, channels, frames)."""
        y = functional.relu(self.bn1(self.conv1(x.unsqueeze(1))))
        y = functional.relu(self.bn2(self.conv2(self.layer2(self.layer1(y)))))
        return y.flatten(1, 2)


class TimeDelay(nn.Module):
    """The first layer over time: kernel 5, halves the frame rate."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inputs, outputs, 5, stride=2, padding=2, bias=False)
        self.nonlinear = _normed(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, frames) -> (batch, outputs, frames / 2)."""
        y: Tensor = self.nonlinear(self.linear(x))
        return y


class ContextMask(nn.Module):
    """A convolution whose output is masked by what the whole utterance and the near second are like."""

    def __init__(self, inputs: int, outputs: int, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(inputs, outputs, 3, padding=dilation, dilation=dilation, bias=False)
        self.linear1 = nn.Conv1d(inputs, inputs // 2, 1)
        self.linear2 = nn.Conv1d(inputs // 2, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, frames) -> (batch, outputs, frames)."""
        frames = x.shape[-1]
        near = functional.avg_pool1d(x, SEGMENT_FRAMES, SEGMENT_FRAMES, ceil_mode=True)
        # The mask is the same for every frame of a segment, so it is computed once per segment.
        mask = torch.sigmoid(self.linear2(functional.relu(self.linear1(x.mean(-1, keepdim=True) + near))))
        if mask.shape[-1] > 1:
            mask = mask.repeat_interleave(SEGMENT_FRAMES, dim=-1)[..., :frames]
        local: Tensor = self.linear_local(x)
        return local * mask


class DenseLayer(nn.Module):
    """One layer of a block; its output is appended to its input."""

    def __init__(self, inputs: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _normed(inputs)
        self.linear1 = nn.Conv1d(inputs, BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _normed(BOTTLENECK)
        self.cam_layer = ContextMask(BOTTLENECK, GROWTH, dilation)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, frames) -> (batch, growth, frames)."""
        # relu works in place and the input is needed again by the layers after this one: batch
        # normalisation makes the copy it works on.
        y: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return y


class DenseBlock(nn.ModuleDict):
    """Densely connected layers tdnnd1, tdnnd2, ..."""

    def __init__(self, layers: int, inputs: int, dilation: int) -> None:
        super().__init__({f"tdnnd{n + 1}": DenseLayer(inputs + n * GROWTH, dilation) for n in range(layers)})

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs, frames) -> (batch, inputs + layers * growth, frames)."""
        for layer in self.values():
            x = torch.cat((x, layer(x)), dim=1)
        return x


class Transit(nn.Module):
    """Halves the channels between blocks."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _normed(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, frames) -> (batch, channels / 2, frames)."""
        y: Tensor = self.linear(self.nonlinear(x))
        return y


class StatisticsPool(nn.Module):
    """Mean and standard deviation over time."""

    def forward(self, x: Tensor) -> Tensor:
        """(batch, channels, frames) -> (batch, 2 * channels)."""
        return torch.cat((x.mean(-1), x.std(-1, unbiased=True)), dim=1)


class Projection(nn.Module):
    """The embedding layer."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(inputs, DIMENSIONS, 1, bias=False)
        self.nonlinear = _normed(DIMENSIONS, affine=False, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, inputs) -> (batch, dimensions)."""
        y: Tensor = self.nonlinear(self.linear(x.unsqueeze(-1)).squeeze(-1))
        return y


class CamPlusPlus(nn.Module):
    """Speaker embeddings from mel features whose mean over time is zero."""

    def __init__(self) -> None:
        super().__init__()
        self.head = FrontEnd()
        layers: OrderedDict[str, nn.Module] = OrderedDict(tdnn=TimeDelay(self.head.out_channels, 128))
        channels = 128
        for n, (depth, dilation) in enumerate(((12, 1), (24, 2), (16, 2)), start=1):
            layers[f"block{n}"] = DenseBlock(depth, channels, dilation)
            channels += depth * GROWTH
            layers[f"transit{n}"] = Transit(channels)
            channels //= 2
        layers["out_nonlinear"] = _normed(channels)
        layers["stats"] = StatisticsPool()
        layers["dense"] = Projection(2 * channels)
        self.xvector = nn.Sequential(layers)

    def forward(self, features: Tensor) -> Tensor:
        """(batch, frames, 80) -> (batch, 192), not normalised."""
        y: Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return y


def load(checkpoint: Path) -> CamPlusPlus:
    """The network with the weights of `checkpoint`, every key matched, in evaluation mode.

    Raises:
        RuntimeError: the file holds other parameters.
    """
    network = CamPlusPlus()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True), strict=True)
    return network.eval()
