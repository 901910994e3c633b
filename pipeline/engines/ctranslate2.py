"""Whisper on CTranslate2: int8 on a CPU, float16 on CUDA.

faster-whisper's feature extractor and tokenizer are used; its decoding loop is not, because the
windows here are cut and checked by `pipeline.speech`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from pipeline.core import cores
from pipeline.core.errors import ResourceError, WeightsError
from pipeline.engines.base import DecodeOptions, SpokenWord, WindowResult
from pipeline.engines.tokens import Reading, compression, join_punctuation, read_tokens
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MAX_LENGTH = 448
FRAMES_PER_SECOND = 100
TOKENS_PER_SECOND = 50
PART = 8
"""Windows that one CPU core decodes together. More share the reading of the weights, but wait for the longest."""
ALIGNED = 2
"""Windows aligned at once on a CPU: the scores of every token of a window for the whole vocabulary weigh 30 MB."""


class CTranslate2Recogniser:
    """Batched Whisper decoding with time stamps and cross-attention word times.

    Args:
        folder: model.bin, config.json, tokenizer.json, vocabulary.txt.
        device: "cpu" or "cuda".
        threads: CPU threads; 0 takes every core up to 16. Each decodes windows of its own: several threads on the
            small matrices of one decoding step wait for each other more than they compute.

    Raises:
        WeightsError: the folder does not hold a model this version can read.
    """

    name = "ctranslate2"

    def __init__(self, folder: Path, device: str = "cpu", threads: int = 0) -> None:
        import ctranslate2
        import tokenizers
        from faster_whisper.feature_extractor import FeatureExtractor

        self.device = device
        self.precision = "int8" if device == "cpu" else "float16"
        self._workers = cores.threads(threads) if device == "cpu" else 1
        try:
            self._model = ctranslate2.models.Whisper(
                str(folder),
                device=device,
                compute_type=self.precision,
                intra_threads=1,
                inter_threads=self._workers,
            )
            self._vocabulary = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        except (RuntimeError, ValueError, OSError) as error:
            if "out of memory" in str(error).lower():
                raise ResourceError("not enough memory to load the speech model", hint="try a smaller model") from error
            raise WeightsError(
                f"the speech model cannot be loaded on {device}: {str(error).splitlines()[0]}",
                file=folder.name,
                hint="run `ipa models verify`, or use --device cpu",
            ) from error
        self._extract = FeatureExtractor(feature_size=self._model.n_mels)
        self._tokenizers: dict[str, Any] = {}
        self._encoded: dict[int, Any] = {}
        self._pool = ThreadPoolExecutor(self._workers)

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        """See `Recogniser`. Out of memory halves the batch and goes on."""
        if not windows:
            return []
        try:
            found = self._pool.map(lambda part: self._decode(part, options), self._parts(windows))
            return [result for part in found for result in part]
        except (RuntimeError, MemoryError) as error:
            if not isinstance(error, MemoryError) and "memory" not in str(error).lower():
                raise
            if len(windows) == 1:
                raise ResourceError(
                    "not enough memory to recognise speech", hint="close other programs, or choose a smaller model"
                ) from error
        half = len(windows) // 2
        return self.decode(windows[:half], options) + self.decode(windows[half:], options)

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        """See `Recogniser`. What is encoded for it is kept for the next `decode`, which usually gets the same
        windows."""
        if not self._model.is_multilingual:
            return {"en": 1.0}
        parts = self._parts(windows)
        encoded = list(self._pool.map(self._encode, parts))
        self._encoded = {_mark(part): there for part, there in zip(parts, encoded, strict=True)}
        total: dict[str, float] = {}
        for there in encoded:
            for row in self._model.detect_language(there):
                for token, probability in row:
                    code = token[2:-2]
                    total[code] = total.get(code, 0.0) + probability / len(windows)
        return total

    def _parts(self, windows: Sequence[NDArray[np.float32]]) -> list[Sequence[NDArray[np.float32]]]:
        """Windows divided evenly: on a CPU into parts of at most PART, equally many for each core; else all
        together."""
        if self.device != "cpu":
            return [windows]
        count = min(len(windows), self._workers * -(-len(windows) // (self._workers * PART)))
        edges = [round(n * len(windows) / count) for n in range(count + 1)]
        return [windows[a:b] for a, b in itertools.pairwise(edges)]

    def _encode(self, windows: Sequence[NDArray[np.float32]]) -> Any:
        """The encoder's output, shape (windows, 1500, d)."""
        import ctranslate2
        import numpy as np

        samples = self._extract.n_samples
        features = [self._extract(np.pad(w[:samples], (0, max(0, samples - len(w)))), padding=0) for w in windows]
        cut = [np.ascontiguousarray(f[:, : self._extract.nb_max_frames], np.float32)[None] for f in features]
        view = ctranslate2.StorageView.from_array
        if self.device != "cpu":
            return self._model.encode(view(np.concatenate(cut)))
        # One after the other: a window's attention weighs 70 MB, and more of them fit into no cache.
        return view(np.concatenate([np.array(self._model.encode(view(one))) for one in cut]))

    def _tokenizer(self, language: str) -> Any:
        if language not in self._tokenizers:
            from faster_whisper.tokenizer import Tokenizer

            self._tokenizers[language] = Tokenizer(
                self._vocabulary, self._model.is_multilingual, task="transcribe", language=language
            )
        return self._tokenizers[language]

    def _decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        tokenizer = self._tokenizer(options.language)
        prompt = list(tokenizer.sot_sequence)
        if options.prompt:
            prompt = [tokenizer.sot_prev, *tokenizer.encode(" " + options.prompt.strip()), *prompt]
        encoded = self._encoded.pop(_mark(windows), None) or self._encode(windows)
        search: dict[str, Any] = {"beam_size": options.beam_size}
        if options.temperature > 0:
            search = {"beam_size": 1, "sampling_topk": 0, "sampling_temperature": options.temperature}
        results = self._model.generate(
            encoded,
            [prompt] * len(windows),
            max_length=MAX_LENGTH,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=[-1],
            max_initial_timestamp_index=TOKENS_PER_SECOND,
            repetition_penalty=options.repetition_penalty,
            no_repeat_ngram_size=options.no_repeat_ngram,
            **search,
        )
        lengths = [min(len(w) / SAMPLE_RATE, 30.0) for w in windows]
        readings = [
            read_tokens(r.sequences_ids[0], tokenizer.timestamp_begin, tokenizer.eot, length)
            for r, length in zip(results, lengths, strict=True)
        ]
        words = self._align(encoded, readings, lengths, tokenizer)
        return [
            WindowResult(
                words=tuple(found),
                reached=reading.reached,
                finished=reading.finished,
                avg_logprob=result.scores[0] * len(result.sequences_ids[0]) / (len(result.sequences_ids[0]) + 1),
                no_speech=result.no_speech_prob,
                compression=compression(tokenizer.decode(list(reading.tokens))),
            )
            for result, reading, found in zip(results, readings, words, strict=True)
        ]

    def _slices(self, encoded: Any, count: int) -> Iterator[tuple[slice, Any]]:
        """Which windows, and their part of the encoder's output: few at a time on a CPU, else all."""
        import ctranslate2
        import numpy as np

        if self.device != "cpu":
            yield slice(count), encoded
            return
        there = np.asarray(encoded)
        for first in range(0, count, ALIGNED):
            part = slice(first, first + ALIGNED)
            yield part, ctranslate2.StorageView.from_array(there[part])

    def _align(
        self, encoded: Any, readings: Sequence[Reading], lengths: Sequence[float], tokenizer: Any
    ) -> list[list[SpokenWord]]:
        """Word times from the alignment heads' cross-attention by dynamic time warping."""
        import numpy as np

        texts = [list(reading.tokens) for reading in readings]
        if not any(texts):
            return [[] for _ in texts]
        frames = [max(2, round(length * FRAMES_PER_SECOND)) for length in lengths]
        aligned = [
            result
            for part, there in self._slices(encoded, len(texts))
            for result in self._model.align(
                there, tokenizer.sot_sequence, texts[part], frames[part], median_filter_width=7
            )
        ]
        found: list[list[SpokenWord]] = []
        for result, text, length in zip(aligned, texts, lengths, strict=True):
            if not text:
                found.append([])
                continue
            pairs = np.array(result.alignments)
            jumps = np.pad(np.diff(pairs[:, 0]), (1, 0), constant_values=1).astype(bool)
            times = pairs[jumps, 1] / TOKENS_PER_SECOND
            words, pieces = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
            edges = np.pad(np.cumsum([len(p) for p in pieces[:-1]]), (1, 0))
            rows = [
                {
                    "text": word,
                    "start": float(times[a]),
                    "end": float(min(times[min(b, len(times) - 1)], length)),
                    "probability": float(np.mean(result.text_token_probs[a:b])),
                }
                for word, a, b in zip(words, edges[:-1], edges[1:], strict=False)
            ]
            found.append([SpokenWord(**row) for row in join_punctuation(rows)])
        return found


def _mark(windows: Sequence[NDArray[np.float32]]) -> int:
    """A fingerprint that tells these windows from others."""
    return hash(tuple(hash(window.tobytes()) for window in windows))
