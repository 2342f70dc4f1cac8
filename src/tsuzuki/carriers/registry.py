"""The registered carriers: ours from the table below, other packages' from entry points in the group
`tsuzuki.carriers`.
"""

from tsuzuki.plugins import Registry

from .port import CarrierAdapter, CarrierPlugin

_registry: Registry[CarrierAdapter] = Registry(
    "tsuzuki.carriers",
    {
        "byhand": "tsuzuki.carriers.byhand:PROVIDER",
        "csvbatch": "tsuzuki.carriers.csvbatch:PROVIDER",
        "sandbox": "tsuzuki.carriers.sandbox:PROVIDER",
    },
    CarrierPlugin,
)
names = _registry.names
entry = _registry.entry
load = _registry.load
