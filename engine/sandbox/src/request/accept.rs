//! What the client wants to read.
use crate::status::{Failure, Outcome};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Json,
    Yaml,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// With the version of `meta.k8s.io`.
    Table(String),
    Partial(String),
    PartialList(String),
    /// Aggregated discovery, with its version.
    Discovery(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accept {
    pub(crate) media: Media,
    pub(crate) form: Form,
}

/// The first acceptable form among those the client lists. Discovery forms are skipped for objects.
pub(crate) fn negotiate(header: Option<&str>, discovery: bool) -> Outcome<Accept> {
    let header = header.map(str::trim).filter(|h| !h.is_empty()).unwrap_or("*/*");
    header.split(',').find_map(|range| one(range, discovery)).ok_or_else(Failure::not_acceptable)
}

fn one(range: &str, discovery: bool) -> Option<Accept> {
    let mut parts = range.split(';').map(str::trim);
    let media = match parts.next()? {
        "application/json" | "*/*" | "application/*" => Media::Json,
        "application/yaml" => Media::Yaml,
        _ => return None,
    };
    let (mut shape, mut group, mut version) = ("", "", "");
    for (key, value) in parts.filter_map(|p| p.split_once('=')) {
        match key {
            "as" => shape = value,
            "g" => group = value,
            "v" => version = value,
            _ => {}
        }
    }
    Some(Accept { media, form: form(shape, group, version, discovery)? })
}

fn form(shape: &str, group: &str, version: &str, discovery: bool) -> Option<Form> {
    let meta = group == "meta.k8s.io" && matches!(version, "v1" | "v1beta1");
    let version = version.to_owned();
    match shape {
        "" => Some(Form::Plain),
        "Table" if meta => Some(Form::Table(version)),
        "PartialObjectMetadata" if meta => Some(Form::Partial(version)),
        "PartialObjectMetadataList" if meta => Some(Form::PartialList(version)),
        "APIGroupDiscoveryList" if discovery && group == "apidiscovery.k8s.io" && version == "v2" => {
            Some(Form::Discovery(version))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_first_form_it_can_serve() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,\
                     application/json";
        let protobuf = "application/vnd.kubernetes.protobuf,application/json";
        for (header, form) in [
            (None, Form::Plain),
            (Some("application/json, */*"), Form::Plain),
            (Some(protobuf), Form::Plain),
            (Some(table), Form::Table("v1".into())),
            (Some("application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"), Form::PartialList("v1".into())),
        ] {
            assert_eq!(negotiate(header, false).unwrap(), Accept { media: Media::Json, form });
        }
        assert_eq!(negotiate(Some("application/yaml"), false).unwrap().media, Media::Yaml);
    }

    #[test]
    fn refuses_what_it_cannot_write() {
        for header in
            ["application/cbor", "text/html", "application/json;as=bogus", "application/vnd.kubernetes.protobuf"]
        {
            assert_eq!(negotiate(Some(header), false).unwrap_err().code, 406, "{header}");
        }
    }

    #[test]
    fn discovery_is_aggregated_only_where_it_is_discovery() {
        let header = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        assert_eq!(negotiate(Some(header), true).unwrap().form, Form::Discovery("v2".into()));
        assert_eq!(negotiate(Some(header), false).unwrap().form, Form::Plain);
    }
}
