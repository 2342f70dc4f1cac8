"""Which carriers there are: ours by the table, anyone's by an entry point in the group `tsuzuki.carriers`."""

from tsuzuki.plugins import Registry

from .port import Carrier, Provider

_registry: Registry[Carrier] = Registry(
    "tsuzuki.carriers",
    {
        "byhand": "tsuzuki.carriers.byhand:PROVIDER",
        "csvbatch": "tsuzuki.carriers.csvbatch:PROVIDER",
        "sandbox": "tsuzuki.carriers.sandbox:PROVIDER",
    },
    Provider,
)
names = _registry.names
entry = _registry.entry
load = _registry.load
