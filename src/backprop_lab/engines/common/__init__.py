"""Code shared by the rungs below ``nn.Module``."""
