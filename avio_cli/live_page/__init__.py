"""A page that shows a run while it lasts: its newest frame, boxes, figures, events."""
