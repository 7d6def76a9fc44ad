"""ONNX files in a few lines, with Python's own library: for the tests beside it.

A message is bytes: each field has a number, and a value that is an integer, a float, or
bytes. https://protobuf.dev/programming-guides/encoding"""
import struct

FLOAT, UINT8, INT8, INT64, FLOAT16, BFLOAT16 = 1, 2, 3, 7, 10, 16


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, value):
    """One field of a message; a float takes 4 bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack('<f', value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def count(shape):
    product = 1
    for extent in shape:
        product *= extent
    return product


def tensor(name, shape, values, kind=FLOAT):
    """Values side by side, as torch writes them"""
    values = list(values)
    assert len(values) == count(shape)
    if kind == BFLOAT16:  # the upper half of a float32, which the test's numbers fit into
        raw = b''.join(struct.pack('<f', value)[2:] for value in values)
    else:
        code = {FLOAT: 'f', UINT8: 'B', INT8: 'b', INT64: 'q', FLOAT16: 'e'}[kind]
        raw = struct.pack(f'<{len(values)}{code}', *values)
    return (b''.join(field(1, extent) for extent in shape) + field(2, kind)
            + field(8, name) + field(9, raw))


def external(name, shape, location, offset, length):
    """Values in a file beside"""
    places = {'location': location, 'offset': str(offset), 'length': str(length)}
    return (b''.join(field(1, extent) for extent in shape) + field(2, FLOAT)
            + field(8, name)
            + b''.join(field(13, field(1, key) + field(2, value))
                       for key, value in places.items())
            + field(14, 1))


def attribute(name, value):
    if isinstance(value, bool) or isinstance(value, int):
        body = field(3, int(value)) + field(20, 2)
    elif isinstance(value, float):
        body = field(2, value) + field(20, 1)
    elif isinstance(value, str):
        body = field(4, value) + field(20, 3)
    elif isinstance(value, bytes):  # a tensor
        body = field(5, value) + field(20, 4)
    elif isinstance(value[0], float):
        body = b''.join(field(7, item) for item in value) + field(20, 6)
    else:
        body = b''.join(field(8, item) for item in value) + field(20, 7)
    return field(1, name) + body


def node(operator, inputs, outputs, name='', domain='', scopes=None, **attributes):
    body = b''.join(field(1, item) for item in inputs)
    body += b''.join(field(2, item) for item in outputs)
    body += field(3, name) + field(4, operator)
    body += b''.join(field(5, attribute(key, value)) for key, value in attributes.items())
    if domain:
        body += field(7, domain)
    if scopes is not None:
        body += field(9, field(1, 'pkg.torch.onnx.name_scopes') + field(2, repr(scopes)))
    return body


def port(name, shape, kind=FLOAT):
    """An input or output; an extent that is a text is open."""
    dimensions = b''.join(
        field(1, field(2, extent) if isinstance(extent, str) else field(1, extent))
        for extent in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dimensions)))


def model(nodes, tensors, inputs, outputs, opset=17, domains=(), properties=()):
    graph = b''.join(field(1, item) for item in nodes) + field(2, 'main_graph')
    graph += b''.join(field(5, item) for item in tensors)
    graph += b''.join(field(11, item) for item in inputs)
    graph += b''.join(field(12, item) for item in outputs)
    return (field(1, 8) + field(2, 'writer') + field(7, graph)
            + field(8, field(1, '') + field(2, opset))
            + b''.join(field(8, field(1, domain) + field(2, 1)) for domain in domains)
            + b''.join(field(14, field(1, key) + field(2, value))
                       for key, value in properties))


def write(path, data):
    with open(path, 'wb') as stream:
        stream.write(data)
