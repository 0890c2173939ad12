"""The losses of bench/train in PyTorch: over all pairs of a batch but those of an item with itself."""

import torch
import torch.nn.functional as F


def hashnet(h, s, bits):
    x = 10 / bits * (h @ h.T)
    return F.softplus(torch.where(s > 0, -x, x))


def dch(h, s, bits, gamma=20.0):
    u = F.normalize(h)
    d = bits / 2 * (1 - u @ u.T) + 0.001
    return torch.log1p(torch.where(s > 0, d / gamma, gamma / d))


def quantization(h, bits, gamma=20.0):
    cosine = h.abs().sum(1) / (h.norm(dim=1) * bits**0.5)
    return torch.log1p(bits / 2 * (1 - cosine) / gamma).mean()


def head(parameters, x):
    return F.linear(F.relu(F.linear(x, parameters[0], parameters[1])), parameters[2], parameters[3])


def loss_of(method, bits, parameters, x, y, beta, distinct):
    """distinct: (batch, batch), 0 on the diagonal, 1 elsewhere"""
    s = (y[:, None] == y[None, :]).float()
    h = torch.tanh(beta * head(parameters, x))
    terms = (hashnet if method == "hashnet" else dch)(h, s, bits)
    similar = distinct * s
    dissimilar = distinct - similar
    loss = (terms * similar).sum() / similar.sum().clamp(min=1) + (terms * dissimilar).sum() / dissimilar.sum().clamp(min=1)
    return loss if method == "hashnet" else loss + 0.1 * quantization(h, bits)
