"""The renderer that comes with the system: trailers, cuts, samples and excerpts by ffmpeg, from one approved file and a few words.

Words go into files that filters read, never into a filter or a shell; the input is a picture or a recording by its own bytes, never a playlist; its
format is named, only local files are opened, and time, memory and size have limits.
"""

import shutil
import subprocess
import textwrap
import unicodedata
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from colophon.errors import BadConnectionError, InvalidError
from colophon.systems.bytenite.outputs import HEAD, sniffed

HOW_TO_GET_IT = "Install it (`apt-get install ffmpeg fontconfig`, `brew install ffmpeg fontconfig`, `dnf install ffmpeg-free fontconfig`), then clear the task."
SIZES: Mapping[str, tuple[int, int]] = {"16x9": (1920, 1080), "1x1": (1080, 1080), "9x16": (1080, 1920), "none": (1280, 720)}
RATE, MOST_BYTES, MOST_MEMORY, END_CARD_S = 30, 2 << 30, 1 << 30, 3
GROWS, SHARPER = 1.12, 3
"""How much a cover grows from beginning to end, and how many times larger than it is shown it is drawn."""
FONT, FONTS_WITHIN_S, LATIN, TITLE_LINES = "font", 60, 0x24F, 3
_PICTURES = {"image/png": "png_pipe", "image/jpeg": "jpeg_pipe"}
_SOUNDS = {"audio/wav": "wav", "audio/mpeg": "mp3", "audio/flac": "flac", "audio/mp4": "mov"}
_H264 = ("-c:v", "libx264", "-profile:v", "high", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-r", str(RATE), "-flags", "+cgop")
_AAC = ("-c:a", "aac", "-b:a", "128k", "-ar", "48000")


def ffmpeg() -> str:
    """Where ffmpeg is.

    :raises BadConnectionError: it is not installed.
    """
    found = shutil.which("ffmpeg")
    if found is None:
        raise BadConnectionError("media_backend local renders with ffmpeg, which is not installed", system="bytenite", remedy=HOW_TO_GET_IT)
    return found


def prepared(folder: Path, source: BinaryIO, params: Mapping[str, Any], kind: str) -> list[str]:
    """The command that renders a job of a kind; it runs in a folder of its own, where words and input are written, and writes into its `files`.

    :raises BadConnectionError: there is no ffmpeg.
    :raises InvalidError: the input is no picture or recording that it takes, or no font has all letters of the words.
    """
    program, found = ffmpeg(), sniffed(source.read(HEAD))
    source.seek(0)
    wants_sound = kind in {"AUDIO_SAMPLE", "EXCERPT", "PROMO_CLIP"}
    reader = (_SOUNDS if wants_sound else _PICTURES).get(found)
    if reader is None:
        what = "recording (WAV, MP3, FLAC, M4A)" if wants_sound else "picture (PNG, JPEG)"
        raise InvalidError(f"the source is no {what}", system="bytenite", operation="submit", evidence=found or "unknown")
    with (folder / "source").open("wb") as file:
        shutil.copyfileobj(source, file)
    width, height = SIZES[params.get("shape", "16x9")]
    seconds = int(params.get("seconds", 10))
    words = _write_words(folder, params, seconds, width)
    if kind != "AUDIO_SAMPLE":
        shutil.copyfile(font_for(words), folder / FONT)
    start = [
        program,
        "-nostdin",
        "-hide_banner",
        "-loglevel",
        "warning",
        "-y",
        "-max_alloc",
        str(MOST_MEMORY),
        "-protocol_whitelist",
        "file,pipe",
    ]
    limits = ["-fs", str(MOST_BYTES)]
    if kind == "AUDIO_SAMPLE":
        return [*start, "-f", reader, "-i", "source", *_sample(seconds), *limits, "files/sample.mp3", *_WAVEFORM]
    if wants_sound:
        return [*start, "-f", reader, "-i", "source", *_excerpt(seconds, width, height), *limits, "files/excerpt.mp4", *_WAVEFORM]
    still = ["-f", reader, "-i", "source", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]
    card = ["-map", "[poster]", "-frames:v", "1", "-update", "1", "files/poster.png"]
    return [*start, *still, *_film(seconds, width, height), *limits, "files/video.mp4", *card]


_WAVEFORM = (
    "-filter_complex",
    "[0:a]showwavespic=s=1280x320:colors=0x7a4b2a[wave]",
    "-map",
    "[wave]",
    "-frames:v",
    "1",
    "-update",
    "1",
    "files/poster.png",
)


def _film(seconds: int, width: int, height: int) -> list[str]:
    """Blurred cover behind, the whole cover in its own shape growing slowly over it (scaled up first, else it jitters), title and author below, an end card with the day."""
    last, unit = f":enable=gte(t\\,{max(seconds - END_CARD_S, 1)})", min(width, height) // 18
    across, down = _even(min(height * 0.6, width * 0.96)), _even(height * 0.6)
    room = f"{across * SHARPER}:{down * SHARPER}"
    graph = (
        f"[0:v]split[far][near];[far]scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},boxblur=24,eq=brightness=-0.25,setsar=1,loop=-1:1:0,fps={RATE}[back];"
        f"[near]format=rgba,scale={room}:force_original_aspect_ratio=decrease,scale=iw/{GROWS}:ih/{GROWS},pad={room}:(ow-iw)/2:(oh-ih)/2:color=black@0,format=yuva444p,"
        f"zoompan=z='1+{GROWS - 1:.2f}*on/{seconds * RATE}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d={seconds * RATE}:fps={RATE}"
        f":s={across}x{down},setsar=1[front];"
        f"[back][front]overlay=(W-w)/2:H*0.04:shortest=1,{_title(unit)},{_text('author.txt', unit * 2 // 3, 0.86)},"
        f"{_text('end.txt', unit * 2 // 3, 0.93, last)},split[film][still];"
        f"[still]trim=start={seconds / 2},setpts=PTS-STARTPTS[poster]"
    )
    return ["-filter_complex", graph, "-map", "[film]", "-map", "1:a", *_H264, *_AAC, "-t", str(seconds), "-movflags", "+faststart"]


def _sample(seconds: int) -> list[str]:
    """The beginning, faded out, at the loudness that audiobook shops ask for."""
    fade = f"afade=t=out:st={max(seconds - 3, 0)}:d=3,loudnorm=I=-20:TP=-3,aresample=44100"
    return ["-map", "0:a", "-t", str(seconds), "-af", fade, "-c:a", "libmp3lame", "-b:a", "192k", "-map_metadata", "-1"]


def _excerpt(seconds: int, width: int, height: int) -> list[str]:
    unit = min(width, height) // 18
    graph = (
        f"[0:a]afade=t=out:st={max(seconds - 3, 0)}:d=3,loudnorm=I=-14:TP=-1,aresample=48000,aformat=channel_layouts=stereo,asplit[sound][seen];"
        f"[seen]showwaves=s={width}x{_even(height * 0.4)}:mode=cline:rate={RATE}:colors=0xd9a066[wave];"
        f"color=c=0x241a12:s={width}x{height}:r={RATE}[back];"
        f"[back][wave]overlay=0:H*0.18:shortest=1,{_title(unit)},{_text('author.txt', unit * 2 // 3, 0.86)}[film]"
    )
    return ["-filter_complex", graph, "-map", "[film]", "-map", "[sound]", *_H264, *_AAC, "-t", str(seconds), "-movflags", "+faststart"]


def _title(size: int) -> str:
    """Its lines, each in the middle."""
    return ",".join(_text(f"title-{line}.txt", size, 0.65, below=line * size * 5 // 4) for line in range(TITLE_LINES))


def _text(file: str, size: int, place: float, more: str = "", *, below: int = 0) -> str:
    """A line of text out of a file, as it is: nothing in it is expanded. `below`: so many pixels below its place."""
    return (
        f"drawtext=textfile={file}:fontfile={FONT}:expansion=none:fontsize={size}:fontcolor=white:x=(w-text_w)/2:y=h*{place}+{below}{more}"
    )


def font_for(words: str) -> Path:
    """A font of this machine that has every letter of some words: what it lacks would be drawn as an empty box.

    :raises BadConnectionError: fontconfig, which knows the fonts, is not installed. :raises InvalidError: there is no such font.
    """
    marks = {"Cc", "Cf", "Mn", "Zs"}  # what sets lines and directions, and what only changes the letter before it
    letters = sorted({ord(letter) for letter in words if unicodedata.category(letter) not in marks})
    wanted = ":scalable=true:color=false:charset=" + " ".join(f"{letter:x}" for letter in letters)
    best = _asked("fc-match", "--format=%{file}", f"sans{wanted}")
    if best in (line.rstrip(": ") for line in _asked("fc-list", wanted, "file").splitlines()):
        return Path(best)
    named = ", ".join(f"U+{letter:04X}" for letter in letters if letter > LATIN)[:200]
    remedy = "Install a font that has them on the workers (`apt-get install fonts-noto`), then send it again."
    raise InvalidError("no font here has all letters of its words", system="bytenite", operation="submit", evidence=named, remedy=remedy)


def _asked(program: str, *words: str) -> str:
    found = shutil.which(program)
    if found is None:
        raise BadConnectionError(
            "media_backend local asks fontconfig for fonts, which is not installed", system="bytenite", remedy=HOW_TO_GET_IT
        )
    return subprocess.run([found, *words], capture_output=True, text=True, timeout=FONTS_WITHIN_S, check=True).stdout  # noqa: S603 - code points alone


def _write_words(folder: Path, params: Mapping[str, Any], seconds: int, width: int) -> str:
    """Title, author and day in files of their own, and the captions; all that will be drawn."""
    letters = 34 if width > 1500 else 26
    title = textwrap.wrap(_plain(params.get("title", "")), letters, max_lines=TITLE_LINES, placeholder=" …") or [""]
    author = textwrap.shorten(_plain(params.get("author", "")), letters + 12, placeholder=" …")
    day = date.fromisoformat(params["publication_date"]) if params.get("publication_date") else None
    out_on = f"Out on {day.day} {day:%B %Y}" if day else ""
    lines = {f"title-{line}": title[line] if line < len(title) else "" for line in range(TITLE_LINES)}
    for name, words in {**lines, "author": author, "end": out_on}.items():
        (folder / f"{name}.txt").write_text(words, encoding="utf-8")
    spoken = " ".join([*title, author]).replace("-->", "→")
    captions = f"WEBVTT\n\n00:00:00.000 --> {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.000\n{spoken}\n"
    (folder / "files" / "captions.vtt").write_text(captions, encoding="utf-8")
    return "".join([*title, author, out_on])


def _plain(text: object) -> str:
    """Printable characters, those that set the direction of writing among them."""
    return "".join(c for c in str(text) if c.isprintable() or c in "\u200e\u200f\u2066\u2067\u2069")


def _even(number: float) -> int:
    return int(number) // 2 * 2
