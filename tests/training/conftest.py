import torch

torch.set_num_threads(1)  # on a busy machine, two threads are four times slower than one
