"""What the rungs below ``nn.Module`` share: the loop around a step, the layers by name, the updates as formulas."""
