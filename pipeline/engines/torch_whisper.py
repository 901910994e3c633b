"""Whisper on torch (openai-whisper's model and decoder): float16 on CUDA, float32 on a CPU.

openai-whisper decodes batches of mel windows natively; its `transcribe` loop is not used, because the
windows here are cut and checked by `pipeline.speech`. Word times are found for the whole batch at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.core.errors import ResourceError, WeightsError
from pipeline.engines import convert_whisper
from pipeline.engines.base import (
    WINDOW_SECONDS,
    DecodeOptions,
    DeviceFailedError,
    SpokenWord,
    WindowResult,
)
from pipeline.engines.dtw import warp
from pipeline.engines.tokens import Reading, compression, join_punctuation, read_tokens
from pipeline.recording import SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

FRAMES_PER_SECOND = 50
MEDIAN_WIDTH = 7
SEED = 7


class TorchRecogniser:
    """Batched Whisper decoding with time stamps and cross-attention word times.

    Args:
        folder: Whisper's weights as CTranslate2 has them; converted in memory (see `convert_whisper`).
        device: "cpu" or "cuda".
        threads: CPU threads, 0 leaves the choice to torch.

    Raises:
        WeightsError: it does not hold such weights. DeviceFailedError: the GPU cannot hold it.
    """

    name = "torch"

    def __init__(self, folder: Path, device: str = "cpu", threads: int = 0) -> None:
        import torch

        self.device = device
        self.precision = "float16" if device == "cuda" else "float32"
        if threads and device == "cpu":
            torch.set_num_threads(threads)
        try:
            self._model = _load(folder, device)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise WeightsError(
                "the speech model cannot be loaded", file=folder.name, hint="run `ipa models verify`"
            ) from error
        except RuntimeError as error:
            if device == "cuda":
                raise DeviceFailedError(_first_line(error)) from error
            raise WeightsError(
                f"the speech model cannot be loaded: {_first_line(error)}",
                file=folder.name,
                hint="run `ipa models verify`",
            ) from error

    def decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        """See `Recogniser`. Out of memory halves the batch and goes on."""
        import torch

        if not windows:
            return []
        try:
            return self._decode(windows, options)
        except torch.cuda.OutOfMemoryError as error:
            if len(windows) == 1:
                raise DeviceFailedError("it has too little memory for a single window") from error
        except MemoryError as error:
            if len(windows) == 1:
                raise ResourceError(
                    "not enough memory to recognise speech", hint="close other programs, or choose a smaller model"
                ) from error
        except RuntimeError as error:
            if self.device != "cuda":
                raise
            raise DeviceFailedError(_first_line(error)) from error
        if self.device == "cuda":
            torch.cuda.empty_cache()
        half = len(windows) // 2
        return self.decode(windows[:half], options) + self.decode(windows[half:], options)

    def detect_language(self, windows: Sequence[NDArray[np.float32]]) -> dict[str, float]:
        """See `Recogniser`."""
        if not self._model.is_multilingual:
            return {"en": 1.0}
        try:
            _, rows = self._model.detect_language(self._mels(windows))
        except RuntimeError as error:
            if self.device != "cuda":
                raise
            raise DeviceFailedError(_first_line(error)) from error
        total: dict[str, float] = {}
        for row in rows:
            for code, probability in row.items():
                total[code] = total.get(code, 0.0) + float(probability) / len(rows)
        return total

    def _mels(self, windows: Sequence[NDArray[np.float32]]) -> Any:
        """Log-mel spectrograms, shape (windows, mels, 3000), in the model's precision."""
        import numpy as np
        import torch
        from whisper.audio import N_SAMPLES, log_mel_spectrogram

        sound = np.zeros((len(windows), N_SAMPLES), dtype=np.float32)
        for row, window in zip(sound, windows, strict=True):
            row[: len(window)] = window[:N_SAMPLES]
        on_device = torch.from_numpy(sound).to(self.device)
        # One by one: the floor of a log-mel is relative to its own window's loudest value.
        mels = torch.stack([log_mel_spectrogram(one, n_mels=self._model.dims.n_mels) for one in on_device])
        return mels.half() if self.device == "cuda" else mels

    def _decode(self, windows: Sequence[NDArray[np.float32]], options: DecodeOptions) -> list[WindowResult]:
        import torch
        from whisper.decoding import DecodingOptions

        settings = DecodingOptions(
            language=options.language if self._model.is_multilingual else "en",
            prompt=options.prompt or None,
            beam_size=options.beam_size if options.temperature == 0 else None,
            temperature=options.temperature,
            fp16=self.device == "cuda",
        )
        task = _task(self._model, settings)
        if options.no_repeat_ngram:
            task.logit_filters.append(NoRepeat(options.no_repeat_ngram, task.sample_begin, task.tokenizer.eot))
        torch.manual_seed(SEED)
        with torch.no_grad():
            results = task.run(self._mels(windows))
            lengths = [min(len(w) / SAMPLE_RATE, WINDOW_SECONDS) for w in windows]
            tokenizer = task.tokenizer
            readings = [
                read_tokens(r.tokens, tokenizer.timestamp_begin, tokenizer.eot, length)
                for r, length in zip(results, lengths, strict=True)
            ]
            words = self._align(torch.stack([r.audio_features for r in results]), readings, lengths, tokenizer)
        return [
            WindowResult(
                words=tuple(found),
                reached=reading.reached,
                finished=reading.finished,
                avg_logprob=float(result.avg_logprob),
                no_speech=float(result.no_speech_prob),
                compression=compression(tokenizer.decode(list(reading.tokens))),
            )
            for result, reading, found in zip(results, readings, words, strict=True)
        ]

    def _align(
        self, features: Any, readings: Sequence[Reading], lengths: Sequence[float], tokenizer: Any
    ) -> list[list[SpokenWord]]:
        """Word times as `whisper.timing.find_alignment` finds them, for a batch.

        Args:
            features: encoder output, shape (windows, 1500, width).
        """
        import numpy as np

        texts = [list(reading.tokens) for reading in readings]
        if not any(texts):
            return [[] for _ in texts]
        prefix = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        longest = max(len(text) for text in texts)
        rows = [[*prefix, *text, *[tokenizer.eot] * (longest + 1 - len(text))] for text in texts]
        attention, probabilities = self._attend(features, rows, len(prefix), tokenizer.eot)
        frames = [max(2, round(length * FRAMES_PER_SECOND)) for length in lengths]
        first = len(tokenizer.sot_sequence)
        found: list[list[SpokenWord]] = []
        for index, text in enumerate(texts):
            if not text:
                found.append([])
                continue
            # The row of a token is the position that predicts it: one before its own.
            cost = self._sharpen(attention[index, :, : first + len(text) + 2, : frames[index]])
            steps = warp(-cost[first : first + len(text) + 1].numpy())
            times = steps / FRAMES_PER_SECOND
            pieces, groups = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
            edges = np.pad(np.cumsum([len(g) for g in groups[:-1]]), (1, 0))
            found.append(
                [
                    SpokenWord(**row)
                    for row in join_punctuation(
                        [
                            {
                                "text": piece,
                                "start": float(times[a]),
                                "end": float(min(times[min(b, len(times) - 1)], lengths[index])),
                                "probability": float(np.mean(probabilities[index, a:b])),
                            }
                            for piece, a, b in zip(pieces, edges[:-1], edges[1:], strict=False)
                        ]
                    )
                ]
            )
        return found

    def _attend(self, features: Any, rows: list[list[int]], first: int, eot: int) -> tuple[Any, Any]:
        """Cross-attention of the alignment heads, (windows, heads, tokens, frames), and token probabilities."""
        import torch
        from whisper.model import disable_sdpa

        tokens = torch.tensor(rows, device=self.device)
        caught: list[Any] = [None] * self._model.dims.n_text_layer
        hooks = [
            block.cross_attn.register_forward_hook(
                lambda _module, _inputs, outputs, place=place: caught.__setitem__(place, outputs[-1])
            )
            for place, block in enumerate(self._model.decoder.blocks)
        ]
        try:
            with disable_sdpa():
                logits = self._model.decoder(tokens, features)
        finally:
            for hook in hooks:
                hook.remove()
        heads = torch.stack([caught[layer][:, head] for layer, head in self._model.alignment_heads.indices().T], dim=1)
        text = tokens[:, first:]
        spoken = logits[:, first - 1 : -1, :eot].float().softmax(dim=-1)
        chosen = spoken.gather(-1, text.clamp(max=eot - 1).unsqueeze(-1)).squeeze(-1)
        return heads.float(), chosen.cpu().numpy()

    def _sharpen(self, heads: Any) -> Any:
        """(heads, tokens, frames) attention scores to one (tokens, frames) matrix on the CPU."""
        import torch
        import torch.nn.functional as functional

        weights = heads.softmax(dim=-1)
        deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
        weights = (weights - mean) / deviation
        side = MEDIAN_WIDTH // 2
        if weights.shape[-1] > side:
            padded = functional.pad(weights, (side, side), mode="reflect")
            weights = padded.unfold(-1, MEDIAN_WIDTH, 1).median(dim=-1).values
        return weights.mean(dim=0).cpu()


class NoRepeat:
    """A logit filter (see `whisper.decoding.LogitFilter`) that forbids n-grams which occurred before."""

    def __init__(self, size: int, begin: int, eot: int) -> None:
        self._size, self._begin, self._eot = size, begin, eot

    def apply(self, logits: Any, tokens: Any) -> None:
        """Set the logits of tokens that would repeat an n-gram of text to minus infinity, in place."""
        for row, sequence in zip(logits, tokens.tolist(), strict=True):
            said = sequence[self._begin :]
            tail = said[len(said) - self._size + 1 :]
            for at in range(len(said) - self._size + 1):
                last = said[at + self._size - 1]
                if last < self._eot and said[at : at + self._size - 1] == tail:
                    row[last] = float("-inf")


def _task(model: Any, settings: Any) -> Any:
    """A `DecodingTask` for batches: openai-whisper's own cannot combine beams and batches (each window's features
    are needed once per beam)."""
    from whisper.decoding import DecodingTask

    class Batched(DecodingTask):  # type: ignore[misc]
        def _get_audio_features(self, mel: Any) -> Any:
            return super()._get_audio_features(mel).repeat_interleave(self.n_group, dim=0)

        def _detect_language(self, audio_features: Any, tokens: Any) -> Any:
            return super()._detect_language(audio_features[:: self.n_group], tokens)

    return Batched(model, settings)


def _load(folder: Path, device: str) -> Any:
    import torch
    from whisper.model import ModelDimensions, Whisper

    stored = convert_whisper.checkpoint(folder)
    model = Whisper(ModelDimensions(**stored["dims"]))
    model.load_state_dict(stored["model_state_dict"])
    if heads := stored.get("alignment_heads"):
        mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)
    model = model.eval().to(device)
    return model.half() if device == "cuda" else model.float()


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
