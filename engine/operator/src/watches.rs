//! watches.yaml.
