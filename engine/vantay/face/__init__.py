"""From a facial photo to a template that compares: read, detect, align, embed, judge quality."""
