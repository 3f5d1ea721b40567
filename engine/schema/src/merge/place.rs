//! Where in the catalogue a merge is.
use crate::catalogue::{self, Field, Shape, Type};

/// What is known of the value at hand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Type(&'static Type),
    Shape(&'static Shape),
    /// Nothing: it merges as plain JSON does.
    Unknown,
}

impl Place {
    pub(super) fn of_kind(group: &str, version: &str, kind: &str) -> Option<Self> {
        catalogue::type_of(group, version, kind).and_then(catalogue::definition).map(Self::Type)
    }

    pub(super) fn of(shape: &'static Shape) -> Self {
        shape.definition().map_or(Self::Shape(shape), Self::Type)
    }

    /// What lies under a key of this map, and how the catalogue says it merges.
    pub(super) fn field(self, name: &str) -> (Self, Option<&'static Field>) {
        match self {
            Self::Type(of) => match of.field(name) {
                Some(field) => (Self::of(&field.shape), Some(field)),
                None => (Self::Unknown, None),
            },
            Self::Shape(Shape::Map(inner)) => (Self::of(inner), None),
            _ => (Self::Unknown, None),
        }
    }

    /// What the elements of this list are.
    pub(super) fn element(self) -> Self {
        match self {
            Self::Shape(Shape::List(inner)) => Self::of(inner),
            _ => Self::Unknown,
        }
    }

    /// The name of the type, as messages of Go have it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Type(of) => of.name.rsplit('.').next().unwrap_or_default(),
            _ => "",
        }
    }
}

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListMerge {
    Replace,
    /// By merge key, or as a set of scalars when there is none.
    Merge(Option<&'static str>),
}

impl ListMerge {
    pub(super) fn of(field: Option<&'static Field>) -> Self {
        match field {
            Some(field) if field.merges => Self::Merge(field.merge_key),
            _ => Self::Replace,
        }
    }

    pub(super) fn key(self) -> Option<&'static str> {
        match self {
            Self::Merge(key) => key,
            Self::Replace => None,
        }
    }
}
