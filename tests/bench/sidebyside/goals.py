"""What is aimed at: the largest ratio of our cost to theirs, or None"""
MEMORY = 0.5
START = 1.15  # a whole run of a tiny network, by the time to load libtorch
COMMAND_SECONDS = 0.030
NEIGHBOR = 1.3  # two threads beside a busy process, by one thread there

AS_SCRIPTS = {'smooth_grad': 0.15, 'class_image': 0.20}
BARE = {'grad_cam': 1.10}
BARE_PICTURE, BARE_VARIANT = 1.05, 1.10


def run_time(peer, case):
    """Of whole runs"""
    if peer.style == 'collection':
        one_picture = case.counted == 'pictures' and case.full == 1
        return 0.25 if one_picture else AS_SCRIPTS.get(case.techniques[0], 1.0)
    if peer.style == 'bare':
        return None
    return 0.75 if case.counted == 'pictures' and case.full > 1 else 1.0


def marginal(peer, case):
    """Of the cost of one more picture, sample or step"""
    if case.less is None:
        return None
    if peer.style == 'bare':
        return BARE.get(case.techniques[0],
                        BARE_PICTURE if case.counted == 'pictures' else BARE_VARIANT)
    return 1.0 if peer.style == 'lean' else None


def memory(peer):
    return None if peer.style == 'bare' else MEMORY
