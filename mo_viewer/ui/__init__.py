"""All that is Qt: the window, its panes, and what the mouse and keys do in them."""
