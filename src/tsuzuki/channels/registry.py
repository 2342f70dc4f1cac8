"""Which channels there are: ours by the table, anyone's by an entry point in the group `tsuzuki.channels`."""

from tsuzuki.plugins import Registry

from .port import Channel, ChannelPlugin

_registry: Registry[Channel] = Registry(
    "tsuzuki.channels", {"email": "tsuzuki.channels.email:PROVIDER"}, ChannelPlugin
)
names = _registry.names
entry = _registry.entry
load = _registry.load
