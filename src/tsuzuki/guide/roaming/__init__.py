"""What a trip costs with each brand: tariffs by place."""
