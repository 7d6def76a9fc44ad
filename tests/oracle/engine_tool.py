"""Run engine_tool and read what it wrote; compare arrays. For the scripts beside it."""
import ctypes
import os
import subprocess
import sys
import tempfile

TOLERANCE = 1e-4


def skip(reason):
    print(f'SKIP: {reason}')
    sys.exit(77)


def use_oracle(*modules):
    """Go on in the interpreter that has the modules, or skip."""
    oracle = os.environ.get('PYTHON_ORACLE')
    if oracle and not os.environ.get('ORACLE_CHOSEN'):
        os.environ['ORACLE_CHOSEN'] = 'yes'
        os.execvp(oracle, [oracle] + sys.argv)
    for module in modules:
        try:
            __import__(module)
        except ImportError:
            skip(f'no Python with {module}; on Debian: apt-get install '
                 'python3-torch python3-torchvision')
    keep_memory()


def keep_memory():
    """Use released arrays' memory again: to get each from the system, and to have it cleared,
    takes up to a third of such a script's time."""
    trim_threshold, mmap_threshold = -1, -3  # of malloc.h
    library = ctypes.CDLL(None)
    library.mallopt(trim_threshold, -1)
    library.mallopt(mmap_threshold, 1 << 30)


def use_peers(variable, packages):
    """Go on in the interpreter that an environment variable names, or skip; returns it."""
    python = os.environ.get(variable)
    if not python:
        skip(f'{variable} names no Python with {packages}, of pip')
    if os.environ.get('PEERS_CHOSEN') != variable:
        os.environ['PEERS_CHOSEN'] = variable
        os.environ['ORACLE_CHOSEN'] = 'yes'  # for good
        os.execvp(python, [python] + sys.argv)
    return python


def source_path(*parts):
    return os.path.join(os.environ['top_srcdir'], *parts)


def build_path(*parts):
    return os.path.join(os.environ['top_builddir'], *parts)


def engines():
    """The libtorch engine where it is built, and the reference"""
    found = []
    if os.path.exists(build_path('core', 'engine', 'torch.la')):
        found.append('torch')
    found.append('reference')
    return found


def scratch():
    """A folder in the build tree that goes away with the object"""
    return tempfile.TemporaryDirectory(prefix='oracle-', dir=build_path('tests'))


def run(engine, architecture, weights, array, folder, layers=(), seed=None):
    """What the engine computes, by name of file; seed: the logits' gradient, or None"""
    import numpy as np
    module = {'torch': ('core', 'engine', 'torch.la'),
              'reference': ('core', 'engine', 'reference.la')}[engine]
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, 'in.npy')
    np.save(source, np.ascontiguousarray(array, dtype=np.float32))
    if seed is not None:
        np.save(os.path.join(folder, 'seed.npy'), seed.astype(np.float32))
    environment = dict(os.environ, ENGINE_TOOL_THREADS=str(os.cpu_count()))
    subprocess.run([build_path('tests', 'oracle', 'engine_tool'), build_path(*module),
                    architecture, weights, source, folder, *layers],
                   check=True, env=environment)
    result = {}
    for name in os.listdir(folder):
        if name not in ('in.npy', 'seed.npy'):
            result[name[:-len('.npy')]] = np.load(os.path.join(folder, name))
        os.remove(os.path.join(folder, name))
    return result


def relative_error(ours, theirs):
    """max |a - b| / max |b|; infinite where b is zero, which proves nothing"""
    import numpy as np
    size = np.abs(theirs).max()
    return np.abs(ours - theirs).max() / size if size > 0 else np.inf


def is_off(ours, theirs):
    return not (ours.shape == theirs.shape and relative_error(ours, theirs) <= TOLERANCE)


def distance(ours, theirs):
    """In relative L2"""
    import numpy as np
    return np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)


class Comparison:
    """Counts what was compared and what was off"""

    def __init__(self):
        self.compared = 0
        self.failures = 0
        self.worst = 0.0

    def check(self, what, ours, theirs):
        self.compared += 1
        if self.same_shape(what, ours, theirs):
            self.note(what, relative_error(ours, theirs))

    def check_pattern(self, what, ours, theirs):
        """As check(), of what is finite; the rest, of which there must be some, is equal."""
        import numpy as np
        self.compared += 1
        if not self.same_shape(what, ours, theirs):
            return
        finite = np.isfinite(theirs)
        if finite.all() or not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True):
            print(f'FAIL: {what}: not what PyTorch has where values are not finite')
            self.failures += 1
        elif finite.any():
            self.note(what, relative_error(ours[finite], theirs[finite]))

    def check_gradient(self, what, ours, theirs, bound=1e-2):
        """As check(), or in relative L2 within what single ReLUs and pools decide, which
        turn on the last bits of their inputs: PyTorch in single precision is as far from
        itself in double precision."""
        self.compared += 1
        if not self.same_shape(what, ours, theirs):
            return
        if not is_off(ours, theirs):
            return
        error = distance(ours, theirs)
        print(f'{what}: {error:.1e} in relative L2, of {bound:.1e}')
        if not error <= bound:
            print(f'FAIL: {what}: off by {error:.2e} in relative L2')
            self.failures += 1

    def check_but_patches(self, what, ours, theirs, share=0.1, bound=0.03):
        """Nearly all pixels of (1,C,H,W) as in check(), the others within the bound"""
        import numpy as np
        self.compared += 1
        if not self.same_shape(what, ours, theirs):
            return
        errors = np.abs(ours - theirs).max(1) / np.abs(theirs).max()
        off = errors > TOLERANCE
        self.note(what, errors[~off].max())
        if off.any():
            print(f'{what}: {off.mean():.1%} of the pixels off by up to {errors.max():.1e}')
        if off.mean() > share or errors.max() > bound:
            print(f'FAIL: {what}: more than a few patches are off')
            self.failures += 1

    def same_shape(self, what, ours, theirs):
        if ours is not None and ours.shape == theirs.shape:
            return True
        print(f'FAIL: {what}: shape {None if ours is None else ours.shape}, '
              f'expected {theirs.shape}')
        self.failures += 1
        return False

    def note(self, what, error):
        self.worst = max(self.worst, error)
        if not error <= TOLERANCE:
            print(f'FAIL: {what}: off by {error:.2e}')
            self.failures += 1

    def finish(self):
        print(f'{self.compared} arrays compared, {self.failures} off, '
              f'the worst by {self.worst:.2e}')
        sys.exit(1 if self.failures or not self.compared else 0)
