"""What the peers share: the task that they are given, pictures in, pictures out."""
import json
import os
import sys

import numpy as np
from PIL import Image

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)
SIZE = 224
PNG = {'compress_level': 6}  # Pillow's usual one


class Task:
    """The members of sidebyside/tasks.py: network, techniques, pictures and so on"""

    def __init__(self, path):
        with open(path, encoding='utf-8') as stream:
            self.__dict__.update(json.load(stream))

    def path(self, technique, name):
        folder = os.path.join(self.output, technique)
        os.makedirs(folder, exist_ok=True)
        return os.path.join(folder, name)

    def stems(self):
        return [os.path.splitext(os.path.basename(picture))[0] for picture in self.pictures]


def read_task():
    return Task(sys.argv[1])


def read_pixels(path):
    """(H,W,3) of the network's size, 0 to 1"""
    picture = Image.open(path).convert('RGB').resize((SIZE, SIZE), Image.LANCZOS)
    return np.asarray(picture, np.float32) / 255


def normalize(pixels):
    """(3,H,W)"""
    return np.ascontiguousarray(((pixels - MEAN) / STD).transpose(2, 0, 1))


def denormalize(values):
    """(H,W,3) of 8 bits"""
    pixels = values.transpose(1, 2, 0) * STD + MEAN
    return (np.clip(pixels, 0, 1) * 255).round().astype(np.uint8)


def save_picture(array, path):
    Image.fromarray(array).save(path, **PNG)


def scale(values):
    low, high = values.min(), values.max()
    return ((values - low) / (high - low or 1) * 255).astype(np.uint8)


def gray_of(gradient):
    size = np.abs(gradient).sum(0)
    return (np.clip(size / (np.percentile(size, 99) or 1), 0, 1) * 255).astype(np.uint8)


def save_gradient(task, technique, stem, gradient):
    """The four pictures and the array that cnnviz writes of a gradient (3,H,W)"""
    np.save(task.path(technique, stem + '.npy'), gradient)
    rows = gradient.transpose(1, 2, 0)
    save_picture(scale(rows), task.path(technique, stem + '-color.png'))
    save_picture(gray_of(gradient), task.path(technique, stem + '-gray.png'))
    save_picture(scale(np.maximum(rows, 0)), task.path(technique, stem + '-positive.png'))
    save_picture(scale(np.maximum(-rows, 0)), task.path(technique, stem + '-negative.png'))


def colors():
    """A table of 256 colors; that of jet is quickly made"""
    place = np.linspace(0, 4, 256)[:, None]
    return (np.clip(1.5 - np.abs(place - [3, 2, 1]), 0, 1) * 255).astype(np.uint8)


def save_map(task, technique, stem, values, picture=None):
    """The three pictures and the array that cnnviz writes of a class activation map or a
    saliency map (H,W); picture: the photograph's file, which the map is laid over"""
    np.save(task.path(technique, stem + '.npy'), values)
    small = Image.fromarray(scale(values))
    gray = small if small.size == (SIZE, SIZE) else small.resize((SIZE, SIZE), Image.BILINEAR)
    gray.save(task.path(technique, stem + '-gray.png'), **PNG)
    table = colors()
    save_picture(table[np.asarray(gray)], task.path(technique, stem + '-heatmap.png'))
    photograph = Image.open(picture).convert('RGB')
    heat = Image.fromarray(table[np.asarray(small.resize(photograph.size, Image.BILINEAR))])
    overlay = Image.blend(photograph, heat, 0.4)
    overlay.save(task.path(technique, stem + '-overlay.png'), **PNG)
