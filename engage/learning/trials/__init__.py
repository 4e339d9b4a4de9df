"""Trials: a challenger beside the champion, from the shadow to promotion or back."""
