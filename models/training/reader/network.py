"""The reader's network: a BERT encoder (MiniLM, six layers) with the features of each word added to its embeddings.

Written out instead of taken from a library so that the exported graph holds nothing but what runs. Weights come from
all-MiniLM-L6-v2 (Wang et al., 2020; Reimers & Gurevych, 2019), Apache-2.0.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from pipeline.core.document import Category

CATEGORIES = get_args(Category)
LABELS = ["O"] + [p + c for c in CATEGORIES for p in ("B-", "I-")]
#: Sizes of the integer features: shape, sentence start, confidence, pause, role; and of the style.
SIZES = (7, 2, 7, 4, 2)
STYLES = 3
LISTS = 12


class Layer(nn.Module):
    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = (
            layer(x).view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        mixed = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(batch, length, width)
        x = self.norm1(x + self.dropout(self.out(mixed)))
        return self.norm2(x + self.dropout(self.down(nn.functional.gelu(self.up(x)))))


class Reader(nn.Module):
    """ids (batch, length), integers (batch, length, 5), lists (batch, length, LISTS), style (batch,) -> logits."""

    def __init__(self, width: int = 384, layers: int = 6, heads: int = 12, inner: int = 1536, vocabulary: int = 30522,
                 dropout: float = 0.1) -> None:  # fmt: skip
        super().__init__()
        self.words = nn.Embedding(vocabulary, width)
        self.positions = nn.Embedding(512, width)
        self.features = nn.ModuleList(nn.Embedding(n, width) for n in (*SIZES, STYLES))
        self.lists = nn.Linear(LISTS, width, bias=False)
        for part in [*self.features, self.lists]:
            nn.init.normal_(part.weight, std=0.01)
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.layers = nn.ModuleList(Layer(width, heads, inner, dropout) for _ in range(layers))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(width + LISTS, len(LABELS))

    def forward(self, ids: Tensor, integers: Tensor, lists: Tensor, style: Tensor) -> Tensor:
        x = self.words(ids) + self.positions(torch.arange(ids.shape[1], device=ids.device))[None]
        for n, table in enumerate(self.features):
            x = x + (table(integers[:, :, n]) if n < len(SIZES) else table(style)[:, None])
        x = self.dropout(self.norm(x + self.lists(lists)))
        mask = (ids != 0)[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        return self.head(torch.cat((x, lists), -1))


def pretrained(folder: Path) -> Reader:
    """A reader whose encoder is the published one (folder with model.safetensors)."""
    source = load_file(str(folder / "model.safetensors"))
    reader = Reader()
    state = reader.state_dict()
    names = {
        "words.weight": "embeddings.word_embeddings.weight",
        "positions.weight": "embeddings.position_embeddings.weight",
        "norm.weight": "embeddings.LayerNorm.weight",
        "norm.bias": "embeddings.LayerNorm.bias",
    }
    parts = {
        "query": "attention.self.query",
        "key": "attention.self.key",
        "value": "attention.self.value",
        "out": "attention.output.dense",
        "norm1": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "norm2": "output.LayerNorm",
    }
    for n in range(len(reader.layers)):
        for ours, theirs in parts.items():
            for kind in ("weight", "bias"):
                names[f"layers.{n}.{ours}.{kind}"] = f"encoder.layer.{n}.{theirs}.{kind}"
    for ours, theirs in names.items():
        state[ours].copy_(source[theirs])
    state["words.weight"] += source["embeddings.token_type_embeddings.weight"][0]
    reader.load_state_dict(state)
    return reader
