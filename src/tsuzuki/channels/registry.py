"""Which channels there are: ours by the table, anyone's by an entry point in the group `tsuzuki.channels`."""

from tsuzuki.plugins import Registry

from .port import Channel, Provider

_registry: Registry[Channel] = Registry(
    "tsuzuki.channels", {"email": "tsuzuki.channels.email:PROVIDER"}, Provider
)
names = _registry.names
entry = _registry.entry
load = _registry.load
