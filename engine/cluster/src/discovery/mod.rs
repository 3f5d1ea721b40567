//! Names to resources: what the server serves, kept until something is missed.
mod fetch;
mod find;

use crate::{Cluster, Error, Gvk, Resource, Result};
use find::Found;
use parking_lot::RwLock;
use std::sync::Arc;

/// What a server serves, groups and versions in the server's order of preference.
pub(crate) type Table = Arc<Vec<Resource>>;

#[derive(Default)]
pub(crate) struct Discovery {
    table: RwLock<Option<Table>>,
    /// One refresh at a time; those who waited take its result.
    refreshing: tokio::sync::Mutex<()>,
}

impl Cluster {
    /// By kind, plural, singular or short name, exact GVK first; discovery is refreshed once on a miss.
    ///
    /// `v1` means the core group first and then version `v1` of any group; another version without a group means that
    /// version of any group; an empty text means any.
    pub async fn resolve(&self, api_version: &str, kind: &str) -> Result<Resource> {
        let known = self.table().await?;
        if let Found::One(resource) = find::find(&known, api_version, kind) {
            return Ok(resource.clone());
        }
        let fresh = self.refresh(Some(&known)).await?;
        match find::find(&fresh, api_version, kind) {
            Found::One(resource) => Ok(resource.clone()),
            Found::Many(all) => Err(Error::UnknownKind(ambiguous(api_version, kind, &all))),
            Found::None => self.resolve_late(api_version, kind).await,
        }
    }

    /// The aggregated document lags behind a kind that was just defined; the document of its group does not.
    async fn resolve_late(&self, api_version: &str, kind: &str) -> Result<Resource> {
        if api_version.contains('/') {
            let late = self.fetch_group_version(api_version, true).await?;
            if let Found::One(resource) = find::find(&late, api_version, kind) {
                return Ok(resource.clone());
            }
        }
        Err(Error::UnknownKind(format!(
            "Failed to find exact match for {api_version}.{kind} by [kind, name, singularName, shortNames]"
        )))
    }

    pub async fn resolve_gvk(&self, gvk: &Gvk) -> Result<Resource> {
        self.resolve(&gvk.api_version(), &gvk.kind).await
    }

    /// All that the server serves.
    pub async fn resources(&self) -> Result<Vec<Resource>> {
        Ok(self.table().await?.to_vec())
    }

    /// Looks at discovery anew.
    pub async fn refresh_discovery(&self) -> Result<()> {
        let known = self.shared.discovery.table.read().clone();
        self.refresh(known.as_ref()).await.map(|_| ())
    }

    async fn table(&self) -> Result<Table> {
        let known = self.shared.discovery.table.read().clone();
        match known {
            Some(table) => Ok(table),
            None => self.refresh(None).await,
        }
    }

    /// A table newer than `known`.
    async fn refresh(&self, known: Option<&Table>) -> Result<Table> {
        let _one = self.shared.discovery.refreshing.lock().await;
        let current = self.shared.discovery.table.read().clone();
        if let Some(current) = current
            && known.is_none_or(|known| !Arc::ptr_eq(known, &current))
        {
            return Ok(current);
        }
        let fresh = Arc::new(self.fetch().await?);
        *self.shared.discovery.table.write() = Some(Arc::clone(&fresh));
        Ok(fresh)
    }
}

fn ambiguous(api_version: &str, kind: &str, all: &[&Resource]) -> String {
    let names: Vec<String> = all.iter().map(|r| format!("{}.{}", r.gvk.api_version(), r.gvk.kind)).collect();
    format!(
        "{api_version}.{kind} names several kinds: {}; say which by a full api_version (group/version)",
        names.join(", ")
    )
}
