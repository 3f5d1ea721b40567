//! `FieldsV1`: sets of fields as JSON.
use serde_json::{Map, Value as Json, json};

use super::path::PathElement;
use super::set::{FieldSet, Node};

impl FieldSet {
    /// `{"f:spec":{"f:replicas":{}}}`.
    pub fn encode(&self) -> Json {
        let mut map = Map::new();
        for (element, node) in &self.nodes {
            let below = match node.below.encode() {
                Json::Object(below) if node.member && !below.is_empty() => {
                    let mut with_self = Map::new();
                    with_self.insert(".".to_owned(), json!({}));
                    with_self.extend(below);
                    Json::Object(with_self)
                }
                below => below,
            };
            map.insert(element.encode(), below);
        }
        Json::Object(map)
    }

    /// Reads what `encode` writes, and leaves out what it does not know.
    pub fn decode(fields: &Json) -> Result<Self, String> {
        Ok(Self::decode_node(fields)?.below)
    }

    fn decode_node(fields: &Json) -> Result<Node, String> {
        let Json::Object(map) = fields else { return Err("managed fields must be a map".to_owned()) };
        let mut node = Node::default();
        for (key, below) in map {
            if key == "." {
                node.member = true;
                continue;
            }
            if let Some(element) = PathElement::decode(key)? {
                node.below.nodes.insert(element, Self::decode_node(below)?);
            }
        }
        node.member |= node.below.is_empty();
        Ok(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_wrote_is_read_and_written_alike() {
        let fields = json!({"f:metadata": {"f:finalizers": {".": {}, "v:\"a\"": {}}}, "f:spec": {".": {},
            "f:ports": {".": {}, "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
            "f:replicas": {}}, "f:x": {"i:0": {}}});
        let set = FieldSet::decode(&fields).unwrap();
        assert_eq!(set.encode(), fields);
        assert_eq!(FieldSet::decode(&json!({"f:spec": {}})).unwrap().encode(), json!({"f:spec": {}}));
        assert!(FieldSet::decode(&json!({"nonsense": {}})).is_err());
        assert_eq!(FieldSet::decode(&json!({"z:new": {}, "f:a": {}})).unwrap().encode(), json!({"f:a": {}}));
    }
}
