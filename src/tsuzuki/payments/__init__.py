"""Payment gateways: one folder per gateway, values in, values out, no HTML."""
