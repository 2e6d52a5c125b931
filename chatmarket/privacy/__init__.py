"""What an expert may see: finding values in what people type, masking them, and the vault's cryptography (all pure)."""
