"""The registered gateways: ours from the table below, other packages' from entry points in the group
`tsuzuki.payments`.
"""

from tsuzuki.plugins import Registry

from .port import GatewayPlugin, PaymentGateway

_registry: Registry[PaymentGateway] = Registry(
    "tsuzuki.payments",
    {"byhand": "tsuzuki.payments.byhand:PROVIDER", "sandbox": "tsuzuki.payments.sandbox:PROVIDER"},
    GatewayPlugin,
)
names = _registry.names
entry = _registry.entry
load = _registry.load
