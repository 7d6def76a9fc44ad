"""cnnviz's side: an INI file for a task, and where its results are"""
import math
import os

from . import cases

SIZE = 224  # of the networks' inputs
HAVE_LAYER = {'grad_cam', 'layer_cam', 'score_cam', 'ss_cam', 'is_cam', *cases.CAMS} - {'full_grad'}
# Lines that give a technique so many variants
VARIANTS = {
    'feature_ablation': lambda count: ('features = grid', f'grid = {math.isqrt(count)}'),
    'lime': lambda count: (f'samples = {count}',),
    'kernel_shap': lambda count: (f'samples = {count}',),
    'shapley_sampling': lambda count: ('features = grid', 'grid = 2', f'orders = {count // 4}'),
    'sobol': lambda count: ('features = grid', 'grid = 1', f'designs = {count // 2}'),
    'hsic': lambda count: (f'masks = {count}',),
    'score_cam': lambda count: (f'channels = {count}',),
    'ss_cam': lambda count: (f'channels = {count // 4}', 'samples = 4'),
    'is_cam': lambda count: (f'channels = {count // 4}', 'samples = 4'),
}


def job(task, technique):
    lines = [f'[{technique}]']
    if technique in HAVE_LAYER:
        lines.append(f'layer = {task["layer"]}')
    if technique in VARIANTS:
        lines += VARIANTS[technique](task['variants'])
    elif technique in cases.SEARCHED:
        lines.append(f'iterations = {task["iterations"]}')
    elif technique == 'smooth_grad':
        lines += [f'samples = {task["samples"]}', f'noise_level = {task["noise_level"]}']
    elif technique == 'integrated_gradients':
        lines.append(f'steps = {task["steps"]}')
    elif technique == 'rise':
        lines.append(f'masks = {task["masks"]}')
    elif technique == 'occlusion':  # windows side by side, as many in a row as in a column
        side = SIZE // math.isqrt(task['windows'])
        lines += [f'window = {side}', f'stride = {side}']
    elif technique in ('class_image', 'filter_vis'):
        lines.append(f'iterations = {task["iterations"]}')
        lines.append('keep_array = yes')
        if technique == 'class_image':
            lines.append(f'target = {task["target"]}')
        else:
            lines += [f'layer = {task["filter_layer"]}', f'filter = {task["filter"]}']
        if task['start']:
            lines += ['start = picture', f'start_picture = {task["start"]}']
    return '\n'.join(lines) + '\n'


def write_ini(task, path):
    text = (f'[run]\noutput = {task["output"]}\nthreads = 1\n'
            f'[model]\narchitecture = {task["network"]}\nweights = {task["weights"]}\n')
    if task['techniques'][0] not in ('class_image', 'filter_vis'):
        listed = path + '.txt'
        with open(listed, 'w', encoding='utf-8') as stream:
            stream.writelines(picture + '\n' for picture in task['pictures'])
        text += f'[input]\nimages = @{listed}\ntarget = {task["target"]}\n'
    with open(path, 'w', encoding='utf-8') as stream:
        stream.write(text + ''.join(job(task, name) for name in task['techniques']))


def command(program, task, folder):
    path = os.path.join(folder, 'task.ini')
    write_ini(task, path)
    return [program, '-q', 'run', path]
