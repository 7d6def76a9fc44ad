#!/usr/bin/env python3
"""Pictures, resampling and drawing against Pillow, PyTorch, torchvision and numpy.

The fixtures are made here: PNG files of every kind are encoded by hand from samples
that are known, so that the expected pixels do not come from any decoder.
"""
import io
import os
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

ORACLE = os.environ.get("PYTHON_ORACLE", "")
try:
    import numpy as np
    import PIL
    from PIL import Image, ImageOps
    import torch
    import torch.nn.functional as F
    from torchvision.transforms import functional as TF
except ImportError as missing:
    if ORACLE and os.environ.get("IMAGE_ORACLE_RERUN") != "1":
        os.environ["IMAGE_ORACLE_RERUN"] = "1"
        os.execvp(ORACLE, [ORACLE] + sys.argv)
    print("SKIP: numpy, Pillow, torch and torchvision are needed:", missing)
    sys.exit(77)

TOOL = os.environ.get("IMAGE_TOOL") or os.path.join(
    os.environ.get("top_builddir", "."), "tests/image/image_tool")
FILTERS = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR,
           "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}


class Tool:
    """The program under test, one command at a time."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="cnnviz-image-")
        self.process = subprocess.Popen([TOOL], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def answer(self, *words):
        self.process.stdin.write("\t".join(str(word) for word in words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().rstrip("\n")
        if not line:
            raise AssertionError("image_tool died at %r" % (words,))
        return line

    def array(self, command, source, *words):
        out = self.path("out.npy")
        line = self.answer(command, source, out, *words)
        if line != "ok":
            raise AssertionError("%s %s %r: %s" % (command, source, words, line))
        return np.load(out)

    def read(self, path):
        return self.array("read", path).astype(np.uint8)

    def refusal(self, command, path):
        words = [command, path] + ([self.path("refused")] if command != "probe" else [])
        line = self.answer(*words)
        if not line.startswith("error "):
            raise AssertionError("%s %s was not refused: %s" % (command, path, line))
        _, status, text = line.split(" ", 2)
        return int(status), text

    def file(self, name, content):
        path = self.path(name)
        with open(path, "wb") as stream:
            stream.write(content)
        return path

    def close(self):
        self.process.stdin.close()
        status = self.process.wait()
        noise = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        self.folder.cleanup()
        return status, noise


tool = Tool()
random = np.random.default_rng(7)


def photograph(width, height, channels=3):
    """Smooth shapes with hard edges and some noise: what resampling finds hard."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for c in range(channels):
        plane = 127 + 90 * np.sin(x / (3.0 + c)) * np.cos(y / (5.0 - c))
        plane = np.where((x * 3 + y * 2) % 29 < 6, 255 * (c % 2), plane)
        planes.append(plane + random.normal(0, 12, plane.shape))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def saved(pixels, name="picture.png", **options):
    path = tool.path(name)
    Image.fromarray(pixels).save(path, **options)
    return path


# ---- PNG by hand ---------------------------------------------------------------

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4),
         (1, 0, 2, 2), (0, 1, 1, 2)]
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def pack_row(row, depth):
    """Samples of a row as PNG stores them."""
    flat = row.reshape(-1)
    if depth == 16:
        return flat.astype(">u2").tobytes()
    if depth == 8:
        return flat.astype(np.uint8).tobytes()
    bits = np.unpackbits(flat.astype(np.uint8)[:, None], axis=1)[:, 8 - depth:]
    return np.packbits(bits.reshape(-1)).tobytes()


def paeth(a, b, c):
    p = a + b - c
    pa, pb, pc = abs(p - a), abs(p - b), abs(p - c)
    return a if pa <= pb and pa <= pc else b if pb <= pc else c


def filtered(rows, step):
    """Rows with PNG's five filters in turn."""
    out = bytearray()
    above = bytes(len(rows[0]))
    for y, row in enumerate(rows):
        kind = y % 5
        out.append(kind)
        for i, value in enumerate(row):
            a = row[i - step] if i >= step else 0
            b = above[i]
            c = above[i - step] if i >= step else 0
            guess = (0, a, b, (a + b) // 2, paeth(a, b, c))[kind]
            out.append((value - guess) & 255)
        above = row
    return bytes(out)


def encode_png(samples, depth, color, interlace, before=b"", size=None):
    """samples: (H,W,channels of the color type), values below 2**depth."""
    height, width = samples.shape[:2]
    step = max(1, CHANNELS[color] * depth // 8)
    passes = ADAM7 if interlace else [(0, 0, 1, 1)]
    data = b""
    for x0, y0, dx, dy in passes:
        part = samples[y0::dy, x0::dx]
        if part.size:
            data += filtered([pack_row(row, depth) for row in part], step)
    packed = zlib.compress(data)
    half = len(packed) // 2
    size = size or (width, height)
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, color, 0, 0,
                                         interlace))
            + before + chunk(b"IDAT", packed[:half]) + chunk(b"IDAT", packed[half:])
            + chunk(b"IEND", b""))


def over_white(rgb, alpha):
    rgb, alpha = rgb.astype(np.int64), alpha.astype(np.int64)[..., None]
    return np.floor((rgb * alpha + 255 * (255 - alpha)) / 255 + 0.5).astype(np.uint8)


def to_8bit(samples, depth):
    if depth == 16:
        return samples >> 8
    return samples * 255 // (2 ** depth - 1)


def expected(samples, depth, color, palette=None, transparent=None):
    """Pixels over white, from PNG's specification."""
    if color == 3:
        index = samples[..., 0]
        rgb = palette[index]
        alpha = np.full(256, 255)
        if transparent is not None:
            alpha[:len(transparent)] = transparent
        return over_white(rgb, alpha[index])
    levels = to_8bit(samples, depth)
    if color in (0, 4):
        rgb = np.repeat(levels[..., :1], 3, axis=2)
    else:
        rgb = levels[..., :3]
    if color in (4, 6):
        return over_white(rgb, levels[..., -1])
    alpha = np.full(rgb.shape[:2], 255)
    if transparent is not None:
        alpha[(samples == np.array(transparent)).all(axis=2)] = 0
    return over_white(rgb, alpha)


def orientation_ifd(orientation, order=">"):
    """EXIF's TIFF structure with nothing but the orientation."""
    return ((b"MM\0*" if order == ">" else b"II*\0")
            + struct.pack(order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0))


class Png(unittest.TestCase):
    KINDS = [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2),
             (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16)]

    def samples(self, color, depth, width=19, height=13):
        return random.integers(0, 2 ** depth, (height, width, CHANNELS[color]))

    def check(self, name, content, want):
        got = tool.read(tool.file("hand.png", content))
        np.testing.assert_array_equal(got, want, name)

    def test_every_color_type_and_depth_plain_and_interlaced(self):
        for color, depth in self.KINDS:
            for interlace in (0, 1):
                for size in ((19, 13), (1, 1), (3, 2), (8, 8), (5, 9)):
                    with self.subTest(color=color, depth=depth, interlace=interlace,
                                      size=size):
                        samples = self.samples(color, depth, *size)
                        palette, before = None, b""
                        if color == 3:
                            palette = random.integers(0, 256, (2 ** depth, 3))
                            before = chunk(b"PLTE",
                                           palette.astype(np.uint8).tobytes())
                        self.check("png", encode_png(samples, depth, color, interlace,
                                                     before),
                                   expected(samples, depth, color, palette))

    def test_transparent_palette_entries_are_drawn_over_white(self):
        for depth in (2, 4, 8):
            samples = self.samples(3, depth)
            palette = random.integers(0, 256, (2 ** depth, 3))
            alpha = random.integers(0, 256, 2 ** depth - 1)
            before = (chunk(b"PLTE", palette.astype(np.uint8).tobytes())
                      + chunk(b"tRNS", alpha.astype(np.uint8).tobytes()))
            self.check("tRNS", encode_png(samples, depth, 3, 0, before),
                       expected(samples, depth, 3, palette, alpha))

    def test_the_transparent_gray_or_color_is_white(self):
        for color, depth in ((0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16)):
            with self.subTest(color=color, depth=depth):
                samples = self.samples(color, depth)
                key = samples[4, 4]
                samples[6:9, 2:7] = key
                if depth == 16:
                    # Same high byte, other low byte: not transparent.
                    samples[10, 3] = key ^ 1
                before = chunk(b"tRNS", key.astype(">u2").tobytes())
                self.check("tRNS", encode_png(samples, depth, color, 0, before),
                           expected(samples, depth, color, None, key))

    def test_gamma_and_damaged_ancillary_chunks_change_nothing(self):
        samples = self.samples(2, 8)
        before = (chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"iCCP", b"junk")
                  + chunk(b"zTXt", b"a\0\0broken") + chunk(b"tIME", b"\0"))
        self.check("gAMA", encode_png(samples, 8, 2, 0, before), samples)

    def test_every_exif_orientation(self):
        """eXIf may stand before the pixels or behind them, in either byte order."""
        pixels = photograph(31, 23)
        path = tool.path("turned.png")
        for order in (">", "<"):
            for orientation in list(range(0, 10)) + [65535]:
                exif = chunk(b"eXIf", orientation_ifd(orientation, order))
                for before, after in ((exif, b""), (b"", exif)):
                    with self.subTest(order=order, orientation=orientation,
                                      after=bool(after)):
                        content = encode_png(pixels.astype(int), 8, 2, 0, before)
                        tool.file("turned.png", content[:-12] + after + content[-12:])
                        plain = Image.open(path)
                        plain.load()
                        want = ImageOps.exif_transpose(plain)
                        np.testing.assert_array_equal(tool.read(path), np.asarray(want))
                        self.assertEqual(tool.answer("probe", path),
                                         "ok %d %d" % want.size)

    def test_exif_written_by_pillow_turns_pictures_with_alpha_too(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        path = tool.path("turned.png")
        for mode in ("1", "L", "P", "RGB", "RGBA", "LA"):
            image = Image.fromarray(photograph(61, 47, 4)).convert(mode)
            image.save(path)
            plain = tool.read(path)
            image.save(path, exif=exif)
            np.testing.assert_array_equal(tool.read(path), np.rot90(plain, -1), mode)

    def test_broken_exif_data_are_passed_over(self):
        pixels = photograph(31, 23)
        sound = chunk(b"eXIf", orientation_ifd(6))
        for broken in (chunk(b"eXIf", b""), chunk(b"eXIf", b"MM"),
                       chunk(b"eXIf", orientation_ifd(6)[:20]),
                       sound[:-1] + bytes([sound[-1] ^ 1]),
                       chunk(b"eXIf", orientation_ifd(6) + bytes(1 << 20))):
            content = encode_png(pixels.astype(int), 8, 2, 0, broken)
            self.check("broken", content, pixels)
        # The first sound one counts, whatever size it has.
        first = chunk(b"eXIf", orientation_ifd(6) + bytes(100000))
        content = encode_png(pixels.astype(int), 8, 2, 0, first + sound)
        self.check("long", content, np.rot90(pixels, -1))

    def test_equals_pillow_where_pillow_has_no_alpha_to_mix(self):
        for mode in ("1", "L", "P", "RGB"):
            path = tool.path("pillow.png")
            Image.fromarray(photograph(61, 47)).convert(mode).save(path)
            want = np.asarray(Image.open(path).convert("RGB"))
            np.testing.assert_array_equal(tool.read(path), want, mode)

    def test_pillows_alpha_over_white_within_one_level(self):
        pixels = photograph(61, 47, 4)
        for mode in ("RGBA", "LA"):
            path = tool.path("pillow.png")
            Image.fromarray(pixels).convert(mode).save(path)
            white = Image.new("RGBA", (61, 47), "white")
            want = Image.alpha_composite(white, Image.open(path).convert("RGBA"))
            gap = np.abs(tool.read(path).astype(int)
                         - np.asarray(want.convert("RGB")).astype(int))
            self.assertLessEqual(gap.max(), 1, mode)

    def test_written_files_read_back_alike_and_hold_no_other_chunks(self):
        for shape in ((33, 20, 3), (1, 1, 3), (200, 301, 3)):
            pixels = photograph(shape[1], shape[0])
            copies = []
            for name in ("one.png", "two.png"):
                self.assertEqual(tool.answer("copy", saved(pixels), tool.path(name)),
                                 "ok")
                with open(tool.path(name), "rb") as stream:
                    copies.append(stream.read())
                np.testing.assert_array_equal(np.asarray(Image.open(tool.path(name))),
                                              pixels)
            self.assertEqual(copies[0], copies[1])
            kinds = set()
            at = 8
            while at < len(copies[0]):
                size, kind = struct.unpack(">I4s", copies[0][at:at + 8])
                kinds.add(kind)
                at += 12 + size
            self.assertEqual(kinds, {b"IHDR", b"IDAT", b"IEND"})

    def test_photographs_take_hardly_more_space_than_pillow_gives_them(self):
        for name in ("cat", "espresso", "rocket"):
            photo = os.path.join(os.environ.get("top_srcdir", "."), "conf", "pictures",
                                 name + ".jpg")
            pillows = tool.path("pillow.png")
            Image.open(photo).save(pillows)
            self.assertEqual(tool.answer("copy", photo, tool.path("ours.png")), "ok")
            ratio = os.path.getsize(tool.path("ours.png")) / os.path.getsize(pillows)
            self.assertLess(ratio, 1.15, name)


# ---- JPEG ------------------------------------------------------------------------

def jpeg(image, **options):
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def without_app(content, marker):
    """A JPEG file without the segments of one marker."""
    out, at = content[:2], 2
    while content[at + 1] != 0xDA:
        size = 2 + struct.unpack(">H", content[at + 2:at + 4])[0]
        if content[at + 1] != marker:
            out += content[at:at + size]
        at += size
    return out + content[at:]


def separate_scans(image):
    """A JPEG file with a scan for each color, put together from three gray ones; and where
    a scan ends that is not the last."""
    planes = [jpeg(plane) for plane in image.convert("YCbCr").split()]
    frame = planes[0].index(b"\xff\xc0")
    tables = planes[0].index(b"\xff\xc4")
    scan = planes[0].index(b"\xff\xda")
    size = planes[0][frame + 5:frame + 9]
    content = (planes[0][:frame] + b"\xff\xc0\0\x11\x08" + size + b"\3"
               + bytes([1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]) + planes[0][tables:scan])
    ends = []
    for number, plane in enumerate(planes):
        ends.append(len(content))
        content += b"\xff\xda\0\x08\1" + bytes([number + 1, 0, 0, 63, 0])
        content += plane[plane.index(b"\xff\xda") + 10:-2]
    return content + b"\xff\xd9", ends[1:]


class Jpeg(unittest.TestCase):
    image = Image.fromarray(photograph(67, 45))

    def check(self, content, want=None):
        path = tool.file("picture.jpg", content)
        if want is None:
            want = Image.open(path).convert("RGB")
        np.testing.assert_array_equal(tool.read(path), np.asarray(want))

    def test_equals_pillow(self):
        for options in ({}, {"quality": 95, "subsampling": 0}, {"subsampling": 1},
                        {"progressive": True}, {"quality": 5}, {"optimize": True}):
            with self.subTest(**options):
                self.check(jpeg(self.image, **options))

    def test_a_scan_for_each_color_equals_pillow(self):
        self.check(separate_scans(self.image)[0])

    def test_gray_equals_pillow(self):
        self.check(jpeg(self.image.convert("L")))

    def test_cmyk_and_ycck_equal_pillow(self):
        content = jpeg(self.image.convert("CMYK"), quality=95)
        self.check(content)
        adobe = content.index(b"Adobe")
        for transform in (0, 2):
            changed = bytearray(content)
            changed[adobe + 11] = transform
            self.check(bytes(changed))
        self.check(without_app(content, 0xEE))

    def test_rgb_without_a_color_transform_equals_pillow(self):
        content = without_app(jpeg(self.image, quality=90, subsampling=0), 0xE0)
        adobe = b"\xff\xee" + struct.pack(">H5sHHHB", 14, b"Adobe", 100, 0, 0, 0)
        self.check(content[:2] + adobe + content[2:])

    def test_every_exif_orientation(self):
        for order in (">", "<"):
            for orientation in list(range(0, 10)) + [65535]:
                with self.subTest(order=order, orientation=orientation):
                    ifd = orientation_ifd(orientation, order)
                    content = jpeg(self.image, exif=b"Exif\0\0" + ifd)
                    plain = Image.open(io.BytesIO(content))
                    plain.load()
                    want = ImageOps.exif_transpose(plain).convert("RGB")
                    self.check(content, want)
                    line = tool.answer("probe", tool.path("picture.jpg"))
                    self.assertEqual(line, "ok %d %d" % want.size)

    def test_broken_exif_data_is_passed_over(self):
        for junk in (b"Exif\0\0", b"Exif\0\0MM", b"Exif\0\0MM\0*\xff\xff\xff\xff",
                     b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01" * 40):
            segment = b"\xff\xe1" + struct.pack(">H", len(junk) + 2) + junk
            content = jpeg(self.image)
            self.check(content[:2] + segment + content[2:], Image.open(
                io.BytesIO(content)))

    def test_stray_bytes_between_segments_are_passed_over(self):
        content = jpeg(self.image)
        self.check(content[:-2] + b"\0\0\0" + content[-2:])


class WithoutItsEnd(unittest.TestCase):
    """A file that has every pixel but not its end is read, with one warning."""

    def check(self, name, whole, damaged):
        other = Tool()
        try:
            want = tool.read(tool.file(name, whole))
            path = other.file(name, damaged)
            np.testing.assert_array_equal(other.read(path), want)
            other.read(path)
        finally:
            status, noise = other.close()
        self.assertEqual(status, 0)
        self.assertEqual(noise.count("warning: "), 1, noise)
        self.assertIn("%s: the end of the file is missing or damaged" % path, noise)

    def test_png(self):
        for interlace in (0, 1):
            whole = encode_png(photograph(31, 23).astype(int), 8, 2, interlace)
            text = chunk(b"tEXt", b"Comment\0" + bytes(40))
            for damaged in [whole[:-12 + kept] for kept in range(12)] + [
                    whole[:-1] + b"\0",                       # wrong CRC of IEND
                    whole[:-12] + b"\0\0\0\1" + whole[-8:],   # wrong length of IEND
                    whole[:-12] + text[:30],                 # cut behind the pixels
                    whole[:-12] + b"\xff" + text[1:] + whole[-12:]]:
                self.check("end.png", whole, damaged)

    def test_png_is_turned_all_the_same(self):
        exif = chunk(b"eXIf", orientation_ifd(5))
        whole = encode_png(photograph(31, 23).astype(int), 8, 2, 0, exif)
        self.check("end.png", whole, whole[:-12])

    def test_jpeg(self):
        image = Image.fromarray(photograph(67, 45))
        gray = image.convert("L")
        for content in (jpeg(image), jpeg(image, progressive=True), jpeg(gray),
                        jpeg(gray, progressive=True), jpeg(image.convert("CMYK")),
                        jpeg(image, quality=95, subsampling=0)):
            self.check("end.jpg", content, content[:-2])
            self.check("end.jpg", content, content[:-1])

    def test_jpeg_in_which_each_color_has_a_scan(self):
        whole, cuts = separate_scans(Image.fromarray(photograph(67, 45)))
        self.check("end.jpg", whole, whole[:-2])
        for cut in cuts:
            status, text = tool.refusal("read", tool.file("cut.jpg", whole[:cut]))
            self.assertIn("truncated", text)


class Refused(unittest.TestCase):
    """Bad files get a sentence that begins with their path, never a picture."""

    def check(self, path, fragment, commands=("read",)):
        for command in commands:
            status, text = tool.refusal(command, path)
            self.assertIn(status, (1, 3), text)
            self.assertIn(path, text)
            self.assertIn(fragment, text)
            self.assertNotIn("\n", text)

    def test_other_files(self):
        both = ("read", "probe")
        self.check(tool.path("absent.png"), "No such file", both)
        self.check(tool.file("empty.png", b""), "empty", both)
        self.check(tool.file("text.png", b"hello"), "neither a PNG nor a JPEG", both)
        gif = tool.path("picture.gif")
        Image.fromarray(photograph(8, 8)).save(gif)
        self.check(gif, "neither a PNG nor a JPEG", both)
        self.check(tool.folder.name, "folder", both)

    def test_png_cut_short_anywhere(self):
        for interlace in (0, 1):
            content = encode_png(photograph(31, 23).astype(int), 8, 2, interlace)
            for size in list(range(8, 60)) + list(range(60, len(content) - 12, 41)) + [
                    len(content) - 13]:
                path = tool.file("cut.png", content[:size])
                self.check(path, "truncated or corrupt")

    def test_png_with_flipped_bits_in_the_pixels(self):
        content = bytearray(encode_png(photograph(31, 23).astype(int), 8, 2, 0))
        content[content.index(b"IDAT") + 40] ^= 4
        self.check(tool.file("bad.png", bytes(content)), "truncated or corrupt")

    def test_png_with_fewer_rows_than_announced(self):
        content = encode_png(photograph(31, 23).astype(int), 8, 2, 0, size=(31, 24))
        self.check(tool.file("bad.png", content), "truncated or corrupt")

    def test_png_without_a_palette(self):
        content = encode_png(random.integers(0, 4, (5, 5, 1)), 2, 3, 0)
        self.check(tool.file("bad.png", content), "truncated or corrupt")

    def test_jpeg_cut_short_anywhere(self):
        for options in ({}, {"progressive": True}):
            content = jpeg(Image.fromarray(photograph(67, 45)), **options)
            for size in list(range(3, len(content) - 2, 37)) + [len(content) - 3]:
                self.check(tool.file("cut.jpg", content[:size]), "truncated")

    def test_progressive_jpeg_cut_between_its_scans(self):
        content = jpeg(Image.fromarray(photograph(67, 45)), progressive=True)
        starts = [at for at in range(len(content)) if content[at:at + 2] in (
            b"\xff\xc4", b"\xff\xda")]
        self.assertGreater(len(starts), 10)
        for at in starts[1:]:
            self.check(tool.file("cut.jpg", content[:at]), "truncated")

    def test_jpeg_with_damaged_pixels(self):
        content = bytearray(jpeg(Image.fromarray(photograph(67, 45))))
        content[-200:-100] = b"\xff\xd0" * 50
        self.check(tool.file("bad.jpg", bytes(content)), "truncated or corrupt")

    def test_huge_pictures_before_memory_is_taken(self):
        tiny = np.zeros((1, 1, 3), int)
        for size in ((40000, 1), (1, 40000), (32768, 32768), (16385, 16384),
                     (2 ** 31 - 1, 2 ** 31 - 1), (2 ** 32 - 1, 7)):
            path = tool.file("huge.png", encode_png(tiny, 8, 2, 0, size=size))
            self.check(path, "too large", ("read", "probe"))
            self.check(path, "%dx%d" % size, ("read", "probe"))
        for size in ((40000, 1), (65535, 65535), (20000, 20000)):
            content = bytearray(jpeg(Image.fromarray(photograph(16, 16))))
            frame = content.index(b"\xff\xc0")
            content[frame + 5:frame + 9] = struct.pack(">HH", size[1], size[0])
            path = tool.file("huge.jpg", bytes(content))
            self.check(path, "too large", ("read", "probe"))

    def test_png_of_no_size(self):
        tiny = np.zeros((1, 1, 3), int)
        path = tool.file("none.png", encode_png(tiny, 8, 2, 0, size=(0, 5)))
        self.check(path, "at least one", ("read", "probe"))

    def test_jpeg_with_endless_scans(self):
        content = jpeg(Image.fromarray(photograph(16, 16)), progressive=True)
        scan = content.index(b"\xff\xda", content.rindex(b"\xff\xc4"))
        again = content[scan:-2]
        path = tool.file("scans.jpg", content[:-2] + again * 1000 + content[-2:])
        self.check(path, "scans")


# ---- Resampling --------------------------------------------------------------------

class Resample(unittest.TestCase):
    SIZES = [((64, 48), (224, 224)), ((500, 333), (224, 224)), ((37, 91), (13, 29)),
             ((13, 13), (224, 200)), ((101, 7), (50, 70)), ((1, 1), (5, 3)),
             ((300, 2), (1, 1)), ((224, 224), (224, 224)), ((40, 30), (40, 60)),
             ((40, 30), (20, 30)), ((960, 505), (224, 224)), ((7, 5), (1000, 3))]

    def test_8_bit_equals_pillow_within_one_level(self):
        unequal = {name: 0 for name in FILTERS}
        count = 0
        for source, size in self.SIZES:
            pixels = photograph(*source)
            path = saved(pixels)
            count += 3 * size[0] * size[1]
            for name, code in FILTERS.items():
                want = np.asarray(Image.fromarray(pixels).resize(size, code)).astype(int)
                got = tool.array("resize", path, *size, name)
                self.assertEqual(got.shape, want.shape)
                gap = np.abs(got - want)
                self.assertLessEqual(gap.max(), 1, (name, source, size))
                unequal[name] += np.count_nonzero(gap)
        print("8 bit: samples that differ from Pillow's, of %d:" % count, unequal)

    def test_a_box_equals_pillow_within_one_level(self):
        pixels = photograph(160, 120)
        path = saved(pixels)
        for box in ((0, 0, 160, 120), (10, 20, 110, 100), (3.5, 0.25, 99.75, 64),
                    (159, 119, 160, 120)):
            for size in ((64, 64), (17, 200)):
                for name, code in FILTERS.items():
                    want = Image.fromarray(pixels).resize(size, code, box=box)
                    got = tool.array("resize", path, *size, name, *box)
                    gap = np.abs(got - np.asarray(want))
                    self.assertLessEqual(gap.max(), 1, (box, size, name))

    def test_a_box_outside_of_the_picture_is_refused(self):
        path = saved(photograph(16, 12))
        for box in ((0, 0, 17, 12), (-1, 0, 5, 5), (4, 4, 4, 8), (0, 9, 5, 3),
                    ("nan", 0, 5, 5)):
            line = tool.answer("resize", path, tool.path("out.npy"), 8, 8, "lanczos",
                               *box)
            self.assertIn("does not lie in", line)

    def test_float_equals_pillows_mode_f(self):
        for source, size in self.SIZES:
            plane = random.normal(0, 3, (source[1], source[0])).astype(np.float32)
            np.save(tool.path("in.npy"), plane[None, None])
            for name, code in FILTERS.items():
                want = np.asarray(Image.fromarray(plane).resize(size, code))
                got = tool.array("resize-tensor", tool.path("in.npy"), *size, name)
                np.testing.assert_allclose(got[0, 0], want, rtol=0, atol=1e-5,
                                           err_msg=str((name, source, size)))

    @staticmethod
    def has_ties(source, size):
        """Whether a center falls between two samples: Pillow sums coordinates up, and
        its rounding errors decide which is nearest."""
        return any((2 * i + 1) * source % (2 * size) == 0 for i in range(size))

    def test_float_equals_pytorch(self):
        """In double precision: PyTorch's float coordinates are off by 1e-5 themselves."""
        smooth = dict(antialias=True, align_corners=False)
        modes = {"bilinear": dict(mode="bilinear", **smooth),
                 "bicubic": dict(mode="bicubic", **smooth),
                 "nearest": dict(mode="nearest-exact")}
        for source, size in self.SIZES:
            maps = random.normal(0, 3, (2, 3, source[1], source[0])).astype(np.float32)
            np.save(tool.path("in.npy"), maps)
            for name, mode in modes.items():
                if name == "nearest" and any(self.has_ties(*pair)
                                             for pair in zip(source, size)):
                    continue
                want = F.interpolate(torch.from_numpy(maps).double(), size[::-1],
                                     **mode).numpy()
                got = tool.array("resize-tensor", tool.path("in.npy"), *size, name)
                np.testing.assert_allclose(got, want, rtol=0, atol=1e-5,
                                           err_msg=str((name, source, size)))

    def test_enlarging_bilinear_equals_pytorch_without_antialias(self):
        maps = random.normal(0, 3, (2, 5, 13, 11)).astype(np.float32)
        np.save(tool.path("in.npy"), maps)
        want = F.interpolate(torch.from_numpy(maps), (224, 200), mode="bilinear",
                             align_corners=False).numpy()
        got = tool.array("resize-tensor", tool.path("in.npy"), 200, 224, "bilinear")
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-5)

    def test_bad_sizes_are_refused(self):
        path = saved(photograph(16, 12))
        for size in ((0, 5), (5, -1), (32769, 5), (2 ** 40, 2 ** 40)):
            for words in (("resize", path, "x", *size, "lanczos"),
                          ("fit", path, "x", *size, "crop", "lanczos"),
                          ("fit", path, "x", *size, "pad", "lanczos")):
                self.assertIn("width and height must be 1 to 32768", tool.answer(*words))


class Fit(unittest.TestCase):
    SOURCES = [(500, 333), (333, 500), (224, 224), (255, 1000), (300, 20), (64, 65),
               (257, 256), (231, 190)]

    def fit(self, pixels, size, kind, name):
        return tool.array("fit", saved(pixels), *size, kind, name)

    def check(self, got, want, note):
        self.assertEqual(got.shape, np.asarray(want).shape, note)
        self.assertLessEqual(np.abs(got - np.asarray(want).astype(int)).max(), 1, note)

    def test_crop_equals_torchvisions_evaluation_transform(self):
        for source in self.SOURCES:
            for size, resize in ((224, 256), (299, 342), (64, 73), (17, 19)):
                for name, code in FILTERS.items():
                    pixels = photograph(*source)
                    want = TF.center_crop(TF.resize(Image.fromarray(pixels), resize,
                                                    interpolation={
                        "nearest": TF.InterpolationMode.NEAREST,
                        "bilinear": TF.InterpolationMode.BILINEAR,
                        "bicubic": TF.InterpolationMode.BICUBIC,
                        "lanczos": TF.InterpolationMode.LANCZOS}[name]), size)
                    self.check(self.fit(pixels, (size, size), "crop", name), want,
                               (source, size, name))

    def test_crop_to_other_shapes_covers_and_cuts_the_center(self):
        for source in self.SOURCES:
            for size in ((320, 200), (100, 224), (448, 64)):
                pixels = photograph(*source)
                width, height = (round(side * 256 / 224) for side in size)
                if source[0] * height <= source[1] * width:
                    height = int(width * source[1] / source[0])
                else:
                    width = int(height * source[0] / source[1])
                resized = Image.fromarray(pixels).resize((width, height),
                                                         Image.LANCZOS)
                want = TF.center_crop(resized, (size[1], size[0]))
                self.check(self.fit(pixels, size, "crop", "lanczos"), want,
                           (source, size))

    def test_pad_equals_pillow(self):
        for source in self.SOURCES:
            for size in ((224, 224), (320, 200), (100, 224)):
                for name in ("lanczos", "nearest"):
                    pixels = photograph(*source)
                    want = ImageOps.pad(Image.fromarray(pixels), size, FILTERS[name],
                                        color=(124, 116, 104))
                    self.check(self.fit(pixels, size, "pad", name), want,
                               (source, size, name))

    def test_stretch_and_none(self):
        pixels = photograph(97, 55)
        want = Image.fromarray(pixels).resize((224, 120), Image.LANCZOS)
        self.check(self.fit(pixels, (224, 120), "stretch", "lanczos"), want, "stretch")
        np.testing.assert_array_equal(self.fit(pixels, (224, 120), "none", "lanczos"),
                                      pixels)

    def test_very_long_pictures_take_little_memory(self):
        for source in ((20000, 1), (1, 20000)):
            got = self.fit(np.full((source[1], source[0], 3), 9, np.uint8), (224, 224),
                           "crop", "lanczos")
            self.assertTrue((got == 9).all())


class Tensors(unittest.TestCase):
    MEAN = (0.485, 0.456, 0.406)
    STD = (0.229, 0.224, 0.225)

    def tensor(self, pixels, channels, bgr, scale, mean, std):
        got = tool.array("tensor", saved(pixels), channels, bgr, scale, *mean, *std)
        self.assertTrue((got[0] == 0).all())
        return got[1]

    def test_rgb_equals_torchvision(self):
        pixels = photograph(41, 31)
        want = TF.normalize(TF.to_tensor(Image.fromarray(pixels)), self.MEAN,
                            self.STD).numpy()
        np.testing.assert_allclose(self.tensor(pixels, 3, 0, 1, self.MEAN, self.STD),
                                   want, rtol=0, atol=1e-6)

    def test_bgr_in_0_to_255_with_the_mean_in_the_networks_order(self):
        pixels = photograph(41, 31)
        mean = (103.939, 116.779, 123.68)
        want = pixels[..., ::-1].transpose(2, 0, 1) - np.array(mean)[:, None, None]
        np.testing.assert_allclose(self.tensor(pixels, 3, 1, 255, mean, (1, 1, 1)), want,
                                   rtol=0, atol=1e-4)

    def test_one_channel_is_pillows_luma(self):
        pixels = photograph(41, 31)
        luma = np.asarray(Image.fromarray(pixels).convert("L"))
        got = self.tensor(pixels, 1, 0, 1, (0.1307,), (0.3081,))
        np.testing.assert_allclose(got[0], (luma / 255 - 0.1307) / 0.3081, rtol=0,
                                   atol=1e-6)

    def test_back_to_8_bit_rounds_clips_and_takes_nan_as_0(self):
        values = random.uniform(-0.3, 1.3, (2, 3, 9, 7)).astype(np.float32)
        values[1, 0, 0, :5] = (np.nan, np.inf, -np.inf, 1, 0)
        np.save(tool.path("in.npy"), values)
        got = tool.array("picture", tool.path("in.npy"), 1)
        clean = np.nan_to_num(values[1], nan=0, posinf=1, neginf=0)
        want = np.floor(np.clip(clean, 0, 1) * np.float32(255) + np.float32(0.5))
        np.testing.assert_array_equal(got, want.transpose(1, 2, 0))

    def test_all_256_levels_survive_the_way_there_and_back(self):
        levels = np.arange(256, dtype=np.float32).reshape(1, 16, 16)
        np.save(tool.path("in.npy"), levels / np.float32(255))
        np.testing.assert_array_equal(tool.array("picture", tool.path("in.npy"), 0),
                                      levels.transpose(1, 2, 0))


# ---- Drawing -----------------------------------------------------------------------

def cut(values):
    return np.clip(values, 0, 1) * 255 // 1


class Render(unittest.TestCase):
    def setUp(self):
        self.maps = random.normal(0, 0.3, (2, 3, 45, 60)).astype(np.float32)
        self.maps[1] *= random.uniform(0, 1, (45, 60)) ** 6
        self.item = self.maps[1].astype(np.float64)

    def render(self, maps, kind, item=1, size=None, colormap="turbo",
               upsample="bilinear", percentile=99, *overlay, fit="none", input=None):
        np.save(tool.path("maps.npy"), maps)
        size = size or (maps.shape[3], maps.shape[2])
        return tool.array("render", tool.path("maps.npy"), kind, item, *size, colormap,
                          upsample, percentile, fit, *(input or size), *overlay)

    def colors(self, colormap):
        out = tool.path("colors.npy")
        self.assertEqual(tool.answer("colors", colormap, out), "ok")
        return np.load(out)[0]

    def test_color_is_the_traditional_min_max(self):
        g = self.item - self.item.min()
        want = np.uint8(g / g.max() * 255).transpose(1, 2, 0)
        np.testing.assert_array_equal(self.render(self.maps, "color"), want)

    def test_gray_is_the_clipped_sum_of_magnitudes(self):
        for percentile in (99, 95, 50, 99.37, 100):
            gray = np.abs(self.item).sum(0).astype(np.float32).astype(np.float64)
            high = np.percentile(gray, percentile)
            want = cut((gray - gray.min()) / (high - gray.min()))
            got = self.render(self.maps, "gray", percentile=percentile)[..., 0]
            self.assertLessEqual(np.count_nonzero(got != want), 2, percentile)
            self.assertLessEqual(np.abs(got - want).max(), 1, percentile)

    def test_positive_and_negative(self):
        g = self.item
        np.testing.assert_array_equal(self.render(self.maps, "positive"),
                                      cut(np.maximum(0, g) / g.max()).transpose(1, 2, 0))
        np.testing.assert_array_equal(self.render(self.maps, "negative"),
                                      cut(np.maximum(0, -g) / -g.min())
                                      .transpose(1, 2, 0))

    def test_heatmap_is_gray_through_the_color_map(self):
        gray = np.abs(self.item).sum(0).astype(np.float32).astype(np.float64)
        position = (gray - gray.min()) / (gray.max() - gray.min())
        index = np.minimum(255, (position * 256).astype(int))
        for colormap in ("hsv", "jet", "viridis", "turbo", "inferno", "gray",
                         "diverging"):
            got = self.render(self.maps, "heatmap", colormap=colormap, percentile=100)
            np.testing.assert_array_equal(got, self.colors(colormap)[index])

    def test_overlay_mixes_heatmap_and_picture(self):
        pixels = photograph(60, 45)
        heat = self.render(self.maps, "heatmap", percentile=100)
        for opacity in (0, 0.4, 1):
            got = self.render(self.maps, "overlay", 1, None, "turbo", "bilinear", 100,
                              opacity, saved(pixels))
            want = np.floor(opacity * heat + (1 - opacity) * pixels + 0.5)
            np.testing.assert_array_equal(got, want)

    def test_signed_evidence_diverges_from_0(self):
        """As captum's visualize_image_attr() with sign "all": summed over channels,
        scaled by a percentile of the magnitudes, blue below 0 and red above."""
        diverging = self.colors("diverging")
        for channels in (1, 3):
            maps = self.maps[:, :channels]
            e = maps[1].sum(0, dtype=np.float64)
            for percentile in (99, 90, 100):
                end = np.percentile(np.abs(e.astype(np.float32)), percentile)
                position = np.clip((e / end + 1) / 2, 0, 1)
                want = diverging[np.minimum(255, (position * 256).astype(int))]
                got = self.render(maps, "signed_heatmap", colormap="diverging",
                                  percentile=percentile)
                self.assertLessEqual(np.count_nonzero((got != want).any(-1)), 2)
        blue, red = got[e < -0.5 * end], got[e > 0.5 * end]
        self.assertTrue((blue[:, 2] > blue[:, 0]).all() and (red[:, 0] > red[:, 2]).all())

    def test_no_evidence_is_neutral_whatever_else_the_map_has(self):
        for values in ((0, 0), (0, 5), (-3, 0), (-2, 5)):
            maps = np.zeros((1, 1, 8, 8), np.float32)
            maps[0, 0, 1, 1], maps[0, 0, 6, 6] = values
            got = self.render(maps, "signed_heatmap", 0, colormap="diverging")
            self.assertLessEqual(np.ptp(got[4, 4].astype(int)), 4, values)

    def test_gray_of_signed_evidence_is_its_positive_part(self):
        e = np.maximum(0, self.item.sum(0, dtype=np.float64)).astype(np.float32)
        want = cut((e - e.min()) / (np.percentile(e.astype(np.float64), 99) - e.min()))
        got = self.render(self.maps, "signed_gray")[..., 0]
        self.assertLessEqual(np.count_nonzero(got != want), 2)
        self.assertEqual(self.render(-np.abs(self.maps), "signed_gray").max(), 0)

    def test_overlay_of_signed_evidence_fades_to_the_picture_at_0(self):
        maps = self.maps.sum(1, keepdims=True)
        pixels = photograph(60, 45)
        heat = self.render(maps, "signed_heatmap", colormap="diverging", percentile=100)
        got = self.render(maps, "signed_overlay", 1, None, "diverging", "bilinear", 100,
                          0.7, saved(pixels))
        strength = 0.7 * np.abs(maps[1, 0] / np.abs(maps[1]).max())[..., None]
        want = np.floor(strength * heat + (1 - strength) * pixels + 0.5)
        self.assertLessEqual(np.abs(got - want).max(), 1)

    def placed(self, fit, input, size):
        """Where torchvision and Pillow put a picture of a size: (left, top, width,
        height) in an input, before what is outside is cut off"""
        if fit == "stretch":
            return 0, 0, *input
        if fit == "crop":
            scaled = TF.resize(Image.new("L", size), round(input[0] * 256 / 224)).size
        else:
            scaled = ImageOps.contain(Image.new("L", size), input).size
        return (-round((scaled[0] - input[0]) / 2), -round((scaled[1] - input[1]) / 2),
                *scaled)

    def test_maps_lie_where_the_fitted_picture_lies_in_the_input(self):
        """Each pixel has the map's value at the place that the fit brings it to, between
        the map's own values, and nothing where the fit cuts it off."""
        input = (48, 48)
        for fit in ("stretch", "crop", "pad"):
            for size in ((101, 67), (67, 102), (83, 83), (300, 61)):
                for rows, columns in ((7, 5), (48, 48)):
                    cam = random.uniform(0.5, 4, (1, 1, rows, columns)).astype(np.float32)
                    left, top, width, height = self.placed(fit, input, size)
                    x = ((np.arange(size[0]) + 0.5) * width / size[0] + left) / input[0]
                    y = ((np.arange(size[1]) + 0.5) * height / size[1] + top) / input[1]
                    seen = np.outer((y >= 0) & (y < 1), (x >= 0) & (x < 1))
                    places = np.stack(np.meshgrid(2 * x - 1, 2 * y - 1), -1)[None]
                    values = F.grid_sample(
                        torch.from_numpy(cam).double(), torch.from_numpy(places),
                        padding_mode="border", align_corners=False)[0, 0].numpy()
                    whole = np.asarray(Image.fromarray(cam[0, 0]).resize(
                        input, Image.BILINEAR))
                    want = cut((values - whole.min()) / (whole.max() - whole.min()))
                    got = self.render(cam, "gray", 0, size, percentile=100, fit=fit,
                                      input=input)[..., 0]
                    case = (fit, size, rows)
                    self.assertEqual(fit == "crop", not seen.all(), case)
                    self.assertLessEqual(np.abs(got - want)[seen].max(), 1, case)
                    self.assertEqual(got[~seen].max(initial=0), 0, case)
                    self.check_overlay(cam, fit, input, size, seen)

    def check_overlay(self, cam, fit, input, size, seen):
        pixels = photograph(*size)
        heat = self.render(cam, "heatmap", 0, size, fit=fit, input=input)
        got = self.render(cam, "overlay", 0, size, "turbo", "bilinear", 99, 0.4,
                          saved(pixels), fit=fit, input=input)
        want = np.where(seen[..., None], np.floor(0.4 * heat + 0.6 * pixels + 0.5), pixels)
        np.testing.assert_array_equal(got, want)

    def test_colors_mean_the_same_at_every_size(self):
        """A peak that no pixel of a small picture shows still ends the range."""
        maps = np.ones((1, 1, 64, 64), np.float32)
        maps[0, 0, :, 32:], maps[0, 0, 5, 5] = 2, 8
        got = self.render(maps, "gray", 0, (4, 4), upsample="nearest", percentile=100,
                          fit="stretch", input=(64, 64))
        self.assertEqual(set(got.ravel()), {0, 255 // 7})

    def test_cams_are_enlarged_before_they_are_scaled_and_ringing_is_cut(self):
        cam = np.zeros((1, 1, 7, 9), np.float32)
        cam[0, 0, 2:5, 3:7] = random.uniform(0.5, 4, (3, 4))
        for name, code in FILTERS.items():
            big = np.asarray(Image.fromarray(cam[0, 0]).resize((90, 70), code))
            want = cut(np.maximum(0, big) / big.max())
            got = self.render(cam, "gray", 0, (90, 70), upsample=name, percentile=100)
            self.assertLessEqual(np.abs(got[..., 0] - want).max(), 1, name)

    def test_enlarging_draws_no_negative_part_of_a_positive_map(self):
        maps = np.abs(self.maps)
        for name in FILTERS:
            got = self.render(maps, "negative", 1, (200, 150), upsample=name)
            self.assertEqual(got.max(), 0, name)

    def test_a_mostly_constant_map_still_shows_its_peaks(self):
        maps = np.zeros((1, 1, 50, 50), np.float32)
        maps[0, 0, 7, 9], maps[0, 0, 30, 3] = 2, 1
        got = self.render(maps, "gray", 0)[..., 0]
        self.assertEqual((got[7, 9], got[30, 3], got.sum()), (255, 127, 382))

    def test_constant_maps(self):
        for value in (0, 3, -3, 1e-45, 3e38):
            maps = np.full((1, 3, 6, 5), value, np.float32)
            for size in ((5, 6), (20, 30)):
                for kind in ("color", "gray", "heatmap"):
                    got = self.render(maps, kind, 0, size, upsample="nearest")
                    empty = {"color": 127, "gray": 0,
                             "heatmap": self.colors("turbo")[0]}[kind]
                    self.assertTrue((got == empty).all(), (kind, value, size))

    def test_maps_of_one_sign(self):
        for sign, empty, full in ((1, "negative", "positive"),
                                  (-1, "positive", "negative")):
            maps = sign * np.abs(self.maps)
            self.assertEqual(self.render(maps, empty).max(), 0)
            self.assertEqual(self.render(maps, full).max(), 255)

    def test_values_that_are_not_finite_are_drawn_as_0(self):
        broken, clean = self.maps.copy(), self.maps.copy()
        for i, value in enumerate((np.nan, np.inf, -np.inf)):
            broken[1, i, 3, 4 + i] = value
            clean[1, i, 3, 4 + i] = 0
        for kind in ("color", "gray", "positive", "negative", "heatmap"):
            np.testing.assert_array_equal(self.render(broken, kind),
                                          self.render(clean, kind), kind)

    def test_extreme_values_draw(self):
        maps = np.array([[3e38, -3e38, 0, 1e38]], np.float32).repeat(3, 0)
        for kind in ("color", "gray", "positive", "negative", "heatmap"):
            got = self.render(maps.reshape(1, 3, 2, 2), kind, 0, (7, 5),
                              upsample="lanczos")
            self.assertEqual(got.shape[:2], (5, 7))

    def test_channels_that_are_no_colors_are_summed(self):
        for channels in (2, 4, 6):
            maps = self.maps[:, :1].repeat(channels, 1)
            maps *= np.linspace(-1, 2, channels, dtype=np.float32)[:, None, None]
            parts = {"color": maps, "positive": np.maximum(0, maps),
                     "negative": -np.maximum(0, -maps)}
            for kind, part in parts.items():
                total = part.astype(np.float64).sum(1, keepdims=True).astype(np.float32)
                np.testing.assert_array_equal(self.render(maps, kind),
                                              self.render(total, kind), kind)

    def test_what_is_no_map_is_refused(self):
        np.save(tool.path("maps.npy"), np.zeros((2, 4, 4), np.float32))
        for kind in ("color", "positive", "negative"):
            line = tool.answer("render", tool.path("maps.npy"), "x", kind, 0, 4, 4,
                               "turbo", "bilinear", 99, "none", 4, 4)
            self.assertIn("(2,4,4)", line)


if __name__ == "__main__":
    print("Pillow", PIL.__version__, "torch", torch.__version__)
    program = unittest.main(exit=False)
    status, noise = tool.close()
    if status != 0 or noise:
        print("image_tool ended with", status, "and printed:", noise)
    sys.exit(0 if program.result.wasSuccessful() and status == 0 and not noise else 1)
