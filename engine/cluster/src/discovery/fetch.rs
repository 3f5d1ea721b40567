//! Reading discovery: aggregated (two requests), or a document per group and version from older servers.
use crate::send::Call;
use crate::{Cluster, Gvk, Resource, Result};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value as Json;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

/// Requests for documents of groups that run at once.
const AT_ONCE: usize = 8;

impl Cluster {
    pub(super) async fn fetch(&self) -> Result<Vec<Resource>> {
        let (core, groups) = futures::try_join!(self.document("/api"), self.document("/apis"))?;
        let aggregated = |document: &Json| document["kind"] == "APIGroupDiscoveryList";
        let mut table = match &core {
            Some(core) if aggregated(core) => read_aggregated(core),
            Some(core) => self.read_versions(core).await?,
            None => Vec::new(),
        };
        match &groups {
            Some(groups) if aggregated(groups) => table.extend(read_aggregated(groups)),
            Some(groups) => table.extend(self.read_groups(groups).await?),
            None => {}
        }
        Ok(table)
    }

    /// None where the server has no such document (a server without the core group).
    async fn document(&self, path: &str) -> Result<Option<Json>> {
        let call = Call { accept: AGGREGATED, ..Call::get("discovery", path.to_owned()) };
        match self.send(&call).await {
            Ok(answer) => answer.json().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read_versions(&self, core: &Json) -> Result<Vec<Resource>> {
        let versions: Vec<(String, bool)> = list(core, "versions")
            .filter_map(Json::as_str)
            .enumerate()
            .map(|(index, version)| (version.to_owned(), index == 0))
            .collect();
        self.fetch_all(versions).await
    }

    async fn read_groups(&self, groups: &Json) -> Result<Vec<Resource>> {
        let mut versions = Vec::new();
        for group in list(groups, "groups") {
            let preferred = &group["preferredVersion"]["groupVersion"];
            for version in list(group, "versions").filter_map(|v| v["groupVersion"].as_str()) {
                versions.push((version.to_owned(), preferred == version));
            }
        }
        self.fetch_all(versions).await
    }

    async fn fetch_all(&self, versions: Vec<(String, bool)>) -> Result<Vec<Resource>> {
        let documents: Vec<Vec<Resource>> = futures::stream::iter(versions)
            .map(|(version, preferred)| async move { self.fetch_group_version(&version, preferred).await })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(documents.into_iter().flatten().collect())
    }

    /// The resources of one group and version; none when its server is away, so that one broken extension server does
    /// not take all others with it.
    pub(super) async fn fetch_group_version(&self, api_version: &str, preferred: bool) -> Result<Vec<Resource>> {
        let gvk = Gvk::from_api_version(api_version, "");
        let path = crate::path::of(&Resource::named(gvk.clone()), None, None, None);
        match self.send(&Call::get("discovery", path.trim_end_matches('/').to_owned())).await {
            Ok(answer) => Ok(read_resource_list(&answer.json()?, &gvk, preferred)),
            Err(error) if matches!(error.code(), Some(403 | 404 | 500..)) => {
                tracing::debug!(api_version, %error, "no discovery of this group and version");
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}

fn list<'a>(value: &'a Json, key: &str) -> impl Iterator<Item = &'a Json> {
    value[key].as_array().into_iter().flatten()
}

fn texts(value: &Json, key: &str) -> Vec<String> {
    list(value, key).filter_map(Json::as_str).map(str::to_owned).collect()
}

fn string(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn read_aggregated(document: &Json) -> Vec<Resource> {
    let mut table = Vec::new();
    for group in list(document, "items") {
        let name = string(&group["metadata"]["name"]);
        for (index, version) in list(group, "versions").enumerate() {
            for resource in list(version, "resources") {
                let kind = &resource["responseKind"];
                // A resource may answer with a kind of another group (scale does); its place is what counts.
                let gvk =
                    Gvk { group: name.clone(), version: string(&version["version"]), kind: string(&kind["kind"]) };
                table.push(Resource {
                    gvk,
                    plural: string(&resource["resource"]),
                    singular: string(&resource["singularResource"]),
                    short_names: texts(resource, "shortNames"),
                    categories: texts(resource, "categories"),
                    namespaced: resource["scope"] == "Namespaced",
                    verbs: texts(resource, "verbs"),
                    subresources: texts_of(resource, "subresources", "subresource"),
                    preferred: index == 0,
                });
            }
        }
    }
    table
}

fn texts_of(value: &Json, key: &str, inner: &str) -> Vec<String> {
    list(value, key).filter_map(|item| item[inner].as_str()).map(str::to_owned).collect()
}

/// An APIResourceList; subresources stand beside their resource as `pods/status`.
fn read_resource_list(document: &Json, gvk: &Gvk, preferred: bool) -> Vec<Resource> {
    let mut table: Vec<Resource> = Vec::new();
    let mut subresources: Vec<(String, String)> = Vec::new();
    for resource in list(document, "resources") {
        let name = string(&resource["name"]);
        if let Some((parent, sub)) = name.split_once('/') {
            subresources.push((parent.to_owned(), sub.to_owned()));
            continue;
        }
        let kind = string(&resource["kind"]);
        let singular = string(&resource["singularName"]);
        table.push(Resource {
            gvk: Gvk { kind: kind.clone(), ..gvk.clone() },
            plural: name,
            singular: if singular.is_empty() { kind.to_lowercase() } else { singular },
            short_names: texts(resource, "shortNames"),
            categories: texts(resource, "categories"),
            namespaced: resource["namespaced"] == true,
            verbs: texts(resource, "verbs"),
            subresources: Vec::new(),
            preferred,
        });
    }
    for (parent, sub) in subresources {
        if let Some(resource) = table.iter_mut().find(|r| r.plural == parent) {
            resource.subresources.push(sub);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_say_the_same() {
        let aggregated = json!({"items": [{"metadata": {"name": "apps"}, "versions": [{"version": "v1", "resources": [{
            "resource": "deployments", "responseKind": {"group": "apps", "version": "v1", "kind": "Deployment"},
            "scope": "Namespaced", "singularResource": "deployment", "shortNames": ["deploy"], "categories": ["all"],
            "verbs": ["get"], "subresources": [{"subresource": "scale"}, {"subresource": "status"}]}]}]}]});
        let list = json!({"resources": [
            {"name": "deployments", "singularName": "deployment", "namespaced": true, "kind": "Deployment",
             "verbs": ["get"], "shortNames": ["deploy"], "categories": ["all"]},
            {"name": "deployments/scale", "kind": "Scale", "group": "autoscaling", "namespaced": true},
            {"name": "deployments/status", "kind": "Deployment", "namespaced": true}]});
        let a = read_aggregated(&aggregated);
        let b = read_resource_list(&list, &Gvk::from_api_version("apps/v1", ""), true);
        assert_eq!(format!("{a:?}"), format!("{b:?}"));
        assert_eq!(a[0].subresources, ["scale", "status"]);
    }
}
