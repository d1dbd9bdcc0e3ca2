"""An engine whose completions come from a function, encoded as a tiny model's bytes."""

from training.generation.types import Completion


class Scripted:
    """Completes each request with `write(text of the prompt, seed)` and EOS."""

    def __init__(self, model, write):
        self.model, self.write = model, write
        self.requests = []

    def __call__(self, requests):
        self.requests += requests
        return [self.complete(request) for request in requests]

    def complete(self, request):
        text = self.write(self.model.decode(request.prompt), request.seed)
        tokens = (*self.model.encode(text), min(self.model.eos))
        return Completion(request.prompt, tokens, (-1.0,) * len(tokens), True, text)

    def update_weights(self, policy):
        pass
