"""What every face needs: definitions, figures, the registry of measures."""
