"""The registered channels: ours from the table below, other packages' from entry points in the group
`tsuzuki.channels`.
"""

from tsuzuki.plugins import Registry

from .port import Channel, ChannelPlugin

_registry: Registry[Channel] = Registry(
    "tsuzuki.channels", {"email": "tsuzuki.channels.email:PROVIDER"}, ChannelPlugin
)
names = _registry.names
entry = _registry.entry
load = _registry.load
