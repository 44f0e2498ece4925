"""What the rungs below ``nn.Module`` share."""
