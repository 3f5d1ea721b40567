//! Label and field selectors, text and `LabelSelector` objects.
