import torch

torch.set_num_threads(1)  # two threads beside a busy neighbour are four times slower than one
