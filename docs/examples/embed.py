"""What does the network see in a picture, and where? Explained in memory with libcnnviz,
through ctypes; nothing is written.

    python3 embed.py cat.jpg
"""
import ctypes
import sys
from ctypes import c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32, c_void_p

PLAN = b"""
[model]
architecture = scenes
weights = embedded
[grad_cam]
"""
MAP = 1  # CNNVIZ_RESULT_MAP


class Picture(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("channels", c_uint32), ("name", c_char_p),
                ("target", c_char_p), ("bytes", c_char_p), ("size", c_size_t),
                ("pixels", c_void_p), ("width", c_int64), ("height", c_int64)]


class Class(ctypes.Structure):
    _fields_ = [("index", c_int64), ("name", c_char_p), ("probability", c_double),
                ("logit", c_double), ("area", c_double), ("box", c_double * 4)]


class PictureResult(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("class_count", c_uint32), ("index", c_size_t),
                ("name", c_char_p), ("failure", c_char_p),
                ("classes", ctypes.POINTER(Class)), ("target", Class),
                ("view", c_void_p), ("width", c_int64), ("height", c_int64),
                ("channels", c_int64)]


class Result(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("kind", c_int32), ("job", c_char_p),
                ("technique", c_char_p), ("picture", c_char_p), ("index", c_size_t),
                ("name", c_char_p), ("target", c_int64), ("target_name", c_char_p),
                ("data", c_void_p), ("size", c_size_t),
                ("values", ctypes.POINTER(c_float)), ("rank", c_uint32),
                ("scalar_count", c_uint32), ("values_shape", c_int64 * 8)]
    # What follows in the C struct is not read here.


PictureFunction = ctypes.CFUNCTYPE(c_int32, c_void_p, ctypes.POINTER(PictureResult))
ArtifactFunction = ctypes.CFUNCTYPE(c_int32, c_void_p, ctypes.POINTER(Result))


class Run(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("picture_count", c_uint32),
                ("pictures", ctypes.POINTER(Picture)), ("context", c_void_p),
                ("picture", PictureFunction), ("artifact", ArtifactFunction),
                ("failure", c_void_p), ("progress", c_void_p)]


@PictureFunction
def on_picture(context, pointer):
    result = pointer.contents
    if result.failure:
        print(result.failure.decode())
    else:
        best = result.classes[0]
        print(f"{result.name.decode()}: {best.name.decode()}, "
              f"probability {best.probability:.2f}")
    return 0  # go on


@ArtifactFunction
def on_artifact(context, pointer):
    result = pointer.contents
    if result.kind == MAP:
        channels, height, width = result.values_shape[:result.rank]
        values = result.values[:channels * height * width]  # a copy, ours to keep
        place = values.index(max(values))
        print(f"{result.job.decode()} for {result.target_name.decode()}: "
              f"{height} x {width}, maximum {values[place]:.4f} "
              f"in row {place // width}, column {place % width}")
    return 0


library = ctypes.CDLL("libcnnviz.so.0")
library.cnnviz_plan_open.argtypes = [c_char_p, c_void_p, ctypes.POINTER(c_void_p)]
library.cnnviz_plan_run.argtypes = [c_void_p, ctypes.POINTER(Run)]
library.cnnviz_plan_error.argtypes = [c_void_p, c_size_t]
library.cnnviz_plan_error.restype = c_char_p
library.cnnviz_plan_free.argtypes = [c_void_p]


def explain(name, data):
    picture = Picture(struct_size=ctypes.sizeof(Picture), name=name.encode(), bytes=data,
                      size=len(data))
    run = Run(struct_size=ctypes.sizeof(Run), picture_count=1,
              pictures=ctypes.pointer(picture), picture=on_picture, artifact=on_artifact)
    plan = c_void_p()
    status = library.cnnviz_plan_open(PLAN, None, ctypes.byref(plan))
    if status == 0:
        status = library.cnnviz_plan_run(plan, ctypes.byref(run))
    index = 0
    while error := library.cnnviz_plan_error(plan, index):
        print(error.decode(), file=sys.stderr)
        index += 1
    library.cnnviz_plan_free(plan)
    return status


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as stream:
        sys.exit(explain("upload", stream.read()))
