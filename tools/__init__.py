"""What the reasoning can reach: passages, ports, and one adapter per vendor."""
