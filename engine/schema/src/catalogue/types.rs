//! The table of types: fields, their shapes, and how they merge.
use std::collections::HashMap;
use std::sync::OnceLock;

const TABLE: &str = include_str!("../../data/types.txt");

/// One built-in type.
#[derive(Debug)]
pub struct Type {
    pub name: &'static str,
    /// (group, version, kind), for types that are objects of their own.
    pub gvk: Option<(&'static str, &'static str, &'static str)>,
    /// `x-kubernetes-map-type: atomic`: one owner holds the whole value.
    pub atomic: bool,
    /// Sorted by name.
    pub fields: Vec<Field>,
}

impl Type {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.binary_search_by(|f| f.name.cmp(name)).ok().map(|i| &self.fields[i])
    }
}

/// One field of a built-in type.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub required: bool,
    pub shape: Shape,
    pub list: Option<ListType>,
    /// `x-kubernetes-patch-strategy` holds `merge`.
    pub merges: bool,
    /// `x-kubernetes-patch-strategy` holds `replace`.
    pub replaces: bool,
    /// `x-kubernetes-patch-strategy` holds `retainKeys`.
    pub retain_keys: bool,
    /// `x-kubernetes-patch-merge-key`.
    pub merge_key: Option<&'static str>,
    /// `x-kubernetes-map-type: atomic` on the field.
    pub atomic: bool,
}

/// `x-kubernetes-list-type`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListType {
    Atomic,
    Set,
    Map(Vec<&'static str>),
}

/// What a value of a field looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    String,
    Bytes,
    Bool,
    Int32,
    Int64,
    Number,
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    /// A map without known fields.
    Object,
    /// Any value.
    Any,
    /// A type of the catalogue.
    Ref(&'static str),
    List(Box<Shape>),
    Map(Box<Shape>),
}

impl Shape {
    /// The type it names.
    pub fn definition(&self) -> Option<&'static Type> {
        match self {
            Shape::Ref(name) => definition(name),
            _ => None,
        }
    }

    /// What the elements of a list, or the values of a map, look like.
    pub fn element(&self) -> Option<&Shape> {
        match self {
            Shape::List(inner) | Shape::Map(inner) => Some(inner),
            _ => None,
        }
    }
}

type Gvk = (&'static str, &'static str, &'static str);

struct Index {
    blocks: Vec<Block>,
    by_name: HashMap<&'static str, usize>,
    by_gvk: HashMap<Gvk, usize>,
}

struct Block {
    name: &'static str,
    text: &'static str,
    parsed: OnceLock<Type>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(build)
}

fn build() -> Index {
    let mut index = Index { blocks: Vec::new(), by_name: HashMap::new(), by_gvk: HashMap::new() };
    let mut rest = skip_comments(TABLE);
    while !rest.is_empty() {
        let end = block_end(rest);
        let (text, tail) = rest.split_at(end);
        rest = tail;
        let head = text.lines().next().unwrap_or_default();
        let (name, gvk, _) = parse_head(head);
        let at = index.blocks.len();
        index.by_name.insert(name, at);
        if let Some(gvk) = gvk {
            index.by_gvk.insert(gvk, at);
        }
        index.blocks.push(Block { name, text, parsed: OnceLock::new() });
    }
    index
}

fn skip_comments(text: &'static str) -> &'static str {
    let mut rest = text;
    while rest.starts_with('#') {
        rest = rest.split_once('\n').map_or("", |(_, tail)| tail);
    }
    rest
}

/// Where the next line that does not start with a space begins.
fn block_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(newline) = bytes[from..].iter().position(|b| *b == b'\n') {
        from += newline + 1;
        if bytes.get(from).is_none_or(|b| *b != b' ') {
            break;
        }
    }
    if from == 0 { text.len() } else { from }
}

fn parse_head(line: &'static str) -> (&'static str, Option<Gvk>, bool) {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let (mut gvk, mut atomic) = (None, false);
    for word in words {
        if word == "map=atomic" {
            atomic = true;
        } else {
            let mut parts = word.split('/');
            if let (Some(g), Some(v), Some(k)) = (parts.next(), parts.next(), parts.next()) {
                gvk = Some((g, v, k));
            }
        }
    }
    (name, gvk, atomic)
}

fn parse_block(text: &'static str) -> Type {
    let mut lines = text.lines();
    let (name, gvk, atomic) = parse_head(lines.next().unwrap_or_default());
    let mut fields: Vec<Field> = lines.map(parse_field).collect();
    fields.sort_by_key(|f| f.name);
    Type { name, gvk, atomic, fields }
}

fn parse_field(line: &'static str) -> Field {
    let mut words = line.trim_start().split(' ');
    let name = words.next().unwrap_or_default();
    let shape = parse_shape(words.next().unwrap_or_default());
    let mut field = Field {
        name: name.trim_end_matches('!'),
        required: name.ends_with('!'),
        shape,
        list: None,
        merges: false,
        replaces: false,
        retain_keys: false,
        merge_key: None,
        atomic: false,
    };
    for (key, value) in words.filter_map(|w| w.split_once('=')) {
        match key {
            "list" => field.list = Some(parse_list_type(value)),
            "patch" => {
                field.merges = value.split(',').any(|s| s == "merge");
                field.replaces = value.split(',').any(|s| s == "replace");
                field.retain_keys = value.split(',').any(|s| s == "retainKeys");
            }
            "key" => field.merge_key = Some(value),
            _ => field.atomic = value == "atomic",
        }
    }
    field
}

fn parse_list_type(text: &'static str) -> ListType {
    match text {
        "set" => ListType::Set,
        "atomic" => ListType::Atomic,
        keys => ListType::Map(keys.trim_start_matches("map(").trim_end_matches(')').split(',').collect()),
    }
}

fn parse_shape(text: &'static str) -> Shape {
    if let Some(inner) = text.strip_prefix("[]") {
        return Shape::List(Box::new(parse_shape(inner)));
    }
    if let Some(inner) = text.strip_prefix("{}") {
        return Shape::Map(Box::new(parse_shape(inner)));
    }
    match text {
        "string" => Shape::String,
        "bytes" => Shape::Bytes,
        "bool" => Shape::Bool,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "number" => Shape::Number,
        "quantity" => Shape::Quantity,
        "intstr" => Shape::IntOrString,
        "time" => Shape::Time,
        "microtime" => Shape::MicroTime,
        "object" => Shape::Object,
        "any" => Shape::Any,
        name => Shape::Ref(name),
    }
}

/// The type of a built-in kind, as the key of its OpenAPI definition (`io.k8s.api.apps.v1.Deployment`).
pub fn type_of(group: &str, version: &str, kind: &str) -> Option<&'static str> {
    let index = index();
    index.by_gvk.get(&(group, version, kind)).map(|at| index.blocks[*at].name)
}

/// A type by its name, parsed at the first call.
pub fn definition(name: &str) -> Option<&'static Type> {
    let index = index();
    let block = &index.blocks[*index.by_name.get(name)?];
    Some(block.parsed.get_or_init(|| parse_block(block.text)))
}

/// The names of all types, sorted.
pub fn type_names() -> impl Iterator<Item = &'static str> {
    index().blocks.iter().map(|b| b.name)
}

/// The field a path of names leads to, through lists and maps (`["spec", "template", "spec", "containers"]`).
pub fn field_at(type_name: &str, path: &[&str]) -> Option<&'static Field> {
    let mut at = definition(type_name)?;
    let (last, parents) = path.split_last()?;
    for name in parents {
        let mut shape = &at.field(name)?.shape;
        while let Some(inner) = shape.element() {
            shape = inner;
        }
        at = shape.definition()?;
    }
    at.field(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_carry_their_merge_rules() {
        let pod = type_of("", "v1", "Pod").unwrap();
        assert_eq!(pod, "io.k8s.api.core.v1.Pod");
        let containers = field_at(pod, &["spec", "containers"]).unwrap();
        assert!(containers.required && containers.merges && !containers.retain_keys);
        assert_eq!(containers.merge_key, Some("name"));
        assert_eq!(containers.list, Some(ListType::Map(vec!["name"])));
        let ports = field_at(pod, &["spec", "containers", "ports"]).unwrap();
        assert_eq!(ports.list, Some(ListType::Map(vec!["containerPort", "protocol"])));
        assert_eq!(field_at(pod, &["spec", "containers", "args"]).unwrap().list, Some(ListType::Atomic));
        assert_eq!(field_at(pod, &["metadata", "labels"]).unwrap().shape, Shape::Map(Box::new(Shape::String)));
        assert_eq!(field_at(pod, &["metadata", "finalizers"]).unwrap().list, Some(ListType::Set));
        let selector = definition("io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector").unwrap();
        assert!(selector.atomic);
    }

    #[test]
    fn unknown_names_are_none() {
        assert_eq!(type_of("apps", "v9", "Deployment"), None);
        assert!(definition("io.k8s.nope").is_none());
        assert!(field_at("io.k8s.api.core.v1.Pod", &["spec", "nope"]).is_none());
        assert!(field_at("io.k8s.api.core.v1.Pod", &[]).is_none());
    }

    #[test]
    fn every_block_parses_and_every_reference_resolves() {
        fn check(shape: &Shape, of: &str) {
            match shape {
                Shape::Ref(name) => assert!(definition(name).is_some(), "{of}: {name}"),
                Shape::List(inner) | Shape::Map(inner) => check(inner, of),
                _ => {}
            }
        }
        assert!(type_names().count() > 840);
        for name in type_names() {
            for field in &definition(name).unwrap().fields {
                check(&field.shape, name);
            }
        }
    }
}
