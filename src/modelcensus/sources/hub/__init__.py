"""The crawler of the Hugging Face Hub: client, retry, cursor, journal, the walk itself."""
