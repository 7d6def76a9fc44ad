"""cnnviz/library.h for Python: all of its structs, and a plan that keeps what it is given."""
import ctypes
import os
import re
import sys
import threading
from ctypes import (CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_float, c_int32,
                    c_int64, c_size_t, c_uint8, c_uint32, c_void_p)

OK, INPUT, UNSUPPORTED, CANCELED, INCOMPLETE = 0, 1, 4, 7, 100
FILES, FAIL_FAST, KEEP, NO_PLUGINS, QUIET = 1, 2, 4, 8, 16
IMAGE, MAP, ARRAY, SCALAR, ANIMATION, CURVE, LABELS = range(7)
DETAIL = 3

Message = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)


class Options(Structure):
    _fields_ = [("struct_size", c_uint32), ("flags", c_uint32), ("name", c_char_p),
                ("folder", c_char_p), ("overrides", POINTER(c_char_p)),
                ("only", c_char_p), ("shard", c_char_p), ("output", c_char_p),
                ("plugin_folders", POINTER(c_char_p)), ("message", Message),
                ("context", c_void_p), ("level", c_int32)]


class Picture(Structure):
    _fields_ = [("struct_size", c_uint32), ("channels", c_uint32), ("name", c_char_p),
                ("target", c_char_p), ("bytes", c_char_p), ("size", c_size_t),
                ("pixels", c_char_p), ("width", c_int64), ("height", c_int64)]


class Class(Structure):
    _fields_ = [("index", c_int64), ("name", c_char_p), ("probability", c_double),
                ("logit", c_double), ("area", c_double), ("box", c_double * 4)]


class PictureResult(Structure):
    _fields_ = [("struct_size", c_uint32), ("class_count", c_uint32), ("index", c_size_t),
                ("name", c_char_p), ("failure", c_char_p), ("classes", POINTER(Class)),
                ("target", Class), ("view", POINTER(c_uint8)), ("width", c_int64),
                ("height", c_int64), ("channels", c_int64)]


class Scalar(Structure):
    _fields_ = [("name", c_char_p), ("value", c_double)]


class Result(Structure):
    _fields_ = [("struct_size", c_uint32), ("kind", c_int32), ("job", c_char_p),
                ("technique", c_char_p), ("picture", c_char_p), ("index", c_size_t),
                ("name", c_char_p), ("target", c_int64), ("target_name", c_char_p),
                ("data", c_void_p), ("size", c_size_t), ("values", POINTER(c_float)),
                ("rank", c_uint32), ("scalar_count", c_uint32),
                ("values_shape", c_int64 * 8), ("shape", c_int64 * 4),
                ("value", c_double), ("scalars", POINTER(Scalar)), ("axis", c_char_p),
                ("lines", POINTER(c_char_p)), ("line_count", c_size_t)]


class Failure(Structure):
    _fields_ = [("struct_size", c_uint32), ("job", c_char_p), ("technique", c_char_p),
                ("picture", c_char_p), ("index", c_size_t), ("text", c_char_p)]


OnPicture = CFUNCTYPE(c_int32, c_void_p, POINTER(PictureResult))
OnArtifact = CFUNCTYPE(c_int32, c_void_p, POINTER(Result))
OnFailure = CFUNCTYPE(c_int32, c_void_p, POINTER(Failure))
OnProgress = CFUNCTYPE(c_int32, c_void_p, c_double, c_char_p)


class Run(Structure):
    _fields_ = [("struct_size", c_uint32), ("picture_count", c_uint32),
                ("pictures", POINTER(Picture)), ("context", c_void_p),
                ("picture", OnPicture), ("artifact", OnArtifact),
                ("failure", OnFailure), ("progress", OnProgress)]


build = os.path.abspath(os.environ.get("top_builddir", "."))
path = os.path.join(build, ".libs", "libcnnviz.so.0")
with open(path, "rb") as stream:
    if re.search(rb"__(asan|tsan)_init", stream.read()):
        print("SKIP: built with a sanitizer, which Python's program lacks")
        sys.exit(77)
library = ctypes.CDLL(path)
library.cnnviz_plan_open.argtypes = [c_char_p, POINTER(Options), POINTER(c_void_p)]
library.cnnviz_plan_run.argtypes = [c_void_p, POINTER(Run)]
library.cnnviz_plan_error.argtypes = [c_void_p, c_size_t]
library.cnnviz_plan_error.restype = c_char_p
library.cnnviz_plan_cancel.argtypes = [c_void_p]
library.cnnviz_plan_cancel.restype = None
library.cnnviz_plan_free.argtypes = [c_void_p]
library.cnnviz_plan_free.restype = None


def text_of(data):
    return data.decode() if data is not None else None


class Given:
    """A result, copied: bytes of its data and values, and all that describes it"""

    def __init__(self, result):
        for name in ("kind", "index", "target", "value", "size"):
            setattr(self, name, getattr(result, name))
        for name in ("job", "technique", "picture", "name", "target_name", "axis"):
            setattr(self, name, text_of(getattr(result, name)))
        self.data = ctypes.string_at(result.data, result.size) if result.data else None
        self.shape = tuple(result.shape)
        self.values_shape = tuple(result.values_shape[:result.rank])
        count = 4
        for extent in self.values_shape:
            count *= extent
        self.values = ctypes.string_at(result.values, count) if result.values else None
        self.scalars = {text_of(result.scalars[i].name): result.scalars[i].value
                        for i in range(result.scalar_count)}
        self.lines = [text_of(result.lines[i]) for i in range(result.line_count)]


class Plan:
    """A plan, and what its runs have handed out"""

    def __init__(self, text, **options):
        self.messages, self.threads = [], set()
        self.message = Message(lambda _, level, said: self.messages.append(
            (level, said.decode())))
        self.handle = c_void_p()
        folders = options.pop("plugin_folders", None)
        if folders:
            options["plugin_folders"] = (c_char_p * (len(folders) + 1))(*folders, None)
        known = Options(struct_size=ctypes.sizeof(Options), message=self.message,
                        level=DETAIL, **options)
        self.status = library.cnnviz_plan_open(text, ctypes.byref(known),
                                               ctypes.byref(self.handle))

    def errors(self):
        found = []
        while (said := library.cnnviz_plan_error(self.handle, len(found))) is not None:
            found.append(said.decode())
        return found

    def _take_picture(self, _, result):
        self.threads.add(threading.get_ident())
        seen = result.contents
        size = seen.width * seen.height * seen.channels
        self.pictures.append({
            "name": seen.name.decode(), "index": seen.index,
            "failure": text_of(seen.failure), "target": seen.target.index,
            "classes": [(seen.classes[i].index, text_of(seen.classes[i].name),
                         seen.classes[i].probability) for i in range(seen.class_count)],
            "view": ctypes.string_at(seen.view, size) if seen.view else None,
            "size": (seen.height, seen.width, seen.channels)})
        self.order.append(("picture", seen.index))
        return 0

    def _take_artifact(self, _, result):
        self.threads.add(threading.get_ident())
        given = Given(result.contents)
        self.artifacts.append(given)
        self.order.append((given.job, given.picture, given.name))
        return 0

    def _take_failure(self, _, failure):
        self.failures.append((text_of(failure.contents.job),
                              text_of(failure.contents.picture),
                              text_of(failure.contents.text)))
        return 0

    def run_to_files(self, progress=lambda _, done, job: 0):
        """Run as the program does; the status"""
        run = Run(struct_size=ctypes.sizeof(Run), progress=OnProgress(progress))
        return library.cnnviz_plan_run(self.handle, ctypes.byref(run))

    def run(self, pictures=()):
        """Run in memory; the status"""
        self.pictures, self.artifacts, self.failures, self.order = [], [], [], []
        self.progress = []
        items = (Picture * max(len(pictures), 1))(
            *(Picture(struct_size=ctypes.sizeof(Picture), **item) for item in pictures))
        run = Run(struct_size=ctypes.sizeof(Run), picture_count=len(pictures),
                  pictures=items, picture=OnPicture(self._take_picture),
                  artifact=OnArtifact(self._take_artifact),
                  failure=OnFailure(self._take_failure),
                  progress=OnProgress(lambda _, done, job: self.progress.append(done) or 0))
        return library.cnnviz_plan_run(self.handle, ctypes.byref(run))

    def free(self):
        library.cnnviz_plan_free(self.handle)
