# SPDX-License-Identifier: MIT
"""A pickle module as Python 2 had it, for torch.save(..., pickle_module=python2_pickle, pickle_protocol=2)."""
import collections
import pickle


class Pickler(pickle._Pickler):  # pylint: disable=protected-access # the one in C lets nobody change how texts are saved
    """Texts are byte strings, and an OrderedDict is made from a list of its entries, each a list of two."""
    dispatch = dict(pickle._Pickler.dispatch)  # pylint: disable=protected-access

    def save_text(self, text):
        data = text.encode()
        short = len(data) < 256
        self.write((pickle.SHORT_BINSTRING if short else pickle.BINSTRING) + len(data).to_bytes(1 if short else 4, "little") + data)
        self.memoize(text)

    dispatch[str] = save_text

    def reducer_override(self, value):
        if type(value) is not collections.OrderedDict:  # pylint: disable=unidiomatic-typecheck
            return NotImplemented
        made = (collections.OrderedDict, ([[key, item] for key, item in value.items()],))
        return made + (vars(value),) if vars(value) else made


def dump(value, file, protocol):
    Pickler(file, protocol).dump(value)
