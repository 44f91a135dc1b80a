"""Facts about observations, prompts and alerts, read for actions and for pages."""
