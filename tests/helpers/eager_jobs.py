"""A stand-in for `Jobs` that evaluates the transforms of a job at once, without a Beam runner.

A Beam job costs most of a second whatever its size. This takes microseconds, so tests of the
driver can run whole rounds. It knows what the driver's jobs consist of: one collection at a time,
side inputs of one value, and collections that are joined at the end. How Beam distributes the work
is not tested here.
"""

from collections import defaultdict

import apache_beam as beam
from apache_beam.transforms.core import Windowing
from apache_beam.transforms.ptransform import _NamedPTransform
from apache_beam.transforms.window import GlobalWindows

from transforms.storage.files import Storage


class EagerJobs:
    """Runs jobs in this process; `input_bytes` has the figure that each of them was run with."""

    def __init__(self):
        self.storage = Storage()
        self.input_bytes = []
        self.metrics = {}

    def is_local(self):
        return True

    def run(self, build, input_bytes=0, min_ram=""):
        self.input_bytes.append(input_bytes)
        build(_Elements([]))
        return {}


class _Elements:
    """What a PCollection or, empty, a pipeline is to Beam."""

    windowing = Windowing(GlobalWindows())  # of a side input

    def __init__(self, elements):
        self.elements = elements

    def __or__(self, transform):
        if isinstance(transform, _NamedPTransform):
            return self | transform.transform
        if isinstance(transform, beam.Create):
            return _Elements(list(transform.values))
        if isinstance(transform, beam.Reshuffle):
            return _Elements(self.elements[::-1])
        if isinstance(transform, beam.ParDo):
            return _Elements(list(self._process(transform)))
        if isinstance(transform, beam.CombineGlobally):
            combine = beam.CombineFn.maybe_from_callable(transform.fn)
            return _Elements([combine.apply(self.elements)])
        if isinstance(transform, beam.CombinePerKey):
            groups = defaultdict(list)
            for key, value in self.elements:
                groups[key].append(value)
            return _Elements([(key, transform.fn.apply(group)) for key, group in groups.items()])
        if isinstance(transform, beam.GroupByKey):
            groups = defaultdict(list)
            for key, value in self.elements:
                groups[key].append(value)
            return _Elements(list(groups.items()))
        if isinstance(transform, beam.FlattenWith):
            others = [element for other in transform._others for element in other.elements]
            return _Elements([*self.elements, *others])
        if isinstance(transform, beam.combiners.ToList):
            return _Elements([self.elements])
        return transform.expand(self)

    def _process(self, transform):
        arguments, named = transform.raw_side_inputs
        values = [
            value.pvalue.elements[0] if isinstance(value, beam.pvalue.AsSingleton) else value
            for value in arguments
        ]
        for element in self.elements:
            yield from transform.fn.process(element, *values, **named) or ()
