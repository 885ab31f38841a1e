"""Text recognition with nothing but a wheel: PP-OCR's small models through RapidOCR on one thread. Latin, Chinese, Japanese."""

import math
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_rec.typings import TextRecInput, WordInfo
from rapidocr.inference_engine.onnxruntime.main import OrtInferSession
from rapidocr.utils.process_img import get_rotate_crop_image, resize_image_within_bounds

from parsing.formats.images.ocr_layout import Line, in_reading_order
from parsing.formats.pdf.text import TOKENS
from parsing.types import Word

Pixels = NDArray[np.uint8]  # height × width × 3
Corners = NDArray[np.float32]  # 4 × 2: top left, top right, bottom right, bottom left

PARAMETERS = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Rec.rec_batch_num": 1,  # one line at a time: no padding to the longest
}
MOST_SIDE_PX, LEAST_SIDE_PX = 2000, 32  # of the picture in which lines are looked for
LEAST_SCORE = 0.75  # of a line: scripts that the model knows score 0.97 on average, others 0.65
SIDEWAYS = 1.5  # times as tall as wide
UPSIDE_DOWN = "180"


class RapidReader:
    """Reads pictures. Loading takes about a second and 150 MB."""

    def __init__(self) -> None:
        OrtInferSession._init_sess_opts = staticmethod(_session_options)
        self._engine = RapidOCR(params=PARAMETERS)
        self._find = self._engine._load_det_model()
        self._orient = self._engine._load_cls_model()
        self._recognise = self._engine._load_rec_model()

    def lines(self, picture: Image.Image) -> tuple[list[Line], float]:
        """The lines of a picture in reading order, however it is turned, and the share of its writing that they are."""
        pixels = np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])
        turned, quarters = pixels, 0
        boxes = self._boxes(turned)
        if _are_sideways(boxes):
            turned, quarters = np.ascontiguousarray(np.rot90(pixels)), 1
            boxes = self._boxes(turned)
        if not len(boxes):
            return [], 1.0
        crops = [get_rotate_crop_image(turned, box.copy()) for box in boxes]
        if self._is_upside_down(crops):
            quarters += 2
            boxes = _upside_down(boxes, turned)
            crops = [np.ascontiguousarray(np.rot90(crop, 2)) for crop in crops]
        height, width = turned.shape[:2]
        lines = self._recognised(crops, [np.divide(box, (width, height), dtype=np.float32) for box in boxes])
        read = [line for line in lines if line]
        share = sum(_length(box) for line, box in zip(lines, boxes, strict=True) if line) / sum(map(_length, boxes))
        return [line.turned(quarters) for line in in_reading_order(read)], share

    def _boxes(self, pixels: Pixels) -> list[Corners]:
        """The corners of each line. A lonely line on a large page is found only when the page is made smaller."""
        for most_px in (MOST_SIDE_PX, MOST_SIDE_PX // 2):
            small, down, across = resize_image_within_bounds(pixels, LEAST_SIDE_PX, most_px)
            if (found := self._find(small).boxes) is not None:
                return [np.asarray(box * (across, down), dtype=np.float32) for box in found]
        return []

    def _is_upside_down(self, crops: list[Pixels]) -> bool:
        """True when most of the page is; the longer a line, the surer."""
        labels = self._orient(crops).cls_res
        weights = [
            crop.shape[1] / crop.shape[0] * (score - 0.5) for crop, (_, score) in zip(crops, labels, strict=True)
        ]
        turned = sum(weight for weight, (label, _) in zip(weights, labels, strict=True) if label == UPSIDE_DOWN)
        return bool(turned > 0.5 * sum(weights))

    def _recognised(self, crops: list[Pixels], boxes: list[Corners]) -> list[Line | None]:
        """A line for each box; None where it is written in characters that the model does not know."""
        read = self._recognise(TextRecInput(img=crops, return_word_box=True))
        return [
            _line(text, info, box) if score >= LEAST_SCORE else None
            for text, score, info, box in zip(read.txts, read.scores, read.word_results, boxes, strict=True)
        ]


def _session_options(_: Any) -> onnxruntime.SessionOptions:
    """One thread, and no memory kept for every shape that ever came by."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = options.enable_mem_pattern = False
    return options


def _are_sideways(boxes: list[Corners]) -> bool:
    """True when lines run up or down the page."""
    sizes = [(math.dist(box[0], box[1]), math.dist(box[0], box[3])) for box in boxes]
    tall = sum(height for width, height in sizes if height >= SIDEWAYS * width)
    wide = sum(width for width, height in sizes if width >= SIDEWAYS * height)
    return tall > wide


def _length(corners: Corners) -> float:
    return max(math.dist(corners[0], corners[1]), math.dist(corners[0], corners[3]))


def _upside_down(boxes: list[Corners], pixels: Pixels) -> list[Corners]:
    """The boxes after the page was turned by 180°."""
    height, width = pixels.shape[:2]
    return [np.roll((width, height) - box, 2, axis=0).astype(np.float32) for box in boxes]


def _line(text: str, info: WordInfo, corners: Corners) -> Line | None:
    """A line with a box for every word.

    Args:
        info: the columns of the recogniser in which it saw each character that is no space.
        corners: of the line, as fractions of the page.
    """
    text = text.strip()
    columns = [column for word in info.word_cols for column in word]
    places = [index for index, character in enumerate(text) if not character.isspace()]
    if not columns or len(columns) != len(places):
        return None
    at = dict(zip(places, columns, strict=True))
    pitch = max((columns[-1] - columns[0]) / max(len(columns) - 1, 1), 1.0)
    words = []
    for token in TOKENS.finditer(text):
        if token[0].isspace():
            continue
        first, last = at[token.start()], at[token.end() - 1]
        span = [min(max(edge / info.line_txt_len, 0.0), 1.0) for edge in (first - pitch / 2, last + pitch / 2 + 0.5)]
        words.append(Word(start=token.start(), end=token.end(), box=_part(corners, *span)))
    return Line(text, tuple(words), _part(corners, 0.0, 1.0))


def _part(corners: Corners, start: float, end: float) -> tuple[float, float, float, float]:
    """The upright box around a part of a line, from a fraction of its length to another."""
    top, bottom = corners[1] - corners[0], corners[2] - corners[3]
    points = [corners[0] + top * start, corners[0] + top * end, corners[3] + bottom * start, corners[3] + bottom * end]
    across, down = np.clip(np.asarray(points), 0.0, 1.0).T
    return float(across.min()), float(down.min()), float(across.max()), float(down.max())
