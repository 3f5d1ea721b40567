//! What is known of the value at hand: the one view of built-in types and of the schemas of definitions.
use serde_json::Value as Json;

use super::path::PathElement;
use crate::catalogue::{self, Field, Shape, Type};
use crate::structural::{Additional, ListType, Structural};

/// The schema of a value.
#[derive(Clone, Copy, Debug)]
pub enum Schema<'a> {
    /// A built-in type.
    Type(&'static Type),
    /// A value of a field of a built-in type.
    Shape(&'static Shape, Option<&'static Field>),
    /// A resource of a definition: its metadata is known, whatever the schema says.
    Resource(&'a Structural),
    /// A value of a definition's schema.
    Custom(&'a Structural),
    /// Nothing is known: maps are maps, lists are atomic.
    Deduced,
    /// No value may be here.
    Undeclared,
}

/// What kind of value a schema is of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Atom {
    Scalar(Scalar),
    List(ListKind),
    Map { atomic: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Text,
    Number,
    Bool,
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListKind {
    Atomic,
    Set,
    Map(Vec<String>),
}

impl<'a> Schema<'a> {
    /// The schema of a built-in kind.
    pub fn built_in(group: &str, version: &str, kind: &str) -> Option<Self> {
        catalogue::type_of(group, version, kind).and_then(catalogue::definition).map(Self::Type)
    }

    fn of_shape(shape: &'static Shape, field: Option<&'static Field>) -> Self {
        match shape.definition() {
            Some(of) if field.is_none_or(|f| !f.atomic) => Self::Type(of),
            _ => Self::Shape(shape, field),
        }
    }

    /// What the value is; where nothing is known, the value itself says.
    pub(super) fn atom(&self, value: &Json) -> Atom {
        match self {
            Self::Type(of) => Atom::Map { atomic: of.atomic },
            Self::Shape(shape, field) => match (shape, field) {
                (Shape::Ref(_), field) => Atom::Map { atomic: field.is_some_and(|f| f.atomic) },
                (Shape::Map(_) | Shape::Object, field) => Atom::Map { atomic: field.is_some_and(|f| f.atomic) },
                (Shape::List(inner), field) => Atom::List(list_of(inner, *field)),
                (Shape::String | Shape::Bytes, _) => Atom::Scalar(Scalar::Text),
                (Shape::Bool, _) => Atom::Scalar(Scalar::Bool),
                (Shape::Int32 | Shape::Int64 | Shape::Number, _) => Atom::Scalar(Scalar::Number),
                (Shape::Any, _) => deduced(value),
                _ => Atom::Scalar(Scalar::Any),
            },
            Self::Resource(of) => Atom::Map { atomic: of.atomic_map },
            Self::Custom(of) => custom(of, value),
            Self::Deduced | Self::Undeclared => deduced(value),
        }
    }

    /// Whether a map of this schema names the field, rather than taking any.
    pub(super) fn names(&self, field: &str) -> bool {
        match self {
            Self::Type(of) => of.field(field).is_some(),
            Self::Resource(of) => is_meta(field) || of.properties.contains_key(field),
            Self::Custom(of) => of.properties.contains_key(field) || (of.embedded && is_meta(field)),
            _ => false,
        }
    }

    /// The schema of a field of a map; `Undeclared` when there may be none of that name.
    pub(super) fn field(&self, name: &str) -> Schema<'a> {
        match self {
            Self::Type(of) => match of.field(name) {
                Some(field) => Self::of_shape(&field.shape, Some(field)),
                None if of.fields.is_empty() => Self::Deduced,
                None => Self::Undeclared,
            },
            Self::Shape(Shape::Ref(of), _) => {
                catalogue::definition(of).map_or(Self::Deduced, |of| Self::Type(of).field(name))
            }
            Self::Shape(Shape::Map(inner), _) => Self::of_shape(inner, None),
            Self::Resource(of) => meta(name).unwrap_or_else(|| custom_field(of, name)),
            Self::Custom(of) if of.embedded => meta(name).unwrap_or_else(|| custom_field(of, name)),
            Self::Custom(of) => custom_field(of, name),
            _ => Self::Deduced,
        }
    }

    /// The schema of the elements of a list.
    pub(super) fn element(&self) -> Schema<'a> {
        match self {
            Self::Shape(Shape::List(inner), _) => Self::of_shape(inner, None),
            Self::Custom(of) => of.items.as_deref().map_or(Self::Deduced, Self::Custom),
            _ => Self::Deduced,
        }
    }

    pub(super) fn child(&self, element: &PathElement) -> Schema<'a> {
        match element {
            PathElement::Field(name) => self.field(name),
            _ => self.element(),
        }
    }

    /// What a key of an element stands at when it is not given.
    pub(super) fn key_default(&self, key: &str) -> Option<Json> {
        match self.element() {
            Self::Type(of) => of.field(key).and_then(|field| match (&field.shape, key) {
                (_, "protocol") => Some("TCP".into()),
                (Shape::String, _) if field.required => Some("".into()),
                (Shape::Int32 | Shape::Int64, _) if field.required => Some(0.into()),
                _ => None,
            }),
            Self::Custom(of) => of.properties.get(key).and_then(|p| p.default.clone()),
            _ => None,
        }
    }
}

fn list_of(inner: &'static Shape, field: Option<&'static Field>) -> ListKind {
    let Some(field) = field else { return ListKind::Atomic };
    match (&field.list, field.merges, field.merge_key) {
        (Some(catalogue::ListType::Map(keys)), ..) => ListKind::Map(keys.iter().map(|k| (*k).to_owned()).collect()),
        (Some(catalogue::ListType::Set), ..) => ListKind::Set,
        (Some(catalogue::ListType::Atomic), ..) => ListKind::Atomic,
        (None, true, Some(key)) => ListKind::Map(vec![key.to_owned()]),
        (None, true, None) if inner.definition().is_none() => ListKind::Set,
        _ => ListKind::Atomic,
    }
}

fn custom(of: &Structural, value: &Json) -> Atom {
    match of.kind.as_str() {
        _ if of.int_or_string => Atom::Scalar(Scalar::Any),
        "object" => Atom::Map { atomic: of.atomic_map },
        "array" => Atom::List(match &of.list_type {
            ListType::Atomic => ListKind::Atomic,
            ListType::Set => ListKind::Set,
            ListType::Map(keys) => ListKind::Map(keys.clone()),
        }),
        "string" => Atom::Scalar(Scalar::Text),
        "integer" | "number" => Atom::Scalar(Scalar::Number),
        "boolean" => Atom::Scalar(Scalar::Bool),
        _ => deduced(value),
    }
}

fn custom_field<'a>(of: &'a Structural, name: &str) -> Schema<'a> {
    if let Some(property) = of.properties.get(name) {
        return Schema::Custom(property);
    }
    match &of.additional {
        Additional::Schema(schema) => Schema::Custom(schema),
        Additional::Allowed(true) => Schema::Deduced,
        _ if of.preserve_unknown || of.properties.is_empty() => Schema::Deduced,
        _ => Schema::Undeclared,
    }
}

fn is_meta(field: &str) -> bool {
    matches!(field, "apiVersion" | "kind" | "metadata")
}

fn meta<'a>(field: &str) -> Option<Schema<'a>> {
    match field {
        "metadata" => catalogue::definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta").map(Schema::Type),
        "apiVersion" | "kind" => Some(Schema::Shape(&Shape::String, None)),
        _ => None,
    }
}

fn deduced(value: &Json) -> Atom {
    match value {
        Json::Array(_) => Atom::List(ListKind::Atomic),
        Json::Object(_) | Json::Null => Atom::Map { atomic: false },
        _ => Atom::Scalar(Scalar::Any),
    }
}
