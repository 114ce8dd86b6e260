"""Words for facts of models: modalities of tasks, number formats, classes of size.

The modality of a task is the category under which the Hub lists it. A number format is what a tag
names; where none does, it is that of the type in which most weights are stored.
"""

from __future__ import annotations

SIZE_CLASSES = ("<1B", "1B-7B", "7B-20B", "20B-100B", ">=100B")
"""Classes by total parameters, as the source counts them."""

SIZE_SPELLINGS = {
    **{name: name for name in SIZE_CLASSES},
    "below-1B": "<1B",
    "1-7B": "1B-7B",
    "7-20B": "7B-20B",
    "20-100B": "20B-100B",
    "from-100B": ">=100B",
}
"""How a class of size may be written, and the class: < and > need quotes in a shell."""

LICENCE_CLASSES = ("L1", "L2", "L3", "L4", "L5", "L6", "L7", "L8", "L9")

UNLISTED = "unlisted"
"""Modality of a declared task that the Hub's own list does not hold."""

TASKS: dict[str, tuple[str, ...]] = {
    "text": (
        *("feature-extraction", "fill-mask", "multiple-choice", "question-answering"),
        *("sentence-similarity", "summarization", "table-question-answering", "table-to-text"),
        *("text-classification", "text-generation", "text-ranking", "text-retrieval"),
        *("text2text-generation", "token-classification", "translation"),
        "zero-shot-classification",
    ),
    "vision": (
        *("depth-estimation", "image-classification", "image-feature-extraction"),
        *("image-segmentation", "image-to-3d", "image-to-image", "image-to-text"),
        *("image-to-video", "keypoint-detection", "mask-generation", "object-detection"),
        *("text-to-3d", "text-to-image", "text-to-video", "unconditional-image-generation"),
        *("video-classification", "video-to-video", "zero-shot-image-classification"),
        "zero-shot-object-detection",
    ),
    "audio": (
        *("audio-classification", "audio-to-audio", "automatic-speech-recognition"),
        *("text-to-audio", "text-to-speech", "voice-activity-detection"),
    ),
    "multimodal": (
        *("any-to-any", "audio-text-to-text", "biology", "document-question-answering"),
        *("image-text-to-image", "image-text-to-text", "image-text-to-video"),
        *("video-text-to-text", "visual-document-retrieval", "visual-question-answering"),
    ),
    "tabular": (
        *("tabular-classification", "tabular-regression", "tabular-to-text"),
        "time-series-forecasting",
    ),
    "reinforcement": ("reinforcement-learning", "robotics"),
    "other": ("graph-ml", "other"),
}
"""Modality -> the Hub's tasks of that category; it calls text nlp, and vision cv."""

MODALITIES = (*TASKS, UNLISTED)

PRECISIONS: dict[str, tuple[str, ...]] = {
    "1-bit": ("1-bit", "1bit", "1.58-bit", "1.58bit", "bitnet"),
    "2-bit": ("2-bit", "2bit"),
    "3-bit": ("3-bit", "3bit"),
    "4-bit": ("4-bit", "4bit", "int4", "fp4", "nf4", "mxfp4", "nvfp4"),
    "5-bit": ("5-bit", "5bit"),
    "6-bit": ("6-bit", "6bit"),
    "8-bit": ("8-bit", "8bit", "int8", "uint8", "fp8", "mxfp8"),
    "16-bit": ("bf16", "bfloat16", "f16", "fp16", "float16"),
    "32-bit": ("f32", "fp32", "float32"),
}
"""Number format -> the tags, in small letters, that name it."""

STORED_PRECISIONS: dict[str, tuple[str, ...]] = {
    "4-bit": ("F4",),
    "6-bit": ("F6_E2M3", "F6_E3M2"),
    "8-bit": ("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ"),
    "16-bit": ("BF16", "F16"),
    "32-bit": ("F32",),
}
"""Number format -> the types of stored weights that have it. Only floating types tell one, and
F8_E8M0 holds scales, no weights."""

PACKED_TYPES = ("I8", "U8", "I16", "U16", "I32", "U32")
"""Types in which several weights are packed into one number, or quantised ones stored. Where one
stands beside others, these may be but the embeddings of a quantised model: nothing is told."""

MANY_VALUED = ("format", "language", "precision")
"""Groupings in which a model may stand in several groups."""
